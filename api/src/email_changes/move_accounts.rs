//! Administrators give accounts other addresses within their organization's proved domains.
//!
//! An address that can't be used is refused in one sentence, whoever has it: an account that the organization sees, one
//! that another organization manages, or one whose address nobody has proved yet. Only addresses in domains that the
//! organization has proved come so far, and who proved a domain reads its mail: so nothing is told that they couldn't
//! learn there, and of what kind the other account is isn't told at all. Nor can an unproved account keep an address
//! from them for good. Nobody can make one by signing up, as accounts begin with a proved address. An import can, and a
//! release leaves one where only a domain's proof counted. Whoever reads mail at the address gets in by a mailed link,
//! which proves the address and ends every session and password from before; then the account can be claimed like any
//! other.

use crate::{
    account_invitations::invite::invite,
    core::{
        ActionName, Concerned, Effects, Error, EventDraft, NoticeDraft, Recipient, Result, Tx,
        account::{
            control::{decide, sleep_elsewhere},
            email::{self, Move},
            made::{Made, made_for},
            reach::Reach,
        },
        notice::contact,
        offer,
        powers::{self, Facts, Ground, PROVED, PowerRefusal},
        text::{EmailAddress, Reason},
    },
    notices::content::EmailChangedByAdministrators,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use steward_entities::{
    account, domain,
    id::{AccountId, OrganizationId},
    kinds::VerificationMethod,
    membership, organization,
};

/// The domains that an organization has proved, kept from being removed while accounts move to them. Accounts are locked
/// already, against the usual order; where that crosses somebody else's locks, the database asks for another try.
pub async fn held_domains(tx: &Tx<'_>, organization: OrganizationId) -> Result<Vec<domain::Model>> {
    Ok(domain::Entity::find()
        .filter(domain::Column::OrganizationId.eq(organization))
        .filter(domain::Column::RemovedAt.is_null())
        .filter(domain::Column::Status.is_in(PROVED))
        .order_by_asc(domain::Column::Id)
        .lock_shared()
        .all(tx.db())
        .await?)
}

/// Gives these accounts, which are locked, the addresses beside them, and tells the old address and the new one. Who
/// can't have theirs is left as they are, with the reason.
pub async fn move_accounts(
    tx: &Tx<'_>,
    on: &Concerned,
    wanted: Vec<(account::Model, EmailAddress)>,
    domains: Vec<domain::Model>,
    reason: &Reason,
) -> Result<Effects> {
    let reach = Reach::of(tx.db(), on.organization.id, domains).await?;
    let (moves, refused) = sort(tx, &reach, wanted, &mut HashSet::new()).await?;
    let mut effects = Effects { refused, ..Effects::default() };
    if moves.is_empty() {
        return Ok(effects);
    }
    let before: BTreeMap<AccountId, account::Model> =
        moves.iter().map(|one| (one.account.id, one.account.clone())).collect();
    let ids: Vec<AccountId> = before.keys().copied().collect();
    let mut invited = invited(tx, on, &ids).await?;
    let (mut again, mut left) = (Vec::new(), Vec::new());
    let Some(moved) = email::put(tx, moves, VerificationMethod::Domain).await? else {
        // Of one, that is the answer; of many, the next try finds out whose it is and leaves that one out.
        let of_many = ids.len() > 1;
        let again = || Error::internal("somebody got one of these addresses at this moment");
        return Err(if of_many { again() } else { PowerRefusal::AddressTaken.into() });
    };
    sleep_elsewhere(tx, on.organization.id, &ids).await?;
    for after in &moved {
        let Some(before) = before.get(&after.id) else { continue };
        let details = json!({ "email": { "before": before.email, "after": after.email }, "reason": reason.as_str() });
        effects.events.push(EventDraft::within(Some(on.organization.id)).about(after.id).details(details));
        match invited.remove(&after.id) {
            Some(made) => {
                let domain = reach.over(&after.email_domain_key).map_or(made.domain, |domain| domain.name.clone());
                again.push((after, Made { domain, workspaces: Vec::new(), ..made }));
                left.push(before.email_canonical.clone());
            }
            None => effects.notices.extend(told(tx, &on.organization, before, after)),
        }
    }
    if !again.is_empty() {
        let offered = Condition::all()
            .add(membership::Column::OrganizationId.eq(on.organization.id))
            .add(membership::Column::EmailCanonical.is_in(left));
        effects.events.extend(offer::decline_all(tx, offered).await?);
        effects.notices.extend(invite(tx, &on.organization, &again).await?);
    }
    let decided = decide(tx, &on.organization, &moved, "ADDRESS_CHANGED").await?;
    effects.events.extend(decided.events);
    effects.notices.extend(decided.notices);
    Ok(effects)
}

/// Which of these accounts can have the address beside them, and why the others can't. What is given to one is nobody
/// else's any more: it joins `given`.
pub async fn sort(
    tx: &Tx<'_>,
    reach: &Reach,
    wanted: Vec<(account::Model, EmailAddress)>,
    given: &mut HashSet<String>,
) -> Result<(Vec<Move>, Vec<(AccountId, PowerRefusal)>)> {
    let canonical: Vec<String> = wanted.iter().map(|(_, to)| to.canonical()).collect();
    let holders = email::holders(tx.db(), &canonical).await?;
    let (mut moves, mut refused) = (Vec::with_capacity(wanted.len()), Vec::new());
    for (account, to) in wanted {
        let (canonical, key) = (to.canonical(), to.domain_key());
        let refusal = if reach.over(&key).is_none() {
            Some(PowerRefusal::OutsideDomains)
        } else if account.email == to.as_str() {
            Some(PowerRefusal::AlreadySo)
        } else if holders.get(&canonical).is_some_and(|&holder| holder != account.id) || !given.insert(canonical) {
            Some(PowerRefusal::AddressTaken)
        } else {
            None
        };
        match refusal {
            Some(refusal) => refused.push((account.id, refusal)),
            None => moves.push(Move { account, to }),
        }
    }
    Ok((moves, refused))
}

/// Who of these hasn't taken up the account that was made for them. Their link dies with the address, so that the new
/// address gets a link of its own: a wrong address is mended. What was offered to the wrong one is withdrawn, and nothing is
/// said there: whoever reads it may be a stranger, and what they had says itself that it works no more.
pub async fn invited(tx: &Tx<'_>, on: &Concerned, ids: &[AccountId]) -> Result<HashMap<AccountId, Made>> {
    let may_be = |(facts, ground): &&(Facts, Ground)| {
        powers::state(ActionName::RenewAccountInvitation, *ground, facts, tx.now()).is_ok()
    };
    let waiting: HashSet<AccountId> = on.accounts.iter().filter(may_be).map(|(facts, _)| facts.account.id).collect();
    made_for(tx.db(), ids.iter().filter(|id| waiting.contains(id)).copied(), on.organization.id).await
}

fn told(
    tx: &Tx<'_>,
    organization: &organization::Model,
    before: &account::Model,
    after: &account::Model,
) -> [NoticeDraft; 2] {
    let content = EmailChangedByAdministrators {
        organization: organization.name.clone(),
        old_email: before.email.clone(),
        new_email: after.email.clone(),
        contact: contact(organization),
        changed_at: tx.now(),
    };
    [before, after].map(|account| {
        NoticeDraft::new(tx, Recipient::from(account), content.clone().into()).on_behalf_of(organization.id)
    })
}
