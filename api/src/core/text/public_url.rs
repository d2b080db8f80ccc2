//! Where a vendor's pages and receivers are.

use url::{Host, Url};

use super::clean::{Lines, clean};
use super::parsed::parsed_text;
use super::{DomainName, TextError};

/// An absolute `https` address on a host that has a public name, as the WHATWG URL standard writes it, in ASCII.
///
/// No IP address, no name that means something only within a network or a machine, no credentials. What is fetched is
/// checked once more when its name is resolved: a public name may lead to a private address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicUrl(String);

/// Names that are special (RFC 6761, RFC 8375, RFC 9476) or set aside for private use, and those below them.
const PRIVATE: [&str; 10] =
    ["localhost", "local", "internal", "home.arpa", "invalid", "onion", "alt", "lan", "intranet", "corp"];

impl PublicUrl {
    /// The most characters it can have, also once it is written in ASCII.
    pub const MAX: usize = 2_000;

    /// Reads an address.
    ///
    /// # Errors
    /// When it isn't an absolute `https` address, is too long, has credentials, or its host isn't public.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = clean(raw, Lines::One, Self::MAX)?;
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if scheme.as_deref() != Some("https") {
            return Err(TextError::NotHttps);
        }
        let url = Url::parse(&text).map_err(|_| TextError::NotAUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TextError::Credentials);
        }
        match url.host() {
            Some(Host::Domain(name)) => is_public(name)?,
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(TextError::IpAddress),
            None => return Err(TextError::NotAUrl),
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

parsed_text!(PublicUrl);

fn is_public(host: &str) -> Result<(), TextError> {
    let host = host.trim_end_matches('.');
    let below = |private: &str| host.strip_suffix(private).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if PRIVATE.iter().any(|private| below(private)) {
        return Err(TextError::PrivateHost(host.to_owned()));
    }
    DomainName::parse(host).map(|_| ())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn read() {
        for (raw, written) in [
            (" HTTPS://Example.com/privacy?a=b#c ", "https://example.com/privacy?a=b#c"),
            ("https://bücher.example/größe", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe"),
            ("https://hooks.example.com:8443", "https://hooks.example.com:8443/"),
            ("https://internal.example.com/", "https://internal.example.com/"),
        ] {
            assert_eq!(PublicUrl::parse(raw).as_ref().map(PublicUrl::as_str), Ok(written), "{raw}");
        }
    }

    #[test]
    fn refused() {
        let private = |host: &str| TextError::PrivateHost(host.to_owned());
        for (raw, error) in [
            ("", TextError::Empty),
            ("http://example.com/", TextError::NotHttps),
            ("https:example.com", TextError::NotHttps),
            ("javascript:alert(1)//https://example.com", TextError::NotHttps),
            ("https://user@example.com/", TextError::Credentials),
            ("https://:secret@example.com/", TextError::Credentials),
            ("https://192.0.2.1/", TextError::IpAddress),
            ("https://127.0.0.1/", TextError::IpAddress),
            ("https://0x7f.1/", TextError::IpAddress),
            ("https://2130706433/", TextError::IpAddress),
            ("https://[::1]/", TextError::IpAddress),
            ("https://localhost/", private("localhost")),
            ("https://LOCALHOST./", private("localhost")),
            ("https://steward.localhost/", private("steward.localhost")),
            ("https://metadata.google.internal/", private("metadata.google.internal")),
            ("https://printer.local/", private("printer.local")),
            ("https://nas.home.arpa/", private("nas.home.arpa")),
            ("https://wiki/", TextError::SingleLabel),
            ("https://", TextError::NotAUrl),
            ("https://exa\nmple.com/", TextError::LineBreak),
            (&format!("https://example.com/{}", "a".repeat(1_981)), TextError::TooLong { max: 2_000 }),
        ] {
            assert_eq!(PublicUrl::parse(raw), Err(error), "{raw:.80}");
        }
    }

    proptest! {
        #[test]
        fn what_is_parsed_keeps_its_promises(raw in "https?://.*|HTTPS://[a-z@:.0-9\\[\\]]{1,20}/\\PC{0,30}") {
            if let Ok(url) = PublicUrl::parse(&raw) {
                prop_assert!(url.as_str().is_ascii() && url.as_str().len() <= PublicUrl::MAX);
                prop_assert!(url.as_str().starts_with("https://"));
                prop_assert_eq!(PublicUrl::parse(url.as_str()), Ok(url));
            }
        }
    }
}
