//! Throw-away.
#![no_std]
#![no_main]
use quire_user::{Area, Args, Errno, PAGE, println, sys};
quire_user::program!(main);
fn parse(s: &str) -> usize { s.bytes().fold(0, |a, b| a * 10 + (b - b'0') as usize) }
fn time(n: usize, f: impl FnOnce()) -> u64 {
    let t = sys::now(); f(); (sys::now() - t) / n.max(1) as u64
}
const MAX: usize = 6000;
fn main(args: &Args) -> i32 {
    let row = args.get(1).unwrap_or("?");
    let n = parse(args.get(2).unwrap_or("1000"));
    match run(row, n) { Ok(v) => { println!("vmb {row} {n}: {v}"); 0 } Err(e) => { println!("{e}"); 1 } }
}
fn write(a: Area, n: usize) { for i in 0..n { a.store_word(i * PAGE, 1) } }
fn read(a: Area, n: usize) { for i in 0..n { a.load_word(i * PAGE); } }
fn run(row: &str, n: usize) -> Result<u64, Errno> {
    let out = Area::shared(PAGE)?; out.store_word(0, 0);
    let a = Area::private(MAX * PAGE)?;
    Ok(match row {
        "w" => time(n, || write(a, n)),
        "r" => time(n, || read(a, n)),
        "cow" => { write(a, MAX); sys::spawn(|| { let t = time(n, || write(a, n)); out.store_word(0, t); 0 })?.wait()?; out.load_word(0) }
        "inherit" => { write(a, MAX); sys::spawn(|| { a.store_word((MAX-1)*PAGE, 2); let t = time(n, || read(a, n)); out.store_word(0, t); 0 })?.wait()?; out.load_word(0) }
        "reread" => { write(a, MAX); let c = sys::spawn(|| { while out.load_word(0) == 0 { sys::sched_yield(); } 0 })?; a.store_word((MAX-1)*PAGE, 2); let t = time(n, || read(a, n)); out.store_word(0, 1); c.wait()?; t }
        "last" => { write(a, MAX); let c = sys::spawn(|| { a.store_word((MAX-1)*PAGE, 2); while out.load_word(0) == 0 { sys::sched_yield(); } 0 })?; a.store_word((MAX-1)*PAGE, 2); out.store_word(0, 1); c.wait()?; time(n, || write(a, n)) }
        "softw" => { let s = Area::shared(MAX * PAGE)?; write(s, MAX); sys::spawn(|| { let t = time(n, || write(s, n)); out.store_word(0, t); 0 })?.wait()?; out.load_word(0) }
        "unmap" => { let b = Area::private(MAX * PAGE)?; let pad = Area::private(PAGE)?; pad.store_word(0, 1); write(b, n); let t = time(n, || b.unmap().unwrap()); t }
        "maptouch" => { a.store_word(0, 1); time(n, || for _ in 0..n { let b = Area::private(PAGE).unwrap(); b.store_word(0, 1); b.unmap().unwrap(); }) }
        "map" => { a.store_word(0, 1); time(n, || for _ in 0..n { let b = Area::private(PAGE).unwrap(); b.unmap().unwrap(); }) }
        "prot" => { write(a, MAX); let p = a.part(0, 256 * PAGE); time(n * 256, || for _ in 0..n { p.protect(1).unwrap(); p.protect(3).unwrap(); write(p, 256); }) }
        "exit" => { let c = sys::spawn(|| { write(a, n); out.store_word(0, sys::now()); 0 })?; c.wait()?; (sys::now() - out.load_word(0)) / n as u64 }
        "getpid" => time(n, || for _ in 0..n { sys::getpid(); }),
        "fork" => time(n, || for _ in 0..n { sys::spawn(|| 0).unwrap().wait().unwrap(); }),
        _ => return Err(Errno(22)),
    })
}
