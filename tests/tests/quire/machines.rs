//! Every processor, every size of memory and both firmwares.

use quire_tests::{Cpu, Firmware, Kind, Machine, Run};

on_both! {
    least_memory most_memory
}

fn passes(machine: Machine) -> Run {
    machine.run().exits(0)
}

fn passes_on(kind: Kind, cpu: Cpu) {
    passes(Machine::new(kind, "test=boot,fork,slb").cpu(cpu));
}

#[test]
fn power8() {
    passes_on(Kind::Pseries, Cpu::Power8);
}

#[test]
fn power9() {
    passes_on(Kind::Pseries, Cpu::Power9);
}

#[test]
fn power10() {
    passes_on(Kind::Pseries, Cpu::Power10);
}

#[test]
fn e6500() {
    passes_on(Kind::Ppce500, Cpu::E6500);
}

fn least_memory(kind: Kind) {
    passes(Machine::new(kind, "test=boot,fork,frames").memory("256M")).says(&["Quire", " 256 MiB"]);
}

fn most_memory(kind: Kind) {
    passes(Machine::new(kind, "test=boot,fork,htab").memory("4G")).says(&["Quire", " 4096 MiB"]);
}

/// Real addresses of more than 32 bits, and tables that do not fit what is mapped at first.
#[test]
fn much_memory() {
    passes(Machine::new(Kind::Ppce500, "test=boot,fork").memory("8G"))
        .says(&["Quire", " 8192 MiB"]);
}

#[test]
fn qemus_default_firmware() {
    passes(Machine::new(Kind::Pseries, "test=boot,fork").firmware(Firmware::Slof));
}
