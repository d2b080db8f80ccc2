//! The name of a domain.

use std::borrow::Cow;
use std::net::IpAddr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::TextError;
use super::consumer_mail;
use super::parsed::parsed_text;

/// A domain of at least two labels, in ASCII lower case without a dot at the end, valid by UTS 46 (non-transitional,
/// STD3 rules, DNS lengths).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(String);

/// Longer input is refused unread: encoding takes time that grows faster than length. Four octets for each of the
/// 253 allowed are more than any valid Unicode form has.
const MAX_INPUT_OCTETS: usize = 4 * 253;

/// The most octets of a whole name, without the dot at the end (RFC 1035, 3.1: 255 with the lengths of labels).
const MAX_OCTETS: usize = 253;

/// The most octets of a label (RFC 1035, 2.3.4).
const MAX_LABEL_OCTETS: usize = 63;

impl DomainName {
    /// Reads a domain in its ASCII or Unicode form, in any case, with or without a dot at the end.
    ///
    /// # Errors
    /// When it isn't a domain's bare name, or an IP address, a single label, a wildcard or too long.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            return Err(TextError::Empty);
        }
        if trimmed.len() > MAX_INPUT_OCTETS {
            return Err(TextError::DomainTooLong);
        }
        refuse_common_mistakes(trimmed)?;
        let mut ascii = to_ascii(trimmed)?.into_owned();
        // Dropped after the mapping, which makes dots of the ideographic full stops too.
        if ascii.ends_with('.') {
            ascii.pop();
        }
        check_labels(&ascii)?;
        Ok(Self(ascii))
    }

    /// The form for the wire and for the database: `xn--bcher-kva.example`.
    pub fn ascii(&self) -> &str {
        &self.0
    }

    /// The same as [`Self::ascii`].
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form for people: `bücher.example`.
    pub fn unicode(&self) -> String {
        let (unicode, valid) = Uts46::new().to_unicode(self.0.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        // A parsed name always is valid; the ASCII form is right in any case.
        valid.map_or_else(|_| self.0.clone(), |()| unicode.into_owned())
    }

    /// The labels from the root down, each followed by a dot: `com.example.` for `example.com`.
    ///
    /// Compared octet by octet (`COLLATE "C"` in PostgreSQL, the default in SQLite), a domain and all its subdomains
    /// are neighbours: see [`Self::key_range_with_subdomains`].
    pub fn key(&self) -> String {
        self.0.rsplit('.').flat_map(|label| [label, "."]).collect()
    }

    /// The keys of the domain and of all its subdomains: from the first (inclusive) to the second (exclusive).
    ///
    /// The second is the key with `/` for its last dot, the octet that follows the dot in ASCII. No other domain is
    /// between them: `com.example-two.` sorts before both, for the hyphen precedes the dot.
    pub fn key_range_with_subdomains(&self) -> (String, String) {
        let lower = self.key();
        let upper = format!("{}/", lower.trim_end_matches('.'));
        (lower, upper)
    }

    /// Whether an organization may own this domain, as far as its name tells.
    ///
    /// Reserved domains for tests and documents (`acme.test`, `example.com`) may be owned.
    ///
    /// # Errors
    /// When it is a public suffix (`co.uk`, `github.io`), or a mail service for everybody or one of its subdomains.
    pub fn claimable(&self) -> Result<(), TextError> {
        let Some(registrable) = psl::domain_str(&self.0) else {
            return Err(TextError::PublicSuffix(self.unicode()));
        };
        match consumer_mail::service_of(&self.0, registrable) {
            Some(service) => Err(TextError::ConsumerMail(service.to_owned())),
            None => Ok(()),
        }
    }
}

parsed_text!(DomainName);

/// UTS 46, non-transitional. Hyphens in the third and fourth place are allowed, as real names have them; lengths are
/// checked by [`check_labels`], which can say what is wrong.
fn to_ascii(name: &str) -> Result<Cow<'_, str>, TextError> {
    Uts46::new()
        .to_ascii(name.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Ignore)
        .map_err(|_| TextError::NotADomain)
}

/// Tells what people give instead of a domain, with a sentence for each.
fn refuse_common_mistakes(name: &str) -> Result<(), TextError> {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return Err(TextError::IpAddress);
    }
    if name.contains(['/', ':', '@', '?', '#', '\\']) {
        return Err(TextError::NotABareDomain);
    }
    if name.contains('*') {
        return Err(TextError::Wildcard);
    }
    if name.contains('_') {
        return Err(TextError::Underscore);
    }
    Ok(())
}

/// Checks what UTS 46 leaves open: lengths, the number of labels, and that the name isn't a number.
fn check_labels(ascii: &str) -> Result<(), TextError> {
    if ascii.len() > MAX_OCTETS {
        return Err(TextError::DomainTooLong);
    }
    if ascii.split('.').any(str::is_empty) {
        return Err(TextError::EmptyLabel);
    }
    if ascii.split('.').any(|label| label.len() > MAX_LABEL_OCTETS) {
        return Err(TextError::LabelTooLong);
    }
    // Any name that ends in a number is read as an IPv4 address somewhere: 0x7f.1, 127.1, 2130706433 (WHATWG URL 3.5).
    let last = ascii.rsplit('.').next().unwrap_or_default();
    if is_number(last) {
        return Err(TextError::IpAddress);
    }
    if last.len() == ascii.len() {
        return Err(TextError::SingleLabel);
    }
    Ok(())
}

/// A decimal number, or a hexadecimal one with `0x`.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
#[path = "domain_name_tests.rs"]
mod tests;
