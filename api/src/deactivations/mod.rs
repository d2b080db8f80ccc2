//! A person may put their own account to rest, and take it into use again. While it rests they keep their rights:
//! notices, sign-out, and the way back.

pub mod deactivate_my_account;
pub mod graphql;
pub mod reactivate_my_account;
