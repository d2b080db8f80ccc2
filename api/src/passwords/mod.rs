//! Passwords: a new one by a mailed link, and administrators who require one. An administrator never learns or chooses
//! a password; only the link does, which goes to the stored address of the account.

pub mod change_password;
pub mod graphql;
pub mod read;
pub mod request_password_reset;
pub mod require_password_reset;
pub mod reset_link;
pub mod reset_password;
pub mod send_password_reset;
