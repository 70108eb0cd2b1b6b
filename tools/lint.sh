#!/bin/bash
# tools/lint.sh [fmt]: checks that the code is formatted and that clippy has nothing
# to say, each crate read for the machine that it runs on. With `fmt`, formats
# the code instead.
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh

find_toolchains
if [ "${1:-}" = fmt ]; then
    host cargo-fmt fmt --all
    exit
fi

say "rustfmt"
host cargo-fmt fmt --all --check
say "clippy, for this machine"
host cargo-clippy clippy --all-targets -- -D warnings
say "clippy, for the machine that Quire runs on"
export QUIRE_INITRD=/dev/null # what is in it matters to nobody here
target cargo-clippy clippy "${TARGET_OPTIONS[@]}" -p quire-boot -p quire-vm -p quire-htab -p quire -p quire-user -- -D warnings
say "the scripts' syntax"
for script in tools/*.sh .ci/run; do
    bash -n "$script"
done
