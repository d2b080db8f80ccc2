//! Where the database is.

use sea_orm::sqlx::postgres::PgConnectOptions;
use secrecy::{ExposeSecret, SecretString};
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// A file (SQLite) or a server (PostgreSQL). It may hold a password, and never shows it.
#[derive(Clone, Debug)]
pub struct DatabaseUrl {
    text: SecretString,
    file: Option<PathBuf>,
}

impl DatabaseUrl {
    /// Reads `sqlite:FILE`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// What it must be instead, without repeating it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = |file| Self { text: text.into(), file };
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            // A database in memory would be another one for each connection; parameters and escapes would change what
            // the pools rely on.
            if path.is_empty() || path.starts_with(':') || path.contains(['?', '#', '%']) {
                return Err(
                    "after sqlite: it must name a file, such as sqlite:/var/lib/steward/steward.db, without ?, # and %"
                        .to_owned(),
                );
            }
            return Ok(url(Some(path.into())));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return PgConnectOptions::from_str(text)
                .map(|_| url(None))
                .map_err(|_| "it must be written as postgres://user:password@host:5432/database".to_owned());
        }
        Err("it must begin with sqlite:, postgres:// or postgresql://".to_owned())
    }

    /// The URL, password and all, for the one who connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The file; none for a server.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// How to connect to the server; none for a file.
    #[must_use]
    pub fn server(&self) -> Option<PgConnectOptions> {
        match self.file {
            Some(_) => None,
            None => PgConnectOptions::from_str(self.expose()).ok(),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.server()) {
            (Some(file), _) => write!(formatter, "the file {}", file.display()),
            (None, Some(server)) => write!(formatter, "PostgreSQL at {}:{}", server.get_host(), server.get_port()),
            (None, None) => formatter.write_str("PostgreSQL"),
        }
    }
}
