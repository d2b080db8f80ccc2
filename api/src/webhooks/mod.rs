//! What vendors of third-party apps are told, signed as Standard Webhooks says.
//!
//! A message is a row, written in the transaction of the change that it tells of (`core/apps/webhooks`): `QUEUED` until its
//! receiver has taken it (`DELIVERED`), or nobody took it for days (`FAILED`). It is tried again and again, at growing
//! distances, each time under the same id and with a new signature. Where a receiver says that it is gone, or has taken
//! nothing for days, the app is paused: its messages are passed over until somebody resumes them, and administrators are
//! told.

pub mod deliver;
pub mod graphql;
pub mod https;
pub mod pause;
pub mod read;
pub mod record_webhooks;
pub mod replay_webhook_delivery;
pub mod resume_webhooks;
pub mod retries;
pub mod tell_of_pause;
