//! `restrictAccount`, `suspendAccount`, `terminateAccount`: administrators limit what an account can do.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, EventDraft, JobDraft, NoticeDraft, Result, Tx, Work,
        account::{
            block::{Block, lay},
            credentials::{Kill, kill},
        },
        apps::closing::settle,
        clock::FURTHEST,
        insert::while_writing,
        invalid,
        notice::contact,
        powers::{Facts, Ground, PowerRefusal},
        text::{Message, Reason},
    },
    notices::content::{AccountRestricted, AccountSuspended, AccountTerminated, Content},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::marker::PhantomData;
use steward_entities::{account, kinds::BlockKind, organization};

/// Which limit.
pub trait Limit: Send + Sync {
    /// The mutation.
    const NAME: ActionName;
    /// The block.
    const KIND: BlockKind;
    /// Whether sessions, links and pending changes of address from before die.
    const KILLS: bool;
    /// What the person is told.
    fn notice(told: Told) -> Content;
}

/// What every such notice tells.
pub struct Told {
    /// Who limits the account.
    pub organization: String,
    /// Its address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

/// The account reads, and changes nothing but what its rights are.
#[derive(Clone, Copy, Debug)]
pub struct Restriction;
/// The account is closed for a time.
#[derive(Clone, Copy, Debug)]
pub struct Suspension;
/// The account is closed for good.
#[derive(Clone, Copy, Debug)]
pub struct Termination;

impl Limit for Restriction {
    const NAME: ActionName = ActionName::RestrictAccount;
    const KIND: BlockKind = BlockKind::Restriction;
    const KILLS: bool = false;

    fn notice(told: Told) -> Content {
        let Told { organization, email, contact, message, until } = told;
        AccountRestricted { organization, email, contact, message, until }.into()
    }
}

impl Limit for Suspension {
    const NAME: ActionName = ActionName::SuspendAccount;
    const KIND: BlockKind = BlockKind::Suspension;
    const KILLS: bool = true;

    fn notice(told: Told) -> Content {
        let Told { organization, email, contact, message, until } = told;
        AccountSuspended { organization, email, contact, message, until }.into()
    }
}

impl Limit for Termination {
    const NAME: ActionName = ActionName::TerminateAccount;
    const KIND: BlockKind = BlockKind::Termination;
    const KILLS: bool = true;

    fn notice(told: Told) -> Content {
        let Told { organization, email, contact, message, .. } = told;
        AccountTerminated { organization, email, contact, message }.into()
    }
}

/// Limits accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct BlockAccount<L> {
    /// Why, for the log.
    pub reason: Reason,
    /// Words for the person.
    pub message: Option<Message>,
    /// When it ends by itself; none until it is lifted.
    pub until: Option<DateTime<Utc>>,
    /// Which limit.
    #[serde(skip)]
    limit: PhantomData<fn() -> L>,
}

/// `restrictAccount`.
pub type RestrictAccount = BlockAccount<Restriction>;
/// `suspendAccount`.
pub type SuspendAccount = BlockAccount<Suspension>;
/// `terminateAccount`.
pub type TerminateAccount = BlockAccount<Termination>;

impl<L: Limit> BlockAccount<L> {
    /// With a reason for the log, words for the person, and an end.
    #[must_use]
    pub const fn new(reason: Reason, message: Option<Message>, until: Option<DateTime<Utc>>) -> Self {
        Self { reason, message, until, limit: PhantomData }
    }

    fn message(&self) -> Option<&str> {
        self.message.as_ref().map(Message::as_str)
    }

    fn notice(&self, tx: &Tx<'_>, organization: &organization::Model, account: &account::Model) -> NoticeDraft {
        let content = L::notice(Told {
            organization: organization.name.clone(),
            email: account.email.clone(),
            contact: contact(organization),
            message: self.message().map(ToOwned::to_owned),
            until: self.until,
        });
        NoticeDraft::new(tx, account, content).on_behalf_of(organization.id)
    }
}

impl<L: Limit> AccountAct for BlockAccount<L> {
    const NAME: ActionName = L::NAME;
    const CLOSES: bool = true;

    fn is_valid(&self, now: DateTime<Utc>) -> Result<()> {
        let field = &["input", "until"];
        match self.until {
            Some(until) if until <= now => Err(invalid(field, "must lie in the future")),
            Some(until) if until > now + FURTHEST => {
                Err(invalid(field, "lies more than ten years ahead: leave it out instead"))
            }
            _ => Ok(()),
        }
    }

    /// The same once more, in the same words and for as long, would only be told twice.
    fn suits(&self, facts: &Facts, _: Ground, now: DateTime<Utc>) -> Result<(), PowerRefusal> {
        let same = |block: &steward_entities::account_block::Model| {
            block.organization_id == facts.account.managed_by
                && block.reason.as_deref() == Some(self.reason.as_str())
                && block.message.as_deref() == self.message()
                && block.until == self.until
        };
        if facts.in_force(&[L::KIND], now).any(same) { Err(PowerRefusal::AlreadySo) } else { Ok(()) }
    }

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let (ids, organization) = (on.ids(), &on.organization);
        let block = Block {
            kind: L::KIND,
            by: Some(organization.id),
            reason: Some(self.reason.as_str()),
            message: self.message(),
            until: self.until,
        };
        let writing = async {
            lay(tx, &ids, block).await?;
            if L::KIND == BlockKind::Termination {
                Box::pin(settle(tx, &ids)).await?;
            }
            if L::KILLS { kill(tx, &ids, Kill::ALL).await } else { Ok(()) }
        };
        let mut effects = while_writing(writing, || {
            let mut effects = Effects::default();
            for (Facts { account, .. }, _) in &on.accounts {
                let details = json!({ "reason": self.reason.as_str(), "message": self.message(), "until": self.until });
                effects.events.push(EventDraft::within(Some(organization.id)).about(account.id).details(details));
                effects.notices.push(self.notice(tx, organization, account));
            }
            effects
        })
        .await?;
        if let Some(until) = self.until.filter(|_| !ids.is_empty()) {
            effects.jobs.push(JobDraft::new(tx, Work::EndBlocks).of(organization.id).at(until));
        }
        Ok(effects)
    }
}
