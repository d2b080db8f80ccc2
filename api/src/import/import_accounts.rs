//! `importAccounts`: makes accounts for the addresses that have none, in three statements however many there are.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Silence, Tx, Unlogged,
    account::profile::{Profile, ProfileChange, difference, put_rows},
    insert::insert_all,
    text::{DisplayName, EmailAddress, Locale},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::HashSet, sync::Arc};
use steward_entities::{account, id::AccountId, kinds::VerificationMethod};

/// An account to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Its address.
    pub email: EmailAddress,
    /// What others call the person; the part before the @ when absent.
    pub display_name: Option<DisplayName>,
    /// The language of their notices.
    pub locale: Locale,
    /// What else is known of them.
    pub profile: ProfileChange,
}

/// Makes accounts. They have no password.
pub struct ImportAccounts {
    /// One chunk of them, 1,000 at most.
    pub accounts: Arc<[NewAccount]>,
    /// Whether their addresses count as verified, by the operator's word.
    pub attest_verified: bool,
    /// Whether only the numbers are wanted.
    pub dry_run: bool,
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Accounts that were made.
    pub created: u64,
    /// Accounts that were there already, and weren't changed.
    pub unchanged: u64,
}

impl Action for ImportAccounts {
    const NAME: ActionName = ActionName::ImportAccounts;
    type Target = HashSet<String>;
    type Output = Imported;

    fn dry_run(&self) -> bool {
        self.dry_run
    }

    /// The addresses that have an account already.
    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<HashSet<String>> {
        let addresses = self.accounts.iter().map(|account| account.email.canonical());
        let existing: Vec<String> = account::Entity::find()
            .select_only()
            .column(account::Column::EmailCanonical)
            .filter(account::Column::EmailCanonical.is_in(addresses))
            .into_tuple()
            .all(tx.db())
            .await?;
        Ok(existing.into_iter().collect())
    }

    async fn run(&self, existing: Authorized<HashSet<String>>, tx: &Tx<'_>) -> Result<Done<Imported>> {
        let mut taken = existing.into_inner();
        let (mut rows, mut profiles, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for account in &*self.accounts {
            let canonical = account.email.canonical();
            if !taken.insert(canonical.clone()) {
                continue;
            }
            let id: AccountId = tx.id();
            if account.profile.reaches_row() {
                profiles.push((id, account.profile()));
            }
            events.push(self.event(id, account));
            rows.push(self.row(tx, id, canonical, account));
        }
        let imported = Imported { created: rows.len() as u64, unchanged: (self.accounts.len() - rows.len()) as u64 };
        insert_all::<account::Entity>(tx, rows).await?;
        put_rows(tx, profiles).await?;
        if events.is_empty() {
            let (events, silence) = (EventSet::none(Unlogged::NothingChanged), Silence::NothingChanged);
            return Ok(Done::new(imported, events, Notices::None(silence)));
        }
        let silence = Notices::None(Silence::ToldWhenInvited);
        Ok(Done::new(imported, EventSet::many(events), silence))
    }
}

impl ImportAccounts {
    fn row(&self, tx: &Tx<'_>, id: AccountId, canonical: String, account: &NewAccount) -> account::ActiveModel {
        account::ActiveModel {
            id: Set(id),
            email: Set(account.email.as_str().to_owned()),
            email_canonical: Set(canonical),
            email_domain_key: Set(account.email.domain_key()),
            verified_at: Set(self.attest_verified.then_some(tx.now())),
            verified_by: Set(self.attest_verified.then_some(VerificationMethod::Attested)),
            password_hash: Set(None),
            retired_password_hash: Set(None),
            password_changed_at: Set(None),
            display_name: Set(account.shown_name().to_owned()),
            locale: Set(account.locale.as_str().to_owned()),
            operator_at: Set(None),
            managed_by: Set(None),
            managed_domain_id: Set(None),
            managed_at: Set(None),
            last_active_at: Set(None),
            created_at: Set(tx.now()),
            version: Set(1),
        }
    }

    fn event(&self, id: AccountId, account: &NewAccount) -> EventDraft {
        let verified = self.attest_verified.then_some(VerificationMethod::Attested);
        let mut details = json!({
            "email": account.email,
            "displayName": account.shown_name(),
            "locale": account.locale,
            "verifiedBy": verified,
        });
        for change in difference(&account.blank(), &account.profile()) {
            details[change.field] = json!(change.after);
        }
        EventDraft::within(None).about(id).details(details)
    }
}

impl NewAccount {
    fn blank(&self) -> Profile {
        Profile::new(self.shown_name(), self.locale)
    }

    fn profile(&self) -> Profile {
        self.profile.apply(&self.blank())
    }

    fn shown_name(&self) -> &str {
        self.display_name.as_ref().map_or_else(|| self.email.local_part(), DisplayName::as_str)
    }
}
