#!/bin/bash
# tools/pack-scripts.sh: writes target/debian-scripts.cpio, which is target/debian.cpio
# with the scripts of tests/debian in its folder /tests.
. "$(dirname "$0")/common.sh"

DEBIAN=$TARGET_DIR/debian.cpio
PACKED=$TARGET_DIR/debian-scripts.cpio

[ -f "$DEBIAN" ] || die "$DEBIAN is not there: run 'make debian'"
root=$(mktemp -d)
trap 'rm -rf "$root" "$PACKED.new"' EXIT
mkdir -m 755 "$root/tests"
cp tests/debian/*.sh "$root/tests"
chmod 755 "$root"/tests/*
find "$root" -mindepth 1 -exec touch -hd @0 {} +
cp "$DEBIAN" "$PACKED.new"
cd "$root"
find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort |
    cpio --quiet --create --append --format=newc --reproducible --owner=+0:+0 -F "$PACKED.new"
mv "$PACKED.new" "$PACKED"
