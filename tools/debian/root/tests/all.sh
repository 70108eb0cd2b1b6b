#!/bin/sh
# Runs every script here, each with a head and its exit status. What they print must be
# the same on Linux: nothing of time, numbers of processes or memory is in it.
cd /tests || exit
failed=0
for script in ${*:-pipeline archive forks bash hash coreutils}; do
    echo "== $script"
    case $script in
    bash) /bin/bash "./$script.sh" ;;
    *) /bin/sh "./$script.sh" ;;
    esac
    status=$?
    echo "== $script: $status"
    [ "$status" = 0 ] || failed=1
done
exit "$failed"
