//! How what a vendor is told is signed: as Standard Webhooks says (<https://www.standardwebhooks.com>).
//!
//! A secret is derived from the installation's key and the id of its row, as links in mails are: every worker can sign, and
//! who reads the database can't.

use crate::core::secret::Keys;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::Sha256;
use steward_entities::id::AppWebhookSecretId;

/// For what the key makes them: no other secret that it makes is the same.
const PURPOSE: &[u8] = b"WEBHOOK_SECRET";
/// What such a secret begins with.
const PREFIX: &str = "whsec_";

/// A secret of an app by which its vendor knows that it is told by us.
pub struct WebhookSecret(Vec<u8>);

impl Keys {
    /// The secret of this row.
    #[must_use]
    pub fn webhook_secret(&self, id: AppWebhookSecretId) -> WebhookSecret {
        WebhookSecret(self.mac(PURPOSE, id.0))
    }
}

impl WebhookSecret {
    /// As its vendor gets it: `whsec_` and the base64 of its 32 bytes.
    #[must_use]
    pub fn text(&self) -> SecretString {
        format!("{PREFIX}{}", BASE64.encode(&self.0)).into()
    }

    /// Four characters of it, to recognise it by.
    #[must_use]
    pub fn hint(&self) -> String {
        // The last ones of 44, without the one that only fills up.
        BASE64.encode(&self.0)[39..43].to_owned()
    }

    /// `v1,` and the base64 of the HMAC-SHA256 over id, time (in seconds since 1970) and body, with dots between them.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is fine");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use uuid::Uuid;

    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        // The example of <https://github.com/standard-webhooks/standard-webhooks>.
        let secret = WebhookSecret(BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let body = r#"{"test": 2432232314}"#;
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_row_has_a_secret_of_its_own_that_begins_as_all_do() {
        let (keys, id) = (Keys::new("one".to_owned().into()), AppWebhookSecretId(Uuid::from_u128(5)));
        let secret = keys.webhook_secret(id);
        let text = secret.text().expose_secret().to_owned();
        let bytes = BASE64.decode(text.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        assert_eq!((bytes.len(), text.len()), (32, 50));
        assert_eq!(text[45..49], secret.hint());
        let other = keys.webhook_secret(AppWebhookSecretId(Uuid::from_u128(6)));
        assert_ne!(other.text().expose_secret(), text);
        assert_ne!(Keys::new("two".to_owned().into()).webhook_secret(id).text().expose_secret(), text);
        assert_ne!(keys.link("WEBHOOK_SECRET", id.0), text, "and no link is one");
    }
}
