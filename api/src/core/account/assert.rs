//! Asserting control over accounts: the assertion, and the notice that tells the person. A claim does it in chunks; a
//! person who takes an account into use again, while its claim goes on, gets it anew.

use crate::{
    core::{
        EventDraft, NoticeDraft, Recipient, Result, Tx, account::control::Aftermath, action_name::ActionName,
        insert::insert_all, notice::contact,
    },
    notices::content::ControlAsserted,
};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use steward_entities::{
    claim, control_assertion, domain, id::ControlAssertionId, kinds::AssertionStatus, organization,
};

/// On what assertions rest.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    /// The claim.
    pub claim: &'a claim::Model,
    /// Its domain.
    pub domain: &'a domain::Model,
    /// Who asserts.
    pub organization: &'a organization::Model,
}

/// Writes an assertion over each of these people's accounts, with the notice that tells the person.
pub async fn assert_over(
    tx: &Tx<'_>,
    basis: Basis<'_>,
    people: Vec<Recipient>,
    announced_at: DateTime<Utc>,
) -> Result<Aftermath> {
    let mut aftermath = Aftermath::default();
    let mut rows = Vec::with_capacity(people.len());
    for person in people {
        let Some(account) = person.account else { continue };
        let content = ControlAsserted {
            organization: basis.organization.name.clone(),
            domain: basis.domain.name.clone(),
            email: person.address.clone(),
            contact: contact(basis.organization),
            policy_url: basis.organization.policy_url.as_deref().and_then(|url| url.parse().ok()),
            message: basis.claim.message.clone(),
            takes_effect_at: announced_at,
        };
        let notice = NoticeDraft::new(tx, person, content.into()).on_behalf_of(basis.organization.id);
        let id: ControlAssertionId = tx.id();
        rows.push(control_assertion::ActiveModel {
            id: Set(id),
            claim_id: Set(basis.claim.id),
            organization_id: Set(basis.organization.id),
            domain_id: Set(basis.domain.id),
            account_id: Set(account),
            status: Set(AssertionStatus::Pending),
            notice_id: Set(Some(notice.id())),
            announced_at: Set(announced_at),
            notice_delivered_at: Set(None),
            takes_effect_at: Set(None),
            held_until: Set(None),
            created_at: Set(tx.now()),
            ended_at: Set(None),
            ended_because: Set(None),
            version: Set(1),
        });
        let event = EventDraft::within(Some(basis.organization.id)).about(account);
        aftermath.events.push(event.object(ControlAssertionId::PREFIX, id.0).named(ActionName::AssertControl));
        aftermath.notices.push(notice);
    }
    insert_all::<control_assertion::Entity>(tx, rows).await?;
    Ok(aftermath)
}
