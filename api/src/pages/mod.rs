//! Pages that people open from a mail.

pub mod account;
pub mod email_change;
pub mod entry;
pub mod invitation;
pub mod link;
pub mod membership;
pub mod notice;
pub mod password_reset;
pub mod refused;
pub mod render;
pub mod router;
pub mod samples;
pub mod sign_up;
pub mod views;
pub mod visit;

#[cfg(test)]
mod tests;
