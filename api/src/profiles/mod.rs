//! Profiles: what is known of people. They change their own; of a managed account administrators of its organization do
//! too, and the person is told what was and what is.

pub mod graphql;
pub mod update_account_profile;
pub mod update_my_profile;
