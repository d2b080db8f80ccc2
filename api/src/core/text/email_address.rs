//! One person's address.

use unicode_normalization::UnicodeNormalization;

use super::clean::{is_blank, is_invisible};
use super::parsed::parsed_text;
use super::{DomainName, TextError};

/// One e-mail address: a dot-atom that may have UTF-8 (RFC 5322, 3.2.3; RFC 6532), `@`, and a domain. No quoted
/// strings, comments, display names or IP addresses.
///
/// Two forms, two uses:
///
/// * [`Self::as_str`], the **stored** form, is the only one that mail is sent to. Its local part is what the person
///   gave (trimmed, NFC), because only the receiving system knows whether `Ana` and `ana` are one mailbox.
/// * [`Self::canonical`] decides **only** whether two addresses count as the same: for uniqueness and for finding an
///   account. Nothing is ever sent to it, nor to the address that somebody typed to find the account.
///
/// Password resets of GitHub (2016) and Django (CVE-2019-19844) broke both rules: `mıke@example.org` (dotless i) was
/// compared in upper case, where `ı` and `i` both are `I`, and the mail went to the address that was typed. Hence
/// canonical forms are made by lower-casing only, where `ı` stays `ı`, `İ` becomes `i` with a second dot, and neither
/// meets `i`. Nor does `ß` meet `ss`: of the ways that Unicode has to compare without case, lower case joins the
/// fewest letters. Letters that only look or read alike by compatibility (`ﬁ`, `ａ`, `²`, `ſ`) are refused outright, so
/// that NFKC, which would join them with plain letters, has nothing to join. Tags (`+news`) and dots stay: other
/// systems give them meanings of their own.
///
/// `==` compares stored forms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    stored: String,
    domain: DomainName,
}

/// The most octets of an address (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MAX_OCTETS: usize = 254;

/// The most octets of a local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_OCTETS: usize = 64;

/// Longer input is refused unread. No valid address is so long, however its domain was written.
const MAX_INPUT_OCTETS: usize = 8 * MAX_OCTETS;

impl EmailAddress {
    /// Reads one address.
    ///
    /// # Errors
    /// When it isn't one address, is too long, or has characters that would let two addresses look alike.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            return Err(TextError::Empty);
        }
        if trimmed.len() > MAX_INPUT_OCTETS {
            return Err(TextError::AddressTooLong);
        }
        let (local, domain) = trimmed.rsplit_once('@').ok_or(TextError::NotOneAt)?;
        // A domain by itself may have spaces around it, but an address has none inside.
        if domain.is_empty() || domain.starts_with(char::is_whitespace) {
            return Err(TextError::NotOneAt);
        }
        let local: String = local.nfc().collect();
        check_local_part(&local)?;
        let domain = DomainName::parse(domain)?;
        let stored = format!("{local}@{domain}");
        if stored.len() > MAX_OCTETS {
            return Err(TextError::AddressTooLong);
        }
        Ok(Self { stored, domain })
    }

    /// The address that is stored, and that mail is sent to: the local part as given, the domain in ASCII lower case.
    pub fn as_str(&self) -> &str {
        &self.stored
    }

    /// What stands before the `@`, as given.
    pub fn local_part(&self) -> &str {
        self.stored.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The form by which two addresses count as the same. Never send anything to it: see [`EmailAddress`].
    pub fn canonical(&self) -> String {
        format!("{}@{}", fold(self.local_part()), self.domain)
    }

    /// The domain behind the `@`.
    pub fn domain(&self) -> &DomainName {
        &self.domain
    }

    /// The domain's [`DomainName::key`].
    pub fn domain_key(&self) -> String {
        self.domain.key()
    }
}

parsed_text!(EmailAddress);

/// Unicode lower case of each character by itself, then NFKC, until nothing changes.
///
/// Never through upper case, which joins `ı` with `i`. The final sigma is the one letter whose lower case depends on
/// its place in the word; it becomes the common one, as both are `Σ`.
fn fold(local: &str) -> String {
    let mut folded = lower(local);
    loop {
        let again = lower(&folded);
        if again == folded {
            return folded;
        }
        folded = again;
    }
}

/// One step of [`fold`].
fn lower(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter }).nfkc().collect()
}

/// Checks a local part in NFC.
fn check_local_part(local: &str) -> Result<(), TextError> {
    if local.contains('@') {
        return Err(TextError::NotOneAt);
    }
    if local.is_empty() || local.len() > MAX_LOCAL_OCTETS {
        return Err(TextError::LocalPartLength);
    }
    for character in local.chars() {
        check_character(character)?;
    }
    if local.split('.').any(str::is_empty) {
        return Err(TextError::LocalPartDots);
    }
    Ok(())
}

/// Checks one character of a local part.
fn check_character(character: char) -> Result<(), TextError> {
    if character.is_control() {
        return Err(TextError::ControlCharacter(character));
    }
    if is_invisible(character) || (!character.is_ascii() && is_blank(character)) {
        return Err(TextError::InvisibleCharacter(character));
    }
    if !is_atom(character) {
        return Err(TextError::LocalPartCharacter(character));
    }
    let plain: String = std::iter::once(character).nfkc().collect();
    if plain.chars().eq([character]) {
        return Ok(());
    }
    // ＠ and … would be an @ and dots where none may be, so there is nothing to write instead of them.
    if plain.chars().all(|part| is_atom(part) && part != '.') {
        Err(TextError::LocalPartCompatibility { found: character, plain })
    } else {
        Err(TextError::LocalPartCharacter(character))
    }
}

/// `atext` of RFC 5322 with what RFC 6532 adds, and the dot between atoms.
fn is_atom(character: char) -> bool {
    !character.is_ascii() && !character.is_whitespace()
        || character.is_ascii_alphanumeric()
        || ".!#$%&'*+-/=?^_`{|}~".contains(character)
}

#[cfg(test)]
#[path = "email_address_tests.rs"]
mod tests;
