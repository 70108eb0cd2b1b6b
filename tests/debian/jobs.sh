# Job control in a script: background jobs are stopped, continued, brought to the
# foreground and ended, each in a process group of its own.
# shells: bash-static bash

cd /tmp || exit
set -m

# until_jobs SAY: waits until `jobs` says so.
until_jobs() {
    local turn
    for turn in {1..100}; do
        jobs >said
        grep -q "$1" said && return
        sleep 0.1
    done
    echo "no job was $1 within 10 s: $(cat said)"
}

# ended PID: waits until a process that was stopped is gone. wait alone would return, too,
# if the shell has not yet seen that the process went on.
ended() {
    local turn
    for turn in {1..100}; do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    wait "$1"
    echo "status $?"
}

echo "-- stopped and continued"
sleep 60 &
jobs
kill -STOP %1; until_jobs Stopped; jobs
kill -CONT %1; until_jobs Running; jobs
bg %1 2>/dev/null; echo "bg of a running job: $?"
kill %1; wait %1; echo "status $?"

echo "-- a group of its own"
sleep 60 | cat | cat &
kill -0 -- "-$(jobs -p %1)" && echo "the pipeline's first process leads its group"
kill -TERM -- "-$(jobs -p %1)"; wait %1; echo "status $?"

echo "-- stops itself, then the foreground"
"$BASH" -c 'echo "about to stop"; kill -STOP $$; echo "went on"; exit 4' &
until_jobs Stopped; jobs
fg %1; echo "status $?"
"$BASH" -c 'kill -TSTP $$; exit 6'; echo "stopped in the foreground: $?"
jobs
fg; echo "status $?"

echo "-- a background job reads the terminal"
cat </dev/tty &
reader=$!
until_jobs Stopped.*cat; jobs -s | sed 's/^.*Stopped/Stopped/'
{ kill -TERM "$reader"; kill -CONT "$reader"; } 2>/dev/null; ended "$reader"

echo "-- a background job writes to it"
stty tostop
echo "not yet seen" >/dev/tty &
writer=$!
until_jobs Stopped.*echo; jobs -s | sed 's/^.*Stopped/Stopped/'
stty -tostop
kill -CONT "$writer"; ended "$writer"

echo "-- wait for whichever is next"
sleep 20 & sleeper=$!
# It ends when wait has surely begun: bash may miss what ends just before.
(sleep 1; exit 3) & short=$!
wait -n "$sleeper" "$short"; echo "the first to end: $?"
kill "$sleeper"; wait "$sleeper"; echo "the other: $?"

echo "-- many"
sum=0
pids=()
for n in {1..20}; do (exit "$n") & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid"; ((sum += $?)); done
echo "statuses add up to $sum"

echo "-- disowned, and left when the shell ends"
"$BASH" -mc '(sleep 0.5; echo "outlived its shell" >outlived) & disown; exit 0'
for n in {1..100}; do [[ -s outlived ]] && break; sleep 0.1; done; cat outlived

echo "-- a child that dies of each signal"
for signal in HUP QUIT ABRT KILL SEGV PIPE ALRM TERM USR1; do
    ("$BASH" -c "ulimit -c 0; kill -$signal \$\$"; echo "$signal $?") 2>/dev/null
done
