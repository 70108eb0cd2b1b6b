#!/bin/bash
# tools/build.sh: builds the programs, packs them into the default initrd, builds
# the kernel around it, and leaves it as target/quire-MACHINE.elf, with its
# symbol table packed into it for backtraces.
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh

find_toolchains
[ -n "$TARGET" ] || die "no Rust compiler with its library source: 'make doctor' says what mends it"
BUILT=$TARGET_DIR/$TARGET_NAME/release
INITRD_FILE=$TARGET_DIR/initrd-$MACHINE.cpio

# Two verbs at once must not pack the same files.
mkdir -p "$TARGET_DIR"
exec 9>"$TARGET_DIR/.quire-build-lock"
flock 9

# replace NEW OLD: NEW becomes OLD, which keeps its date if nothing changed, so
# that cargo does not build the kernel again around the same initrd.
replace() {
    if cmp -s "$1" "$2"; then rm "$1"; else mv "$1" "$2"; fi
}

target_build() {
    RUSTFLAGS="${RUSTFLAGS:-} $LENIENT" target cargo build "${TARGET_OPTIONS[@]}" "$@"
}

pack_symbols() {
    cp "$BUILT/quire" "$KERNEL.new"
    host cargo run --quiet --release -p quire-tools --bin pack-symbols -- "$KERNEL.new"
    replace "$KERNEL.new" "$KERNEL"
}

target_build -p quire-user --bins
tools/pack-initrd.sh "$BUILT" >"$INITRD_FILE.new"
replace "$INITRD_FILE.new" "$INITRD_FILE"
# The kernel is optimised as one unit: fork, exec and exit take about a tenth less.
CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 QUIRE_INITRD=$INITRD_FILE target_build -p quire
pack_symbols
