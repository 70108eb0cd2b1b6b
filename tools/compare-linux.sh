#!/bin/bash
# tools/compare-linux.sh [SCRIPT…]: runs the scripts of tests/debian on Quire and on
# Debian's Linux, in the same QEMU, with the same initrd, and prints how their outputs
# differ. Exit status 0 only if no byte does. RECORD=1 keeps what Linux printed in
# tests/debian/expected, for the tests that have no Linux.
. "$(dirname "$0")/common.sh"

RESULTS=$TARGET_DIR/compare-linux
EXPECTED=tests/debian/expected
# Seconds that a script may take, the machine's start included.
PATIENCE=${PATIENCE:-900}
# The peer's MMU is to be the same as ours, and it need not mend what QEMU has not.
LINUX_APPEND="console=hvc0 quiet loglevel=1 disable_radix mitigations=off rdinit=/init --"
QUIRE_APPEND="init=/init"

# asked_by SCRIPT WHAT: what a line at its head asks for: which shells, how much memory.
asked_by() { sed -n "s/^# $2: //p" "tests/debian/$1.sh"; }

# boot SYSTEM SHELL SCRIPT: runs a script and leaves all that the console said in a file.
# The machine's end is awaited, but not for ever.
boot() {
    local system=$1 shell=$2 script=$3 peer append memory status=0
    local console=$RESULTS/$script.$shell.$system.console
    case $system in
    Linux) peer=$TARGET_DIR/linux/vmlinux append=$LINUX_APPEND ;;
    Quire) peer="" append=$QUIRE_APPEND ;;
    esac
    rm -f "$console"
    memory=$(asked_by "$script" memory)
    MEM=${memory:-${MEM:-512M}} PEER=$peer APPEND="$append /tests/run.sh $shell $script" INITRD=$TARGET_DIR/debian-scripts.cpio \
        CONSOLE=file:$console timeout "$PATIENCE" tools/qemu.sh </dev/null >"$console.qemu" 2>&1 || status=$?
    case $status in
    0) ;;
    124) complain "$system: awaited the end of $script with $shell for $PATIENCE s in vain" "$console" ;;
    *) complain "$system: QEMU ended with $status, running $script with $shell" "$console" ;;
    esac
}

# complain WHAT FILE: says what happened, and what the console said last.
complain() {
    say "$1; the last lines of its console:"
    tail -n 15 "$2" "$2.qemu" | tr -d '\r' | sed 's/^/  | /' >&2
    return 1
}

# What the script printed: from the line that names it to the line with its status.
output_of() { sed -n '/^==> .* with /,/^==> status /p' "$1"; }

# compare SHELL SCRIPT: on both, and side by side.
compare() {
    local shell=$1 script=$2 system seconds=$SECONDS took="" good=yes
    local results=$RESULTS/$script.$shell
    for system in Linux Quire; do
        seconds=$SECONDS
        boot "$system" "$shell" "$script" || good=no
        took="$took, $system $((SECONDS - seconds)) s"
        output_of "$results.$system.console" >"$results.$system"
    done
    grep -q '^==> status' "$results.Linux" || good=no
    if ! diff -u --label Linux --label Quire --text "$results.Linux" "$results.Quire"; then good=no; fi
    [ -z "${RECORD:-}" ] || record "$shell" "$script"
    [ "$good" = yes ] && say "same bytes: $script with $shell$took" ||
        { say "DIFFERENT: $script with $shell$took"; return 1; }
}

# record SHELL SCRIPT: what Linux printed, for tests/tests/quire/debian.rs.
record() {
    mkdir -p "$EXPECTED"
    {
        echo "made by: make compare-linux SCRIPTS=$2 RECORD=1"
        tr -d '\r' <"$RESULTS/$2.$1.Linux"
    } >"$EXPECTED/$2.$1.txt"
}

[ "$MACHINE" = pseries ] || die "Debian's programs are little-endian: MACHINE=pseries"
[ -f "$TARGET_DIR/debian.cpio" ] || tools/debian.sh
tools/linux.sh
tools/pack-scripts.sh
mkdir -p "$RESULTS"
scripts=${*:-$(cd tests/debian && ls ./*.sh | sed 's/^\.\/\(.*\)\.sh$/\1/')}
same=0 different=0
for script in $scripts; do
    [ -f "tests/debian/$script.sh" ] || die "there is no tests/debian/$script.sh"
    for shell in $(asked_by "$script" shells); do
        say "$script with $shell"
        if compare "$shell" "$script"; then same=$((same + 1)); else different=$((different + 1)); fi
    done
done
say "$same outputs are the same to the byte, $different are not; all are in $RESULTS"
[ "$different" = 0 ]
