# What Quire needs of the developer's machine; sourced, not run.
#
# A need is a name in a group, a function `find_NAME` that prints what was found
# and fails if that will not do, and the packages of Debian 12 and 13 that bring
# it. setup.sh installs from this list and doctor.sh prints it.

QEMU_MIN=7.2

# The groups and what is in them: `build` the kernel, `run` it, run it on all
# `machines`, step through it with `gdb`, `lint` its source.
NEEDS_build="rust cc lld cpio readelf"
NEEDS_run="$MACHINE"
NEEDS_machines="$MACHINES"
NEEDS_gdb="gdb"
NEEDS_lint="rustfmt clippy kernel_clippy"

declare -A PACKAGES=(
    # `-web` are the packages that follow the browsers' needs: Debian updates
    # them in its stable releases, compiler and library source together.
    [rust]="cargo-web rustc-web rust-web-src ca-certificates"
    [cc]="gcc libc6-dev"
    [lld]="lld"
    [cpio]="cpio"
    [readelf]="binutils"
    [pseries]="qemu-system-ppc"
    [ppce500]="qemu-system-ppc"
    [gdb]="gdb-multiarch"
    [rustfmt]="rustfmt-web"
    [clippy]="rust-web-clippy"
    [kernel_clippy]="rust-web-clippy"
)

# No package mends an emulator of the user's own choice.
[ "$QEMU" = qemu-system-ppc64 ] || PACKAGES[pseries]='' PACKAGES[ppce500]=''

declare -A WHAT=(
    [rust]="Rust $RUST_MIN or newer, with the library's source"
    [cc]="a C compiler, to link what runs on this machine"
    [lld]="LLVM's linker, to link the kernel"
    [cpio]="cpio, to pack the initrd"
    [readelf]="readelf, to strip the programs in it"
    [pseries]="QEMU $QEMU_MIN or newer, with machine pseries"
    [ppce500]="QEMU $QEMU_MIN or newer, with machine ppce500"
    [gdb]="a gdb that knows PowerPC"
    [rustfmt]="rustfmt"
    [clippy]="clippy, for the crates that run on this machine"
    [kernel_clippy]="clippy of the compiler that builds the kernel"
)

first_line() { "$@" 2>/dev/null | { head -n 1; cat >/dev/null; }; }

find_rust() { [ -n "$TARGET" ] && echo "$(rust_version "$TARGET") in $TARGET"; }
find_cc() { command -v cc >/dev/null && first_line cc --version; }
find_lld() { command -v ld.lld >/dev/null && first_line ld.lld --version; }
find_cpio() { command -v cpio >/dev/null && first_line cpio --version; }
find_readelf() { command -v readelf >/dev/null && first_line readelf --version; }
find_gdb() { command -v gdb-multiarch >/dev/null && first_line gdb-multiarch --version; }
find_rustfmt() { [ -x "$HOST/bin/cargo-fmt" ] && first_line "$HOST/bin/rustfmt" --version; }
find_clippy() { [ -x "$HOST/bin/cargo-clippy" ] && first_line "$HOST/bin/clippy-driver" --version; }
find_kernel_clippy() { [ -x "$TARGET/bin/cargo-clippy" ] && first_line "$TARGET/bin/clippy-driver" --version; }

# qemu_with MACHINE: an old QEMU or one without the machine would fail later, and
# less clearly.
qemu_with() {
    local version
    command -v "$QEMU" >/dev/null || return 1
    version=$("$QEMU" --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
    echo "$version, $(command -v "$QEMU")"
    at_least "$version" "$QEMU_MIN" && "$QEMU" -machine help | grep -q "^$1 "
}
find_pseries() { qemu_with pseries; }
find_ppce500() { qemu_with ppce500; }

# needs_of GROUP…: the names of all needs in these groups.
needs_of() {
    local group list
    for group in "$@"; do
        list=NEEDS_$group
        echo "${!list}"
    done
}
