//! Another password: `changePassword`. This session goes on, and everything else that lets somebody in ends.

use crate::{
    core::{ActionName, Result, invalid, text::GivenPassword},
    pages::{
        own::{
            page::{OwnPage, Place, Then},
            said::Said,
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
    type Button = ();

    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        if !own.may(ActionName::ChangePassword) {
            return Ok(None);
        }
        Ok(Some(Self { email: own.view()?.account.email.clone(), errors: FieldErrors::new() }))
    }

    fn pressed(form: &Form) -> Option<((), Then)> {
        (form.field("change") == "yes").then_some(((), Then::Here(Some(Said::PasswordChanged))))
    }

    async fn press(&self, own: &OwnVisit, (): (), form: &Form) -> Result<()> {
        let current = GivenPassword::parse(form.field("password"));
        let current = current.map_err(|error| invalid(&["input", "password"], error))?;
        let new = SecretString::from(form.field("new_password").to_owned());
        own.perform(ChangePassword::new(current, new)).await?;
        Ok(())
    }

    fn again(&mut self, errors: FieldErrors, _: &Form) {
        self.errors = errors;
    }
}
