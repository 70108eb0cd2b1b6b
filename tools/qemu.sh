#!/bin/bash
# tools/qemu.sh [OPTION…]: boots target/quire-MACHINE.elf in QEMU, with these
# further options of QEMU; with PEER=FILE another kernel, on the same machine.
# Becomes QEMU, so that its exit status is QEMU's: 0 after a power-off, 1 after a
# panic or a failure that the guest reports.
. "$(dirname "$0")/common.sh"

KERNEL=${PEER:-$KERNEL}
[ -f "$KERNEL" ] || die "$KERNEL is not there: run 'make kernel MACHINE=$MACHINE'"

# The speculation workarounds that QEMU cannot give under emulation are refused
# here, where it would warn about each.
pseries() {
    case ${FIRMWARE:-vof} in
    vof) machine=pseries,x-vof=on ;;
    slof) machine=pseries ;;
    *) die "FIRMWARE=$FIRMWARE: it is vof or slof" ;;
    esac
    machine=$machine,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off
    options=(-M "$machine" -cpu "${CPU:-power9}")
}

# QEMU starts the kernel itself. The kernel says that it failed through the pvpanic card.
ppce500() {
    [ -z "${FIRMWARE:-}" ] || die "FIRMWARE=$FIRMWARE: only MACHINE=pseries has firmware to choose"
    options=(-M ppce500 -cpu "${CPU:-e5500}" -device pvpanic-pci)
}

"$MACHINE"
options+=(
    -m "${MEM:-512M}" -smp "${SMP:-1}"
    -nodefaults -display none -vga none -no-reboot -action panic=exit-failure
    -serial "${CONSOLE:-mon:stdio}" -kernel "$KERNEL"
)
case ${CLOCK:-host} in
host) ;;
instructions) options+=(-icount shift=0,sleep=off) ;;
*) die "CLOCK=$CLOCK: it is host or instructions" ;;
esac
[ -n "${INITRD:-}" ] && options+=(-initrd "$INITRD")
[ -n "${APPEND:-}" ] && options+=(-append "$APPEND")

# At a terminal, Ctrl-D ends the shell and so the machine. When the input is a
# file or a pipe, its end does the same; without this Quire would wait for ever.
# Twice, because the first may only hand over a last line that nobody ended.
if [ -t 0 ]; then
    exec "$QEMU" "${options[@]}" "$@"
else
    exec "$QEMU" "${options[@]}" "$@" < <(exec 2>/dev/null; cat; printf '\004\004')
fi
