# A tree goes into a tar archive, through gzip and back, and is the same: checksums say so.
# shells: busybox bash

mkdir -p /tmp/archive/from/deep/er && cd /tmp/archive || exit

seq 1 20000 >from/numbers
head -c 300000 /dev/zero >from/zeros
seq 1 30 | sed 's/.*/line & of a small file/' >from/deep/small
: >from/deep/er/empty
ln -s ../numbers from/deep/link
ln from/deep/small from/deep/er/hard
chmod 750 from/deep/small
chmod 400 from/zeros
touch -d @1000000000 from/numbers from/deep/small

# Each regular file's checksum, then what links and modes say.
sums() {
    (cd "$1" && find . -type f | sort | xargs sha256sum)
    (cd "$1" && find . ! -type d | sort | xargs stat -c '%n %a %F %h')
    (cd "$1" && stat -c '%n %Y' numbers deep/small && readlink deep/link)
}

sums from >before
cat before

echo "one archive, packed and unpacked:"
tar -cf plain.tar from
gzip -9 <plain.tar >packed.tar.gz
gzip -t packed.tar.gz && echo "gzip says that it is whole"
gzip -dc packed.tar.gz | cmp - plain.tar && echo "the archive came back"
tar -tf plain.tar | sort
mkdir to && tar -xpf packed.tar.gz -z -C to
sums to/from >after
cmp before after && echo "the tree came back"

echo "through one pipe, without a file:"
mkdir piped && tar -cf - from | gzip -c | gzip -dc | (cd piped && tar -xpf -)
sums piped/from | cmp - before && echo "the tree came back"

echo "a file in place:"
cp from/numbers copy && gzip copy && ls copy* && gunzip copy.gz && cmp copy from/numbers && echo "the same"

echo "a damaged one is refused:"
{ head -c 5000 packed.tar.gz; echo damage; } >damaged.gz
gzip -t damaged.gz 2>/dev/null
echo "status $?"
