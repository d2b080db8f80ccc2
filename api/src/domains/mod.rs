//! Domains: an organization proves that a domain is its own.
//!
//! A domain is `PENDING` until its challenge is found in the DNS, then `VERIFIED`. The challenge belongs to one
//! organization and one domain, and is to be proved within seven days; the token that proved a domain serves re-checks
//! until a newer one is proved. At any time one organization at most has proved a name. A check that finds nothing out
//! changes nothing.

pub mod add_domain;
mod agreement;
pub mod challenge;
pub mod diagnosis;
pub mod dns;
pub mod graphql;
mod lookup;
pub mod read;
pub mod refusal;
pub mod regenerate_domain_challenge;
pub mod remove_domain;
mod resolver;
pub mod verify_domain;
