# A loop of 1,000 forks, each waited for; then of 1,000 programs, and of pipelines.
# shells: busybox dash bash-static bash

sum=0
i=0
while [ "$i" -lt 1000 ]; do
    (exit $((i % 7)))
    sum=$((sum + $?))
    i=$((i + 1))
done
echo "1000 subshells' statuses add up to $sum"

sum=0
i=0
while [ "$i" -lt 1000 ]; do
    sum=$((sum + $(echo "$i")))
    i=$((i + 1))
done
echo "1000 substitutions add up to $sum"

i=0
good=0
while [ "$i" -lt 200 ]; do
    /bin/true && good=$((good + 1))
    /bin/false || good=$((good + 1))
    i=$((i + 1))
done
echo "$good of 400 programs said what they should"

i=0
while [ "$i" -lt 100 ]; do
    echo "line $i" | cat | cat
    i=$((i + 1))
done | md5sum

i=0
while [ "$i" -lt 50 ]; do
    sleep 0.1 &
    i=$((i + 1))
done
wait
echo "50 at once have ended"
