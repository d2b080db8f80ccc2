//! Importing accounts from a file, in a bounded amount of memory whatever its size.
//!
//! A chunk of the file's rows is one change: written whole or not at all. The same file twice changes nothing, so that an
//! import that was interrupted, or whose bad rows were mended, is simply run again.

mod import_accounts;
mod refused_rows;
mod rows;

pub use import_accounts::{ImportAccounts, Imported, NewAccount};

use crate::core::{Error, Origin, Steward, secret::sha256};
use refused_rows::RefusedRows;
use rows::{Given, Rows};
use sea_orm::{DbErr, SqlErr};
use std::{
    collections::HashSet,
    io::{BufRead, Write},
};

/// Rows in one change. Each row makes three, with its event: far below the limits of one statement.
const CHUNK: usize = 1_000;

/// How often a chunk is tried when somebody else makes one of its accounts at the same moment.
const TRIES: u32 = 5;

/// How accounts are imported.
pub struct Options<Refused, Progress> {
    /// Whether the operator answers for it that each address belongs to its person. Otherwise nobody's address counts as
    /// verified until they have used a link that was mailed to it.
    pub attest_verified: bool,
    /// Whether everything is checked and counted, and nothing is changed.
    pub dry_run: bool,
    /// Where refused rows are written, as CSV: line, reason, the address as it was given. Nothing is written there while
    /// no row is refused.
    pub refused: Refused,
    /// Called after each chunk with the octets that were read so far.
    pub progress: Progress,
}

/// What came of an import. After a dry run, what would have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Accounts that were made.
    pub created: u64,
    /// Rows whose address has an account already, from before or from an earlier row. Such accounts aren't changed.
    pub unchanged: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Columns of the file that nothing is imported from.
    pub ignored_columns: Vec<String>,
}

/// Why an import ended early. What was imported until then stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can't be read.
    #[error("The file can't be read: {0}.")]
    Unreadable(std::io::Error),
    /// The file of refused rows can't be written.
    #[error("The refused rows can't be written: {0}.")]
    Unwritable(std::io::Error),
    /// There is nothing in the file.
    #[error(
        "The file is empty. Its first line names the columns: email, and perhaps display_name, locale, job_title and others."
    )]
    Empty,
    /// The first line doesn't name the column that is needed.
    #[error(
        "The first line must name a column “email” (and may name display_name and locale, with commas between them); it \
         names {0}."
    )]
    NoEmailColumn(String),
    /// A column is there twice.
    #[error("The first line names the column “{0}” twice.")]
    ColumnTwice(String),
    /// The accounts couldn't be written.
    #[error(transparent)]
    Steward(#[from] Error),
}

/// Imports accounts from CSV (RFC 4180, in UTF-8). The first line names the columns: `email`, and if wanted
/// `display_name`, `locale` and the parts of a profile (`given_name`, `family_name`, `nickname`, `job_title`, `department`,
/// `organization_unit`, `location`, `time_zone`, `phone`, `picture_url`); others are ignored. People who are imported have no password, and set one by
/// `requestPasswordReset`.
///
/// # Errors
/// When the file can't be read or isn't such a file, or when the database fails. Bad rows are no errors: they are refused
/// one by one.
pub async fn accounts<R: BufRead, W: Write, P: Fn(u64)>(
    steward: &Steward,
    file: R,
    options: Options<W, P>,
) -> Result<Summary, ImportError> {
    let mut rows = Rows::open(file)?;
    let mut refused = RefusedRows::new(options.refused);
    let mut summary = Summary { ignored_columns: rows.ignored_columns().to_vec(), ..Summary::default() };
    // A dry run writes nothing that later rows could be found to repeat. Eight octets of a hash for each row are enough
    // to count by, and keep a million rows under 20 MB.
    let mut seen = HashSet::new();
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let is_over = loop {
            match rows.next()? {
                None => break true,
                Some(Given::Refused(row)) => {
                    summary.refused += 1;
                    refused.write(&row).map_err(ImportError::Unwritable)?;
                }
                Some(Given::Account(account)) if options.dry_run && !seen.insert(fingerprint(&account)) => {
                    summary.unchanged += 1;
                }
                Some(Given::Account(account)) => chunk.push(*account),
            }
            if chunk.len() == CHUNK {
                break false;
            }
        };
        if !chunk.is_empty() {
            let imported = write(steward, chunk, options.attest_verified, options.dry_run).await?;
            summary.created += imported.created;
            summary.unchanged += imported.unchanged;
        }
        refused.flush().map_err(ImportError::Unwritable)?;
        (options.progress)(rows.octets_read());
        if is_over {
            return Ok(summary);
        }
    }
}

async fn write(
    steward: &Steward,
    accounts: Vec<NewAccount>,
    attest_verified: bool,
    dry_run: bool,
) -> Result<Imported, Error> {
    let accounts = std::sync::Arc::from(accounts);
    let mut tried = 0;
    loop {
        tried += 1;
        let action = ImportAccounts { accounts: std::sync::Arc::clone(&accounts), attest_verified, dry_run };
        match steward.perform(&Origin::system(), action).await {
            // Somebody has signed up with one of the addresses since they were looked for: next time they are found.
            Err(Error::Internal(error)) if tried < TRIES && is_repeated(error.as_ref()) => {}
            outcome => return outcome,
        }
    }
}

fn is_repeated(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let error = error.downcast_ref::<DbErr>().and_then(DbErr::sql_err);
    matches!(error, Some(SqlErr::UniqueConstraintViolation(_)))
}

fn fingerprint(account: &NewAccount) -> [u8; 8] {
    let mut start = [0; 8];
    let hash = sha256(account.email.canonical().as_bytes());
    start.copy_from_slice(&hash[..8]);
    start
}
