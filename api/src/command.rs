//! What the command line can do besides serving.

pub mod doctor;
pub mod import;
pub mod operators;

use std::io::Write;
use steward::{
    config::Settings,
    core::{Error, powers::table, text::EmailAddress},
    graphql::schema,
    startup::{self, StartError},
};

/// Brings the database up to date.
pub async fn migrate(settings: &Settings) -> Result<(), StartError> {
    startup::migrate(&settings.database_url).await?;
    print(&format!("{} is up to date.\n", settings.database_url))
}

/// Prints the schema in GraphQL's own language.
pub fn schema() -> Result<(), StartError> {
    print(&schema::sdl())
}

/// Prints who may do what.
pub fn permissions() -> Result<(), StartError> {
    print(&table::permissions())
}

/// Writes to standard output. Whoever reads it may have read enough (`| head`), and that is no error.
fn print(text: &str) -> Result<(), StartError> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(StartError::Other(error.to_string())),
        _ => Ok(()),
    }
}

/// An address from the command line.
fn email(text: &str) -> Result<EmailAddress, StartError> {
    EmailAddress::parse(text).map_err(|error| StartError::Argument(format!("The address {text:?} {error}")))
}

/// What an action's error says at the command line, where nobody has a log to look into.
fn failed(error: Error) -> StartError {
    match error {
        Error::Internal(error) => StartError::Failed(format!("It didn't work: {}.", startup::cause(error.as_ref()))),
        other => StartError::Failed(other.to_string()),
    }
}
