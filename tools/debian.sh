#!/bin/bash
# tools/debian.sh [linux]: fetches Debian's programs for ppc64el and packs them into an initrd,
# target/debian.cpio. Nothing of theirs is kept in this repository; nothing is installed
# on this machine; root is not needed. apt gets a configuration of its own, in
# target/debian/apt, and checks signatures with Debian's keyring as usual.
# With `linux`, fetches Debian's kernel instead, as target/debian/vmlinux.
. "$(dirname "$0")/common.sh"

SUITE=${DEBIAN_SUITE:-trixie}
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
WORK=$TARGET_DIR/debian
APT=$WORK/apt
ROOT=$WORK/root
# Seconds that apt may take for one step, network and all.
PATIENCE=600

# Programs first, then the libraries that they load. Not all that dpkg would want: what
# only matters to an installed system, and the graphics drivers behind stress-ng's
# libraries, which are half a gigabyte. check_libraries sees to it that none is missing.
PROGRAMS="busybox-static bash-static dash bash coreutils findutils diffutils sed mawk gawk grep tar gzip stress-ng"
LIBRARIES="libc6 libgcc-s1 libstdc++6 libtinfo6 libacl1 libattr1 libcap2 libgmp10 libselinux1
    libpcre2-8-0 libssl3t64 libsystemd0 libmpfr6 libreadline8t64 libsigsegv2 libapparmor1
    libbsd0 libmd0 libcrypt1 libegl1 libgles2 libglvnd0 libgbm1 libdrm2 libexpat1
    libjpeg62-turbo libjudydebian1 libkmod2 liblzma5 libzstd1 libsctp1 libxxhash0 zlib1g"

need() { command -v "$1" >/dev/null || die "$1 is not there; it is in Debian's package $2"; }

configure_apt() {
    mkdir -p "$APT"/{lists/partial,cache/archives/partial,packages}
    : >"$APT/status"
    echo "deb [signed-by=$KEYRING] $MIRROR $SUITE main" >"$APT/sources.list"
    cat >"$APT/apt.conf" <<END
APT::Architecture "ppc64el";
APT::Architectures { "ppc64el"; };
APT::Sandbox::User "";
Dir::State::Lists "$APT/lists";
Dir::State::status "$APT/status";
Dir::Cache "$APT/cache";
Dir::Etc::SourceList "$APT/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::http::Timeout "20";
Acquire::Retries "2";
END
}

# With our configuration, and no longer than we are patient. apt-get update ends well
# when it could fetch nothing, unless it is told not to.
apt() { APT_CONFIG=$APT/apt.conf timeout "$PATIENCE" apt-get -qq -o APT::Update::Error-Mode=any "$@" >&2; }

no_network() { die "$1 from $MIRROR failed: is there a network? See apt's message above; DEBIAN_MIRROR=URL asks another server"; }

# Debian's own kernel for this machine, for `make compare-linux`.
fetch_linux() {
    local package
    package=$(APT_CONFIG=$APT/apt.conf apt-cache depends linux-image-powerpc64le | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
    [ -n "$package" ] || die "Debian $SUITE has no linux-image-powerpc64le"
    say "fetching $package"
    mkdir -p "$WORK/linux"
    (cd "$WORK/linux" && rm -f ./*.deb && apt download "$package") || no_network "fetching $package"
    dpkg-deb --fsys-tarfile "$WORK/linux/$package"_*.deb | tar -xO --wildcards './boot/vmlinux-*' >"$WORK/vmlinux"
    rm "$WORK/linux/$package"_*.deb
    say "made $WORK/vmlinux"
}

fetch() {
    say "fetching the list of Debian $SUITE's packages for ppc64el from $MIRROR"
    apt update || no_network "fetching the list of packages"
    say "fetching" $PROGRAMS "and $(wc -w <<<"$LIBRARIES") libraries"
    (cd "$APT/packages" && rm -f ./*.deb && apt download $PROGRAMS $LIBRARIES) || no_network "fetching packages"
}

# What each package has, without what nobody can read on a machine like this.
unpack() {
    local package
    rm -rf "$ROOT"
    mkdir -p "$ROOT"/usr/{bin,sbin,lib,lib64} "$ROOT"/{dev,etc,proc,root,tmp}
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$ROOT/$name"; done
    for package in "$APT"/packages/*.deb; do
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
need apt-get apt
need dpkg-deb dpkg
need readelf binutils
need cpio cpio
[ -f "$KEYRING" ] || die "$KEYRING is not there; it is in the package debian-archive-keyring"
configure_apt
if [ "${1:-}" = linux ]; then
    fetch_linux
    exit
fi
fetch
unpack
check_libraries
pack
