# What bash has and a plain shell has not: arrays, here-documents, traps, patterns,
# processes in place of files; and, of the plain shell, redirections and signals.
# shells: bash-static bash

cd /tmp || exit

section() { printf -- '-- %s\n' "$*"; }

section arrays
declare -a pages=(text data "a bss" stack)
pages+=(heap)
pages[9]=vdso
printf '%s|' "${pages[@]}"; echo "${#pages[@]} ${!pages[*]}"
unset 'pages[1]'
echo "${pages[*]:2:2} / ${pages[-1]} / ${pages[*]/a/A}"
declare -A of=([one]=1 [two]=2 [three]=3 [four]=4)
for key in "${!of[@]}"; do echo "$key=${of[$key]}"; done | sort
mapfile -t lines < <(seq 3 | sed 's/^/line /')
echo "${#lines[@]}: ${lines[2]}"
read -ra words <<<"here is   a string"
echo "${words[1]}-${words[3]}"
declare -n alias=pages
echo "by another name: ${alias[0]}"
sorted=($(printf '%s\n' pear apple quince | sort -r)); echo "${sorted[@]}"

section here-documents
name=Quire
cat <<END
$name is $(echo substituted) and $((6 * 7))
END
cat <<'END'
$name is $(not)
END
cat <<-END
	tabs go
	END
# More than a pipe holds, so that it must be a file.
long=$(seq 1 30000)
md5sum <<<"$long"
while read -r number; do ((total += number)); done <<<"$long"
echo "$total"

section traps
trap 'echo "caught USR1"' USR1
kill -USR1 $$
trap 'echo "caught TERM in line $LINENO"' TERM
kill -TERM $$
trap '' HUP; kill -HUP $$; echo "HUP was ignored"
(trap 'echo "subshell ends with $?"' EXIT; exit 5); echo "status $?"
(trap 'echo "INT in a subshell"; exit 9' INT; kill -INT $BASHPID; echo "not reached"); echo "status $?"
("$BASH" -c 'kill -KILL $$'; exit $?) 2>/dev/null; echo "status $?"
"$BASH" -c 'trap "echo error in \$BASH_COMMAND" ERR; false; set -e; false; echo not reached'; echo "status $?"
on_return() { trap 'echo "returned from $FUNCNAME"' RETURN; :; }; on_return; trap - RETURN
trap 'children=$((children + 1))' CHLD
/bin/true; /bin/false; /bin/true
echo "children that ended: $children"
trap - CHLD
trap -p USR1 HUP
# A signal ends a wait early, with its number in the status.
sleep 30 & sleeper=$!
(sleep 0.3; kill -USR1 $$) &
wait "$sleeper"; echo "wait was cut short: $?"
kill "$sleeper"; wait "$sleeper" 2>/dev/null; echo "the sleeper's status: $?"

section patterns
[[ segment-0x1f3 =~ ^([a-z]+)-0x([0-9a-f]+)$ ]] && echo "${BASH_REMATCH[1]} $((16#${BASH_REMATCH[2]}))"
shopt -s extglob nullglob
path=/usr/lib/powerpc64le-linux-gnu/libc.so.6
echo "${path##*/} ${path%/*} ${path//@(l|i)/_} ${path^^} ${path:5:3}"
case $path in *.so.+([0-9])) echo "a library" ;; *) echo "none" ;; esac
mkdir -p globs && touch globs/{a,b,c}{1..3}.{x,y} && (cd globs && echo [ab]?.x !(a*|b*) && echo nothing*)
echo {01..10..3} {a..e} x{1,2}{3,4}
printf '%05d %x %o %s %q %(%F)T\n' 42 255 8 str "two words" 0
printf -v formatted '%-6s|%6.2f' left 3.14159; echo "$formatted"

section redirections
exec 5>out; echo one >&5; echo two >&5; exec 5>&-
exec 6<out; read -r -u 6 first; read -r -u 6 second; exec 6<&-
echo "$second $first"
{ echo to-out; echo to-err >&2; } 2>&1 >both | sed 's/^/piped: /'; cat both
echo appended >>out; set -o noclobber; echo over 2>/dev/null >out || echo "not overwritten"; set +o noclobber
diff <(printf '1\n2\n3\n') <(printf '1\n3\n4\n'); echo "diff's status: $?"
seq 5 | tee >(sed 's/^/copy /' >copied) >/dev/null; until [[ -s copied ]]; do sleep 0.1; done; cat copied
coproc BC { while read -r a b; do echo $((a * b)); done; }
echo 6 7 >&"${BC[1]}"; read -r product <&"${BC[0]}"; echo "product $product"
exec {BC[1]}>&-; wait "$BC_PID"; echo "the coprocess ended: $?"
mkfifo pipe; (echo through a fifo >pipe) & cat pipe; wait
read -r -t 0.2 nothing < <(sleep 2); echo "read timed out: $?" | sed 's/1[0-9][0-9]/over 128/'

section programs
set -o pipefail; false | true; echo "pipefail: $?"; set +o pipefail
true | false | true; echo "${PIPESTATUS[@]}"
no-such-program 2>/dev/null; echo "not found: $?"
: >plain; ./plain 2>/dev/null; echo "not executable: $?"
printf '#!/bin/sh\necho "script $0 with $*"\n' >script; chmod +x script; ./script a "b c"
printf 'echo "no first line, $#"\n' >script; ./script a b c
( ulimit -n 20; ulimit -n ); ( umask 027; : >masked; stat -c %a masked )
time_of() { TIMEFORMAT=%R; { time true; } 2>&1 | grep -c '^0'; }; time_of
f() { local depth=$1; ((depth == 0)) && { echo "depth reached by ${#FUNCNAME[@]} frames"; return 3; }; f $((depth - 1)); }
f 200; echo "status $?"
getopts_test() { local o; while getopts ab:c o; do printf '%s=%s ' "$o" "${OPTARG-}"; done; shift $((OPTIND - 1)); echo "rest: $*"; }
getopts_test -a -b value -c x y
RANDOM=42; echo "random: $RANDOM $RANDOM $RANDOM"
echo "arithmetic: $((2 ** 40 % 1000003)) $((-7 / 2)) $((1 << 33)) $((0x7fffffffffffffff + 1))"
eval 'echo "evaluated: $((1+1))"'; source <(echo 'echo "sourced from a pipe"')
set -- "$@" one two; echo "$# ${*: -1}"
(exec -a renamed "$BASH" -c 'echo "I am $0"')
exec echo "replaced by echo"
