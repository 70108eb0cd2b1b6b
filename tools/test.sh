#!/bin/bash
# tools/test.sh: runs every test of the crates that run on this machine, those that
# boot QEMU among them, and prints how many there were.
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh

find_toolchains
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Where a test failed is enough; how libtest came to it is not worth the lines.
export RUST_BACKTRACE=0
status=0
host cargo test --no-fail-fast 2>&1 | tee "$log" || status=$?
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
    END { printf "quire: %d tests passed, %d failed, %d ignored\n", passed, failed, ignored }' "$log"
exit "$status"
