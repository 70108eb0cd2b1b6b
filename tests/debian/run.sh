#!/bin/busybox sh
# run SHELL SCRIPT: runs one of the scripts here with one of the shells, on the console,
# in a session of its own, between two lines that tell its output from the kernel's.
# With busybox as the shell, busybox is all the other programs, too.

case $1 in
in-session) shift ;;
*) exec busybox setsid -c "$0" in-session "$@" ;;
esac

[ -e /dev/shm ] || busybox mkdir -m 1777 /dev/shm

path=/usr/bin:/usr/sbin
shell=$1
if [ "$shell" = busybox ]; then
    path=/busybox
    busybox mkdir -p "$path"
    busybox --install -s "$path"
    shell="busybox sh"
fi

printf '\n%s\n' "$(busybox uname -sr)"
busybox sed -n 's/^MMU.*: /MMU: /p' /proc/cpuinfo
echo "==> $2 with $1"
busybox env -i PATH="$path" HOME=/root TERM=vt100 LANG=C TZ=UTC0 $shell "/tests/$2.sh"
status=$?
# A change of the terminal's settings waits until all is written.
busybox stty icanon
echo "==> status $status"
busybox stty icanon
