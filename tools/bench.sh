#!/bin/bash
# tools/bench.sh quire|linux|check|baseline|plot|document [WORD…]: what the kernel costs,
# measured by the program user/src/bin/bench. All its rows, or those whose names contain
# one of the words. Results are left in target/bench, as text and as JSON.
#
#   quire     Quire, counting instructions
#   linux     the same, and the same binary on Debian's Linux; then both on the wall clock
#   check     Quire, and that no row is worse than the baseline
#   baseline  Quire, to be the baseline from now on
#   plot      the time of fork against size: three ways of Quire's, and Linux
#   document  renews table and plot in docs/ from what `linux` and `plot` left
. "$(dirname "$0")/common.sh"
. tools/toolchain.sh

RESULTS=$TARGET_DIR/bench
BASELINE=tests/bench-baseline.json
CHAPTER=docs/performance.md
# The largest rows touch 1 GiB, and with less memory are left out.
export MEM=${MEM:-2G}
# Seconds that a run may take.
PATIENCE=${PATIENCE:-1200}
# The peer has its strongest settings. Nothing is the same in two runs without the date and
# the seed. It is given 4 s of the guest's time to end what it does after a start.
LEAN="mitigations=off init_on_alloc=0 hardened_usercopy=off numa_balancing=disable cgroup_disable=memory transparent_hugepage=never nosmp"
LINUX_APPEND="console=hvc0 quiet loglevel=1 $LEAN rdinit=/bin/bench"
SAME=(-rtc base=2026-01-01,clock=vm -seed 42)

# report VERB…: the program that reads what was measured.
report() { host cargo run --quiet --release -p quire-bench --bin bench-report -- "$@"; }

# measure NAME TITLE: boots what CLOCK, CPU, PEER, INITRD and APPEND say, and leaves
# NAME.txt and NAME.json.
measure() {
    local result=$RESULTS/$1 status=0
    say "measuring: $2"
    mkdir -p "$RESULTS"
    rm -f "$result.json"
    CONSOLE=file:$result.txt timeout "$PATIENCE" tools/qemu.sh "${SAME[@]}" </dev/null >"$result.qemu" 2>&1 || status=$?
    if [ "$status" != 0 ] || ! report json "$2" "$CLOCK" <"$result.txt" >"$result.json.new"; then
        tail -n 15 "$result.txt" "$result.qemu" | sed 's/^/  | /' >&2
        die "$2: QEMU ended with $status"
    fi
    mv "$result.json.new" "$result.json"
}

# quire NAME TITLE CLOCK OPTIONS [WORD…]: OPTIONS are the kernel's, as fork=lazy.
quire() { CLOCK=$3 APPEND="$4 init=/bin/bench ${*:5}" measure "$1" "$2"; }

# linux NAME TITLE CLOCK MMU [WORD…]: MMU is what its command line says of it.
linux() {
    CLOCK=$3 PEER=$TARGET_DIR/linux/vmlinux INITRD=$TARGET_DIR/initrd-$MACHINE.cpio \
        APPEND="$LINUX_APPEND $4 -- settle=4 ${*:5}" measure "$1" "$2"
}

# files NAME…: the JSON of these runs.
files() { printf "$RESULTS/%s.json\n" "$@"; }
show() { report table $(files "$@") | tee "$RESULTS/$1-table.txt"; }

# The files of a run of some rows do not replace those of a run of all.
both() {
    local rows=all
    [ $# = 0 ] || rows=some
    [ "$MACHINE" = pseries ] || die "the peer is for MACHINE=pseries"
    tools/linux.sh
    export CPU=power8
    quire $rows-quire "Quire" instructions "" "$@"
    linux $rows-hash "Linux, hash" instructions disable_radix "$@"
    CPU=power9 linux $rows-radix "Linux, radix" instructions "" "$@"
    quire $rows-quire-wall "Quire, ns" host "" "$@"
    linux $rows-hash-wall "Linux, hash, ns" host disable_radix "$@"
    CPU=power9 linux $rows-radix-wall "Linux, radix, ns" host "" "$@"
    echo "Instructions:"
    show $rows-quire $rows-hash $rows-radix
    echo "Nanoseconds of the wall clock, which wobble:"
    show $rows-quire-wall $rows-hash-wall $rows-radix-wall
    report floor $(files $rows-quire-wall $rows-hash-wall)
}

plot() {
    tools/linux.sh
    export CPU=power8
    quire fork-shared "Quire, fork=shared" instructions fork=shared fork-call
    quire fork-lazy "Quire, fork=lazy" instructions fork=lazy fork-call
    quire fork-eager "Quire, fork=eager" instructions fork=eager fork-call
    linux fork-linux-hash "Linux, hash" instructions disable_radix fork-call
    CPU=power9 linux fork-linux-radix "Linux, radix" instructions "" fork-call
    report plot $(files fork-shared fork-lazy fork-eager fork-linux-hash fork-linux-radix) >"$RESULTS/fork.svg"
    say "the plot is $RESULTS/fork.svg"
}

find_toolchains
verb=$1
shift
case $verb in
quire)
    quire quire "Quire" instructions "${APPEND:-}" "$@"
    show quire
    ;;
linux) both "$@" ;;
check)
    quire quire "Quire" instructions ""
    report check "$BASELINE" "$RESULTS/quire.json"
    ;;
baseline)
    quire quire "Quire" instructions ""
    report baseline "$RESULTS/quire.json" >"$BASELINE.new"
    mv "$BASELINE.new" "$BASELINE"
    ;;
plot) plot ;;
document)
    join() { local IFS=,; echo "$*"; }
    report document "$CHAPTER" \
        "instructions=$(join $(files all-quire all-hash all-radix))" \
        "wall=$(join $(files all-quire-wall all-hash-wall all-radix-wall))"
    cp "$RESULTS/fork.svg" docs/fork.svg
    ;;
*) die "tools/bench.sh $verb: there is no such verb" ;;
esac
