//! Deactivating the account: `deactivateMyAccount`. The way back is on the account's own page.

use crate::{
    core::{ActionName, Result},
    deactivations::deactivate_my_account::DeactivateMyAccount,
    pages::{
        own::{
            ACCOUNT,
            control::{ControlShown, pending},
            page::{OwnPage, Place, Then},
            visit::OwnVisit,
        },
        views::Page,
        visit::Form,
    },
};
use serde::Serialize;

/// Whether the person means it. Field: `confirm` (`yes`).
#[derive(Clone, Debug, Serialize)]
pub struct DeactivatePage {
    /// The account's address.
    pub email: String,
    /// What is about to take effect, and is avoided by it.
    pub claims: Vec<ControlShown>,
}

impl Page for DeactivatePage {
    const TEMPLATE: &'static str = "deactivate";
}

impl OwnPage for DeactivatePage {
    type Button = ();

    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        if !own.may(ActionName::DeactivateMyAccount) {
            return Ok(None);
        }
        Ok(Some(Self { email: own.view()?.account.email.clone(), claims: pending(own).await? }))
    }

    fn pressed(form: &Form) -> Option<((), Then)> {
        (form.field("confirm") == "yes").then_some(((), Then::There(ACCOUNT)))
    }

    async fn press(&self, own: &OwnVisit, (): (), _: &Form) -> Result<()> {
        own.perform(DeactivateMyAccount).await?;
        Ok(())
    }
}
