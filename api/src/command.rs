//! What the command line can do besides serving.

pub mod doctor;

use std::io::Write;
use steward::{
    config::Settings,
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

/// Writes to standard output. Whoever reads it may have read enough (`| head`), and that is no error.
fn print(text: &str) -> Result<(), StartError> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(StartError::Other(error.to_string())),
        _ => Ok(()),
    }
}
