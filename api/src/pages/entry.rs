//! How somebody to whom a link was mailed becomes the signed-in person that an answer needs: by their password, or by
//! opening an account. The session lasts for this one form. Its token never leaves the server, and it is signed out at
//! the end, so that no session stays behind that nobody has.

use crate::{
    core::{
        Action, Error, Result, invalid,
        text::{EmailAddress, GivenPassword},
    },
    pages::{
        refused::display_name,
        views::InvitedAccount,
        visit::{Form, Visit},
    },
    sessions::{sign_in::SignIn, sign_out::SignOut},
    sign_ups::complete_sign_up::CompleteSignUp,
};
use secrecy::SecretString;
use std::future::Future;

/// The way in.
pub enum Entry {
    /// With the password of the account that there is.
    SignIn(SignIn),
    /// With a first password, for a link whose address has no account yet.
    SignUp(CompleteSignUp),
}

impl Entry {
    /// The way in that a form offered to who was mailed `link` at `email`.
    ///
    /// # Errors
    /// At its field, when something typed in can't be right.
    pub fn of(account: &InvitedAccount, email: &str, link: &str, form: &Form) -> Result<Self> {
        match account {
            InvitedAccount::New { .. } => Self::sign_up(link, form),
            InvitedAccount::Existing => {
                let email = EmailAddress::parse(email).map_err(Error::internal)?;
                let password = GivenPassword::parse(form.field("password"));
                let password = password.map_err(|error| invalid(&["input", "password"], error))?;
                Ok(Self::SignIn(SignIn::new(email, password)))
            }
        }
    }

    /// The way in that opens an account.
    ///
    /// # Errors
    /// At its field, when the name can't be one.
    pub fn sign_up(link: &str, form: &Form) -> Result<Self> {
        let display_name = Some(display_name(form.field("display_name"))?);
        let password = SecretString::from(form.field("password").to_owned());
        Ok(Self::SignUp(CompleteSignUp::new(link.to_owned().into(), password, display_name, None)))
    }

    /// Goes in and out again: the account is open then.
    pub async fn and_leave(self, visit: &Visit) -> Result<()> {
        let visit = visit.clone();
        to_its_end(async move { leave(&self.enter(&visit).await?).await }).await
    }

    /// Goes in, does one thing, and leaves.
    pub async fn and_perform<A>(self, visit: &Visit, action: A) -> Result<A::Output>
    where
        A: Action + 'static,
        A::Output: Sync + 'static,
    {
        let visit = visit.clone();
        to_its_end(async move {
            let person = self.enter(&visit).await?;
            let outcome = person.perform(action).await;
            if let Err(error) = leave(&person).await {
                // What the person wanted to know is what became of their answer.
                tracing::error!(%error, "the session of a page couldn't be signed out");
            }
            outcome
        })
        .await
    }

    async fn enter(self, visit: &Visit) -> Result<Visit> {
        let token = match self {
            Self::SignIn(action) => visit.perform(action).await?.token,
            Self::SignUp(action) => visit.perform(action).await?.token,
        };
        let token = token.ok_or_else(|| Error::internal("a session was opened without a token"))?;
        visit.signed_in(&token).await
    }
}

async fn leave(person: &Visit) -> Result<()> {
    match person.perform(SignOut { everywhere: false }).await {
        // The action ended the session itself.
        Ok(_) | Err(Error::Unauthenticated) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A browser that is closed, or that sends a form twice, drops its request; what was begun still ends.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await.map_err(Error::internal)?
}
