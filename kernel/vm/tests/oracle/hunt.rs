//! Hunting: many programs, each from a seed of its own; and of one that fails, the
//! shortest that still does.

use super::config::Config;
use super::generate::generate;
use super::player::Player;
use super::program::Step;
use super::quiet::{failure_of, say};
use super::seen::Seen;
use super::shrink::shrink;

/// Steps of a program.
pub const STEPS: usize = 200;

/// Plays as many programs as QUIRE_PROGRAMS says, else `programs`.
///
/// # Panics
/// When one fails: with its seed, and the shrunk program to be kept in `found.rs`.
pub fn hunt(config: Config, programs: u64) {
    let seed = number("QUIRE_SEED").unwrap_or(config.seed);
    let programs = number("QUIRE_PROGRAMS").unwrap_or(programs);
    for n in 0..programs {
        let program = generate(seed + n);
        if failure_of(|| play(config, &program)).is_err() {
            panic!("{}", report(config, seed + n, n, program));
        }
    }
    say(&format!(
        "{programs} programs of {STEPS} steps: {}",
        config.name
    ));
}

/// What as many programs meet, whatever the environment says.
pub fn survey(config: Config, programs: u64) -> Seen {
    let mut seen = Seen::default();
    let seeds = config.seed..config.seed + programs;
    seeds.for_each(|seed| seen.add(&play(config, &generate(seed))));
    seen
}

/// Plays one program.
///
/// # Panics
/// When anything is not as it should be.
pub fn play(config: Config, program: &[Step]) -> Seen {
    play_on(Player::new(config), program)
}

fn play_on(mut player: Player, program: &[Step]) -> Seen {
    for step in program {
        player.play(step);
        player.look();
    }
    player.finish()
}

fn report(config: Config, seed: u64, before: u64, program: Vec<Step>) -> String {
    let program = shrink(program, |program| {
        failure_of(|| play(config, program)).is_err()
    });
    let (log, failure) = log_of(config, &program);
    let steps: String = program
        .iter()
        .map(|step| format!("        {step:?},\n"))
        .collect();
    format!(
        "{}: the program of QUIRE_SEED={seed} fails, after {before} that passed.\n\n\
         {} steps do. For found.rs:\n    &[\n{steps}    ]\n\nWhat they came to:\n{log}\n\n{failure}",
        config.name,
        program.len(),
    )
}

/// What a failing program's steps came to, and how it fails.
fn log_of(config: Config, program: &[Step]) -> (String, String) {
    let log = std::rc::Rc::default();
    let mut player = Player::new(config);
    player.log = Some(std::rc::Rc::clone(&log));
    let failure = failure_of(|| play_on(player, program)).err();
    let log = log.borrow().join("\n");
    (log, failure.unwrap_or_default())
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}
