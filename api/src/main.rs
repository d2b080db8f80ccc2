//! Steward's command line.

mod command;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use steward::{
    config::{Flags, Settings, Sources},
    demo,
    startup::{self, Role, StartError, logs},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An administration API for managed accounts.
#[derive(Debug, Parser)]
#[command(
    name = "steward",
    version,
    about,
    after_help = "Every setting can be a flag, a variable (STEWARD_LISTEN) or a key of steward.toml (listen), \
                  and counts in this order. The secret key has no flag: set STEWARD_SECRET_KEY."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service: the API, the pages, the workers
    Serve {
        /// Which part of it this process runs
        #[arg(long, value_enum, default_value_t)]
        role: Role,
    },
    /// Bring the database up to date (serve does it too)
    Migrate,
    /// Print the schema of the GraphQL API
    Schema,
    /// Print who may do what, for people who don't read code
    Permissions,
    /// Import accounts from a file
    Import {
        #[command(subcommand)]
        what: Importable,
    },
    /// Make somebody an operator of this installation; prints a link for a password, once
    CreateOperator {
        /// The operator's e-mail address
        email: String,
    },
    /// Take an operator's powers back, at once
    RevokeOperator {
        /// The operator's e-mail address
        email: String,
    },
    /// Look whether everything that Steward needs is there, and say what to do
    Doctor,
    /// Play the product's story with a sample company, and stay up to be tried; it needs and leaves nothing
    Demo {
        /// End when the story has been told
        #[arg(long)]
        exit: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Importable {
    /// People, without passwords; the same file twice changes nothing
    Accounts(command::import::Import),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::Other(error.to_string()))
        .and_then(|runtime| {
            let outcome = runtime.block_on(run(line));
            // What was cut off after the farewell mustn't hold up the end.
            runtime.shutdown_background();
            outcome
        });
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(error.exit_code())
    })
}

async fn run(line: CommandLine) -> Result<ExitCode, StartError> {
    let settings = |usual: &str| -> Result<Settings, StartError> {
        // A variable that isn't Unicode is none that we know.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let settings = Settings::read(&Sources::new(line.settings.clone(), variables)?)?;
        logs::start(&settings, usual);
        Ok(settings)
    };
    match line.command {
        Command::Serve { role } => startup::serve(&settings("info,sea_orm_migration=warn")?, role).await?,
        Command::Migrate => command::migrate(&settings("warn")?).await?,
        Command::Schema => command::schema()?,
        Command::Permissions => command::permissions()?,
        Command::Import { what: Importable::Accounts(import) } => {
            command::import::accounts(&settings("warn")?, import).await?
        }
        Command::CreateOperator { email } => command::operators::create(&settings("warn")?, &email).await?,
        Command::RevokeOperator { email } => command::operators::revoke(&settings("warn")?, &email).await?,
        // It has settings of its own: whatever this machine is set up for isn't touched.
        Command::Demo { exit } => demo::run(exit).await?,
        Command::Doctor => return Ok(command::doctor::run(&settings("off")?).await),
    }
    Ok(ExitCode::SUCCESS)
}
