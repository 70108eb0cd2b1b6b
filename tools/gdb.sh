#!/bin/bash
# tools/gdb.sh [OPTION…]: boots Quire stopped before its first instruction, and
# gives it to gdb-multiarch, with these further options of gdb. QEMU ends when gdb
# does. The console's output appears here. At a terminal QEMU also says on which
# terminal device it takes input, for `screen` or the like in another window.
. "$(dirname "$0")/common.sh"

sockets=$(mktemp -d)
trap 'rm -rf "$sockets"' EXIT

# Where nobody can type there need be no terminal devices either (in a container,
# for example).
if [ -t 0 ]; then
    console=pty,id=console,logfile=/dev/stderr,logappend=on
else
    console=file,id=console,path=/dev/stderr,append=on
fi

# QEMU is in a session of its own, so that Ctrl-C reaches gdb only; and it is told
# when this script ends, however that comes about.
CONSOLE=chardev:console setpriv --pdeathsig TERM setsid tools/qemu.sh -S \
    -chardev "$console" \
    -gdb "unix:$sockets/gdb,server=on,wait=off" </dev/null &
qemu=$!

# A socket has its name before it takes connections. Its flags say when it does:
# 00010000 is Linux's __SO_ACCEPTCON (include/linux/net.h).
until grep -q " 00010000 .* $sockets/gdb\$" /proc/net/unix; do
    kill -0 "$qemu" 2>/dev/null || die "QEMU ended before gdb could reach it: see its message above"
    sleep 0.05
done

# Methods of generic types have names that no two versions of gdb agree on; a line
# number is a line number.
line_of() { grep -n "fn $1(" "$2" | cut -d : -f 1; }

gdb-multiarch -q "$KERNEL" -ex "target remote $sockets/gdb" \
    -ex "set language c" -ex "set \$programs = \"$TARGET_DIR/$TARGET_NAME/release\"" \
    -ex "set language auto" \
    -ex "set \$copy_on_write = $(line_of copy_on_write kernel/vm/src/fault.rs)" \
    -x tools/quire.gdb "$@"
