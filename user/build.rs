//! Says how a user program is linked: by `user.ld`, at pages of 4 KiB.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    println!("cargo:rerun-if-changed={here}/user.ld");
    for arg in [
        &format!("-T{here}/user.ld"),
        "-zmax-page-size=4096",
        "--gc-sections",
        "--no-dynamic-linker",
    ] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
}
