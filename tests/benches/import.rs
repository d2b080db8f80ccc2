//! How long an import takes, and what memory it needs.

use crate::{Size, dataset, process};
use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    time::Instant,
};
use steward::import::{self, Options};

/// Imports a file into an empty installation, and then again.
pub async fn run(size: Size) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accounts.csv");
    let mut file = BufWriter::new(File::create(&path).expect("a file"));
    writeln!(file, "email,display_name,locale").expect("a file");
    for number in 0..size.accounts {
        writeln!(file, "person{number}@acme.test,Person {number},de").expect("a file");
    }
    file.flush().expect("a file");
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        for (round, expected) in [("first", size.accounts), ("again", 0)] {
            process::forget_peak();
            let file = BufReader::new(File::open(&path).expect("the file"));
            let options = Options { attest_verified: true, dry_run: false, refused: Vec::new(), progress: |_| {} };
            let begin = Instant::now();
            let summary = import::accounts(&app.steward, file, options).await.expect("an import");
            assert_eq!(summary.created, expected as u64, "{round}");
            println!(
                "import, {engine:?}, {round}: {:.2} s, {} created, {} unchanged, at most {:.0} MB in memory",
                begin.elapsed().as_secs_f64(),
                summary.created,
                summary.unchanged,
                process::peak_megabytes()
            );
        }
    }
}
