//! The page that sets a new password.

use crate::{
    core::Result,
    pages::{
        linked::LinkedPage,
        views::{FieldErrors, MessagePage, PasswordResetPage},
        visit::{Form, Visit},
    },
    passwords::reset_password::ResetPassword,
};

impl LinkedPage for PasswordResetPage {
    async fn open(visit: &Visit, link: &str) -> Result<Option<Self>> {
        let email = visit.reader().password_reset_by_link(link).await?;
        Ok(email.map(|email| Self { email, errors: FieldErrors::new() }))
    }

    async fn press(&self, visit: &Visit, link: &str, form: &Form) -> Result<Option<MessagePage>> {
        let password = form.field("new_password").to_owned();
        visit.perform(ResetPassword::new(link.to_owned().into(), password.into())).await?;
        let said = ["All your sessions have ended, on every device.".to_owned(), visit.where_to_sign_in(&self.email)];
        Ok(Some(MessagePage::done("Your password is set", &said).then_sign_in()))
    }

    fn again(&mut self, errors: FieldErrors, _: &Form) {
        self.errors = errors;
    }
}
