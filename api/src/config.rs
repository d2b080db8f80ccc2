//! What an operator decides about an installation: settings from flags, then `STEWARD_…` variables, then
//! `steward.toml`, then defaults. A wrong one is refused with a sentence that names it, where it stands, and what is
//! allowed; secrets are never repeated.

mod database_url;
mod sources;
#[cfg(test)]
mod tests;

pub use database_url::DatabaseUrl;
pub use sources::{Flags, SettingError, Sources};

use crate::{
    core::text::{EmailAddress, Label},
    domains::dns,
    http::{app::POINTS_PER_MINUTE, transport::HTTPS_ONLY_DAYS},
    notices::mailer::SmtpMailer,
};
use secrecy::SecretString;
use std::{
    fmt::Display,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    str::FromStr,
};
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

/// Where Steward listens when nobody says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Characters that a secret key has at least: 32 random ones are beyond guessing.
const SHORTEST_SECRET_KEY: usize = 32;

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum MailSetting {
    /// To a server, by SMTP. The URL may hold a password.
    Server(SecretString),
    /// Into files in this folder, for trying out.
    Folder(PathBuf),
}

/// In which form log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for programs.
    Json,
}

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The database.
    pub database_url: DatabaseUrl,
    /// The address and port of the server.
    pub listen: SocketAddr,
    /// Where people and callers reach it. Ends with a slash.
    pub public_url: Url,
    /// Where mail goes.
    pub mail: MailSetting,
    /// The address that mail comes from.
    pub mail_from: String,
    /// What the installation calls itself to people.
    pub service_name: String,
    /// The DNS servers; none for the system's.
    pub dns_servers: Vec<SocketAddr>,
    /// The key from which links are derived; none where one is made and kept in a file.
    pub secret_key: Option<SecretString>,
    /// The shortest notice period of a claim, in days.
    pub minimum_notice_days: i64,
    /// How many proxies in front are trusted to name the caller's address.
    pub trusted_proxies: usize,
    /// Connections to the database in each of the two pools, at most.
    pub database_connections: u32,
    /// How many points a credential may spend in a minute.
    pub points_per_minute: u64,
    /// For how many days browsers come over `https` alone, once they were here.
    pub https_only_days: u32,
    /// The form of the log.
    pub log_format: LogFormat,
    /// What is logged; none for the command's own choice.
    pub log: Option<String>,
}

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// The first wrong one, in a sentence.
    pub fn read(sources: &Sources) -> Result<Self, SettingError> {
        let database_url = parsed(sources, "database_url", DatabaseUrl::parse)?
            .map_or_else(|| DatabaseUrl::parse("sqlite:steward.db"), Ok)
            .map_err(SettingError::Needed)?;
        let listen = parsed(sources, "listen", |text| {
            let must = "it must be an address and a port, such as 127.0.0.1:8080";
            SocketAddr::from_str(text).map_err(|_| must.to_owned())
        })?
        .unwrap_or(LISTEN);
        let secret_key = parsed(sources, "secret_key", secret_key)?;
        if secret_key.is_none() && database_url.file().is_none() {
            return Err(SettingError::Needed(
                "STEWARD_SECRET_KEY isn't set: on PostgreSQL it must be, to the same at least 32 random characters on \
                 every replica; `openssl rand -hex 32` makes some"
                    .to_owned(),
            ));
        }
        let mail = mail(sources)?;
        Ok(Self {
            public_url: public_url(sources, listen)?,
            mail_from: mail_from(sources, &mail)?,
            service_name: parsed(sources, "service_name", service_name)?.unwrap_or_else(|| "Steward".to_owned()),
            dns_servers: parsed(sources, "dns_servers", dns::parse_servers)?.unwrap_or_default(),
            minimum_notice_days: number(sources, "minimum_notice_days", 7..=90)?.unwrap_or(7),
            trusted_proxies: number(sources, "trusted_proxies", 0..=10)?.unwrap_or(0),
            database_connections: number(sources, "database_connections", 1..=1000)?.unwrap_or(10),
            points_per_minute: number(sources, "points_per_minute", 1..=1_000_000_000)?.unwrap_or(POINTS_PER_MINUTE),
            https_only_days: number(sources, "https_only_days", 0..=730)?.unwrap_or(HTTPS_ONLY_DAYS),
            log_format: parsed(sources, "log_format", log_format)?.unwrap_or(LogFormat::Text),
            log: parsed(sources, "log", log)?,
            database_url,
            listen,
            secret_key,
            mail,
        })
    }
}

/// One setting, if it is given anywhere. `parse` says what it must be instead.
fn parsed<T>(
    sources: &Sources,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, SettingError> {
    let Some(given) = sources.given(name) else {
        return Ok(None);
    };
    parse(given.text()).map(Some).map_err(|must| given.wrong(must))
}

fn number<T>(sources: &Sources, name: &'static str, allowed: RangeInclusive<T>) -> Result<Option<T>, SettingError>
where
    T: FromStr + PartialOrd + Display,
{
    let must = || format!("it must be a number from {} to {}", allowed.start(), allowed.end());
    parsed(sources, name, |text| {
        let number = text.parse().map_err(|_| must())?;
        allowed.contains(&number).then_some(number).ok_or_else(must)
    })
}

fn public_url(sources: &Sources, listen: SocketAddr) -> Result<Url, SettingError> {
    if let Some(url) = parsed(sources, "public_url", check_public_url)? {
        return Ok(url);
    }
    let default = format!("http://{listen}");
    check_public_url(&default).map_err(|_| {
        SettingError::Needed(format!(
            "STEWARD_PUBLIC_URL isn't set: it must be where people reach this service, such as \
             https://accounts.example.com, since it listens on {listen}, beyond this machine"
        ))
    })
}

fn check_public_url(text: &str) -> Result<Url, String> {
    let must = || "it must be an address without a path, such as https://accounts.example.com".to_owned();
    let url = Url::parse(text).map_err(|_| must())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(must());
    }
    let local = match url.host().ok_or_else(must)? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address == Ipv4Addr::LOCALHOST,
        Host::Ipv6(address) => address.is_loopback(),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        "http" => {
            Err("it must begin with https://, because http:// serves localhost, 127.0.0.1 and [::1] alone".to_owned())
        }
        _ => Err(must()),
    }
}

fn mail(sources: &Sources) -> Result<MailSetting, SettingError> {
    let server = parsed(sources, "smtp_url", |text| {
        SmtpMailer::new(text).map(|_| SecretString::from(text)).map_err(|error| error.to_string())
    })?;
    let folder =
        || Ok(parsed(sources, "mail_folder", |text| Ok(PathBuf::from(text)))?.unwrap_or_else(|| "mail".into()));
    server.map_or_else(|| folder().map(MailSetting::Folder), |url| Ok(MailSetting::Server(url)))
}

fn mail_from(sources: &Sources, mail: &MailSetting) -> Result<String, SettingError> {
    let given = parsed(sources, "mail_from", |text| {
        EmailAddress::parse(text)
            .map(|address| address.to_string())
            .map_err(|_| "it must be one e-mail address, such as accounts@example.com".to_owned())
    })?;
    match (given, mail) {
        (Some(address), _) => Ok(address),
        (None, MailSetting::Folder(_)) => Ok("steward@localhost".to_owned()),
        (None, MailSetting::Server(_)) => Err(SettingError::Needed(
            "STEWARD_MAIL_FROM isn't set: mail that leaves this machine needs a sender's address, such as \
             accounts@example.com"
                .to_owned(),
        )),
    }
}

fn secret_key(text: &str) -> Result<SecretString, String> {
    if text.chars().count() < SHORTEST_SECRET_KEY {
        return Err(format!("it must have at least {SHORTEST_SECRET_KEY} characters"));
    }
    Ok(SecretString::from(text))
}

fn service_name(text: &str) -> Result<String, String> {
    Label::parse(text).map(|label| label.to_string()).map_err(|error| format!("it {error}"))
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("it must be text or json".to_owned()),
    }
}

fn log(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|_| {
        "it must be a level such as info or debug, or levels by module such as info,steward=debug".to_owned()
    })
}
