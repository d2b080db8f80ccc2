//! The page that confirms a new address.

use crate::{
    core::Result,
    email_changes::confirm_email_change::ConfirmEmailChange,
    pages::{
        linked::LinkedPage,
        views::{EmailChangePage, FieldErrors, MessagePage},
        visit::{Form, Visit},
    },
};

impl LinkedPage for EmailChangePage {
    async fn open(visit: &Visit, link: &str) -> Result<Option<Self>> {
        let seen = visit.reader().email_change_by_link(link).await?;
        Ok(seen.map(|seen| Self {
            old_email: seen.old_email,
            new_email: seen.new_email,
            managed_by: seen.managed_by,
            releases: seen.releases,
        }))
    }

    async fn press(&self, visit: &Visit, link: &str, form: &Form) -> Result<Option<MessagePage>> {
        if form.field("confirm") != "yes" {
            return Ok(None);
        }
        visit.perform(ConfirmEmailChange { token: link.to_owned() }).await?;
        let mut said = vec![format!("Your account has moved from {} to {}.", self.old_email, self.new_email)];
        if let Some(manager) = &self.managed_by {
            said.push(match self.releases {
                true => format!("{manager} no longer manages it: your account is yours alone."),
                false => format!("{manager} goes on managing it."),
            });
        }
        said.push("All your sessions have ended, on every device.".to_owned());
        said.push(visit.where_to_sign_in(&self.new_email));
        Ok(Some(MessagePage::done("Your address is changed", &said).then_sign_in()))
    }

    /// Its form has a button alone: nothing can be wrong at a field.
    fn again(&mut self, _: FieldErrors, _: &Form) {}
}
