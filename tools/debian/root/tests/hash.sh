# 64 MiB through sha256sum, from a file and from a pipe.
head -c 67108864 /dev/zero | tr '\0' 'q' >/tmp/large
sha256sum </tmp/large
cat /tmp/large | sha256sum
md5sum /tmp/large
cksum /tmp/large
split -b 16M /tmp/large /tmp/part.
cat /tmp/part.* | cmp - /tmp/large && echo same
dd if=/tmp/large bs=1M count=3 skip=2 2>/dev/null | wc -c
truncate -s 1000 /tmp/large
wc -c </tmp/large
rm /tmp/large /tmp/part.*
