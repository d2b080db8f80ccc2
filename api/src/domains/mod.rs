//! Domains: an organization proves that a domain is its own.

pub mod dns;
