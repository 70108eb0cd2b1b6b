#!/bin/bash
# tools/compare-linux.sh: runs the scripts of tools/debian/root/tests under Quire and under
# Debian's own Linux, in the same QEMU machine with the same initrd, and prints where what
# they print differs. Exit status 0 if nowhere.
. "$(dirname "$0")/common.sh"

INITRD=$TARGET_DIR/debian.cpio
LINUX=$TARGET_DIR/debian/vmlinux
# Seconds that either may take.
PATIENCE=900
export INITRD MEM=${MEM:-1G}

[ -f "$INITRD" ] || tools/debian.sh
[ -f "$LINUX" ] || tools/debian.sh linux
out=$TARGET_DIR/debian

# What the scripts print: from the first head to the last status, as lines that end alike.
printed() { tr -d '\r' <"$1" | sed -n '/^== /,$p' | sed '/^quire: /d; /^\[ *[0-9.]*\] /d'; }

say "running the scripts under Quire"
APPEND='init=/init /tests/all.sh' timeout "$PATIENCE" tools/qemu.sh </dev/null >"$out/quire.log" 2>&1 ||
    say "Quire ended with status $?: see $out/quire.log"
say "running them under Linux"
# disable_radix: the page table that both have is the hashed one.
KERNEL=$LINUX APPEND='rdinit=/init console=hvc0 disable_radix quiet -- /tests/all.sh' \
    timeout "$PATIENCE" tools/qemu.sh </dev/null >"$out/linux.log" 2>&1 ||
    say "Linux ended with status $?: see $out/linux.log"

printed "$out/quire.log" >"$out/quire.txt"
printed "$out/linux.log" >"$out/linux.txt"
[ -s "$out/linux.txt" ] || die "the scripts printed nothing under Linux: see $out/linux.log"
if diff --label Linux --label Quire -u "$out/linux.txt" "$out/quire.txt"; then
    say "the same $(wc -l <"$out/linux.txt") lines under both"
else
    die "they differ"
fi
