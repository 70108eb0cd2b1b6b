//! Shrinking: of a program that fails, the shortest and plainest that still does.

use super::program::Step;

/// Takes steps out, many at once and then one by one; and then makes numbers smaller.
pub fn shrink(mut program: Vec<Step>, fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    loop {
        let before = program.clone();
        let mut chunk = program.len();
        while chunk > 0 {
            take_out(&mut program, chunk, &fails);
            chunk /= 2;
        }
        make_plainer(&mut program, &fails);
        if program == before {
            return program;
        }
    }
}

fn take_out(program: &mut Vec<Step>, chunk: usize, fails: impl Fn(&[Step]) -> bool) {
    let mut end = program.len();
    while end > 0 {
        let start = end.saturating_sub(chunk);
        let mut rest = program.clone();
        rest.drain(start..end);
        if fails(&rest) {
            *program = rest;
        }
        end = start;
    }
}

fn make_plainer(program: &mut [Step], fails: impl Fn(&[Step]) -> bool) {
    for n in 0..program.len() {
        for number in 0..program[n].1.len() {
            let old = program[n].1[number];
            let smaller = [0, 1, old / 2, old.saturating_sub(1)];
            for new in smaller.into_iter().filter(|new| *new < old) {
                program[n].1[number] = new;
                if fails(program) {
                    break;
                }
                program[n].1[number] = old;
            }
        }
    }
}
