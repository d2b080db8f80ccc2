//! Where an organization's policy can be read.

use url::{Host, Url};

use super::clean::{Lines, clean};
use super::parsed::parsed_text;
use super::{DomainName, TextError};

/// An absolute `https` address on a named host, as the WHATWG URL standard writes it, in ASCII.
///
/// `localhost` and `127.0.0.1` are allowed for trying things out, with `http` too. It is shown to people as a link and
/// never fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyUrl(String);

impl PolicyUrl {
    /// The most characters it can have, also once it is written in ASCII.
    pub const MAX: usize = 2_000;

    /// Reads an address.
    ///
    /// # Errors
    /// When it isn't an absolute `https` address, is too long, has credentials, or an IP address for its host.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = clean(raw, Lines::One, Self::MAX)?;
        // The parser would read "https:example.com" too, which isn't what anybody means by an absolute address.
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("https" | "http")) {
            return Err(TextError::NotHttps);
        }
        let url = Url::parse(&text).map_err(|_| TextError::NotAUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TextError::Credentials);
        }
        let local = is_local(&url)?;
        if url.scheme() != "https" && !local {
            return Err(TextError::NotHttps);
        }
        let written = String::from(url);
        if written.len() > Self::MAX {
            return Err(TextError::TooLong { max: Self::MAX });
        }
        Ok(Self(written))
    }

    /// The address in ASCII, with what isn't ASCII percent-encoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

parsed_text!(PolicyUrl);

/// Where a person's picture is: the same rules. It is shown to people and never fetched.
pub type PictureUrl = PolicyUrl;

/// Whether the host is this machine; any other must have a domain's name.
fn is_local(url: &Url) -> Result<bool, TextError> {
    match url.host() {
        Some(Host::Domain("localhost")) => Ok(true),
        Some(Host::Ipv4(address)) if address == std::net::Ipv4Addr::LOCALHOST => Ok(true),
        Some(Host::Domain(name)) => DomainName::parse(name).map(|_| false),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => Err(TextError::IpAddress),
        None => Err(TextError::NotAUrl),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn read() {
        for (raw, written) in [
            (" HTTPS://Example.com/policy?a=b#c ", "https://example.com/policy?a=b#c"),
            ("https://bücher.example/größe", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe"),
            ("https://example.com:8443", "https://example.com:8443/"),
            ("http://localhost:8080/policy", "http://localhost:8080/policy"),
            ("http://127.0.0.1/", "http://127.0.0.1/"),
            ("https://localhost/", "https://localhost/"),
        ] {
            assert_eq!(PolicyUrl::parse(raw).as_ref().map(PolicyUrl::as_str), Ok(written), "{raw}");
        }
    }

    #[test]
    fn refused() {
        for (raw, error) in [
            ("", TextError::Empty),
            ("/policy", TextError::NotHttps),
            ("//example.com/policy", TextError::NotHttps),
            ("https:example.com", TextError::NotHttps),
            ("javascript:alert(1)//https://example.com", TextError::NotHttps),
            ("ftp://example.com/", TextError::NotHttps),
            ("http://example.com/", TextError::NotHttps),
            ("http://localhost.example.com/", TextError::NotHttps),
            ("https://user@example.com/", TextError::Credentials),
            ("https://:secret@example.com/", TextError::Credentials),
            ("https://192.0.2.1/", TextError::IpAddress),
            ("https://3221225985/", TextError::IpAddress),
            ("https://[::1]/", TextError::IpAddress),
            ("https://intranet/", TextError::SingleLabel),
            ("https://a_b.example/", TextError::Underscore),
            ("https://", TextError::NotAUrl),
            ("https://exa\nmple.com/", TextError::LineBreak),
            ("https://exa\tmple.com/", TextError::ControlCharacter('\t')),
            (&format!("https://example.com/{}", "a".repeat(1_981)), TextError::TooLong { max: 2_000 }),
            (&format!("https://example.com/{}", "ü".repeat(1_000)), TextError::TooLong { max: 2_000 }),
        ] {
            assert_eq!(PolicyUrl::parse(raw), Err(error), "{raw:.80}");
        }
    }

    proptest! {
        #[test]
        fn what_is_parsed_keeps_its_promises(raw in "https?://.*|(HTTPS|http)://[a-z@:.0-9\\[\\]]{1,20}/\\PC{0,30}") {
            if let Ok(url) = PolicyUrl::parse(&raw) {
                prop_assert!(url.as_str().is_ascii() && url.as_str().len() <= PolicyUrl::MAX);
                prop_assert!(!url.as_str().contains([' ', '<', '"', '\n']));
                prop_assert_eq!(PolicyUrl::parse(url.as_str()), Ok(url));
            }
        }
    }
}
