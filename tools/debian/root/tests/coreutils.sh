# Dynamic coreutils, one after the other.
cd /tmp || exit
mkdir -p work/a/b && cd work || exit
printf 'b 2\na 1\nc 3\n' >three
sort three; sort -r three; sort -k 2n three | cut -d ' ' -f 1 | tr -d '\n'; echo
sort three >sorted; join sorted sorted; rm sorted
paste three three; nl three; tac three; rev three 2>/dev/null
head -n 1 three; tail -n 1 three; wc three
cp three copy; mv copy a/b/moved; ls -R; ln -s a/b/moved short; readlink -f short
touch -d '2001-02-03 04:05:06 UTC' three; TZ=UTC stat -c '%y %s %F' three
chmod 4755 three; stat -c %A three
basename /x/y.txt .txt; dirname /x/y.txt; realpath a/../three
expr 6 '*' 7; factor 123456789; seq -s , 1 5; printf '%5.2f|%s\n' 2.5 x
echo abc | od -c; echo abc | base64; echo YWJjCg== | base64 -d
printf 'x\ty\n' | expand; fold -w 3 three; fmt -w 10 three
tee copy1 copy2 <three >/dev/null; cmp copy1 copy2 && echo equal
comm three copy1 | head -n 1; tsort three; shuf -n 1 -i 5-5
test -d a && test ! -e nothing && echo tested
rmdir a 2>/dev/null || echo 'not empty'
mkdir a 2>&1; rm nothing 2>&1; cat nothing 2>&1; ls nothing 2>&1; cd nothing 2>&1
env -i A=1 B=2 env; true; false; echo $?; timeout 0.1 sleep 5; echo $?;
nohup echo no 2>/dev/null; id -un; whoami; tty </dev/null; pwd; date -u -d @0
mktemp -u /tmp/x.XXXXXX | wc -c; mkfifo pipe 2>&1 && (echo through >pipe & cat pipe); rm -f pipe
du -b three; numfmt --to=iec 1048576; csplit -s three 2; cat xx00 xx01; install -m 600 three new; stat -c %a new
cd /tmp && rm -rf work
