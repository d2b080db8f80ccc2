//! Pages for people: those that mails lead to, and those of their own account.

pub mod account;
pub mod email_change;
pub mod entry;
pub mod invitation;
pub mod link;
pub mod linked;
pub mod membership;
pub mod notice;
pub mod own;
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
