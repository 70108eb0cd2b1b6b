//! Every processor, every size of memory and both firmwares.

use quire_tests::{Cpu, Firmware, Machine, Run};

fn passes(machine: Machine) -> Run {
    machine.run().exits(0)
}

#[test]
fn power8() {
    passes(Machine::new("test=boot,fork,slb").cpu(Cpu::Power8));
}

#[test]
fn power9() {
    passes(Machine::new("test=boot,fork,slb").cpu(Cpu::Power9));
}

#[test]
fn power10() {
    passes(Machine::new("test=boot,fork,slb").cpu(Cpu::Power10));
}

#[test]
fn least_memory() {
    passes(Machine::new("test=boot,fork,frames").memory("256M")).says(&["Quire", " 256 MiB"]);
}

#[test]
fn most_memory() {
    passes(Machine::new("test=boot,fork,htab").memory("4G")).says(&["Quire", " 4096 MiB"]);
}

#[test]
fn qemus_default_firmware() {
    passes(Machine::new("test=boot,fork").firmware(Firmware::Slof));
}
