//! `signUp`: asks for an account. Known and unknown addresses are answered alike, in like time: both write one link and
//! one job, and only the job looks whether there is an account.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventSet, JobDraft, Notices, Result, Silence, Tx, Unlogged, Work,
    account::link::{self, NewLink},
    limit::Limit,
    text::{DisplayName, EmailAddress, Locale},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use steward_entities::kinds::TokenPurpose;

/// Sign-ups from one network address.
const PER_ADDRESS: Limit = Limit { name: "sign_up_address", most: 60, window: TimeDelta::hours(1) };
/// Sign-ups for one address: so many mails it may get from strangers. The link in the last one works on.
const PER_EMAIL: Limit = Limit { name: "sign_up_email", most: 6, window: TimeDelta::hours(1) };

/// Asks for an account.
pub struct SignUp {
    /// The address that wants one.
    pub email: EmailAddress,
    /// What the person is called.
    pub display_name: DisplayName,
    /// The language of their mail.
    pub locale: Locale,
}

/// What a sign-up keeps beside its link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// What the person is called.
    pub display_name: String,
    /// Their language.
    pub locale: String,
}

impl Action for SignUp {
    const NAME: ActionName = ActionName::SignUp;
    type Target = ();
    type Output = ();

    async fn prepare(&mut self, tx: &Tx<'_>) -> Result<()> {
        tx.steward().count(PER_ADDRESS, &tx.origin().network()).await?;
        tx.steward().count(PER_EMAIL, &self.email.canonical()).await
    }

    async fn target(&self, _: &Authority, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    async fn run(&self, _: Authorized<()>, tx: &Tx<'_>) -> Result<Done<()>> {
        let given =
            Given { display_name: self.display_name.as_str().to_owned(), locale: self.locale.as_str().to_owned() };
        let new = NewLink {
            purpose: TokenPurpose::SignUp,
            account: None,
            address: &self.email,
            subject: None,
            context: serde_json::to_value(given)?,
        };
        let token = link::make(tx, new).await?;
        let done = Done::new((), EventSet::none(Unlogged::JobLogsIt), Notices::None(Silence::JobTells));
        Ok(done.then(JobDraft::new(tx, Work::AnswerSignUp { token })))
    }
}
