# Checksums of 64 MiB: through a pipe, from a file, and of a file that is mapped and shared.
# shells: busybox bash

cd /tmp || exit

head -c 67108864 /dev/zero | sha256sum
yes "four score and seven pages ago" | head -c 67108864 >large
sha256sum large
sha256sum <large
wc -c <large
sha256sum large >large.sum
sha256sum -c large.sum
printf x | dd of=large bs=1 seek=33554432 conv=notrunc 2>/dev/null
sha256sum -c large.sum 2>/dev/null
echo "status $?"
sha256sum large
tail -c 1048576 large | sha512sum
head -c 8388608 large | md5sum
