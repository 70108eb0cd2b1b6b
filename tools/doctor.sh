#!/bin/bash
# tools/doctor.sh: prints each need with what was found, or with the command that
# brings it. Exit status 1 if anything is missing.
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh
. tools/needs.sh

sick=0
find_toolchains
for need in $(needs_of build machines gdb lint); do
    if found=$("find_$need"); then
        printf 'ok       %s: %s\n' "${WHAT[$need]}" "$found"
    else
        sick=1
        printf 'MISSING  %s%s\n' "${WHAT[$need]}" "${found:+ (found: $found)}"
        printf '         mend it with: %s\n' "${PACKAGES[$need]:+apt-get install }${PACKAGES[$need]:-another QEMU=path}"
    fi
done
if [ -n "$HOST" ] && [ "$HOST" != "$TARGET" ]; then
    printf 'note     crates that run on this machine are built with Rust %s in %s\n' "$(rust_version "$HOST")" "$HOST"
fi
exit $sick
