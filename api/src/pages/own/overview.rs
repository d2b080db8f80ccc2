//! The account at a glance: what limits it, what is about to happen to it, who manages it, and the ways to everything
//! else.

use crate::{
    accounts::view::AccountView,
    core::{ActionName, Result},
    deactivations::reactivate_my_account::ReactivateMyAccount,
    deletions::cancel_my_account_deletion::CancelMyAccountDeletion,
    graphql::page::Page as Range,
    pages::{
        own::{
            address::ChangeShown,
            blocks::{BlockShown, Undo, blocks, is_leaving, limit},
            control::{ControlShown, pending},
            edits::{EditShown, in_force},
            notices::NoticeLine,
            page::{OwnPage, Place, Then},
            said::Said,
            visit::OwnVisit,
        },
        views::Page,
        visit::Form,
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// How many notices it shows.
const NEWEST: i32 = 3;

/// Who manages the account.
#[derive(Clone, Debug, Serialize)]
pub struct ManagerShown {
    /// The organization.
    pub organization: String,
    /// Whom to ask there.
    pub contact: Option<String>,
    /// Its own policy for its people.
    pub policy_url: Option<String>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
}

impl ManagerShown {
    /// Who manages the person's account, if anybody does.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(own: &OwnVisit, view: &AccountView) -> Result<Option<Self>> {
        Ok(own.reader().manager(view).await?.map(|manager| Self {
            organization: manager.name,
            contact: manager.administrative_email,
            policy_url: manager.policy_url,
            since: view.managed_at(),
        }))
    }
}

/// The account at a glance. Field: `undo`, with what the person ends.
#[derive(Clone, Debug, Serialize)]
pub struct OverviewPage {
    /// What others call the person.
    pub display_name: String,
    /// The account's address.
    pub email: String,
    /// What limits it.
    pub blocks: Vec<BlockShown>,
    /// What administrators have taken from the person's right to edit.
    pub edits: Vec<EditShown>,
    /// Whether only the person's rights are open.
    pub limited: bool,
    /// What organizations are about to manage it.
    pub claims: Vec<ControlShown>,
    /// Who manages it.
    pub manager: Option<ManagerShown>,
    /// The change of address that waits.
    pub change: Option<ChangeShown>,
    /// Whether the person can ask for another address.
    pub may_move: bool,
    /// The newest notices, the newest first.
    pub notices: Vec<NoticeLine>,
    /// On how many devices the person is signed in, this one included.
    pub sessions: usize,
    /// Whether the person can say who they are.
    pub may_edit: bool,
    /// Whether the person can change the password here.
    pub may_change_password: bool,
    /// Whether the person can deactivate the account.
    pub may_deactivate: bool,
    /// Whether the person can have the account deleted: nobody manages it, and it isn't about to happen.
    pub may_delete: bool,
}

impl Page for OverviewPage {
    const TEMPLATE: &'static str = "overview";
}

impl OwnPage for OverviewPage {
    type Button = Undo;

    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        let (reader, view) = (own.reader(), own.view()?);
        let blocks = blocks(own).await?;
        let manager = ManagerShown::of(own, &view).await?;
        let newest = reader.own_notices(&Range { last: Some(NEWEST), ..Range::default() }).await?;
        let notices = newest.rows.iter().rev().map(|row| NoticeLine::new(own, row)).collect::<Result<_>>()?;
        let is_leaving = is_leaving(&blocks);
        Ok(Some(Self {
            display_name: view.account.display_name.clone(),
            email: view.account.email.clone(),
            limited: limit(&blocks),
            may_move: own.may(ActionName::RequestEmailChange) && !is_leaving,
            may_edit: own.may(ActionName::UpdateMyProfile),
            may_change_password: own.may(ActionName::ChangePassword),
            may_delete: own.may(ActionName::DeleteMyAccount) && manager.is_none() && !is_leaving,
            blocks,
            edits: in_force(own).await?,
            claims: pending(own).await?,
            manager,
            change: ChangeShown::open(own).await?,
            notices,
            sessions: reader.sessions_of(&view).await?.map_or(0, |sessions| sessions.len()),
            may_deactivate: own.may(ActionName::DeactivateMyAccount),
        }))
    }

    fn pressed(form: &Form) -> Option<(Undo, Then)> {
        match form.field("undo") {
            "reactivate" => Some((Undo::Reactivate, Then::Here(Some(Said::Reactivated)))),
            "cancel_deletion" => Some((Undo::CancelDeletion, Then::Here(Some(Said::DeletionCanceled)))),
            _ => None,
        }
    }

    async fn press(&self, own: &OwnVisit, undo: Undo, _: &Form) -> Result<()> {
        match undo {
            Undo::Reactivate => own.perform(ReactivateMyAccount).await.map(drop),
            Undo::CancelDeletion => own.perform(CancelMyAccountDeletion).await.map(drop),
        }
    }
}
