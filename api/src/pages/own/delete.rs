//! Having the account deleted: what goes, what stays and why, then `deleteMyAccount`. The way back is on the account's own
//! page, for as long as the deletion waits.

use crate::{
    core::{ActionName, Result, invalid},
    deletions::{
        delete_my_account::DeleteMyAccount,
        grace::{Grace, USUAL_DAYS},
        read::{Consequence, Fate, Part},
    },
    pages::{
        own::{
            ACCOUNT,
            blocks::{BlockShown, blocks},
            control::{ControlShown, pending, reauthenticate},
            overview::ManagerShown,
            page::{OwnPage, Place, Then},
            visit::OwnVisit,
        },
        views::{FieldErrors, Page},
        visit::Form,
    },
};
use serde::Serialize;
use steward_entities::kinds::BlockKind;

/// A part of the account, and what becomes of it.
#[derive(Clone, Debug, Serialize)]
pub struct ConsequenceShown {
    /// Which part.
    pub part: PartShown,
    /// What becomes of it.
    pub fate: FateShown,
    /// How many there are now.
    pub count: i64,
    /// What is about it, and why, in a sentence.
    pub why: &'static str,
}

/// A part of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartShown {
    /// Name, address, password, profile.
    Identity,
    /// Where the person is signed in.
    Sessions,
    /// Memberships in workspaces.
    Memberships,
    /// Roles in organizations.
    Roles,
    /// API keys that the person has made.
    ApiKeys,
    /// Memberships that were offered to the person.
    Offers,
    /// Roles that were offered to the person, or by them.
    Invitations,
    /// What the person was told.
    Notices,
    /// What the log has about the person.
    Events,
}

impl From<Part> for PartShown {
    fn from(part: Part) -> Self {
        match part {
            Part::Identity => Self::Identity,
            Part::Sessions => Self::Sessions,
            Part::Memberships => Self::Memberships,
            Part::Roles => Self::Roles,
            Part::ApiKeys => Self::ApiKeys,
            Part::Offers => Self::Offers,
            Part::Invitations => Self::Invitations,
            Part::Notices => Self::Notices,
            Part::Events => Self::Events,
        }
    }
}

/// What becomes of a part of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FateShown {
    /// It is gone.
    Erased,
    /// It is over.
    Ended,
    /// It stays.
    Kept,
}

impl From<Consequence> for ConsequenceShown {
    fn from(Consequence { part, count }: Consequence) -> Self {
        let fate = match part.fate() {
            Fate::Erased => FateShown::Erased,
            Fate::Ended => FateShown::Ended,
            Fate::Kept => FateShown::Kept,
        };
        Self { part: part.into(), fate, count, why: part.why() }
    }
}

/// Having the account deleted. Fields: `delete` (`yes`), `grace_days`, `password`.
#[derive(Clone, Debug, Serialize)]
pub struct DeletePage {
    /// The account's address.
    pub email: String,
    /// Who manages the account, and alone can delete it.
    pub manager: Option<ManagerShown>,
    /// The deletion that is scheduled.
    pub scheduled: Option<BlockShown>,
    /// What goes and what stays; what there is none of isn't among it.
    pub plan: Vec<ConsequenceShown>,
    /// What is about to take effect, and is avoided by it.
    pub claims: Vec<ControlShown>,
    /// The days that were typed in; at first the usual ones.
    pub grace_days: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Page for DeletePage {
    const TEMPLATE: &'static str = "delete";
}

impl OwnPage for DeletePage {
    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        if !own.may(ActionName::DeleteMyAccount) {
            return Ok(None);
        }
        let (reader, view) = (own.reader(), own.view()?);
        let plan = reader.deletion_plan(&view, None).await?.unwrap_or_default();
        Ok(Some(Self {
            email: view.account.email.clone(),
            manager: ManagerShown::of(own, &view).await?,
            scheduled: blocks(own).await?.into_iter().find(|block| block.kind == BlockKind::Deletion),
            plan: plan.into_iter().filter(|part| part.count > 0).map(Into::into).collect(),
            claims: pending(own).await?,
            grace_days: USUAL_DAYS.to_string(),
            errors: FieldErrors::new(),
        }))
    }

    async fn press(&self, own: &OwnVisit, form: &Form) -> Result<Option<Then>> {
        if form.field("delete") != "yes" {
            return Ok(None);
        }
        let days = form.field("grace_days").trim().parse();
        let days = days.map_err(|_| invalid(&["input", "graceDays"], "must be a whole number of days"))?;
        let grace = Grace::days(days)?;
        reauthenticate(own, form).await?;
        own.perform(DeleteMyAccount { grace, dry_run: false }).await?;
        Ok(Some(Then::There(ACCOUNT)))
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        self.errors = errors;
        form.field("grace_days").clone_into(&mut self.grace_days);
    }
}
