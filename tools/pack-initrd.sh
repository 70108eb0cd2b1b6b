#!/bin/bash
# tools/pack-initrd.sh DIRECTORY: writes the default initrd, a newc cpio archive,
# to standard output. It holds the programs of user/src/bin, which were built in
# DIRECTORY: `init` as /init, the others as /bin/NAME, and the broken ones that the
# exec suite tries. The same programs make the same archive, byte for byte: names are
# sorted, dates and owners are zero.
. "$(dirname "$0")/common.sh"

# Where the last loadable segment of an ELF file ends, in bytes from its start.
end_of_segments() {
    local end=0 kind offset size
    while read -r kind offset _ _ size _; do
        [ "$kind" = LOAD ] && (( offset + size > end )) && end=$((offset + size))
    done < <(readelf -lW "$1")
    echo "$end"
}

zero_bytes() { head -c "$3" /dev/zero | dd of="$1" bs=1 seek="$(($2))" conv=notrunc status=none; }

# strip_elf FROM TO: copies what is loaded and forgets sections, symbols and debug
# information. This system's own `strip` knows no PowerPC, and the linker
# puts all that is not loaded last.
strip_elf() {
    head -c "$(end_of_segments "$1")" "$1" >"$2"
    zero_bytes "$2" 0x28 8 # e_shoff
    zero_bytes "$2" 0x3c 4 # e_shnum, e_shstrndx
    chmod 755 "$2"
}

built=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -m 755 "$root"/{bin,broken,dev,proc,tmp}
for source in user/src/bin/*.rs user/src/bin/*/main.rs; do
    program=$(basename "${source%/main.rs}" .rs)
    case $program in
    init) strip_elf "$built/init" "$root/init" ;;
    *) strip_elf "$built/$program" "$root/bin/$program" ;;
    esac
done
sh user/broken/make.sh "$root/broken" "$BYTE_ORDER"
cd "$root"
find . -mindepth 1 -exec touch -hd @0 {} +
find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort |
    cpio --quiet --create --format=newc --reproducible --owner=+0:+0
