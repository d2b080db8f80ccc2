//! The page that accepts a role in an organization, with an account that there is or a new one.

use crate::{
    core::Result,
    organizations::administrators::accept_invitation::AcceptInvitation,
    pages::{
        entry::Entry,
        linked::LinkedPage,
        views::{FieldErrors, InvitationPage, InvitedAccount, MessagePage},
        visit::{Form, Visit},
    },
};

impl LinkedPage for InvitationPage {
    async fn open(visit: &Visit, link: &str) -> Result<Option<Self>> {
        let seen = visit.reader().invitation_by_link(link).await?;
        Ok(seen.map(|seen| Self {
            organization: seen.organization,
            role: seen.role.as_str().to_owned(),
            invited_by: seen.invited_by.unwrap_or_else(|| "the operators".to_owned()),
            email: seen.email,
            account: InvitedAccount::of(seen.has_account),
            errors: FieldErrors::new(),
        }))
    }

    async fn press(&self, visit: &Visit, link: &str, form: &Form) -> Result<Option<MessagePage>> {
        let accept = AcceptInvitation { token: link.to_owned().into() };
        Entry::of(&self.account, &self.email, link, form)?.and_perform(visit, accept).await?;
        let said = ["You have accepted the role, and it is in force.".to_owned(), visit.where_to_sign_in(&self.email)];
        Ok(Some(MessagePage::done(&format!("You administer {}", self.organization), &said).then_sign_in()))
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        self.errors = errors;
        self.account.keep_name(form);
    }
}
