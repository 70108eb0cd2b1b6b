# tar and gzip: there and back again, with a checksum.
mkdir -p /tmp/here && cd /tmp/here || exit
for n in 1 2 3 4 5; do seq 1 $((n * 1000)) >"file$n"; done
ln -s file1 link
ln file2 hard
chmod 640 file3
find . -type f | sort | xargs sha256sum >/tmp/sums
tar -cf /tmp/a.tar --sort=name --owner=0 --group=0 --mtime=@0 .
tar -tf /tmp/a.tar
gzip -n -k /tmp/a.tar
sha256sum </tmp/a.tar
gzip -l /tmp/a.tar.gz
mkdir -p /tmp/there && cd /tmp/there || exit
gzip -dc /tmp/a.tar.gz | tar -xf -
sha256sum -c /tmp/sums
readlink link
stat -c '%a %h %s %n' file1 file2 file3
diff -r /tmp/here /tmp/there 2>/dev/null || cmp /tmp/here/file5 /tmp/there/file5
busybox gzip -dc /tmp/a.tar.gz | busybox tar -tf - | wc -l
rm -rf /tmp/here /tmp/there /tmp/a.tar /tmp/a.tar.gz /tmp/sums
