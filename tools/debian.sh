#!/bin/bash
# tools/debian.sh: fetches Debian's programs for ppc64el and packs them into an initrd,
# target/debian.cpio. Nothing of theirs is kept in this repository; nothing is installed
# on this machine; root is not needed.
. "$(dirname "$0")/common.sh"
. tools/debian-apt.sh

WORK=$TARGET_DIR/debian
PACKAGES=$WORK/packages
ROOT=$WORK/root

# Programs first, then the libraries that they load. Not all that dpkg would want: what
# only matters to an installed system, and the graphics drivers behind stress-ng's
# libraries, which are half a gigabyte. check_libraries sees to it that none is missing.
PROGRAMS="busybox-static bash-static dash bash coreutils findutils sed mawk gawk grep diffutils tar gzip stress-ng"
LIBRARIES="libc6 libgcc-s1 libstdc++6 libtinfo6 libacl1 libattr1 libcap2 libgmp10 libselinux1
    libpcre2-8-0 libssl3t64 libsystemd0 libmpfr6 libreadline8t64 libsigsegv2 libapparmor1
    libbsd0 libmd0 libcrypt1 libegl1 libgles2 libglvnd0 libgbm1 libdrm2 libexpat1
    libjpeg62-turbo libjudydebian1 libkmod2 liblzma5 libzstd1 libsctp1 libxxhash0 zlib1g"

# What each package has, without what nobody can read on a machine like this.
unpack() {
    local package
    rm -rf "$ROOT"
    mkdir -p "$ROOT"/usr/{bin,sbin,lib,lib64} "$ROOT"/{dev,etc,proc,root,tmp}
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$ROOT/$name"; done
    for package in "$PACKAGES"/*.deb; do
        dpkg-deb --extract "$package" "$ROOT"
    done
    rm -rf "$ROOT"/usr/share/{doc,man,info,locale,lintian,bug,menu,apparmor*,bash-completion,stress-ng} \
        "$ROOT"/usr/lib/systemd "$ROOT"/usr/lib/*/{gconv,gbm,engines-3,ossl-modules,perl-base} "$ROOT"/{var,usr/include}
    # What dpkg's alternatives would make.
    ln -sf mawk "$ROOT/usr/bin/awk"
    cp -R tools/debian/root/. "$ROOT"
    chmod 755 "$ROOT/init"
}

# elf_files: every program and library that was unpacked.
elf_files() {
    find "$ROOT" -type f -size +0 -print0 | while IFS= read -r -d '' file; do
        if [ "$(head -c 4 "$file" | tail -c 3)" = ELF ]; then printf '%s\n' "$file"; fi
    done
}

# Every library that something here names must be here.
check_libraries() {
    local file library
    elf_files | while read -r file; do
        readelf -dW "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r library; do
            [ -n "$(find "$ROOT/usr/lib" "$ROOT/usr/lib64" -name "$library" -print -quit)" ] ||
                die "$library, which ${file#"$ROOT"} needs, is in none of the packages: add the one that has it to LIBRARIES"
        done || exit 1
    done
}

pack() {
    find "$ROOT" -mindepth 1 -exec touch -hd @0 {} +
    (cd "$ROOT" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort |
        cpio --quiet --create --format=newc --reproducible --owner=+0:+0) >"$TARGET_DIR/debian.cpio.new"
    mv "$TARGET_DIR/debian.cpio.new" "$TARGET_DIR/debian.cpio"
    say "made $TARGET_DIR/debian.cpio, $(($(stat -c %s "$TARGET_DIR/debian.cpio") >> 20)) MiB"
    say "boot it with: make run INITRD=$(realpath --relative-to=. "$TARGET_DIR/debian.cpio")"
}

[ "$MACHINE" = pseries ] || die "Debian's programs are little-endian: MACHINE=pseries"
need readelf binutils
need cpio cpio
fetch_packages "$PACKAGES" $PROGRAMS $LIBRARIES
unpack
check_libraries
pack
