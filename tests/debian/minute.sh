# A minute of them, with System V, POSIX and anonymous memory.
# shells: bash
# memory: 2G

cd /tmp || exit

stress-ng --vm 2 --fork 2 --mmap 2 --shm 2 --shm-sysv 2 -t 60 --verify >said 2>&1
status=$?
echo "status $status"
sed -n 's/^stress-ng: info: *\[[0-9]*\] \(passed\|failed\|skipped\)/\1/p; /fail:/p' said
[ "$status" = 0 ] || cat said
