# Which Rust compiler builds what; sourced, not run.
#
# The kernel and its programs need `core` and `alloc` built from source, without
# floating point: so a compiler with the source of its library. The crates that
# run on the developer's machine need no more than a compiler that is new enough.
# A toolchain is known here by its sysroot, which has `bin/cargo` and
# `bin/rustc` in it, whether rustup or a distribution put it there.

RUST_MIN=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
RUST_CHANNEL=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
# Newer compilers warn of more. That is for `make lint` to refuse, which the
# project runs; a kernel that is only built must build with tomorrow's compiler.
LENIENT=--cap-lints=warn

# at_least VERSION MINIMUM
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# Every compiler that may be there, the project's own choice first. rustup is
# asked not to fetch anything: that is for setup.sh to do, and to announce.
rust_sysroots() {
    local rustc
    for rustc in rustc "$HOME/.cargo/bin/rustc" /usr/bin/rustc; do
        RUSTUP_AUTO_INSTALL=0 "$rustc" --print sysroot 2>/dev/null || true
    done
}

rust_version() { "$1/bin/rustc" --version 2>/dev/null | cut -d ' ' -f 2; }
has_library_source() { [ -f "$1/lib/rustlib/src/rust/library/core/Cargo.toml" ]; }

# Sets HOST and TARGET, the sysroots for the two kinds of crate, each empty if
# there is none.
find_toolchains() {
    local sysroot
    HOST='' TARGET=''
    for sysroot in $(rust_sysroots); do
        [ -x "$sysroot/bin/cargo" ] && at_least "$(rust_version "$sysroot")" "$RUST_MIN" || continue
        HOST=${HOST:-$sysroot}
        if has_library_source "$sysroot"; then
            TARGET=$sysroot
            return
        fi
    done
}

# host COMMAND…, target COMMAND…: runs it with that toolchain first on PATH.
host() { env PATH="$HOST/bin:$PATH" "$@"; }
target() { env PATH="$TARGET/bin:$PATH" RUSTC="$TARGET/bin/rustc" RUSTC_BOOTSTRAP=1 "$@"; }

# What cargo must be told to build for the machine that Quire runs on. The
# options are unstable, which is why `target` sets RUSTC_BOOTSTRAP.
TARGET_OPTIONS=(
    --release
    --target "boot/targets/$TARGET_NAME.json"
    -Zbuild-std=core,alloc,compiler_builtins
    -Zbuild-std-features=compiler-builtins-mem
    -Zjson-target-spec
)
