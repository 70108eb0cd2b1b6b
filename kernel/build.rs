//! Hands the linker its script, and the kernel the initrd that it embeds.

use std::env;
use std::fs;
use std::path::Path;

/// The path of the initrd to embed. `tools/build.sh` sets it.
const INITRD: &str = "QUIRE_INITRD";

fn main() {
    link();
    println!("cargo::rerun-if-env-changed={INITRD}");
    if env::var_os(INITRD).is_none() {
        embed_nothing();
    }
}

/// What must be the same for every crate of the kernel stands in the target's
/// JSON file; this is only for the kernel's last step. Beside that file another one
/// says where the image begins.
fn link() {
    let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    for script in [
        format!("{tree}/boot/targets/{target}.ld"),
        format!("{tree}/linker.ld"),
    ] {
        println!("cargo::rerun-if-changed={script}");
        println!("cargo::rustc-link-arg-bins=-T{script}");
    }
    println!("cargo::rustc-link-arg-bins=--no-dynamic-linker");
    println!("cargo::rustc-link-arg-bins=-znognustack");
}

/// So that the kernel can be checked without having built the programs.
fn embed_nothing() {
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let empty = Path::new(&out).join("empty.cpio");
    fs::write(&empty, []).expect("OUT_DIR can be written");
    println!("cargo::rustc-env={INITRD}={}", empty.display());
}
