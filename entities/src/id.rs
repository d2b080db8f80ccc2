//! Typed, readable ids: a prefix, an underscore, and the base32 of a UUIDv7, as in `acct_01kb3…`.
//!
//! Ids are opaque to callers. They are made from the clock and the randomness that are handed in, and are never
//! used as the order of events: two machines' clocks may differ.

use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;
use uuid::Uuid;

/// Crockford's base32 in lower case: no i, l, o, u, so that ids can be read aloud.
/// Written most significant bit first, so that the order of the text is the order of the bytes.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    #[expect(clippy::expect_used, reason = "a constant specification, exercised by every test")]
    specification.encoding().expect("the alphabet has 32 symbols")
});

/// What is wrong with an id. It says nothing about what exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an id of this kind: ids look like “{expected}_01kb3…” and are copied whole")]
pub struct IdError {
    /// The prefix of the kind that was expected.
    pub expected: &'static str,
}

/// The readable form of an id whose kind is known by its prefix, as the log keeps it.
#[must_use]
pub fn readable(prefix: &str, id: Uuid) -> String {
    let mut text = String::with_capacity(prefix.len() + 27);
    text.push_str(prefix);
    text.push('_');
    BASE32.encode_append(id.as_bytes(), &mut text);
    text
}

fn read(expected: &'static str, text: &str) -> Result<Uuid, IdError> {
    let body = text.strip_prefix(expected).and_then(|rest| rest.strip_prefix('_')).ok_or(IdError { expected })?;
    let bytes = BASE32.decode(body.as_bytes()).map_err(|_| IdError { expected })?;
    Uuid::from_slice(&bytes).map_err(|_| IdError { expected })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
            pub struct $name(pub Uuid);

            impl $name {
                /// What the readable form begins with.
                pub const PREFIX: &'static str = $prefix;
            }

            impl From<$name> for Uuid {
                fn from(id: $name) -> Self {
                    id.0
                }
            }

            impl From<Uuid> for $name {
                fn from(id: Uuid) -> Self {
                    Self(id)
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    formatter.write_str(&readable($prefix, self.0))
                }
            }

            impl std::str::FromStr for $name {
                type Err = IdError;
                fn from_str(text: &str) -> Result<Self, IdError> {
                    read($prefix, text).map(Self)
                }
            }

            impl sea_orm::TryFromU64 for $name {
                fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                    Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
        )*

        /// An id of any kind, as `node(id:)` takes it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the variants are the ids above")]
        pub enum AnyId { $($name($name),)* }

        impl std::str::FromStr for AnyId {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let prefix = text.split_once('_').map_or("", |(prefix, _)| prefix);
                match prefix {
                    $($prefix => read($prefix, text).map(|id| Self::$name($name(id))),)*
                    _ => Err(IdError { expected: "acct" }),
                }
            }
        }
    };
}

ids! {
    /// An account: one person's identity.
    AccountId = "acct";
    /// An organization: a customer of the platform.
    OrganizationId = "org";
    /// A signed-in device.
    SessionId = "sess";
    /// A link in a mail.
    TokenId = "tok";
    /// A role of one account in one organization.
    RoleId = "role";
    /// An invitation to administer an organization.
    InvitationId = "inv";
    /// An API key of an organization.
    ApiKeyId = "key";
    /// A product of the platform.
    ServiceId = "svc";
    /// A key with which a service asks.
    ServiceKeyId = "svk";
    /// A kind of items.
    ItemKindId = "kind";
    /// Information stored as part of an account.
    ItemId = "item";
    /// An organization's team or site in a service.
    WorkspaceId = "wsp";
    /// One account's access to one workspace.
    MembershipId = "mem";
    /// A domain of an organization.
    DomainId = "dom";
    /// One assertion of control over accounts of a domain.
    ClaimId = "clm";
    /// The state of one account in a claim.
    ControlAssertionId = "asrt";
    /// One fact that limits an account.
    AccountBlockId = "blk";
    /// A rule that takes the right to edit from people.
    EditRestrictionId = "edr";
    /// A change of address that waits for its confirmation.
    EmailChangeId = "emc";
    /// One entry of the log.
    EventId = "evt";
    /// A message to a person, kept as a record.
    NoticeId = "ntc";
    /// One notice on its way over one channel.
    DeliveryId = "dlv";
    /// Asynchronous work.
    JobId = "job";
    /// A third-party app in the catalogue.
    AppId = "app";
    /// A secret by which an app proves who it is.
    AppSecretId = "aps";
    /// Somebody's request for an app.
    AppRequestId = "apr";
    /// An app's presence in an organization or one workspace.
    AppInstallationId = "ins";
    /// A token of an app.
    AppTokenId = "apt";
    /// A secret by which is signed what an app's vendor is told.
    AppWebhookSecretId = "aws";
    /// Something that an app's vendor is told.
    WebhookDeliveryId = "whd";
    /// What an app's vendor has to delete.
    DataDeletionId = "ddl";
    /// Somebody's objection to an app.
    AppObjectionId = "apo";
    /// Administrators keep somebody from an app.
    AppExclusionId = "apx";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back() {
        let id = AccountId(Uuid::from_u128(0x0191_2345_6789_7abc_8def_0123_4567_89ab));
        let text = id.to_string();
        assert!(text.starts_with("acct_"), "{text}");
        assert_eq!(text.parse::<AccountId>(), Ok(id));
        assert_eq!(text.parse::<AnyId>(), Ok(AnyId::AccountId(id)));
    }

    #[test]
    fn another_kind_of_id_is_refused() {
        let id = AccountId(Uuid::from_u128(7)).to_string();
        assert!(id.parse::<OrganizationId>().is_err());
        for bad in ["", "acct", "acct_", "acct_!", "acct_01", "ACCT_0", &format!("{id}0"), &id.to_uppercase()] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
            assert!(bad.parse::<AnyId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_order_of_texts_is_the_order_of_ids() {
        let (a, b) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(u128::MAX)));
        assert!(a.to_string() < b.to_string());
    }
}
