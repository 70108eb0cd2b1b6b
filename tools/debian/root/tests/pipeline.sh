# find, sort, uniq, sed, awk and grep over a tree of files.
mkdir -p /tmp/tree && cd /tmp/tree || exit
i=0
while [ "$i" -lt 60 ]; do
    mkdir -p "d$((i % 7))/e$((i % 3))"
    echo "line $((i * 37 % 101)) of file $i" >"d$((i % 7))/e$((i % 3))/f$i.txt"
    i=$((i + 1))
done
find . -name '*.txt' | wc -l
find . -type d | sort
find . -name '*.txt' -exec cat {} + | sort -n -k 2 | head -n 5
find . -name 'f1*.txt' -print0 | sort -z | xargs -0 -n 3 echo
cat d*/e*/*.txt | awk '{ print $2 % 10 }' | sort | uniq -c | sort -k 1,1nr -k 2n
sed -n 's/^line \([0-9]*\) of file 1\([0-9]\)$/\2:\1/p' d*/e*/*.txt | sort
grep -rl 'line 7' . | sort
grep -c . d0/e0/*.txt
mawk 'BEGIN { for (i = 0; i < 5; i++) printf "%d %.3f\n", i, i / 3 }'
gawk 'BEGIN { n = split("b c a", w, " "); asort(w); for (i = 1; i <= n; i++) print w[i] }'
seq 1 1000 | awk '{ s += $1 } END { print s }'
yes | head -n 100000 | wc -c
find . -name '*.txt' -delete
find . -depth -type d -empty -delete
ls /tmp/tree 2>/dev/null | wc -l
cd /tmp && rm -rf tree
