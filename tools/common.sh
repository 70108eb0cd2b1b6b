# What every script here starts with; sourced, not run.
#
# All of them work from any directory, and on an absolute target directory, so
# that a script may be called by hand as well as by `make`.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Every machine that Quire runs on; MACHINE is the one that a script is about.
MACHINES="pseries ppce500"
MACHINE=${MACHINE:-pseries}
QEMU=${QEMU:-qemu-system-ppc64}
TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}")
KERNEL=$TARGET_DIR/quire-$MACHINE.elf

say() { printf 'quire: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The name of the target in boot/targets/ that programs and kernel are built for, and
# the order of its bytes.
case $MACHINE in
pseries) TARGET_NAME=powerpc64le-quire BYTE_ORDER=little ;;
ppce500) TARGET_NAME=powerpc64-quire BYTE_ORDER=big ;;
*) die "MACHINE=$MACHINE: it is pseries or ppce500" ;;
esac
