#!/bin/bash
# tools/lint.sh [fmt|target]: checks that the code is formatted and that clippy has
# nothing to say, each crate read for the machines that it runs on. With `fmt`, formats
# the code instead; with `target`, reads only what runs on MACHINE.
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh

lint_target() {
    say "clippy, for $MACHINE"
    export QUIRE_INITRD=/dev/null # what is in it matters to nobody here
    target cargo-clippy clippy "${TARGET_OPTIONS[@]}" -p quire-boot -p quire-vm -p quire-htab -p quire -p quire-user -- -D warnings
}

find_toolchains
case ${1:-} in
fmt) host cargo-fmt fmt --all; exit ;;
target) lint_target; exit ;;
esac

say "rustfmt"
host cargo-fmt fmt --all --check
say "clippy, for this machine"
host cargo-clippy clippy --all-targets -- -D warnings
for machine in $MACHINES; do
    MACHINE=$machine tools/lint.sh target
done
say "the scripts' syntax"
for script in tools/*.sh .ci/run; do
    bash -n "$script"
done
