//! Sessions: signed-in devices. A session is checked in the database on each request, so that an ended one is over at
//! once, on every replica.

pub mod device;
pub mod graphql;
pub mod open;
pub mod reauthenticate;
pub mod revoke_session;
pub mod revoke_sessions;
pub mod sign_in;
pub mod sign_out;
