//! What several features do to accounts: the only writers of these columns, for sets of accounts.

pub mod access;
pub mod assert;
pub mod away;
pub mod block;
pub mod control;
pub mod credentials;
pub mod email;
pub mod erase;
pub mod link;
pub mod made;
pub mod notified;
pub mod password;
pub mod profile;
pub mod reach;
pub mod still_there;
