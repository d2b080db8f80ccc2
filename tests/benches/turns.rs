//! Two works take turns, so that a busy machine slows both.

use crate::{
    Size,
    load::{self, Crowd, Outcome, Requests},
    process::Server,
};
use std::time::Duration;

/// What a server did in all of its turns.
#[derive(Default)]
struct Turns {
    per_second: Vec<f64>,
    middle: Vec<f64>,
    slow: Vec<f64>,
    requests: usize,
    processor: Duration,
}

impl Turns {
    fn add(&mut self, outcome: &Outcome, processor: Duration) {
        self.per_second.push(outcome.per_second());
        self.middle.push(outcome.milliseconds(0.5));
        self.slow.push(outcome.milliseconds(0.99));
        self.requests += outcome.count();
        self.processor += processor;
    }

    fn line(&self, megabytes: f64) -> String {
        format!(
            "{:>6.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.0} µs of the processor each, at most {megabytes:.0} MB",
            median(&self.per_second),
            median(&self.middle),
            median(&self.slow),
            self.processor.as_secs_f64() * 1e6 / self.requests.max(1) as f64,
        )
    }
}

/// The middle one.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// One of two works: what it is called, who does it, and by which requests.
pub struct Side<'a> {
    /// As it is printed.
    pub name: &'a str,
    /// Who does it.
    pub server: &'a Server,
    /// What is sent.
    pub requests: &'a Requests,
}

/// Lets our server and the bare one take turns, and prints what each did.
pub async fn compare(name: &str, size: Size, servers: [&Server; 2], requests: &[Requests; 2]) {
    let [ours, bare] = requests;
    let sides = [
        Side { name: "Steward", server: servers[0], requests: ours },
        Side { name: "bare", server: servers[1], requests: bare },
    ];
    let ratios = side_by_side(name, size, &sides).await;
    println!("{name}, ratio: {:.3} (of each round: {ratios:.2?})", median(&ratios));
}

/// The same for two works of which one should cost little more than the other: prints how many times more the second one
/// costs.
pub async fn cost(name: &str, size: Size, sides: &[Side<'_>; 2]) {
    let ratios = side_by_side(name, size, sides).await;
    let [first, second] = sides;
    println!("{name}: {} costs {:.2} times {} (of each round: {ratios:.2?})", second.name, median(&ratios), first.name);
}

/// Answers in a second of the first, divided by those of the second, in each round.
async fn side_by_side(name: &str, size: Size, sides: &[Side<'_>; 2]) -> Vec<f64> {
    let mut turns = [Turns::default(), Turns::default()];
    // The first round fills caches, and counts for nothing.
    for round in 0..=size.rounds {
        for (side, turns) in sides.iter().zip(&mut turns) {
            let before = side.server.processor();
            let stop = load::after_seconds(if round == 0 { 1 } else { size.seconds });
            let outcome = load::run(side.server.address, Crowd::restless(size.callers), side.requests, &stop).await;
            if round > 0 {
                turns.add(&outcome, side.server.processor().saturating_sub(before));
            }
        }
    }
    for (side, turns) in sides.iter().zip(&turns) {
        println!("{name}, {}: {}", side.name, turns.line(side.server.peak_megabytes()));
    }
    let [first, second] = turns;
    first.per_second.iter().zip(&second.per_second).map(|(first, second)| first / second).collect()
}
