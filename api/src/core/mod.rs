//! What every feature stands on: one write path, one log, one table of powers.

pub mod account;
pub mod action_name;
pub mod authority;
pub mod caller;
pub mod clock;
pub mod database;
pub mod entropy;
pub mod error;
pub mod event;
pub mod hasher;
pub mod idempotency;
pub mod job;
pub mod key_fingerprint;
pub mod limit;
pub mod notice;
pub mod perform;
pub mod permission;
pub mod powers;
pub mod reader;
pub mod secret;
pub mod steward;
pub mod text;
pub mod tx;

pub use action_name::ActionName;
pub use authority::{Administrator, Authority, Authorized, Scope};
pub use caller::Caller;
pub use error::{Code, Common, Error, Refusal, Result, invalid, not_found};
pub use event::{EventDraft, EventSet, Unlogged};
pub use job::{JobDraft, Progress, Work};
pub use notice::{NoticeDraft, Notices, Recipient, Silence};
pub use perform::{Action, Done, Origin};
pub use permission::Permission;
pub use reader::Reader;
pub use steward::Steward;
pub use tx::Tx;
