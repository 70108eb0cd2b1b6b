#!/bin/bash
# tools/test.sh: builds Quire for every machine, runs every test of the crates that run
# on this one, those that boot QEMU among them, and prints how many there were, and how
# many random programs the virtual memory was tried with.
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh

for machine in $MACHINES; do
    MACHINE=$machine tools/build.sh
done
find_toolchains
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Where a test failed is enough; how libtest came to it is not worth the lines.
export RUST_BACKTRACE=0
status=0
host cargo test --no-fail-fast 2>&1 | tee "$log" || status=$?
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
    match($0, /oracle: [0-9]+ programs/) { split(substr($0, RSTART), word, " "); programs += word[2] }
    /skipped: / { skipped++ }
    END { printf "quire: %d random programs agreed with the oracle\n", programs
        printf "quire: %d tests passed, %d failed, %d ignored\n", passed, failed, ignored
        if (skipped) printf "quire: %d of them were skipped: the lines with skipped: say why\n", skipped }' "$log"
exit "$status"
