//! What Steward costs, measured: imports, claims, items, and what is asked beside a bare handler that answers the same.
//!
//! `cargo bench -p steward-tests --bench benchmarks -- all --accounts 100000 --rounds 5`

#![expect(clippy::expect_used, clippy::panic, reason = "a measurement stops at what it doesn't expect")]

mod apps;
mod bare;
mod bulk;
mod changes;
mod claim;
mod dataset;
mod decisions;
mod edits;
mod import;
mod items;
mod load;
mod many_items;
mod process;
mod reads;
mod serve;
mod sign_ins;
mod turns;
mod workspaces;

use clap::{Parser, Subcommand, ValueEnum};
use reads::Work;
use steward_tests::Engine;

// As in the binary; the bare handler gains by it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Given by `cargo bench`, and means nothing.
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum What {
    /// Everything.
    All(Size),
    /// Accounts from a CSV file.
    Import(Size),
    /// A claim over all accounts of a domain, and its mail.
    Claim(Size),
    /// One account with its organization.
    W1(Size),
    /// A page of 50 accounts of an organization.
    W2(Size),
    /// The same at page 1,000, or the last page of a smaller organization.
    W3(Size),
    /// One account is suspended.
    W4(Size),
    /// Sign-ins.
    W6(Size),
    /// Everybody in an organization is suspended.
    Bulk(Size),
    /// One decision, and a hundred at once.
    Decision(Size),
    /// Pages of very many items.
    Items(Size),
    /// A page of people, as an app reads it and as an administrator does.
    Apps(Size),
    /// Edit restrictions, and what they cost whoever edits.
    Edits(Size),
    /// W1, W2 and W3.
    Reads(Size),
    /// Our server, for another process that measures.
    #[command(hide = true)]
    Serve(serve::Arguments),
    /// The bare handler, for another process that measures.
    #[command(hide = true)]
    Bare(bare::Arguments),
}

/// How much is measured.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Size {
    /// On which database.
    #[arg(long, value_enum, default_value_t = Where::Both)]
    database: Where,
    /// How many accounts there are.
    #[arg(long, default_value_t = 100_000)]
    accounts: usize,
    /// How often the two servers take turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long a turn takes, in seconds.
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// How many callers there are at once.
    #[arg(long, default_value_t = 32)]
    callers: usize,
    /// Connections in each server's pool.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// How many mails are waited for once a claim is written.
    #[arg(long, default_value_t = 10_000)]
    mails: usize,
    /// How many items there are.
    #[arg(long, default_value_t = 10_000_000)]
    items: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Where {
    Sqlite,
    Postgres,
    Both,
}

impl Where {
    fn engines(self) -> &'static [Engine] {
        match self {
            Self::Sqlite => &[Engine::Sqlite],
            Self::Postgres => &[Engine::Postgres],
            Self::Both => &[Engine::Sqlite, Engine::Postgres],
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    match Arguments::parse().what {
        What::All(size) => {
            import::run(size).await;
            claim::run(size).await;
            reads::run(size, &Work::ALL).await;
            changes::run(size).await;
            sign_ins::run(size).await;
            bulk::run(size).await;
            decisions::run(size).await;
            edits::run(size).await;
            items::run(size).await;
            apps::run(size).await;
        }
        What::Import(size) => import::run(size).await,
        What::Claim(size) => claim::run(size).await,
        What::W1(size) => reads::run(size, &[Work::One]).await,
        What::W2(size) => reads::run(size, &[Work::FirstPage]).await,
        What::W3(size) => reads::run(size, &[Work::LatePage]).await,
        What::W4(size) => changes::run(size).await,
        What::W6(size) => sign_ins::run(size).await,
        What::Bulk(size) => bulk::run(size).await,
        What::Decision(size) => decisions::run(size).await,
        What::Items(size) => items::run(size).await,
        What::Apps(size) => apps::run(size).await,
        What::Edits(size) => edits::run(size).await,
        What::Reads(size) => reads::run(size, &Work::ALL).await,
        What::Serve(arguments) => serve::run(arguments).await,
        What::Bare(arguments) => bare::run(arguments).await,
    }
}
