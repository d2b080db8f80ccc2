//! `steward create-operator EMAIL`: a new account without a password, or an existing one, becomes an operator's.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, NoticeDraft, Notices, Refusal,
        Result, Silence, Tx,
        account::{
            credentials::{Kill, kill},
            link,
        },
        text::EmailAddress,
    },
    notices::content::OperatorCreated,
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account, account_block, control_assertion,
    id::AccountId,
    kinds::{AssertionStatus, BlockKind, TokenPurpose, VerificationMethod},
};

/// Makes somebody an operator.
pub struct CreateOperator {
    /// Their address.
    pub email: EmailAddress,
}

/// What making an operator gives.
#[derive(Serialize, Deserialize)]
pub struct CreatedOperator {
    /// The account.
    pub account: AccountId,
    /// The token of a link that sets the first password within an hour, to be printed once; none where the account has
    /// a password already.
    #[serde(skip)]
    pub reset_token: Option<SecretString>,
}

/// Why an account can't become an operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOperator {
    /// An organization's administrators could reset its password, and be operators thereby.
    #[error("This account is managed by an organization. Use an address that belongs to no organization.")]
    Managed,
    /// The same, before long.
    #[error(
        "An organization has asserted control over this account. Use another address, or wait until that has ended."
    )]
    Claimed,
    /// At its date an operator would vanish with it, perhaps the only one.
    #[error("This account is about to be deleted. Use another address, or let its person cancel that first.")]
    BeingDeleted,
}

impl Refusal for NoOperator {
    fn code(&self) -> Code {
        Code::InvalidState
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "email"]
    }
}

/// The account that has the address, whether an organization asserts control over it, and whether it is about to be
/// deleted.
pub struct Chosen {
    account: Option<account::Model>,
    claimed: bool,
    leaving: bool,
}

impl Action for CreateOperator {
    const NAME: ActionName = ActionName::CreateOperator;
    type Target = Chosen;
    type Output = CreatedOperator;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Chosen> {
        let select = account::Entity::find().filter(account::Column::EmailCanonical.eq(self.email.canonical()));
        let account = tx.lock(select).one(tx.db()).await?;
        let claimed = match &account {
            Some(account) => control_assertion::Entity::find()
                .filter(control_assertion::Column::AccountId.eq(account.id))
                .filter(control_assertion::Column::Status.eq(AssertionStatus::Pending))
                .one(tx.db())
                .await?
                .is_some(),
            None => false,
        };
        let leaving = match &account {
            Some(account) => account_block::Entity::find()
                .filter(account_block::Column::AccountId.eq(account.id))
                .filter(account_block::Column::Kind.eq(BlockKind::Deletion))
                .filter(account_block::Column::LiftedAt.is_null())
                .one(tx.db())
                .await?
                .is_some(),
            None => false,
        };
        Ok(Chosen { account, claimed, leaving })
    }

    fn check(&self, _: &Authority, chosen: &Chosen, _: DateTime<Utc>) -> Result<()> {
        match &chosen.account {
            Some(account) if account.managed_by.is_some() => Err(NoOperator::Managed.into()),
            Some(_) if chosen.claimed => Err(NoOperator::Claimed.into()),
            Some(_) if chosen.leaving => Err(NoOperator::BeingDeleted.into()),
            _ => Ok(()),
        }
    }

    async fn run(&self, chosen: Authorized<Chosen>, tx: &Tx<'_>) -> Result<Done<CreatedOperator>> {
        let before = chosen.into_inner().account;
        let is_new = before.is_none();
        let was_operator = before.as_ref().is_some_and(|account| account.operator_at.is_some());
        let account = match before {
            Some(account) => promote(tx, account).await?,
            None => self.insert(tx).await?,
        };
        let reset_token = match account.password_hash {
            Some(_) => None,
            None => Some(reset_token(tx, &account).await?),
        };
        let event = EventDraft::within(None).about(account.id).details(json!({
            "email": account.email,
            "newAccount": is_new,
            "wasOperator": was_operator,
        }));
        let content = OperatorCreated { email: account.email.clone(), created_at: tx.now() };
        let notices = if was_operator {
            Notices::None(Silence::NothingChanged)
        } else {
            Notices::one(NoticeDraft::new(tx, &account, content.into()))
        };
        let output = CreatedOperator { account: account.id, reset_token };
        Ok(Done::new(output, EventSet::one(event), notices))
    }
}

impl CreateOperator {
    async fn insert(&self, tx: &Tx<'_>) -> Result<account::Model> {
        let row = account::ActiveModel {
            id: Set(tx.id()),
            email: Set(self.email.as_str().to_owned()),
            email_canonical: Set(self.email.canonical()),
            email_domain_key: Set(self.email.domain_key()),
            // The link is printed, not mailed, so that using it doesn't prove the address: whoever has the command line
            // vouches for it.
            verified_at: Set(Some(tx.now())),
            verified_by: Set(Some(VerificationMethod::Attested)),
            password_hash: Set(None),
            retired_password_hash: Set(None),
            password_changed_at: Set(None),
            display_name: Set(self.email.local_part().to_owned()),
            locale: Set("en".to_owned()),
            operator_at: Set(Some(tx.now())),
            managed_by: Set(None),
            managed_domain_id: Set(None),
            managed_at: Set(None),
            last_active_at: Set(None),
            created_at: Set(tx.now()),
            version: Set(1),
        };
        Ok(row.insert(tx.db()).await?)
    }
}

async fn promote(tx: &Tx<'_>, account: account::Model) -> Result<account::Model> {
    if account.operator_at.is_none() {
        // Whoever may be in the account already doesn't become an operator with it.
        kill(tx, &[account.id], Kill::ALL).await?;
    }
    let mut row = account::ActiveModel {
        id: Set(account.id),
        operator_at: Set(Some(account.operator_at.unwrap_or_else(|| tx.now()))),
        version: Set(account.version + 1),
        ..Default::default()
    };
    if account.verified_at.is_none() {
        row.verified_at = Set(Some(tx.now()));
        row.verified_by = Set(Some(VerificationMethod::Attested));
    }
    Ok(row.update(tx.db()).await?)
}

async fn reset_token(tx: &Tx<'_>, account: &account::Model) -> Result<SecretString> {
    let id = link::password_reset(tx, account).await?;
    Ok(tx.steward().keys.link(TokenPurpose::PasswordReset.as_str(), id.0).into())
}
