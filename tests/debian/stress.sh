# stress-ng's stressors of forks, memory, mappings and shared segments, checking what they do.
# shells: bash
# memory: 1G

cd /tmp || exit

stress-ng --fork 4 --vm 2 --mmap 2 --shm-sysv 2 -t 10 --verify >said 2>&1
status=$?
echo "status $status"
sed -n 's/^stress-ng: info: *\[[0-9]*\] \(passed\|failed\|skipped\)/\1/p; /fail:/p' said
[ "$status" = 0 ] || cat said
