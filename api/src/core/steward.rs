//! One installation: its database, its clock, its keys, its doors to the world.

use crate::{
    core::{
        bookkeeping::Bookkeeping, clock::Clock, entropy::Entropy, hasher::Hasher, read_connection::Readers,
        secret::Keys,
    },
    domains::dns::Dns,
    notices::mailer::Mailer,
    webhooks::https::Https,
};
use sea_orm::DatabaseConnection;
use std::sync::{Arc, atomic::AtomicBool};
use tokio::sync::Notify;
use url::Url;

/// What an operator decides about an installation.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where people and callers reach it. Links in mails are built from this and nothing else.
    pub public_url: Url,
    /// What it calls itself to people.
    pub service_name: String,
    /// The address that mail comes from.
    pub mail_from: String,
    /// The shortest notice period of a claim, in days; never below seven.
    pub minimum_notice_days: i64,
}

/// One installation.
pub struct Steward {
    /// The pool that writes. Only [`Steward::perform`] and the core's bookkeeping use it.
    pub(in crate::core) write: DatabaseConnection,
    /// The pool that can't write.
    pub read: DatabaseConnection,
    /// Those of its connections that requests hand to each other.
    pub readers: Arc<Readers>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Entropy,
    /// The key from which links and the secrets of webhooks are derived.
    pub keys: Keys,
    /// What an operator decided.
    pub policy: Policy,
    /// Passwords.
    pub hasher: Hasher,
    /// The door to DNS.
    pub dns: Arc<dyn Dns>,
    /// The door through which mail leaves.
    pub mailer: Arc<dyn Mailer>,
    /// The door to vendors' receivers.
    pub https: Arc<dyn Https>,
    /// Wakes workers after a commit. Polling is the truth; this is only faster.
    pub wake: Notify,
    /// When callers were last seen.
    pub(in crate::core) bookkeeping: Bookkeeping,
    /// Whether the clock was the database's when they were last compared.
    pub(in crate::core) clock_agrees: AtomicBool,
}

/// What an installation is made from.
pub struct Parts {
    /// The two pools.
    pub pools: crate::core::database::Pools,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Entropy,
    /// The key from which links and the secrets of webhooks are derived.
    pub keys: Keys,
    /// What an operator decided.
    pub policy: Policy,
    /// Passwords.
    pub hasher: Hasher,
    /// The door to DNS.
    pub dns: Arc<dyn Dns>,
    /// The door through which mail leaves.
    pub mailer: Arc<dyn Mailer>,
    /// The door to vendors' receivers.
    pub https: Arc<dyn Https>,
}

impl Steward {
    /// Puts an installation together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            write: parts.pools.write,
            readers: Arc::new(Readers::of(&parts.pools.read)),
            read: parts.pools.read,
            clock: parts.clock,
            entropy: parts.entropy,
            keys: parts.keys,
            policy: parts.policy,
            hasher: parts.hasher,
            dns: parts.dns,
            mailer: parts.mailer,
            https: parts.https,
            wake: Notify::new(),
            bookkeeping: Bookkeeping::default(),
            clock_agrees: AtomicBool::new(false),
        }
    }
}
