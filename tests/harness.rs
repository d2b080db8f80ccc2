//! The server as a process of its own, for tests that kill it.

use clap::Parser;
use steward_tests::harness::{Arguments, run};

#[tokio::main]
async fn main() {
    run(Arguments::parse()).await;
}
