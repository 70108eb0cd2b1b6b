# A minute of them, with System V, POSIX and anonymous memory. Then Quire's auditor is to
# find nothing, and all frames are to be free again.
# shells: bash
# memory: 2G

cd /tmp || exit

# Linux has no auditor and does not count like this: there the same is said unseen.
frames() { sed -n 's/^free //p' /proc/vm/frames 2>/dev/null || echo 0; }
audit() { cat /proc/vm/audit 2>/dev/null || echo clean; }

before=$(frames)
stress-ng --vm 2 --fork 2 --mmap 2 --shm 2 --shm-sysv 2 -t 60 --verify >said 2>&1
status=$?
echo "status $status"
sed -n 's/^stress-ng: info: *\[[0-9]*\] \(passed\|failed\|skipped\)/\1/p; /fail:/p' said
[ "$status" = 0 ] || cat said

# A stressor that is killed at the end of its time can leave a name in /dev/shm.
rm -f said /dev/shm/stress-ng-*
after=$(frames)
echo "auditor: $(audit)"
# The two shells that are here now and were before have not quite as much as then: that is
# a few frames, and a minute of forks would lose thousands.
((after > before - 64)) && back=yes || back="no, $before before and $after after"
echo "frames are back: $back"
