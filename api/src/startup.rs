//! From settings to a running service: the database is brought up to date, the secret key is compared with the one that
//! the database knows, the doors to the world are built, and the server listens until it is told to stop.

mod connections;
pub mod logs;
pub mod secret_key;
pub mod serve;

pub use serve::{Role, serve};

use crate::{
    config::{DatabaseUrl, MailSetting, SettingError, Settings},
    core::{
        Steward,
        clock::SystemClock,
        database::{self, OpenError, Pools},
        entropy::Entropy,
        hasher::{HashCost, Hasher},
        steward::{Parts, Policy},
    },
    domains::dns::{Dns, HickoryDns},
    notices::mailer::{FileMailer, Mailer, SmtpMailer},
    webhooks::https::{PublicHttps, Reach},
};
use sea_orm::sqlx::{ConnectOptions, Connection};
use secrecy::ExposeSecret;
use std::{io, net::SocketAddr, num::NonZero, path::Path, sync::Arc, thread, time::Duration};

/// How long a database may take to let us in.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the service doesn't start, in one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error("{0}")]
    Setting(#[from] SettingError),
    /// The database can't be used.
    #[error("{0}")]
    Database(#[from] OpenError),
    /// The folder of the SQLite file isn't there.
    #[error(
        "The folder of the database file {0} doesn't exist: make it, or name another file in STEWARD_DATABASE_URL."
    )]
    NoFolder(String),
    /// The address can't be listened on.
    #[error("Steward can't listen on {0}: {1}.")]
    Listen(SocketAddr, String),
    /// The secret key isn't the one that the database knows, or can't be had.
    #[error("{0}.")]
    SecretKey(String),
    /// The folder for mails can't be made.
    #[error("The folder {0} for mails can't be made: {1}.")]
    MailFolder(String, io::Error),
    /// DNS can't be asked.
    #[error("DNS can't be used: {0}.")]
    Dns(String),
    /// What a command was given isn't what it needs.
    #[error("{0}.")]
    Argument(String),
    /// A command was refused, or failed; a whole sentence.
    #[error("{0}")]
    Failed(String),
    /// Anything else.
    #[error("Steward can't start: {0}.")]
    Other(String),
}

impl StartError {
    /// What the process exits with: 2 for a wrong setting, 1 for a world that isn't as it must be.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Setting(_) | Self::Argument(_) => 2,
            _ => 1,
        }
    }

    fn other(error: impl ToString) -> Self {
        Self::Other(error.to_string())
    }
}

/// Opens the installation: tables up to date, key compared, doors built.
///
/// # Errors
/// The first thing that isn't as it must be.
pub async fn open(settings: &Settings) -> Result<Arc<Steward>, StartError> {
    migrate(&settings.database_url).await?;
    let pools = pools(settings).await?;
    let entropy = Entropy::system().map_err(StartError::other)?;
    let keys = secret_key::open(settings, &pools, &entropy).await?;
    let cores = thread::available_parallelism().map_or(2, NonZero::get);
    let dns = dns(settings)?;
    Ok(Arc::new(Steward::new(Parts {
        pools,
        clock: Arc::new(SystemClock),
        entropy,
        keys,
        policy: policy(settings),
        hasher: Hasher::new(HashCost::Real, cores).map_err(StartError::other)?,
        https: Arc::new(PublicHttps::new(Arc::clone(&dns), Reach::public()).map_err(StartError::other)?),
        dns,
        mailer: mailer(settings)?,
    })))
}

/// Brings the tables up to date; makes the SQLite file when there is none, readable by its owner alone.
///
/// # Errors
/// When the database can't be reached, was made by a newer version, or refuses a change.
pub async fn migrate(url: &DatabaseUrl) -> Result<(), StartError> {
    reach(url).await?;
    if let Some(file) = url.file() {
        make_file(file)?;
    }
    Ok(database::migrate(url.expose()).await?)
}

/// The two pools of a database that is there.
///
/// # Errors
/// When it can't be opened.
pub async fn pools(settings: &Settings) -> Result<Pools, StartError> {
    Ok(database::open(settings.database_url.expose(), settings.database_connections).await?)
}

/// Whether the database can be reached at all. A pool would try for half a minute, and then not say why it failed.
///
/// # Errors
/// Why it can't.
pub async fn reach(url: &DatabaseUrl) -> Result<(), StartError> {
    if let Some(file) = url.file() {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        return match folder {
            Some(folder) if !folder.is_dir() => Err(StartError::NoFolder(file.display().to_string())),
            _ => Ok(()),
        };
    }
    let Some(server) = url.server() else { return Ok(()) };
    let unreachable = |why: String| OpenError::Unreachable(format!("{url} can't be reached: {why}"));
    let connecting = tokio::time::timeout(PATIENCE, server.connect());
    let connection = connecting
        .await
        .map_err(|_| unreachable(format!("it didn't answer in {} seconds", PATIENCE.as_secs())))?
        .map_err(|error| unreachable(cause(&error)))?;
    let _ = connection.close().await;
    Ok(())
}

/// The innermost cause: the outer ones repeat it in libraries' words.
#[must_use]
pub fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string()
}

/// SQLite would make the file readable by everybody; its companions (`-wal`, `-shm`) get the rights of the file.
fn make_file(file: &Path) -> Result<(), StartError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(OpenError::Unreachable(format!("{} can't be made: {error}", file.display())).into())
        }
        _ => Ok(()),
    }
}

fn policy(settings: &Settings) -> Policy {
    Policy {
        public_url: settings.public_url.clone(),
        service_name: settings.service_name.clone(),
        mail_from: settings.mail_from.clone(),
        minimum_notice_days: settings.minimum_notice_days,
    }
}

/// The door to DNS.
///
/// # Errors
/// When the system names no server.
pub fn dns(settings: &Settings) -> Result<Arc<dyn Dns>, StartError> {
    let dns = match settings.dns_servers.as_slice() {
        [] => HickoryDns::system(),
        servers => HickoryDns::servers(servers),
    };
    dns.map(|dns| Arc::new(dns) as Arc<dyn Dns>).map_err(StartError::Dns)
}

/// The door through which mail leaves.
///
/// # Errors
/// When the folder for mails can't be made.
pub fn mailer(settings: &Settings) -> Result<Arc<dyn Mailer>, StartError> {
    Ok(match &settings.mail {
        MailSetting::Server(url) => Arc::new(SmtpMailer::new(url.expose_secret()).map_err(StartError::other)?),
        MailSetting::Folder(folder) => {
            let unmade = |error| StartError::MailFolder(folder.display().to_string(), error);
            Arc::new(FileMailer::new(folder).map_err(unmade)?)
        }
    })
}
