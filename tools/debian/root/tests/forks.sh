# A thousand processes, one after the other, and fifty at once.
i=0 sum=0
while [ "$i" -lt 1000 ]; do
    n=$( (exit $((i % 7))); echo $?)
    sum=$((sum + n))
    i=$((i + 1))
done
echo "$i forks, $sum"
for n in $(seq 1 50); do (exit "$n") & done
wait
echo waited
seq 1 20 | xargs -P 4 -n 1 sh -c 'echo $(($0 * $0))' | sort -n | tail -n 3
