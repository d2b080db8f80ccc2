//! Who controls an account. The only writer of `managed_by`: control begins here, ends here, and is decided anew here
//! after every change of an address and every loss of a domain.

use crate::{
    core::{
        EventDraft, NoticeDraft, Result, Tx,
        account::{
            credentials::{Kill, kill, revoke_links},
            made::take_back,
        },
        action_name::ActionName,
        apps::{closing::settle, requests::withdraw},
        database::one_of,
        notice::contact,
        powers::{PROVED, covers},
    },
    notices::content::{AccountReleased, AssertionCanceled, AssertionCanceledBecause},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Expr,
};
use std::collections::BTreeMap;
use steward_entities::{
    account, account_block, api_key, control_assertion, domain, edit_restriction, edit_restriction_account,
    email_change,
    id::{AccountId, DomainId, OrganizationId},
    kinds::{AssertionStatus, EmailChangeStatus, TokenPurpose, VerificationMethod},
    organization, role,
};

/// Control begins, for all these accounts: what was there before dies, and roles elsewhere sleep.
pub async fn take(tx: &Tx<'_>, organization: OrganizationId, domain: DomainId, accounts: &[AccountId]) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    account::Entity::update_many()
        .col_expr(account::Column::ManagedBy, Expr::value(organization))
        .col_expr(account::Column::ManagedDomainId, Expr::value(domain))
        .col_expr(account::Column::ManagedAt, Expr::value(tx.now()))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(one_of(tx.db(), account::Column::Id, accounts.iter().copied()))
        .exec(tx.db())
        .await?;
    sleep_elsewhere(tx, organization, accounts).await?;
    kill(tx, accounts, Kill::ALL).await
}

/// Roles in other organizations sleep until an owner there confirms them: whoever decides about an account or its
/// address here must gain nothing elsewhere.
pub async fn sleep_elsewhere(tx: &Tx<'_>, organization: OrganizationId, accounts: &[AccountId]) -> Result<()> {
    role::Entity::update_many()
        .col_expr(role::Column::AsleepAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), role::Column::AccountId, accounts.iter().copied()))
        .filter(role::Column::OrganizationId.ne(organization))
        .filter(role::Column::AsleepAt.is_null())
        .exec(tx.db())
        .await?;
    // Keys that they had made elsewhere are revoked, not put to sleep: who is confirmed there makes new ones.
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), api_key::Column::MadeBy, accounts.iter().copied()))
        .filter(api_key::Column::OrganizationId.ne(organization))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Why control of an account ends that is being erased.
pub const DELETED: &str = "DELETED";

/// Control ends: all rights are the person's again, and what the organization had laid on the account is lifted.
pub async fn release(tx: &Tx<'_>, organization: OrganizationId, accounts: &[AccountId], because: &str) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let ids = || accounts.iter().copied();
    take_back(tx, organization, accounts).await?;
    end_proofs(tx, organization, accounts).await?;
    account::Entity::update_many()
        .col_expr(account::Column::ManagedBy, Expr::value(None::<OrganizationId>))
        .col_expr(account::Column::ManagedDomainId, Expr::value(None::<DomainId>))
        .col_expr(account::Column::ManagedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(account::Column::RetiredPasswordHash, Expr::value(None::<String>))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(one_of(tx.db(), account::Column::Id, ids()))
        .filter(account::Column::ManagedBy.eq(organization))
        .exec(tx.db())
        .await?;
    account_block::Entity::update_many()
        .col_expr(account_block::Column::LiftedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), account_block::Column::AccountId, ids()))
        .filter(account_block::Column::OrganizationId.eq(organization))
        .filter(account_block::Column::LiftedAt.is_null())
        .exec(tx.db())
        .await?;
    let own = edit_restriction::Entity::find()
        .select_only()
        .column(edit_restriction::Column::Id)
        .filter(edit_restriction::Column::OrganizationId.eq(organization))
        .into_query();
    edit_restriction_account::Entity::update_many()
        .col_expr(edit_restriction_account::Column::LiftedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), edit_restriction_account::Column::AccountId, ids()))
        .filter(edit_restriction_account::Column::LiftedAt.is_null())
        .filter(edit_restriction_account::Column::RestrictionId.in_subquery(own))
        .exec(tx.db())
        .await?;
    control_assertion::Entity::update_many()
        .col_expr(control_assertion::Column::Status, Expr::value(AssertionStatus::Released))
        .col_expr(control_assertion::Column::EndedAt, Expr::value(tx.now()))
        .col_expr(control_assertion::Column::EndedBecause, Expr::value(because))
        .col_expr(control_assertion::Column::Version, Expr::col(control_assertion::Column::Version).add(1))
        .filter(one_of(tx.db(), control_assertion::Column::AccountId, ids()))
        .filter(control_assertion::Column::OrganizationId.eq(organization))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::InEffect))
        .exec(tx.db())
        .await?;
    // Nobody has to be asked any more: what waits for the organization's answer is over, and the person asks anew.
    email_change::Entity::update_many()
        .col_expr(email_change::Column::Status, Expr::value(EmailChangeStatus::Canceled))
        .col_expr(email_change::Column::EndedAt, Expr::value(tx.now()))
        .filter(one_of(tx.db(), email_change::Column::AccountId, ids()))
        .filter(email_change::Column::OrganizationId.eq(organization))
        .filter(email_change::Column::Status.eq(EmailChangeStatus::WaitingForApproval))
        .exec(tx.db())
        .await?;
    withdraw(tx, organization, accounts).await?;
    // Of whom is erased everything has to be deleted, which is asked for then.
    if because == DELETED { Ok(()) } else { Box::pin(settle(tx, accounts)).await }
}

/// A domain's proof counts for the addresses of accounts that the organization manages, and no longer: who is released
/// proves theirs by a mailed link. Nor is anybody invited any more to what was made for them.
async fn end_proofs(tx: &Tx<'_>, organization: OrganizationId, accounts: &[AccountId]) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::VerifiedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(account::Column::VerifiedBy, Expr::value(None::<VerificationMethod>))
        .filter(one_of(tx.db(), account::Column::Id, accounts.iter().copied()))
        .filter(account::Column::ManagedBy.eq(organization))
        .filter(account::Column::VerifiedBy.eq(VerificationMethod::Domain))
        .exec(tx.db())
        .await?;
    revoke_links(tx, accounts, &[TokenPurpose::AccountInvitation]).await
}

/// The notice to a person whose account was released.
pub fn released(
    tx: &Tx<'_>,
    organization: &organization::Model,
    account: &account::Model,
    reason: Option<&str>,
) -> NoticeDraft {
    let content = AccountReleased {
        organization: organization.name.clone(),
        email: account.email.clone(),
        contact: contact(organization),
        reason: reason.map(ToOwned::to_owned),
    };
    NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id)
}

/// What a decision leaves behind.
#[derive(Default)]
pub struct Aftermath {
    /// For the log.
    pub events: Vec<EventDraft>,
    /// For the people.
    pub notices: Vec<NoticeDraft>,
}

/// The domains that an organization has proved.
pub async fn proved_domains(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<Vec<domain::Model>> {
    Ok(domain::Entity::find()
        .filter(domain::Column::OrganizationId.eq(organization))
        .filter(domain::Column::RemovedAt.is_null())
        .filter(domain::Column::Status.is_in(PROVED))
        .all(db)
        .await?)
}

/// Decides anew who controls these accounts, all managed by `organization`: where a proved domain of it covers the
/// address, control stays; elsewhere it ends.
pub async fn decide(
    tx: &Tx<'_>,
    organization: &organization::Model,
    accounts: &[account::Model],
    because: &str,
) -> Result<Aftermath> {
    let domains = proved_domains(tx.db(), organization.id).await?;
    let mut aftermath = Aftermath::default();
    let mut leaving = Vec::new();
    let mut staying: BTreeMap<DomainId, Vec<AccountId>> = BTreeMap::new();
    for account in accounts {
        match domains.iter().find(|domain| covers(domain, &account.email_domain_key)) {
            Some(domain) => staying.entry(domain.id).or_default().push(account.id),
            None => {
                leaving.push(account.id);
                aftermath.notices.push(released(tx, organization, account, None));
                let event = EventDraft::within(Some(organization.id)).about(account.id).named(ActionName::EndControl);
                aftermath.events.push(event.details(serde_json::json!({ "because": because })));
            }
        }
    }
    for (domain, accounts) in staying {
        account::Entity::update_many()
            .col_expr(account::Column::ManagedDomainId, Expr::value(domain))
            .filter(one_of(tx.db(), account::Column::Id, accounts))
            .exec(tx.db())
            .await?;
    }
    release(tx, organization.id, &leaving, because).await?;
    Ok(aftermath)
}

/// Ends a pending assertion that the person avoided, or that was called off. The person is told.
pub async fn end_pending(
    tx: &Tx<'_>,
    organization: &organization::Model,
    domain: &domain::Model,
    pending: &[(control_assertion::Model, account::Model)],
    status: AssertionStatus,
    because: AssertionCanceledBecause,
) -> Result<Aftermath> {
    let mut aftermath = Aftermath::default();
    if pending.is_empty() {
        return Ok(aftermath);
    }
    let reason = reason(because);
    control_assertion::Entity::update_many()
        .col_expr(control_assertion::Column::Status, Expr::value(status))
        .col_expr(control_assertion::Column::EndedAt, Expr::value(tx.now()))
        .col_expr(control_assertion::Column::EndedBecause, Expr::value(reason))
        .col_expr(control_assertion::Column::Version, Expr::col(control_assertion::Column::Version).add(1))
        .filter(one_of(tx.db(), control_assertion::Column::Id, pending.iter().map(|(assertion, _)| assertion.id)))
        .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
        .exec(tx.db())
        .await?;
    for (assertion, account) in pending {
        let content = AssertionCanceled {
            organization: organization.name.clone(),
            domain: domain.name.clone(),
            email: account.email.clone(),
            contact: contact(organization),
            because,
        };
        aftermath.notices.push(NoticeDraft::new(tx, account, content.into()).on_behalf_of(organization.id));
        let event = EventDraft::within(Some(organization.id))
            .about(account.id)
            .object(steward_entities::id::ControlAssertionId::PREFIX, assertion.id.0)
            .named(ActionName::EndControl)
            .details(serde_json::json!({ "status": status.as_str(), "because": reason }));
        aftermath.events.push(event);
    }
    Ok(aftermath)
}

/// Why an assertion ended, as it is stored and shown.
#[must_use]
pub const fn reason(because: AssertionCanceledBecause) -> &'static str {
    match because {
        AssertionCanceledBecause::ClaimCanceled => "CLAIM_CANCELED",
        AssertionCanceledBecause::DomainRemoved => "DOMAIN_REMOVED",
        AssertionCanceledBecause::MovedAway => "MOVED_AWAY",
        AssertionCanceledBecause::Deactivated => "DEACTIVATED",
        AssertionCanceledBecause::BeingDeleted => "BEING_DELETED",
    }
}
