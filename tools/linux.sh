#!/bin/bash
# tools/linux.sh: fetches Debian's own Linux kernel for this machine, the one with pages
# of 4 KiB, and leaves it as target/linux/vmlinux. Nothing is done if it is there.
. "$(dirname "$0")/common.sh"
. tools/debian-apt.sh

WORK=$TARGET_DIR/linux

# The package that the meta-package stands for.
newest() {
    APT_CONFIG=$APT/apt.conf apt-cache depends linux-image-powerpc64le | awk '$1 == "Depends:" { print $2 }'
}

[ -f "$WORK/vmlinux" ] && exit
fetch_packages "$WORK/packages" linux-image-powerpc64le
fetch_packages "$WORK/packages" "$(newest)"
say "unpacking the kernel"
dpkg-deb --fsys-tarfile "$WORK"/packages/*.deb | tar -xO --wildcards './boot/vmlinux-*' >"$WORK/vmlinux.new"
mv "$WORK/vmlinux.new" "$WORK/vmlinux"
rm "$WORK"/packages/*.deb
