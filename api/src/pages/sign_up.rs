//! The page that completes a sign-up: a name, a password, and the account is open.

use crate::{
    core::Result,
    pages::{
        entry::Entry,
        linked::LinkedPage,
        views::{FieldErrors, MessagePage, SignUpPage},
        visit::{Form, Visit},
    },
};

impl LinkedPage for SignUpPage {
    async fn open(visit: &Visit, link: &str) -> Result<Option<Self>> {
        let seen = visit.reader().sign_up_by_link(link).await?;
        Ok(seen.map(|seen| Self { email: seen.email, display_name: seen.display_name, errors: FieldErrors::new() }))
    }

    async fn press(&self, visit: &Visit, link: &str, form: &Form) -> Result<Option<MessagePage>> {
        Entry::sign_up(link, form)?.and_leave(visit).await?;
        let said = [format!("{} is now your address here.", self.email), visit.where_to_sign_in(&self.email)];
        Ok(Some(MessagePage::done("Your account is open", &said).then_sign_in()))
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        self.errors = errors;
        form.field("display_name").clone_into(&mut self.display_name);
    }
}
