//! Imports 100,000 accounts on each database, and says how long it took and how much memory the process needed.
//!
//! `cargo bench -p steward-tests --bench import`

#![expect(clippy::expect_used, reason = "a measurement stops at what it doesn't expect")]
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::{fmt::Write, time::Instant};
use steward::import::{self, Options};
use steward_tests::{Engine, TestApp};

const ACCOUNTS: usize = 100_000;

#[tokio::main]
async fn main() {
    let mut file = "email,display_name,locale\n".to_owned();
    for number in 0..ACCOUNTS {
        writeln!(file, "person{number}@acme.test,Person {number},de").expect("a String takes all");
    }
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(app) = TestApp::start(engine).await else {
            continue;
        };
        for round in ["first", "again"] {
            let options = Options { attest_verified: true, dry_run: false, refused: Vec::new(), progress: |_| {} };
            let began = Instant::now();
            let summary = import::accounts(&app.steward, file.as_bytes(), options).await.expect("an import");
            println!(
                "{engine:?}, {round}: {:.1} s, {} created, {} unchanged, at most {} MB in memory",
                began.elapsed().as_secs_f64(),
                summary.created,
                summary.unchanged,
                peak_megabytes()
            );
        }
    }
}

/// The most memory that this process has had, the file of 4 MB included; 0 where the system doesn't say.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1_024
}
