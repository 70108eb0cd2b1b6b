# Twenty dynamic shells at once: the frames of libc.so.6's text are there once. A frame
# that n processes see counts as 1/n in the Pss of each (proc_pid_smaps(5)), so the sum
# over all processes is what is really there.
# shells: bash

cd /tmp || exit

mkfifo hold
sleep 1000 >hold &
keeper=$!
shells=()
for n in {1..20}; do
    "$BASH" -c 'echo "$1 runs" >"said.$1"; read -r line <hold' shell "$n" &
    shells+=($!)
done
for turn in {1..300}; do
    said=$(cat said.* 2>/dev/null | wc -l)
    ((said == 20)) && break
    sleep 0.1
done
echo "$said shells run"

awk '
/^[0-9a-f]+-[0-9a-f]+ / { text = $2 ~ /x/ && $NF ~ /\/libc\.so\.6$/; seen += text }
text && $1 == "Size:" { size = $2 }
text && $1 == "Rss:" { rss += $2 }
text && $1 == "Pss:" { pss += $2 }
END {
    print seen - 1 " of them, and their parent, have mapped the text of libc.so.6"
    # All of them together see many times what is there, and that is not more than the text.
    once = rss > 5 * pss && pss > 0 && pss <= size
    print "its frames are there once: " (once ? "yes" : "no: Size " size ", sum of Rss " rss ", of Pss " pss " kB")
}' /proc/$$/smaps $(printf '/proc/%d/smaps ' "${shells[@]}")

# The keeper last: its end is the end of what they read.
kill "${shells[@]}" "$keeper"
ended=0
for pid in "${shells[@]}"; do wait "$pid" 2>/dev/null; (($? == 143)) && ((ended += 1)); done
echo "$ended were ended"
