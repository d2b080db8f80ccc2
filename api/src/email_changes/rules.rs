//! Times and rules of changes of address that several verbs share.

use crate::core::{Error, Result, account::control::proved_domains, powers::covers, text::EmailAddress};
use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use steward_entities::{account, email_change, id::OrganizationId, kinds::EmailChangeStatus};

/// When administrators who haven't answered are reminded.
pub const REMINDED_AFTER: TimeDelta = TimeDelta::days(7);
/// How long administrators have before the operators are told.
pub const ADMINISTRATORS_HAVE: TimeDelta = TimeDelta::days(14);
/// How long the operators have, too, before the request expires.
pub const OPERATORS_HAVE: TimeDelta = TimeDelta::days(14);
/// How long an approval holds.
pub const APPROVAL_HOLDS: TimeDelta = TimeDelta::days(14);

/// Whether the link of a change may be used for its account: nobody manages it, or who does has agreed.
#[must_use]
pub fn may_confirm(change: &email_change::Model, account: &account::Model) -> bool {
    match (change.status, account.managed_by) {
        (EmailChangeStatus::Pending | EmailChangeStatus::Approved, None) => true,
        (EmailChangeStatus::Approved, manager) => manager == change.organization_id,
        _ => false,
    }
}

/// Whether an account with this address would be outside all domains that the organization has proved: then its control
/// ends with the change.
pub async fn releases(db: &impl ConnectionTrait, organization: OrganizationId, address: &EmailAddress) -> Result<bool> {
    let key = address.domain_key();
    Ok(!proved_domains(db, organization).await?.iter().any(|domain| covers(domain, &key)))
}

/// The new address of a change, as it was parsed when it was asked for.
pub fn new_address(change: &email_change::Model) -> Result<EmailAddress> {
    EmailAddress::parse(&change.new_email).map_err(Error::internal)
}
