# bash: arrays, here-documents, traps, process substitution, job control.
set -u
declare -a list=(one two "three four")
declare -A map=([a]=1 [b]=2 [c]=3)
echo "${#list[@]} ${list[2]} ${list[@]:1:1}"
for key in "${!map[@]}"; do echo "$key=${map[$key]}"; done | sort
cat <<END
here ${list[0]} $((6 * 7))
END
cat <<'END'
here ${list[0]}
END
read -r first second <<<"hello world"
echo "$second $first"
trap 'echo trapped USR1' USR1
kill -USR1 $$
trap 'echo at exit' EXIT
(trap 'echo in a subshell; exit 3' TERM; kill -TERM "$BASHPID"; sleep 5)
echo "status $?"
diff_of() { comm -3 <(printf '%s\n' "$1" | tr , '\n') <(printf '%s\n' "$2" | tr , '\n'); }
diff_of a,b,c b,c,d
printf '%s\n' {a..e}{1,2} | paste -sd ' '
[[ "quire-42" =~ ^([a-z]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
mapfile -t lines < <(seq 3)
echo "${lines[*]}"
coproc up { while read -r word; do echo "${word^^}"; done; }
echo shout >&"${up[1]}"
read -r answer <&"${up[0]}"
echo "$answer"
exec {up[1]}>&-
wait
set -m
sleep 100 &
jobs | sed 's/  */ /g'
kill -STOP %1
while [ "$(jobs -s | wc -l)" = 0 ]; do sleep 0.01; done
jobs | sed 's/  */ /g'
kill -KILL %1
while [ "$(jobs -s | wc -l)" != 0 ]; do sleep 0.01; done
wait %1 2>/dev/null
echo "killed $?"
set +m
printf -v padded '%08.3f|%-6s|%x' 3.14159 ab 255
echo "$padded"
ulimit -n
select_it() { local IFS=:; set -- $1; echo "$#"; }
select_it a:b:c
read -t 0.05 -r nothing </dev/zero || echo "read gave up"
echo "$(<<<"$(echo nested "$(echo deep)")" cat)"
umask; umask 077; : >/tmp/private; stat -c %a /tmp/private; rm /tmp/private
