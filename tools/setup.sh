#!/bin/bash
# tools/setup.sh GROUP…: makes sure that what these groups of needs.sh need is
# there, and installs what is not. Says nothing when nothing is missing.
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh
. tools/needs.sh

# missing_of GROUP…: the names of the needs that are not met.
missing_of() {
    local need
    find_toolchains
    for need in $(needs_of "$@"); do
        "find_$need" >/dev/null || echo "$need"
    done
}

# rustup brings whatever of Rust is missing without root, unless its owner has
# told it to fetch nothing.
try_rustup() {
    command -v rustup >/dev/null && [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ] || return 0
    grep -qE '^(rust|rustfmt|clippy|kernel_clippy)$' <<<"$1" || return 0
    say "installing Rust $RUST_CHANNEL with its library source by rustup"
    rustup toolchain install "$RUST_CHANNEL" --no-self-update --profile minimal -c rust-src -c clippy -c rustfmt ||
        say "rustup could not; going on with this system's packages"
}

packages_for() {
    local need
    for need in $1; do
        tr ' ' '\n' <<<"${PACKAGES[$need]}"
    done | sort -u | xargs
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

try_apt() {
    local packages
    packages=$(packages_for "$1")
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null ||
        die "this is not Debian: install what 'make doctor' lists by hand, then try again"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "run this as root, then try again: apt-get install $packages"
    say "installing $packages"
    {
        as_root apt-get update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $packages
    } >&2 || die "apt-get could not install $packages: see its message above"
}

missing=$(missing_of "$@")
[ -n "$missing" ] || exit 0
say "missing here: $(tr '\n' ' ' <<<"$missing")"
try_rustup "$missing"
missing=$(missing_of "$@")
if [ -n "$missing" ]; then
    try_apt "$missing"
    missing=$(missing_of "$@")
fi
for need in $missing; do
    found=$("find_$need") || true
    say "still missing: ${WHAT[$need]} (found: ${found:-nothing})"
done
[ -z "$missing" ] || die "'make doctor' says what mends it"
say "all is there now"
