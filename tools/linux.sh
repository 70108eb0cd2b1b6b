#!/bin/bash
# tools/linux.sh: fetches Debian's own Linux kernel for this machine, the one with pages
# of 4 KiB, and leaves it as target/linux/vmlinux. Nothing is done if it is there.
. "$(dirname "$0")/common.sh"
. tools/debian-apt.sh

WORK=$TARGET_DIR/linux

# The packages of such kernels that the first suite's list names, the newest first: a
# server may not have the newest yet.
kernels() {
    APT_CONFIG=$APT/apt.conf apt-cache search --names-only '^linux-image-[0-9].*-powerpc64le$' |
        awk '{ print $1 }' | sort --version-sort --reverse
}

fetch_kernel() {
    local name
    rm -rf "$WORK/packages"
    mkdir -p "$WORK/packages"
    update_list "${SUITES%% *}"
    for name in $(kernels); do
        say "fetching $name"
        if download "$WORK/packages" "$name"; then return; fi
    done
    no_network "fetching a kernel"
}

[ -f "$WORK/vmlinux" ] && exit
fetch_kernel
say "unpacking the kernel"
dpkg-deb --fsys-tarfile "$WORK"/packages/*.deb | tar -xO --wildcards './boot/vmlinux-*' >"$WORK/vmlinux.new"
mv "$WORK/vmlinux.new" "$WORK/vmlinux"
rm -r "$WORK/packages"
