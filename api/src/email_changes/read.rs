//! What is seen of changes of address: by the person, by who decides about them, by who holds the link.

use crate::{
    accounts::view::AccountView,
    core::{
        Reader, Result,
        account::{
            control::proved_domains,
            link::{self, Held},
        },
        powers::covers,
    },
    email_changes::rules::{may_confirm, new_address, releases},
    graphql::page::{Page, Rows, by_id},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use std::collections::HashMap;
use steward_entities::{
    account, email_change,
    id::{AccountId, EmailChangeId, OrganizationId},
    kinds::{EmailChangeStatus, TokenPurpose},
    organization,
};

/// A change of address, as its link shows it.
#[derive(Clone, Debug)]
pub struct SeenEmailChange {
    /// The address in force.
    pub old_email: String,
    /// The address that the link proves.
    pub new_email: String,
    /// The organization that manages the account.
    pub managed_by: Option<String>,
    /// Whether its control ends when the link is used.
    pub releases: bool,
}

/// A change of address with what belongs to it.
#[derive(Clone)]
pub struct EmailChangeView {
    /// The change.
    pub change: email_change::Model,
    /// The account's address today.
    pub current_email: String,
    /// The account, as far as the viewer sees it.
    pub account: Option<AccountView>,
    /// The organization that was asked.
    pub organization: Option<organization::Model>,
    /// Whether the new address lies outside that organization's domains; false where none was asked.
    pub releases: bool,
}

impl Reader<'_> {
    /// The change that a mailed link would confirm.
    pub async fn email_change_by_link(&self, link: &str) -> Result<Option<SeenEmailChange>> {
        let held = link::held(self, TokenPurpose::EmailChange, link).await?;
        let Some(Held { link, account: at_new_address }) = held else {
            return Ok(None);
        };
        let (Some(id), Some(change)) = (link.account_id, link.subject_id.map(EmailChangeId)) else {
            return Ok(None);
        };
        let change = email_change::Entity::find_by_id(change)
            .filter(email_change::Column::AccountId.eq(id))
            .filter(email_change::Column::NewEmail.eq(&link.email))
            .one(self.db())
            .await?;
        let account = account::Entity::find_by_id(id).one(self.db()).await?;
        let is_taken = at_new_address.is_some_and(|other| other.id != id);
        let (Some(change), Some(account)) = (change, account) else {
            return Ok(None);
        };
        if is_taken || !may_confirm(&change, &account) {
            return Ok(None);
        }
        let mut seen = SeenEmailChange {
            old_email: account.email,
            new_email: change.new_email.clone(),
            managed_by: None,
            releases: false,
        };
        if let Some(manager) = account.managed_by {
            seen.releases = releases(self.db(), manager, &new_address(&change)?).await?;
            let manager = organization::Entity::find_by_id(manager).one(self.db()).await?;
            seen.managed_by = manager.map(|manager| manager.name);
        }
        Ok(Some(seen))
    }

    /// The change of address that the signed-in person asked for last.
    pub async fn own_email_change(&self) -> Result<Option<EmailChangeView>> {
        let Some(own) = self.own_account() else {
            return Ok(None);
        };
        let newest = email_change::Entity::find()
            .filter(email_change::Column::AccountId.eq(own))
            .order_by_desc(email_change::Column::Id)
            .one(self.db())
            .await?;
        let rows = Rows { rows: newest.into_iter().collect(), ..Rows::none() };
        Ok(self.with_whose(rows).await?.rows.pop())
    }

    /// What was asked of an organization by people whose accounts it manages; none at all for who doesn't read it.
    /// Operators see what it is their turn to answer.
    pub async fn organization_email_changes(
        &self,
        organization: OrganizationId,
        status: Option<EmailChangeStatus>,
        page: &Page,
    ) -> Result<Option<Rows<EmailChangeView>>> {
        let Some(mut select) = self.asked_of(organization) else {
            return Ok(None);
        };
        if let Some(status) = status {
            select = select.filter(email_change::Column::Status.eq(status));
        }
        let rows = by_id(self.db(), select, email_change::Column::Id, page).await?;
        Ok(Some(self.with_whose(rows).await?))
    }

    /// One of them.
    pub async fn organization_email_change(
        &self,
        organization: OrganizationId,
        id: EmailChangeId,
    ) -> Result<Option<EmailChangeView>> {
        let Some(select) = self.asked_of(organization) else {
            return Ok(None);
        };
        let found = select.filter(email_change::Column::Id.eq(id)).one(self.db()).await?;
        let rows = Rows { rows: found.into_iter().collect(), ..Rows::none() };
        Ok(self.with_whose(rows).await?.rows.pop())
    }

    fn asked_of(&self, organization: OrganizationId) -> Option<Select<email_change::Entity>> {
        let managed = account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .filter(account::Column::ManagedBy.eq(organization));
        let asked = email_change::Entity::find()
            .filter(email_change::Column::OrganizationId.eq(organization))
            .filter(email_change::Column::AccountId.in_subquery(managed.into_query()));
        if self.reads(organization) {
            return Some(asked);
        }
        let escalated = asked.filter(email_change::Column::EscalatedAt.is_not_null());
        self.caller().is_operator().then_some(escalated)
    }

    /// In five statements however many there are, and one more for each organization that was asked.
    async fn with_whose(&self, rows: Rows<email_change::Model>) -> Result<Rows<EmailChangeView>> {
        let ids: Vec<AccountId> = rows.rows.iter().map(|change| change.account_id).collect();
        let emails: HashMap<AccountId, String> = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::Email])
            .filter(account::Column::Id.is_in(ids.iter().copied()))
            .into_tuple::<(AccountId, String)>()
            .all(self.db())
            .await?
            .into_iter()
            .collect();
        let views: HashMap<AccountId, AccountView> =
            self.accounts(&ids).await?.into_iter().map(|view| (view.account.id, view)).collect();
        let organizations: HashMap<OrganizationId, organization::Model> = organization::Entity::find()
            .filter(organization::Column::Id.is_in(rows.rows.iter().filter_map(|change| change.organization_id)))
            .all(self.db())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut domains = HashMap::new();
        for &organization in organizations.keys() {
            domains.insert(organization, proved_domains(self.db(), organization).await?);
        }
        Ok(rows.filter_map(|change| {
            let asked = change.organization_id.and_then(|id| Some((organizations.get(&id)?, domains.get(&id)?)));
            let key = new_address(&change).ok()?.domain_key();
            Some(EmailChangeView {
                current_email: emails.get(&change.account_id)?.clone(),
                account: views.get(&change.account_id).cloned(),
                organization: asked.map(|(organization, _)| organization.clone()),
                releases: asked.is_some_and(|(_, domains)| !domains.iter().any(|domain| covers(domain, &key))),
                change,
            })
        }))
    }
}
