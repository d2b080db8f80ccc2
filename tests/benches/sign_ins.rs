//! W6: how many people can sign in each second, beside the bare hash, and what it does to those who read.

use crate::{
    Size,
    claim::{People, READERS},
    dataset,
    load::{self, Crowd},
    process::Server,
};
use argon2::{Argon2, PasswordHasher};
use std::time::Instant;
use steward_tests::seed::PASSWORD;

/// Measures it on each database.
pub async fn run(size: Size) {
    let bare = hashes(size.seconds).await;
    println!("W6: {bare:.0} bare hashes/s, on as many threads as there are cores");
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::unmanaged(&app, size.accounts).await;
        let people = People::among(&app, 0..size.accounts).await;
        let connections = size.connections.to_string();
        let arguments = ["serve", "--database-url", &app.database_url, "--connections", &connections, "--role", "api"];
        let server = Server::start(&arguments.map(str::to_owned)).await;
        let idle = load::run(server.address, READERS, &people.read, &load::after_seconds(size.seconds)).await;
        // The same hashes while the same people read: what a machine has left for them.
        let stop = load::after_seconds(size.seconds * 3);
        let (_, beside) =
            tokio::join!(load::run(server.address, READERS, &people.read, &stop), hashes(size.seconds * 3));
        let stop = load::after_seconds(size.seconds * 3);
        let (reads, sign_ins) = tokio::join!(
            load::run(server.address, READERS, &people.read, &stop),
            load::run(server.address, Crowd::restless(size.callers), &people.sign_in, &stop)
        );
        println!(
            "W6, {engine:?}: {:.0} sign-ins/s, {:.2} of the bare hash, {:.2} of it beside the same reads; p99 of reads {:.1} ms, {:.1} ms without sign-ins; \
             at most {:.0} MB",
            sign_ins.per_second(),
            sign_ins.per_second() / bare,
            sign_ins.per_second() / beside,
            reads.milliseconds(0.99),
            idle.milliseconds(0.99),
            server.peak_megabytes()
        );
    }
}

/// How many passwords are hashed each second by the library alone, on a thread for each core.
async fn hashes(seconds: u32) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (begin, stop) = (Instant::now(), load::after_seconds(seconds));
    let thread = || {
        let stop = stop.clone();
        tokio::task::spawn_blocking(move || {
            let mut computed = 0;
            while !stop.is_cancelled() {
                Argon2::default().hash_password(PASSWORD.as_bytes()).expect("a hash");
                computed += 1;
            }
            computed
        })
    };
    let computed: u32 = futures::future::join_all((0..cores).map(|_| thread()))
        .await
        .into_iter()
        .map(|count| count.expect("a count"))
        .sum();
    f64::from(computed) / begin.elapsed().as_secs_f64()
}
