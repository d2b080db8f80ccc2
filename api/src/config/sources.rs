//! Where settings are given: flags, then variables, then a file. Each value remembers its place, for the sentence that
//! refuses it.

use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The file that is read when no other is named, if it is there.
const FILE: &str = "steward.toml";

/// Why a setting can't be used. Nothing here repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// A value isn't allowed; `shown` is how its sentence repeats it.
    #[error("{place} {shown}: {must}.")]
    Wrong {
        /// The flag, the variable, or the key of the file.
        place: String,
        /// `is "…"`, or that it isn't shown.
        shown: String,
        /// What is allowed.
        must: String,
    },
    /// One that must be set isn't.
    #[error("{0}.")]
    Needed(String),
    /// The file can't be read, or names what is no setting.
    #[error("{0}.")]
    File(String),
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident: $value:literal,)*) => {
        /// Settings as flags. Each can also be a variable (`STEWARD_LISTEN`) or a key of `steward.toml` (`listen`).
        #[derive(Clone, Debug, Default, clap::Args)]
        pub struct Flags {
            /// Read settings from this file [default: steward.toml, if it is there]
            #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
            pub config: Option<PathBuf>,
            $(
                $(#[doc = $doc])+
                #[arg(long, global = true, value_name = $value, help_heading = "Settings")]
                pub $name: Option<String>,
            )*
        }

        impl Flags {
            fn given(&self, name: &str) -> Option<&str> {
                match name {
                    $(stringify!($name) => self.$name.as_deref(),)*
                    _ => None,
                }
            }
        }

        /// Every setting. The secret key has no flag: whoever is on the machine can read the flags of a process.
        const NAMES: &[&str] = &[$(stringify!($name),)* "secret_key"];
    };
}

settings! {
    /// The database: sqlite:FILE or postgres://… [default: sqlite:steward.db]
    database_url: "URL",
    /// Where to listen [default: 127.0.0.1:8080]
    listen: "ADDRESS:PORT",
    /// Where people reach the service; links in mails begin with it [default: http://ADDRESS:PORT]
    public_url: "URL",
    /// The mail server: smtps://user:password@host or smtp://… [default: mails become files]
    smtp_url: "URL",
    /// Where mails become files, without a mail server [default: mail]
    mail_folder: "FOLDER",
    /// The sender's address of mails
    mail_from: "ADDRESS",
    /// What the service calls itself to people [default: Steward]
    service_name: "NAME",
    /// DNS servers, with commas between them [default: the system's]
    dns_servers: "ADDRESSES",
    /// The shortest notice period of a claim, 7 to 90 days [default: 7]
    minimum_notice_days: "DAYS",
    /// How many proxies in front are trusted to name the caller's address, 0 to 10 [default: 0]
    trusted_proxies: "NUMBER",
    /// Connections to the database in each of two pools, at most [default: 10]
    database_connections: "NUMBER",
    /// How many points a credential may spend in a minute [default: 100000]
    points_per_minute: "NUMBER",
    /// For how many days browsers come over https alone, once they were here, 0 to 730 [default: 365]
    https_only_days: "DAYS",
    /// The form of log lines: text or json [default: text]
    log_format: "FORMAT",
    /// What is logged: a level, or levels by module [default: info]
    log: "FILTER",
}

/// Settings whose values may hold a password.
const SECRET: [&str; 3] = ["database_url", "smtp_url", "secret_key"];

/// A value and the place where it stands.
pub(super) struct Given {
    text: SecretString,
    place: String,
    secret: bool,
}

impl Given {
    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    /// The sentence that refuses it; `must` says what is allowed.
    pub(super) fn wrong(&self, must: String) -> SettingError {
        let shown = if self.secret {
            "can't be used (its value isn't shown, because it may hold a secret)".to_owned()
        } else {
            format!("is {:?}", self.text())
        };
        SettingError::Wrong { place: self.place.clone(), shown, must }
    }
}

/// All places, in the order in which they count.
pub struct Sources {
    flags: Flags,
    variables: BTreeMap<String, SecretString>,
    file: BTreeMap<String, SecretString>,
    file_name: String,
}

impl Sources {
    /// These flags, these variables (the process's own, as a rule), and the file that the flags name, or
    /// `steward.toml` in the working folder if it is there.
    ///
    /// # Errors
    /// When the file can't be read, isn't TOML, or names what is no setting.
    pub fn new(flags: Flags, variables: impl Iterator<Item = (String, String)>) -> Result<Self, SettingError> {
        let path = flags.config.clone().unwrap_or_else(|| FILE.into());
        let file_name = path.display().to_string();
        let file = match read(&path, flags.config.is_some()) {
            Ok(text) => keys(&file_name, &text),
            Err(why) => Err(format!("{file_name} can't be read: {why}")),
        };
        Ok(Self {
            flags,
            // An empty variable is how many tools say that there is none.
            variables: variables
                .filter(|(name, value)| name.starts_with("STEWARD_") && !value.is_empty())
                .map(|(name, value)| (name, value.into()))
                .collect(),
            file: file.map_err(SettingError::File)?,
            file_name,
        })
    }

    pub(super) fn given(&self, name: &'static str) -> Option<Given> {
        let variable = format!("STEWARD_{}", name.to_uppercase());
        let flag = || {
            let text = self.flags.given(name)?;
            Some((SecretString::from(text), format!("--{}", name.replace('_', "-"))))
        };
        let in_file = || Some((self.file.get(name)?.clone(), format!("{name} in {}", self.file_name)));
        let (text, place) =
            flag().or_else(|| Some((self.variables.get(&variable)?.clone(), variable))).or_else(in_file)?;
        Some(Given { text, place, secret: SECRET.contains(&name) })
    }
}

/// The file's text; nothing, where there is none and nobody named it.
fn read(path: &Path, named: bool) -> std::io::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => Ok(String::new()),
        outcome => outcome,
    }
}

fn keys(file_name: &str, text: &str) -> Result<BTreeMap<String, SecretString>, String> {
    // The library's own sentence would repeat the line, which may hold a secret.
    let table = text.parse::<toml::Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        format!("{file_name} isn't TOML, in line {line}: {}", error.message().replace('\n', " "))
    })?;
    let mut keys = BTreeMap::new();
    for (name, value) in table {
        if !NAMES.contains(&name.as_str()) {
            return Err(format!("{file_name} names {name:?}, which is no setting: there are {}", NAMES.join(", ")));
        }
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Array(list) if name == "dns_servers" && list.iter().all(toml::Value::is_str) => {
                list.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(", ")
            }
            _ => {
                return Err(format!("{name} in {file_name} is neither a text nor a whole number: it must be one"));
            }
        };
        keys.insert(name, text.into());
    }
    Ok(keys)
}
