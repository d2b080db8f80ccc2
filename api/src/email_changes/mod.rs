//! Changes of address: the person asks, the new address confirms, and only then it is in force. Notices go to both.
//!
//! A person who isn't managed changes freely: `PENDING` until the link is used. Whose account an organization manages
//! asks its administrators: `WAITING_FOR_APPROVAL`, then `REJECTED`, or `APPROVED` for 14 days in which links are mailed
//! to the new address. Administrators are reminded after 7 days; after 14 days, or at once where nobody there could
//! decide, the operators of the platform are told, who have 14 more; then it is `EXPIRED`. A new address outside the
//! organization's domains ends its control. `CONFIRMED`, `CANCELED`, `REJECTED` and `EXPIRED` are final.
//!
//! Administrators themselves change an address only within their organization's proved domains.

pub mod advance_email_change;
pub mod answer;
pub mod approve_email_change;
pub mod cancel_email_change;
pub mod change_account_email;
pub mod change_email_domain;
pub mod confirm_email_change;
pub mod confirmation;
pub mod graphql;
pub mod move_accounts;
pub mod read;
pub mod reject_email_change;
pub mod request_email_change;
pub mod rules;
pub mod told;
