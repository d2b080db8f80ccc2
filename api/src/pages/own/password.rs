//! Another password: `changePassword`. This session goes on, and everything else that lets somebody in ends.

use crate::{
    core::{ActionName, Result, invalid, text::GivenPassword},
    pages::{
        own::{
            page::{OwnPage, Place, Then},
            visit::OwnVisit,
        },
        views::{FieldErrors, Page},
        visit::Form,
    },
    passwords::change_password::ChangePassword,
};
use secrecy::SecretString;
use serde::Serialize;

/// Another password. Fields: `change` (`yes`), `password` (the one until now), `new_password`.
#[derive(Clone, Debug, Serialize)]
pub struct PasswordPage {
    /// The account's address.
    pub email: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "password";
}

impl OwnPage for PasswordPage {
    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        if !own.may(ActionName::ChangePassword) {
            return Ok(None);
        }
        Ok(Some(Self { email: own.view()?.account.email.clone(), errors: FieldErrors::new() }))
    }

    async fn press(&self, own: &OwnVisit, form: &Form) -> Result<Option<Then>> {
        if form.field("change") != "yes" {
            return Ok(None);
        }
        let current = GivenPassword::parse(form.field("password"));
        let current = current.map_err(|error| invalid(&["input", "password"], error))?;
        let new = SecretString::from(form.field("new_password").to_owned());
        own.perform(ChangePassword::new(current, new)).await?;
        Ok(Some(Then::Here(Some(
            "Your password is changed. You are still signed in here; your other sessions have ended, and so have mailed \
             links and changes of address that waited.",
        ))))
    }

    fn again(&mut self, errors: FieldErrors, _: &Form) {
        self.errors = errors;
    }
}
