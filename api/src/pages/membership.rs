//! The page that accepts or declines a membership. Accepting takes an account, declining the link alone.

use crate::{
    core::Result,
    pages::{
        entry::Entry,
        linked::LinkedPage,
        views::{FieldErrors, InvitedAccount, MembershipPage, MessagePage},
        visit::{Form, Visit},
    },
    workspaces::{accept_membership::AcceptMembership, decline_membership::DeclineMembership, offer::Which},
};

impl LinkedPage for MembershipPage {
    async fn open(visit: &Visit, link: &str) -> Result<Option<Self>> {
        let seen = visit.reader().offer_by_link(link).await?;
        Ok(seen.map(|seen| Self {
            organization: seen.organization,
            workspace: seen.workspace,
            email: seen.email,
            account: InvitedAccount::of(seen.has_account),
            errors: FieldErrors::new(),
        }))
    }

    async fn press(&self, visit: &Visit, link: &str, form: &Form) -> Result<Option<MessagePage>> {
        let which = Which::Link(link.to_owned().into());
        match form.field("answer") {
            "accept" => {
                let entry = Entry::of(&self.account, &self.email, link, form)?;
                entry.and_perform(visit, AcceptMembership(which)).await?;
                let said = [
                    format!("You have accepted the membership that {} offered you.", self.organization),
                    visit.where_to_sign_in(&self.email),
                ];
                Ok(Some(MessagePage::done(&format!("You are a member of {}", self.workspace), &said).then_sign_in()))
            }
            "decline" => {
                visit.perform(DeclineMembership(which)).await?;
                let said = [
                    format!("You don't become a member of {}.", self.workspace),
                    format!("{} learns that its offer was declined, and nothing else about you.", self.organization),
                ];
                Ok(Some(MessagePage::done("You have declined", &said)))
            }
            _ => Ok(None),
        }
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        self.errors = errors;
        self.account.keep_name(form);
    }
}
