//! The secret key: given by a setting, or made at the first start beside a SQLite file. A database knows the key it was
//! first used with, and refuses another.

use crate::{
    config::Settings,
    core::{database::Pools, entropy::Entropy, secret::Keys},
    startup::StartError,
};
use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;
use std::{
    ffi::OsString,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The key of this installation; the first one is remembered.
///
/// # Errors
/// When the database knows another key, or the key's file is lost or can't be used.
pub async fn open(settings: &Settings, pools: &Pools, entropy: &Entropy) -> Result<Keys, StartError> {
    let known = pools.key_fingerprint().await.map_err(StartError::other)?;
    let secret = match (given(settings)?, known) {
        (Some(secret), _) => secret,
        (None, None) => make(&file(settings)?, entropy)?,
        (None, Some(_)) => return Err(lost(&file(settings)?)),
    };
    let keys = Keys::new(secret);
    let fingerprint = keys.fingerprint();
    let kept = pools.keep_key_fingerprint(fingerprint.clone()).await;
    if kept.map_err(StartError::other)? != fingerprint {
        return Err(other_key());
    }
    Ok(keys)
}

/// Whether the key that is given is the one the database knows. Makes and remembers nothing; false when nothing is
/// known yet.
///
/// # Errors
/// As [`open`].
pub async fn compare(settings: &Settings, pools: &Pools) -> Result<bool, StartError> {
    let known = pools.key_fingerprint().await.map_err(StartError::other)?;
    match (given(settings)?.map(Keys::new), known) {
        (Some(keys), Some(known)) if keys.fingerprint() == known => Ok(true),
        (Some(_), Some(_)) => Err(other_key()),
        (None, Some(_)) => Err(lost(&file(settings)?)),
        (_, None) => Ok(false),
    }
}

fn other_key() -> StartError {
    StartError::SecretKey(
        "This database was first used with another secret key: set that one in STEWARD_SECRET_KEY, or put its file \
         back; with another key all links in mails would be dead"
            .to_owned(),
    )
}

fn lost(file: &Path) -> StartError {
    StartError::SecretKey(format!(
        "The file {} with the secret key of this database is missing: put it back, or set the key in STEWARD_SECRET_KEY",
        file.display()
    ))
}

/// The file beside the database in which a key is kept that nobody set.
fn file(settings: &Settings) -> Result<PathBuf, StartError> {
    let database = settings.database_url.file();
    let database = database.ok_or_else(|| StartError::SecretKey("STEWARD_SECRET_KEY isn't set".to_owned()))?;
    Ok(file_beside(database))
}

/// Where the key of this database file is kept.
#[must_use]
pub fn file_beside(database: &Path) -> PathBuf {
    let mut name: OsString = database.into();
    name.push(".key");
    name.into()
}

/// The key from its setting, or from its file.
fn given(settings: &Settings) -> Result<Option<SecretString>, StartError> {
    if let Some(secret) = &settings.secret_key {
        return Ok(Some(secret.clone()));
    }
    let file = file(settings)?;
    match std::fs::read_to_string(&file) {
        Ok(text) if text.trim().len() >= 32 => Ok(Some(text.trim().into())),
        Ok(_) => Err(StartError::SecretKey(format!(
            "The file {} holds no secret key: put the right one back",
            file.display()
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(&file, &error)),
    }
}

fn unusable(file: &Path, error: &io::Error) -> StartError {
    StartError::SecretKey(format!("The secret key in {} can't be used: {error}", file.display()))
}

/// Makes a key and keeps it in a file that its owner alone can read. The file appears whole or not at all.
fn make(file: &Path, entropy: &Entropy) -> Result<SecretString, StartError> {
    let text = BASE64URL_NOPAD.encode(&entropy.bytes::<32>());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let write = || -> io::Result<()> {
        let mut unfinished = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        writeln!(unfinished, "{text}")?;
        unfinished.as_file().sync_all()?;
        unfinished.persist_noclobber(file).map(|_| ()).map_err(|error| error.error)
    };
    write().map_err(|error| unusable(file, &error))?;
    Ok(text.into())
}
