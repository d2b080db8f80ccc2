//! `requestPasswordReset`: asks for a link to set a new password. The answer, and the work before it, are the same
//! whether or not the address has an account; only the job looks.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventSet, JobDraft, Notices, Result, Silence, Tx, Unlogged, Work,
    limit::Limit, text::EmailAddress,
};
use chrono::TimeDelta;

/// Requests from one network address.
const PER_ADDRESS: Limit = Limit { name: "password_reset_address", most: 60, window: TimeDelta::hours(1) };
/// Requests for one address: so many mails it may get from strangers. Its owner isn't locked out by them: the link in
/// the last mail works.
const PER_EMAIL: Limit = Limit { name: "password_reset_email", most: 6, window: TimeDelta::hours(1) };

/// Asks for a link.
pub struct RequestPasswordReset {
    /// Whose password it is about.
    pub email: EmailAddress,
}

impl Action for RequestPasswordReset {
    const NAME: ActionName = ActionName::RequestPasswordReset;
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
        let work = Work::SendPasswordReset { email_canonical: self.email.canonical() };
        let done = Done::new((), EventSet::none(Unlogged::JobLogsIt), Notices::None(Silence::JobTells));
        Ok(done.then(JobDraft::new(tx, work)))
    }
}
