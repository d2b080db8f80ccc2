//! The page of an account that an organization has made for somebody: they set a password, or decline.

use crate::{
    account_invitations::decline_account::DeclineAccount,
    core::Result,
    pages::{
        linked::LinkedPage,
        views::{AccountPage, FieldErrors, MessagePage},
        visit::{Form, Visit},
    },
    passwords::reset_password::ResetPassword,
};

impl LinkedPage for AccountPage {
    async fn open(visit: &Visit, link: &str) -> Result<Option<Self>> {
        let seen = visit.reader().account_by_link(link).await?;
        Ok(seen.map(|seen| Self {
            organization: seen.organization,
            domain: seen.domain,
            email: seen.email,
            message: seen.message,
            errors: FieldErrors::new(),
        }))
    }

    async fn press(&self, visit: &Visit, link: &str, form: &Form) -> Result<Option<MessagePage>> {
        match form.field("answer") {
            "accept" => {
                let password = form.field("new_password").to_owned();
                visit.perform(ResetPassword::new(link.to_owned().into(), password.into())).await?;
                let next = [visit.where_to_sign_in(&self.email)];
                Ok(Some(MessagePage::done("Your account is ready", &next).then_sign_in()))
            }
            "decline" => {
                visit.perform(DeclineAccount { link: link.to_owned().into() }).await?;
                let (organization, email) = (&self.organization, &self.email);
                let said = [
                    format!(
                        "{organization} doesn't manage the account {email} any more, and what it has written about \
                         you is gone."
                    ),
                    format!(
                        "The administrators of {organization} learn that you declined, and nothing else about you."
                    ),
                ];
                Ok(Some(MessagePage::done("You have declined", &said)))
            }
            _ => Ok(None),
        }
    }

    fn again(&mut self, errors: FieldErrors, _: &Form) {
        self.errors = errors;
    }
}
