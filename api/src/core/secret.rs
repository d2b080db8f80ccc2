//! Secrets: what is random, what is derived, and how both are written and compared.
//!
//! - A *credential* (session, API key) is 256 random bits; the database keeps its SHA-256.
//! - A *link* in a mail is the id of its row and an HMAC over it under the installation's key. Workers can rebuild it
//!   for a retry, and who reads the database can't.

use crate::core::entropy::Entropy;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use uuid::Uuid;

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a credential begins with, so that scanners and people recognise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A signed-in device.
    Session,
    /// An organization's API key.
    ApiKey,
    /// The key of a service of the platform.
    ServiceKey,
    /// The secret of a third-party app.
    AppSecret,
    /// A token of a third-party app.
    AppToken,
}

impl CredentialKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "steward_session_",
            Self::ApiKey => "steward_key_",
            Self::ServiceKey => "steward_service_",
            Self::AppSecret => "steward_app_secret_",
            Self::AppToken => "steward_app_token_",
        }
    }
}

/// A new credential: the text that is shown once, and what the database keeps.
pub struct NewCredential {
    /// The text for its owner.
    pub text: SecretString,
    /// SHA-256 of the text.
    pub hash: Vec<u8>,
    /// The last four characters before the checksum, to recognise it by.
    pub hint: String,
}

/// Makes a credential: prefix, 43 characters of randomness, 6 of checksum.
#[must_use]
pub fn new_credential(kind: CredentialKind, entropy: &Entropy) -> NewCredential {
    let random = BASE64URL_NOPAD.encode(&entropy.bytes::<32>());
    let body = format!("{}{random}", kind.prefix());
    let text = format!("{body}{}", checksum(&body));
    NewCredential { hash: sha256(text.as_bytes()), hint: random[random.len() - 4..].to_owned(), text: text.into() }
}

/// Which kind of credential a text is, and its hash; none when prefix or checksum are wrong. The checksum spares the
/// database the guesses, and tells a mistyped key from a revoked one.
#[must_use]
pub fn read_credential(text: &str) -> Option<(CredentialKind, Vec<u8>)> {
    let kinds = [
        CredentialKind::Session,
        CredentialKind::ApiKey,
        CredentialKind::ServiceKey,
        CredentialKind::AppSecret,
        CredentialKind::AppToken,
    ];
    let kind = kinds.into_iter().find(|kind| text.starts_with(kind.prefix()))?;
    let (body, sum) = text.split_at_checked(text.len().checked_sub(6)?)?;
    (checksum(body) == sum).then(|| (kind, sha256(text.as_bytes())))
}

fn checksum(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes())[..3])
}

/// The installation's key, from which links and the secrets of webhooks are derived.
pub struct Keys {
    secret: SecretString,
}

impl Keys {
    /// From the setting `STEWARD_SECRET_KEY`.
    #[must_use]
    pub const fn new(secret: SecretString) -> Self {
        Self { secret }
    }

    /// Tells one key from another without giving it away. It is stored, so that a wrong key is noticed at start.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex(&self.mac(b"fingerprint", Uuid::nil()).as_slice()[..8])
    }

    /// The secret text of a link: its id and the proof that we made it.
    #[must_use]
    pub fn link(&self, purpose: &str, id: Uuid) -> String {
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend_from_slice(&self.mac(purpose.as_bytes(), id));
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// The id in a link that we made for `purpose`; none for anything else.
    #[must_use]
    pub fn read_link(&self, purpose: &str, text: &str) -> Option<Uuid> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (id, proof) = bytes.split_at_checked(16)?;
        let id = Uuid::from_slice(id).ok()?;
        bool::from(subtle::ConstantTimeEq::ct_eq(self.mac(purpose.as_bytes(), id).as_slice(), proof)).then_some(id)
    }

    pub(in crate::core) fn mac(&self, purpose: &[u8], id: Uuid) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes()).expect("any length is fine");
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(id.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_reads_back_and_a_mistyped_one_does_not() {
        let credential = new_credential(CredentialKind::ApiKey, &Entropy::seeded(1));
        let text = credential.text.expose_secret();
        assert_eq!(read_credential(text), Some((CredentialKind::ApiKey, credential.hash)));
        assert_eq!(read_credential(&text.replacen("key_", "key_A", 1)), None);
        assert_eq!(read_credential(&text[..text.len() - 1]), None);
        assert_eq!(read_credential("steward_key_ééé"), None);
        assert_eq!(read_credential(""), None);
    }

    #[test]
    fn a_link_serves_one_purpose_under_one_key() {
        let keys = Keys::new("one".to_owned().into());
        let id = Uuid::from_u128(5);
        let link = keys.link("RESET", id);
        assert_eq!(keys.read_link("RESET", &link), Some(id));
        assert_eq!(keys.read_link("SIGN_UP", &link), None);
        assert_eq!(Keys::new("two".to_owned().into()).read_link("RESET", &link), None);
        assert_eq!(keys.read_link("RESET", &link[..link.len() - 2]), None);
        assert_eq!(keys.read_link("RESET", "é"), None);
    }
}
