//! `createAccount`: an administrator makes an account for somebody, in a domain that the organization has proved.
//!
//! An address whose account the organization sees already is a conflict. Whether there is one that it doesn't see (an
//! operator's, or one that another organization manages) is not told: the answer is the same, the person who has it gets
//! word, and nothing comes of it. An account that nobody has ever used (imported, its address not proved by anybody, never
//! a password) is taken up as if it had just been made. Who was released is somebody: their address may be unproved, and
//! their password forgotten, and the account is theirs all the same.

use crate::{
    account_invitations::invite::{expires_at, invite},
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, Error, EventDraft, EventSet, NoticeDraft, Notices,
        Refusal, Result, Scope, Tx,
        account::{
            control,
            made::Made,
            profile::{Profile, ProfileChange, put, put_rows, rows},
            reach::Reach,
        },
        joining::Joining,
        limit::Sender,
        not_found,
        notice::contact,
        offer,
        powers::{self, PROVED},
        text::{EmailAddress, Locale, Message},
    },
    notices::content::AccountExisting,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Set, SqlErr, prelude::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{
    account, domain,
    id::{AccountId, OrganizationId, WorkspaceId},
    kinds::VerificationMethod,
    organization, workspace,
};

/// Makes an account.
pub struct CreateAccount {
    /// Whose administrators make it.
    pub organization: OrganizationId,
    /// For whom.
    pub email: EmailAddress,
    /// What is known of them.
    pub profile: ProfileChange,
    /// Where a membership is offered with it, by id.
    pub workspaces: Vec<WorkspaceId>,
    /// Words for the person.
    pub message: Option<Message>,
}

/// What making an account gives. That there is an account isn't told: it stands in the organization's list.
#[derive(Serialize, Deserialize)]
pub struct CreatedAccount {
    /// Until when the person can answer.
    pub expires_at: DateTime<Utc>,
}

/// Why no account is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCreated {
    /// The address lies elsewhere.
    #[error("This address lies outside the domains that your organization has proved.")]
    OutsideDomains,
    /// The organization sees an account there.
    #[error("This address has an account already, which your organization sees. Claim it, or act on it.")]
    Exists,
}

impl Refusal for NotCreated {
    fn code(&self) -> Code {
        match self {
            Self::OutsideDomains => Code::OutsideDomains,
            Self::Exists => Code::Conflict,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "email"]
    }
}

/// What is there already, at the address.
pub enum Found {
    /// Nothing.
    Nothing,
    /// An account that nobody has ever used.
    Unused(Box<account::Model>),
    /// One that the organization sees.
    Seen,
    /// One that it doesn't see.
    Unseen(Box<account::Model>),
}

/// Where the account is made.
pub struct Place {
    organization: organization::Model,
    domain: domain::Model,
    workspaces: Vec<workspace::Model>,
    found: Found,
}

impl Action for CreateAccount {
    const NAME: ActionName = ActionName::CreateAccount;
    type Target = Place;
    type Output = CreatedAccount;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Place> {
        let organization = organization::Entity::find_by_id(self.organization)
            .one(tx.db())
            .await?
            .ok_or_else(|| not_found(&["input", "organizationId"]))?;
        let domain = self.domain(tx).await?.ok_or(NotCreated::OutsideDomains)?;
        let found = self.found(tx).await?;
        let workspaces = workspace::Entity::find()
            .filter(workspace::Column::Id.is_in(self.workspaces.iter().copied()))
            .filter(workspace::Column::OrganizationId.eq(self.organization))
            .order_by_asc(workspace::Column::Id);
        let workspaces = tx.lock(workspaces).all(tx.db()).await?;
        if workspaces.len() != self.workspaces.len() {
            return Err(not_found(&["input", "workspaceIds"]));
        }
        Ok(Place { organization, domain, workspaces, found })
    }

    fn check(&self, _: &Authority, place: &Place, _: DateTime<Utc>) -> Result<()> {
        match place.found {
            Found::Seen => Err(NotCreated::Exists.into()),
            Found::Nothing | Found::Unused(_) | Found::Unseen(_) => Ok(()),
        }
    }

    async fn run(&self, place: Authorized<Place>, tx: &Tx<'_>) -> Result<Done<CreatedAccount>> {
        let by = place.authority().administrator()?.account;
        let Place { organization, domain, workspaces, found } = place.into_inner();
        tx.count_mail(Sender::Organization(self.organization), &self.email).await?;
        for workspace in &workspaces {
            let open = offer::open(tx, workspace, &self.email).await?;
            offer::write(tx, workspace, &self.email, open, by).await?;
        }
        let names: Vec<String> = workspaces.into_iter().map(|workspace| workspace.name).collect();
        let output = CreatedAccount { expires_at: expires_at(tx) };
        let event = EventDraft::within(Some(organization.id)).details(json!({
            "email": self.email.as_str(),
            "domain": domain.name,
            "workspaceIds": self.workspaces,
            "message": self.message,
        }));
        let (account, before) = match found {
            Found::Nothing => (self.insert(tx).await?, None),
            Found::Unused(account) => {
                let (account, before) = self.take_up(tx, *account).await?;
                (account, Some(before))
            }
            Found::Unseen(account) => {
                let content = AccountExisting {
                    organization: organization.name.clone(),
                    email: account.email.clone(),
                    contact: contact(&organization),
                    workspaces: names,
                };
                // Not on behalf of the organization, whose administrators would see it.
                let notice = NoticeDraft::new(tx, &*account, content.into());
                let event = event.telling_of(account.id);
                return Ok(Done::new(output, EventSet::one(event), Notices::one(notice)));
            }
            Found::Seen => return Err(NotCreated::Exists.into()),
        };
        // They are a member of nothing before they accept.
        let joining = Joining::begin(tx, organization.id, &[], &[account.id]).await?;
        control::take(tx, organization.id, domain.id, &[account.id]).await?;
        let made = Made {
            organization: organization.id,
            anew: before.is_none(),
            domain: domain.name,
            message: self.message.clone(),
            workspaces: names,
            before,
        };
        let mut notices = invite(tx, &organization, &[(&account, made)]).await?;
        if let Some(joining) = joining {
            // What the organization restricts for everybody, and which apps it has, concerns them from now on.
            notices.extend(joining.tell(tx, [&account]).await?);
        }
        Ok(Done::new(output, EventSet::one(event.about(account.id)), Notices::Send(notices)))
    }
}

impl CreateAccount {
    /// The organization's proved domain on which an account with the address rests, locked: its loss would end the
    /// control.
    async fn domain(&self, tx: &Tx<'_>) -> Result<Option<domain::Model>> {
        let reach = Reach::load(tx.db(), self.organization).await?;
        let Some(nearest) = reach.over(&self.email.domain_key()) else { return Ok(None) };
        let still = domain::Entity::find_by_id(nearest.id)
            .filter(domain::Column::RemovedAt.is_null())
            .filter(domain::Column::Status.is_in(PROVED));
        Ok(tx.lock(still).one(tx.db()).await?)
    }

    /// The account that the address has, locked.
    async fn found(&self, tx: &Tx<'_>) -> Result<Found> {
        let select = account::Entity::find().filter(account::Column::EmailCanonical.eq(self.email.canonical()));
        let Some(account) = tx.lock(select).one(tx.db()).await? else { return Ok(Found::Nothing) };
        let facts = powers::gather(tx.db(), self.organization, vec![account.clone()]).await?;
        if facts.iter().any(|facts| facts.is_visible(self.organization)) {
            return Ok(Found::Seen);
        }
        let is_unused = account.verified_at.is_none()
            && account.password_hash.is_none()
            && account.password_changed_at.is_none()
            && account.managed_by.is_none()
            && account.operator_at.is_none();
        Ok(if is_unused { Found::Unused(Box::new(account)) } else { Found::Unseen(Box::new(account)) })
    }

    async fn insert(&self, tx: &Tx<'_>) -> Result<account::Model> {
        let id: AccountId = tx.id();
        let profile = self.profile.apply(&Profile::new(self.email.local_part(), Locale::En));
        let row = account::ActiveModel {
            id: Set(id),
            email: Set(self.email.as_str().to_owned()),
            email_canonical: Set(self.email.canonical()),
            email_domain_key: Set(self.email.domain_key()),
            verified_at: Set(Some(tx.now())),
            verified_by: Set(Some(VerificationMethod::Domain)),
            display_name: Set(profile.display_name.clone()),
            locale: Set(profile.locale.clone()),
            created_at: Set(tx.now()),
            version: Set(1),
            ..Default::default()
        };
        let account = row.insert(tx.db()).await.map_err(|error| match error.sql_err() {
            // Somebody has signed up with it at this moment: now the organization could claim it, so that it sees it.
            Some(SqlErr::UniqueConstraintViolation(_)) => NotCreated::Exists.into(),
            _ => Error::from(error),
        })?;
        if self.profile.reaches_row() {
            put_rows(tx, vec![(id, profile)]).await?;
        }
        Ok(account)
    }

    /// An account that nobody has ever used: from now on the domain's proof counts for its address. With it what was known
    /// of the person.
    async fn take_up(&self, tx: &Tx<'_>, account: account::Model) -> Result<(account::Model, Profile)> {
        account::Entity::update_many()
            .col_expr(account::Column::VerifiedAt, Expr::value(tx.now()))
            .col_expr(account::Column::VerifiedBy, Expr::value(VerificationMethod::Domain))
            .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
            .filter(account::Column::Id.eq(account.id))
            .exec(tx.db())
            .await?;
        let row = rows(tx.db(), [account.id]).await?.remove(&account.id);
        let before = Profile::of(&account, row.as_ref());
        let profile = self.profile.apply(&before);
        put(tx, &self.profile, vec![(account.id, profile.clone())]).await?;
        Ok((account::Model { display_name: profile.display_name, locale: profile.locale, ..account }, before))
    }
}
