//! Where the mail server is and how to speak to it, as one URL.
//!
//! | URL | connection |
//! | --- | --- |
//! | `smtps://user:password@mail.example` | TLS from the first byte, port 465 |
//! | `smtp://user:password@mail.example` | STARTTLS, required, port 587 |
//! | `smtp://mail.example?tls=opportunistic` | STARTTLS if the server offers it |
//! | `smtp://mail.example?tls=none` | plain |
//! | `smtp://localhost` | plain, port 25: nobody else listens on this machine's own address |
//!
//! A password is never sent over a connection that may be plain, except on this machine.

use std::net::IpAddr;

use url::Url;

/// The URL can't be used. The sentence never repeats the URL, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// It isn't a URL.
    #[error("it is not a URL: {0}")]
    NotAUrl(String),
    /// It has another scheme.
    #[error("its scheme is “{0}”; allowed are “smtp” (with STARTTLS) and “smtps” (with TLS from the start)")]
    Scheme(String),
    /// It has no host.
    #[error("it names no host")]
    NoHost,
    /// It has parameters that nobody reads.
    #[error("it has the parameter “{0}”; allowed is “tls” with “required”, “opportunistic” or “none”, for “smtp” only")]
    Parameter(String),
    /// It has a user without a password, or a password without a user.
    #[error("it needs a user and a password, or neither")]
    Credentials,
    /// It would send a password in the clear.
    #[error("it would send a password in the clear; use “smtps”, or “smtp” with “tls=required”")]
    PasswordInTheClear,
    /// Its host can't have a certificate.
    #[error("TLS can't be used with its host: {0}")]
    Tls(String),
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, or no mail is sent.
    Required,
    /// By STARTTLS, if the server offers it.
    Opportunistic,
    /// Never.
    None,
}

/// The URL's parts.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

pub(super) fn parse(url: &str) -> Result<Server, SmtpUrlError> {
    let url = Url::parse(url).map_err(|error| SmtpUrlError::NotAUrl(error.to_string()))?;
    let implicit = match url.scheme() {
        "smtp" => false,
        "smtps" => true,
        other => return Err(SmtpUrlError::Scheme(other.to_owned())),
    };
    // The URL crate keeps the brackets of an IPv6 address, which a socket doesn't want.
    let host = url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned());
    let host = host.filter(|host| !host.is_empty()).ok_or(SmtpUrlError::NoHost)?;
    let local = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    let mut tls = match (implicit, local) {
        (true, _) => Tls::Implicit,
        (false, true) => Tls::None,
        (false, false) => Tls::Required,
    };
    for (name, value) in url.query_pairs() {
        tls = match (implicit, &*name, &*value) {
            (false, "tls", "required") => Tls::Required,
            (false, "tls", "opportunistic") => Tls::Opportunistic,
            (false, "tls", "none") => Tls::None,
            _ => return Err(SmtpUrlError::Parameter(format!("{name}={value}"))),
        };
    }
    let credentials = match (decoded(url.username()), url.password().map(decoded)) {
        (user, None) if user.is_empty() => None,
        (user, Some(password)) if !user.is_empty() => Some((user, password)),
        _ => return Err(SmtpUrlError::Credentials),
    };
    if credentials.is_some() && !local && matches!(tls, Tls::Opportunistic | Tls::None) {
        return Err(SmtpUrlError::PasswordInTheClear);
    }
    let port = url.port().unwrap_or(match tls {
        Tls::Implicit => 465,
        Tls::Required => 587,
        Tls::Opportunistic | Tls::None => 25,
    });
    Ok(Server { host, port, tls, credentials })
}

/// Undoes percent-encoding. What isn't UTF-8 afterwards couldn't be a password anybody typed.
fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("part={}", part.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> (String, u16, Tls) {
        let server = parse(url).ok().unwrap();
        (server.host, server.port, server.tls)
    }

    #[test]
    fn tls_is_the_rule_but_on_this_machine() {
        assert_eq!(of("smtps://mail.example"), ("mail.example".into(), 465, Tls::Implicit));
        assert_eq!(of("smtp://mail.example"), ("mail.example".into(), 587, Tls::Required));
        assert_eq!(of("smtp://mail.example:25?tls=opportunistic"), ("mail.example".into(), 25, Tls::Opportunistic));
        assert_eq!(of("smtp://mail.example?tls=none"), ("mail.example".into(), 25, Tls::None));
        assert_eq!(of("smtp://localhost"), ("localhost".into(), 25, Tls::None));
        assert_eq!(of("smtp://127.0.0.1:1025"), ("127.0.0.1".into(), 1025, Tls::None));
        assert_eq!(of("smtp://[::1]:1025"), ("::1".into(), 1025, Tls::None));
        assert_eq!(of("smtp://localhost?tls=required"), ("localhost".into(), 587, Tls::Required));
    }

    #[test]
    fn credentials_are_decoded() {
        let server = parse("smtps://post%40steward.example:p%20%2b+%23&=x@mail.example").ok().unwrap();
        assert_eq!(server.credentials, Some(("post@steward.example".into(), "p ++#&=x".into())));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_a_reason_and_without_the_password() {
        for (url, expected) in [
            ("mail.example", SmtpUrlError::NotAUrl("relative URL without a base".into())),
            ("http://u:secret@mail.example", SmtpUrlError::Scheme("http".into())),
            ("smtp://", SmtpUrlError::NoHost),
            ("smtps://mail.example?tls=none", SmtpUrlError::Parameter("tls=none".into())),
            ("smtp://mail.example?tls=maybe", SmtpUrlError::Parameter("tls=maybe".into())),
            ("smtp://mail.example?pool=7", SmtpUrlError::Parameter("pool=7".into())),
            ("smtps://user@mail.example", SmtpUrlError::Credentials),
            ("smtps://:secret@mail.example", SmtpUrlError::Credentials),
            ("smtp://u:secret@mail.example?tls=none", SmtpUrlError::PasswordInTheClear),
            ("smtp://u:secret@mail.example?tls=opportunistic", SmtpUrlError::PasswordInTheClear),
        ] {
            let error = parse(url).err().unwrap();
            assert!(!error.to_string().contains("secret"), "{error}");
            assert_eq!(error, expected, "{url}");
        }
    }
}
