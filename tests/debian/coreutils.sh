# The dynamic coreutils, and their neighbours, under a dynamic bash: each does what it
# is for, on files whose sizes, modes, dates and links are then looked at.
# shells: bash

mkdir -p /tmp/core && cd /tmp/core || exit
umask 022

section() { printf -- '-- %s\n' "$*"; }
# What a file system says of files; not the sizes of folders, which differ.
look() { stat -c '%n %F %a %U:%G %s %h %Y' "$@"; }

section files
seq 1000 >thousand
touch -d '2001-02-03 04:05:06 UTC' thousand
look thousand
cp thousand copy; cmp thousand copy && echo "a copy"
cp -p thousand kept; look kept
cp -a thousand archived; cp --reflink=auto --sparse=always thousand sparse; cmp sparse thousand && echo "again"
mv kept moved && ls
ln moved hard && ln -s moved soft && look hard && readlink soft && readlink -f soft
[ hard -ef moved ] && echo "the same file"
link hard third; look moved; unlink third; rm hard; look moved
install -m 700 -d made/of/folders; install -m 640 thousand made/of/installed; look made/of/installed | cut -d' ' -f1-6
chmod u+s,g-r,o=x copy; look copy | cut -d' ' -f1-5; chmod -R go-rwx made; stat -c '%n %a' made made/of made/of/installed
truncate -s 1M hole; look hole | cut -d' ' -f1-6; truncate -s -1000K hole; wc -c <hole
mkdir -p a/b/c && rmdir -p a/b/c && ls -d a 2>/dev/null || echo "all three are gone"
rmdir made 2>&1; rm -r made && ls
mktemp -u XXXX | wc -c; file=$(mktemp); [ -f "$file" ] && stat -c %a "$file"; rm "$file"
mkfifo fifo; stat -c '%n %F %a' fifo; (echo "through it" >fifo) & cat fifo; rm fifo
ls -l --time-style=+%Y thousand; ls -go soft | grep -o 'soft.*'
ls -1pF | sort; ls -Sr; ls --sort=time thousand moved
du --apparent-size -b thousand | cut -f1
realpath --relative-to=/tmp/core /tmp/../tmp/core/./soft; basename /a/b.c .c; dirname /a/b.c
touch -r thousand new && [ ! new -nt thousand ] && echo "as old"; touch -a -d @5 new; stat -c '%X %Y' new
cp thousand 'name with
new line'; ls -b name*; rm name*
cp nothing here 2>&1; mv nothing here 2>&1; cat nothing 2>&1; rm nothing 2>&1; ln -s soft soft 2>&1
ln -s loop loop; cat loop 2>&1; mkdir thousand 2>&1; cd thousand 2>&1 | sed 's/^.*: line/line/'; ls thousand/x 2>&1; rm loop
cp -r . ./inside 2>&1; rm -rf inside; shred -u -n 1 sparse; ls sparse 2>&1; sync thousand && echo synced

section texts
head -n 2 thousand; tail -n 2 thousand; tail -n +998 thousand; head -c 5 thousand | od -c; sed -n '500p;$=' thousand
seq 20 | pr -3 -t -l 7; seq 5 | tac | paste -sd, ; seq 3 | nl -ba -w3; printf 'a\tb\n' | expand -t 4; echo "        x" | unexpand -a | od -An -tx1
printf '%s\n' "the quick brown fox jumps over the lazy dog" | fold -sw 16; seq -s ' ' 30 | fmt -w 40
printf '3\n10\n2\n' | sort -n; printf '3\n10\n2\n' | sort; sort -R --random-source=thousand thousand | md5sum
sort -k1,1r -S 64K -T . thousand | md5sum; seq 50000 | sort --parallel=1 -S 128K -T . -r | tail -n 1; seq 9 | shuf --random-source=thousand | paste -sd' '
printf 'a 1\nb 2\nc 3\n' >left; printf 'a x\nc y\nd z\n' >right; join left right; join -v1 left right; comm <(cut -d' ' -f1 left) <(cut -d' ' -f1 right)
printf 'b a\nc b\nd c\n' | tsort; printf 'x\nx\ny\n' | uniq -c; tr -dc 0-3 <thousand | wc -c; cut -c2-3 thousand | sort | uniq -d | wc -l
split -l 300 -d thousand part- && wc -l part-* && cat part-* | cmp - thousand && rm part-*; csplit -s thousand /500/ && wc -l xx0*; rm xx*
base64 thousand | md5sum; base64 thousand | base64 -d | cmp - thousand && echo "there and back"; basenc --base32hex <<<Quire; od -An -tx4 -N16 --endian=big thousand
for sum in md5sum sha1sum sha224sum sha384sum sha512sum b2sum cksum "cksum -a crc" "sum -s"; do $sum <thousand; done
numfmt --to=iec 1048576 123456789; factor 1234567890 18446744073709551557; seq -f %04g 1 3 9; expr 7 \* 6; expr match quire '.*r'
printf 'one two\n' | tee copy1 copy2 | wc -w; cat copy1 copy2; grep -n -E '^(9|5)5?5$' thousand; grep -c 7 thousand; grep -q zero thousand || echo "no zero"
awk '{ s += $1 * $1 } END { printf "%d %.6f\n", s, sqrt(s) }' thousand; gawk 'BEGIN { print strftime("%F %T", 0, 1), toupper("gawk"), length(ENVIRON["HOME"]) }'
diff -u left right | tail -n +3; ptx -w 30 left | head -n 2; ptx --version | head -n 1; dircolors -b | wc -l | tr -d 0-9 | wc -c

section processes
timeout 0.3 sleep 30; echo "timeout: $?"; (timeout -s KILL 0.3 sleep 30; exit $?) 2>/dev/null; echo "killed: $?"; env -i A=1 B=2 env; env -u HOME printenv HOME; echo "unset: $?"
nice; nohup echo "not hung up" 2>/dev/null; echo "ok" | xargs -n1 -P4 echo "xargs says"; seq 12 | xargs -n 3 -P 1 | md5sum
yes | head -n 100000 | md5sum; (yes; echo "yes: $?" >&2) 2>&1 | head -n 1; kill -l 9; (bash -c 'kill -9 $$'; exit $?) 2>/dev/null; echo "nine: $?"
id; id -un; whoami; groups; logname 2>&1; uname -m; arch; stty -a | grep -o 'icanon\|isig\|echoe' | sort; pwd; echo ~
date -u -d @1000000000; date -u -d '2026-02-28 + 1 day' +%F; date +%s | wc -c; sleep 0.01; true; false; echo "false: $?"; test 3 -gt 2 && echo greater
stdbuf -oL echo "a library before others"; nproc; printenv LANG; pathchk -p "$(printf 'x%.0s' {1..300})" 2>&1 | cut -c1-20
dd if=/dev/zero bs=4k count=256 2>/dev/null | wc -c; dd if=thousand bs=10 skip=2 count=1 status=none; dd if=/dev/urandom bs=64 count=1 status=none | wc -c
[ -t 0 ] && echo "the input is a terminal"; [ -t 1 ] && echo "and the output"; echo >/dev/full; echo "full: $?"; mesg 2>/dev/null; head -c 3 /dev/zero | od -An -tx1; tail ---disable-inotify -n 1 -f thousand & sleep 0.5; kill %1; wait %1; echo "tail: $?"
