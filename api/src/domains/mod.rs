//! Domains: an organization proves that a domain is its own.

mod agreement;
pub mod diagnosis;
pub mod dns;
mod resolver;
