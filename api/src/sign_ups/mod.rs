//! Sign-ups: from an address that somebody gives to an account whose address is proved.
//!
//! `signUp` keeps what was given with a link, and answers alike for every address. A job then decides what is mailed:
//! the link, or word that there is an account already. `completeSignUp` makes the account, with the first password; so
//! no password exists before its address is proved, and nobody can plant one.

pub mod answer_sign_up;
pub mod complete_sign_up;
pub mod graphql;
pub mod read;
pub mod sign_up;
