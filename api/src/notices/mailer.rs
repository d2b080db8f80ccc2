//! The door through which mail leaves.

/// stub
pub trait Mailer: Send + Sync {}
