# Quire's verbs. What a verb does is written in tools/; this says of which scripts
# each is made.

## the machine to build for and to boot: pseries, or ppce500, which is big-endian
MACHINE ?= pseries
## its processor: power8, power9 (if not given), power10; of ppce500 e5500 or e6500
CPU ?=
## its memory, in steps of 256M
MEM ?= 512M
## its number of processors; Quire uses one
SMP ?= 1
## a newc cpio archive to boot with, in place of the one in the kernel
INITRD ?=
## the kernel's command line: init=/path args…, test=suite,…, fork=shared|lazy|eager
APPEND ?=
## what starts the kernel of pseries: vof (if not given), or slof, which takes seconds
FIRMWARE ?=
## what time is: host, or instructions: one each nanosecond, every run the same
CLOCK ?= host
## the scripts to compare, of tests/debian; all if not given
SCRIPTS ?=
## the rows to measure, by words that their names contain; all if not given
BENCH ?=
## the emulator
QEMU ?= qemu-system-ppc64

export MACHINE CPU MEM SMP INITRD APPEND FIRMWARE CLOCK QEMU
.DEFAULT_GOAL := help
.PHONY: run tour bench-miss bench bench-linux bench-check bench-baseline bench-plot bench-document test kernel debian compare-linux gdb doctor fmt lint clean help

run: ## boot Quire; its console is your terminal (exit, or Ctrl-A X, ends it)
	@tools/setup.sh build run
	@tools/build.sh
	@tools/qemu.sh

tour: ## a guided tour of what Quire shows, with the numbers that it counted
	@tools/setup.sh build run
	@tools/build.sh
	@CLOCK=instructions APPEND=init=/bin/tour tools/qemu.sh

bench-miss: MACHINE = ppce500
bench-miss: ## count the instructions of a TLB miss, on ppce500 if MACHINE is not given
	@tools/setup.sh build run
	@tools/build.sh
	@CLOCK=instructions APPEND=init=/bin/missbench tools/qemu.sh

# The largest rows touch 1 GiB.
bench bench-linux bench-check bench-baseline bench-plot: MEM = 2G

bench: ## count the instructions of all that a kernel does often
	@tools/setup.sh build run
	@tools/build.sh
	@tools/bench.sh quire $(BENCH)

bench-linux: ## the same beside Debian's Linux: hash, radix, and on the wall clock
	@tools/setup.sh build run
	@tools/build.sh
	@tools/bench.sh linux $(BENCH)

bench-check: ## fail if a figure is over 5 % worse than tests/bench-baseline.json
	@tools/setup.sh build run
	@tools/build.sh
	@tools/bench.sh check

bench-baseline: ## make today's figures the baseline
	@tools/setup.sh build run
	@tools/build.sh
	@tools/bench.sh baseline

bench-plot: ## plot the time of fork against the size of the process
	@tools/setup.sh build run
	@tools/build.sh
	@tools/bench.sh plot

bench-document: ## renew docs/performance.md from what bench-linux and bench-plot left
	@tools/bench.sh document

test: ## run all tests, here and in QEMU on both machines, and print their count
	@tools/setup.sh build machines gdb
	@tools/test.sh

kernel: ## leave the kernel as target/quire-$(MACHINE).elf
	@tools/setup.sh build
	@tools/build.sh

debian: ## fetch Debian's programs for ppc64el, and pack them into target/debian.cpio
	@tools/debian.sh

compare-linux: ## run scripts with Debian's programs here and on Debian's Linux; same bytes?
	@tools/setup.sh build run
	@tools/build.sh
	@tools/compare-linux.sh $(SCRIPTS)

gdb: ## step through the kernel with gdb-multiarch
	@tools/setup.sh build run gdb
	@tools/build.sh
	@tools/gdb.sh

doctor: ## list what Quire needs, what is here, and what mends the difference
	@tools/doctor.sh

fmt: ## format the code
	@tools/setup.sh lint
	@tools/lint.sh fmt

lint: ## check the format, and have clippy read everything
	@tools/setup.sh build lint
	@tools/lint.sh

clean: ## remove what was built
	@rm -rf $(or $(CARGO_TARGET_DIR),target)

help: ## show this
	@awk -f tools/help.awk Makefile
