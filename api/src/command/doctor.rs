//! `steward doctor`: looks at everything that Steward needs, one line each, and says what to do. It changes nothing.

use secrecy::ExposeSecret;
use std::{io::Write, path::Path, process::ExitCode, time::Duration};
use steward::{
    config::{MailSetting, Settings},
    core::database::{self, Pools},
    domains::dns::TxtOutcome,
    notices::mailer::SmtpMailer,
    startup::{self, secret_key},
};

/// A name that exists, for the question whether DNS answers at all.
const KNOWN_NAME: &str = "example.com";
/// How long the mail server may take for an answer, and the service at its public URL.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a look at one thing gave.
enum Finding {
    /// It is as it should be.
    Well(String),
    /// Steward runs, but somebody should know.
    Note(String),
    /// Steward can't do its work.
    Bad(String),
}

use Finding::{Bad, Note, Well};

/// Looks at everything, prints what it finds, and fails when something is bad.
pub async fn run(settings: &Settings) -> ExitCode {
    let mut healthy = true;
    let mut report = |about: &str, finding: Finding| {
        let (sign, words) = match finding {
            Well(words) => ("ok", words),
            Note(words) => ("note", words),
            Bad(words) => {
                healthy = false;
                ("BAD", words)
            }
        };
        let _ = writeln!(std::io::stdout(), "{sign:<5} {about:<11} {words}");
    };
    match open(settings).await {
        Ok(pools) => {
            report("database", Well(format!("{} answers", settings.database_url)));
            let (tables, ready) = tables(&pools).await;
            report("tables", tables);
            if ready {
                report("secret key", key(settings, &pools).await);
            }
        }
        Err(finding) => report("database", finding),
    }
    if let Some(finding) = settings.database_url.file().and_then(readable_by_others) {
        report("rights", finding);
    }
    report("mail", mail(settings).await);
    report("DNS", dns(settings).await);
    report("public URL", public_url(settings).await);
    if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn open(settings: &Settings) -> Result<Pools, Finding> {
    let url = &settings.database_url;
    startup::reach(url).await.map_err(|error| Bad(error.to_string()))?;
    // Opening a file that isn't there would make it.
    if url.file().is_some_and(|file| !file.exists()) {
        return Err(Note(format!("{url} doesn't exist yet: `steward serve` or `steward migrate` makes it")));
    }
    startup::pools(settings).await.map_err(|error| Bad(error.to_string()))
}

/// How the tables are, and whether they can be read.
async fn tables(pools: &Pools) -> (Finding, bool) {
    match database::pending(&pools.write).await {
        Ok(0) => (Well("they are up to date".to_owned()), true),
        Ok(count) => {
            let words = format!("they lack {count} changes: `steward serve` or `steward migrate` makes them");
            (Note(words), false)
        }
        Err(error) => (Bad(error.to_string()), false),
    }
}

async fn key(settings: &Settings, pools: &Pools) -> Finding {
    match secret_key::compare(settings, pools).await {
        Ok(true) => Well("it is the one that the database knows".to_owned()),
        Ok(false) => Note("the database knows none yet: the first `steward serve` tells it".to_owned()),
        Err(error) => Bad(error.to_string()),
    }
}

/// Whether somebody besides the owner can read the database file or the key beside it.
#[cfg(unix)]
fn readable_by_others(database: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt;
    let key = secret_key::file_beside(database);
    let open = [database, &key].into_iter().find(|file| {
        let rights = file.metadata().map(|metadata| metadata.permissions().mode());
        rights.is_ok_and(|mode| mode & 0o077 != 0)
    })?;
    let file = open.display();
    Some(Note(format!("{file} can be read by others on this machine: `chmod 600 {file}` ends that")))
}

#[cfg(not(unix))]
fn readable_by_others(_database: &Path) -> Option<Finding> {
    None
}

async fn mail(settings: &Settings) -> Finding {
    let url = match &settings.mail {
        MailSetting::Server(url) => url.expose_secret(),
        MailSetting::Folder(folder) => {
            let folder = folder.display();
            return Note(format!("mails become files in {folder} and reach nobody: set STEWARD_SMTP_URL to send them"));
        }
    };
    let mailer = match SmtpMailer::new(url) {
        Ok(mailer) => mailer.with_patience(PATIENCE),
        Err(error) => return Bad(format!("STEWARD_SMTP_URL: {error}")),
    };
    match mailer.check().await {
        Ok(()) => Well(format!("the server takes mail from {}", settings.mail_from)),
        Err(error) => Bad(format!("the server of STEWARD_SMTP_URL takes no mail: {error}")),
    }
}

async fn dns(settings: &Settings) -> Finding {
    let dns = match startup::dns(settings) {
        Ok(dns) => dns,
        Err(error) => return Bad(error.to_string()),
    };
    let answer = dns.txt(KNOWN_NAME).await;
    match answer.outcome {
        TxtOutcome::Answered | TxtOutcome::HostNotFound | TxtOutcome::NoRecords => {
            Well(format!("{} answers", answer.resolver))
        }
        TxtOutcome::Timeout | TxtOutcome::ServerFailure => Bad(format!(
            "{} doesn't answer, and no domain can be proved: name other servers in STEWARD_DNS_SERVERS",
            answer.resolver
        )),
    }
}

async fn public_url(settings: &Settings) -> Finding {
    let url = &settings.public_url;
    let unreached = |why: String| {
        Note(format!("{url} doesn't answer from here ({why}): is `steward serve` running, and the proxy before it?"))
    };
    let Ok(health) = url.join("healthz") else {
        return unreached("it can't be used".to_owned());
    };
    match fetch(health.as_str()).await {
        Ok(status) if status.is_success() => Well(format!("{url} answers")),
        Ok(status) => unreached(format!("{status} instead of 200")),
        Err(error) => unreached(startup::cause(&error)),
    }
}

async fn fetch(url: &str) -> Result<reqwest::StatusCode, reqwest::Error> {
    // It fails only where a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
    Ok(client.get(url).send().await?.status())
}
