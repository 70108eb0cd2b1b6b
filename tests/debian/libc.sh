# Twenty dynamic shells at once: the frames of libc.so.6's text are there once. A frame
# that n processes see counts as 1/n in the Pss of each (proc_pid_smaps(5)), so the sum
# over all processes is what is really there.
# shells: bash

cd /tmp || exit

pids=()
for n in {1..20}; do
    "$BASH" -c 'echo "shell $1: ${#BASH} letters" >"said.$1"; read -r line <hold; echo "$line"' shell "$n" &
    pids+=($!)
done
