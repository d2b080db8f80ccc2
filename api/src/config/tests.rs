//! Settings: which place counts, and what each sentence says.

use super::{Flags, MailSetting, Settings, Sources};
use secrecy::ExposeSecret;

/// Settings from flags, variables, and the text of a file.
fn read(flags: Flags, variables: &[(&str, &str)], file: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steward.toml");
    std::fs::write(&path, file).unwrap();
    let flags = Flags { config: Some(path.clone()), ..flags };
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let outcome = Sources::new(flags, variables).and_then(|sources| Settings::read(&sources));
    outcome.map_err(|error| error.to_string().replace(&path.display().to_string(), "steward.toml"))
}

fn wrong(variables: &[(&str, &str)]) -> String {
    read(Flags::default(), variables, "").unwrap_err()
}

fn wrong_in_file(text: &str) -> String {
    read(Flags::default(), &[], text).unwrap_err()
}

fn listening(address: &str) -> Flags {
    Flags { listen: Some(address.to_owned()), ..Flags::default() }
}

#[test]
fn without_any_setting_it_is_a_file_on_this_machine() {
    let settings = read(Flags::default(), &[], "").unwrap();
    assert_eq!(settings.database_url.to_string(), "the file steward.db");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:8080/");
    assert!(matches!(settings.mail, MailSetting::Folder(folder) if folder.as_os_str() == "mail"));
    assert_eq!(settings.mail_from, "steward@localhost");
    assert_eq!((settings.minimum_notice_days, settings.trusted_proxies, settings.https_only_days), (7, 0, 365));
}

#[test]
fn flags_count_before_variables_before_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nservice_name = \"File\"\nminimum_notice_days = 14\n";
    let variables = [("STEWARD_LISTEN", "127.0.0.1:2"), ("STEWARD_SERVICE_NAME", "Variable")];
    let settings = read(listening("127.0.0.1:3"), &variables, file).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.service_name, "Variable");
    assert_eq!(settings.minimum_notice_days, 14);
    // An empty variable is none.
    let settings = read(Flags::default(), &[("STEWARD_LISTEN", "")], file).unwrap();
    assert_eq!(settings.listen.port(), 1);
}

#[test]
fn a_wrong_value_is_refused_by_the_name_of_its_place() {
    let rule = "is \"abc\": it must be an address and a port, such as 127.0.0.1:8080.";
    assert_eq!(wrong(&[("STEWARD_LISTEN", "abc")]), format!("STEWARD_LISTEN {rule}"));
    assert_eq!(wrong_in_file("listen = \"abc\""), format!("listen in steward.toml {rule}"));
    assert_eq!(read(listening("abc"), &[], "").unwrap_err(), format!("--listen {rule}"));
}

#[test]
fn every_setting_says_what_it_must_be() {
    for (name, value, must) in [
        ("MINIMUM_NOTICE_DAYS", "6", "it must be a number from 7 to 90"),
        ("MINIMUM_NOTICE_DAYS", "91", "it must be a number from 7 to 90"),
        ("TRUSTED_PROXIES", "-1", "it must be a number from 0 to 10"),
        ("DATABASE_CONNECTIONS", "0", "it must be a number from 1 to 1000"),
        ("POINTS_PER_MINUTE", "many", "it must be a number from 1 to 1000000000"),
        ("HTTPS_ONLY_DAYS", "731", "it must be a number from 0 to 730"),
        ("LOG_FORMAT", "xml", "it must be text or json"),
        ("LOG", "steward=loud", "it must be a level such as info or debug"),
        ("MAIL_FROM", "nobody", "it must be one e-mail address"),
        ("SERVICE_NAME", "two\nlines", "it must be one line"),
        ("DNS_SERVERS", "dns.example", "isn't the address of a DNS server"),
        ("PUBLIC_URL", "accounts.example.com", "it must be an address without a path"),
        ("PUBLIC_URL", "https://a.example/path", "it must be an address without a path"),
        ("PUBLIC_URL", "https://user@a.example", "it must be an address without a path"),
        ("PUBLIC_URL", "ftp://a.example", "it must be an address without a path"),
        ("PUBLIC_URL", "http://a.example", "it must begin with https://"),
    ] {
        let variable = format!("STEWARD_{name}");
        let sentence = wrong(&[(&variable, value)]);
        assert!(sentence.starts_with(&format!("{variable} is {value:?}: ")), "{sentence}");
        assert!(sentence.contains(must) && sentence.ends_with('.'), "{sentence}");
    }
    for url in ["http://localhost:1", "http://127.0.0.1", "http://[::1]:8080", "https://a.example"] {
        assert!(read(Flags::default(), &[("STEWARD_PUBLIC_URL", url)], "").is_ok(), "{url}");
    }
}

#[test]
fn no_sentence_repeats_a_secret() {
    for (name, value) in [
        ("STEWARD_SECRET_KEY", "hunter2"),
        ("STEWARD_DATABASE_URL", "mysql://u:hunter2@host/db"),
        ("STEWARD_DATABASE_URL", "postgres://u:hunter2@host:port/db"),
        ("STEWARD_DATABASE_URL", "postgres://u:hunter2@host/db?sslmode=hunter2"),
        ("STEWARD_SMTP_URL", "smtp://u:hunter2@host?tls=none"),
        ("STEWARD_SMTP_URL", "hunter2"),
    ] {
        let sentence = wrong(&[(name, value)]);
        assert!(sentence.starts_with(&format!("{name} can't be used ")), "{sentence}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
    let broken = wrong_in_file("listen = \"127.0.0.1:1\"\nsecret_key = \"hunter2");
    assert!(broken.starts_with("steward.toml isn't TOML, in line 2: "), "{broken}");
    assert!(!broken.contains("hunter2"), "{broken}");
    let key = "0123456789abcdef0123456789abcdef";
    let settings = read(
        Flags::default(),
        &[("STEWARD_SECRET_KEY", key), ("STEWARD_DATABASE_URL", "postgres://u:hunter2@db.example/s")],
        "",
    )
    .unwrap();
    assert_eq!(settings.secret_key.as_ref().unwrap().expose_secret(), key);
    assert_eq!(settings.database_url.to_string(), "PostgreSQL at db.example:5432");
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hunter2") && !shown.contains(key), "{shown}");
}

#[test]
fn what_must_be_set_is_asked_for() {
    let sentence = wrong(&[("STEWARD_DATABASE_URL", "postgres://db.example/steward")]);
    assert!(sentence.starts_with("STEWARD_SECRET_KEY isn't set: on PostgreSQL it must be"), "{sentence}");
    let sentence = wrong(&[("STEWARD_SMTP_URL", "smtps://mail.example")]);
    assert!(sentence.starts_with("STEWARD_MAIL_FROM isn't set: "), "{sentence}");
    let sentence = wrong(&[("STEWARD_LISTEN", "0.0.0.0:8080")]);
    assert!(sentence.starts_with("STEWARD_PUBLIC_URL isn't set: "), "{sentence}");
}

#[test]
fn sqlite_is_a_file() {
    for url in ["sqlite:", "sqlite::memory:", "sqlite:a.db?mode=memory", "sqlite:a%20b.db"] {
        let sentence = wrong(&[("STEWARD_DATABASE_URL", url)]);
        assert!(sentence.contains("after sqlite: it must name a file"), "{sentence}");
    }
    for url in ["sqlite:/a/b.db", "sqlite:///a/b.db"] {
        let settings = read(Flags::default(), &[("STEWARD_DATABASE_URL", url)], "").unwrap();
        assert_eq!(settings.database_url.to_string(), "the file /a/b.db");
    }
}

#[test]
fn the_file_is_strict() {
    let sentence = wrong_in_file("lissten = \"127.0.0.1:1\"");
    assert!(sentence.starts_with("steward.toml names \"lissten\", which is no setting: "), "{sentence}");
    assert_eq!(
        wrong_in_file("listen = true"),
        "listen in steward.toml is neither a text nor a whole number: it must be one."
    );
    let settings = read(Flags::default(), &[], "dns_servers = [\"1.1.1.1\", \"9.9.9.9:5353\"]").unwrap();
    assert_eq!(settings.dns_servers.len(), 2);
    let lost = Flags { config: Some("nowhere/steward.toml".into()), ..Flags::default() };
    let error = Sources::new(lost, std::iter::empty()).err().unwrap().to_string();
    assert!(error.starts_with("nowhere/steward.toml can't be read: "), "{error}");
}
