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
    pub part: Part,
    /// What becomes of it.
    pub fate: Fate,
    /// How many there are now.
    pub count: i64,
    /// What is about it, and why, in a sentence.
    pub why: &'static str,
}

/// What is about a part, and why, said to whose it is.
const fn to_yourself(part: Part) -> &'static str {
    match part {
        Part::Sessions => "Your other sessions end at once. Devices and network addresses are erased with the account.",
        Part::ApiKeys => {
            "API keys that you have made rest on your role: they work no longer once the deletion is scheduled, and are \
             revoked with the account. Scripts need keys of another owner."
        }
        Part::Offers => {
            "Memberships that were offered to you and wait for your answer are declined. Your address is erased from them."
        }
        Part::Invitations => {
            "Roles that were offered to you, or by you to others, and wait for an answer are withdrawn. Your address is \
             erased from them."
        }
        Part::Items => "Personal items are erased, and so are those in workspaces that only you could see.",
        Part::SharedItems => {
            "Items that you have shared in a workspace stay there, as a former user's: others work with them. If you want \
             one gone, delete it before."
        }
        Part::Notices => "That something was told stays on record. Addresses and texts about you are erased from it.",
        Part::Identity | Part::Memberships | Part::Roles | Part::Events => part.why(),
    }
}

impl From<Consequence> for ConsequenceShown {
    fn from(Consequence { part, count }: Consequence) -> Self {
        Self { part, fate: part.fate(), count, why: to_yourself(part) }
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
    /// Whether the person can let the account rest instead.
    pub may_deactivate: bool,
    /// The days that were typed in; at first the usual ones.
    pub grace_days: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Page for DeletePage {
    const TEMPLATE: &'static str = "delete";
}

impl OwnPage for DeletePage {
    type Button = ();

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
            may_deactivate: own.may(ActionName::DeactivateMyAccount),
            grace_days: USUAL_DAYS.to_string(),
            errors: FieldErrors::new(),
        }))
    }

    fn pressed(form: &Form) -> Option<((), Then)> {
        (form.field("delete") == "yes").then_some(((), Then::There(ACCOUNT)))
    }

    async fn press(&self, own: &OwnVisit, (): (), form: &Form) -> Result<()> {
        let days = form.field("grace_days").trim().parse();
        let days = days.map_err(|_| invalid(&["input", "graceDays"], "must be a whole number of days"))?;
        let grace = Grace::days(days)?;
        reauthenticate(own, form).await?;
        own.perform(DeleteMyAccount { grace, dry_run: false }).await?;
        Ok(())
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        self.errors = errors;
        form.field("grace_days").clone_into(&mut self.grace_days);
    }
}
