//! How apps get in: OAuth 2.0 client credentials (RFC 6749), revocation (RFC 7009), introspection (RFC 7662), metadata
//! (RFC 8414).
//!
//! An app names one of its installations, and gets an opaque token for it that lives for a quarter of an hour. What the
//! token may is never more than the installation has at the moment: see `core/apps/tokens`.

pub mod answer;
pub mod authenticate_app;
pub mod endpoint;
pub mod issue_app_token;
pub mod request;
pub mod revoke_app_token;
