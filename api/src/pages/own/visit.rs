//! A visit by a signed-in person.

use crate::{
    core::{ActionName, Error, Result, Scope, action_name::Who, authority::authorize},
    graphql::limits::Cost,
    pages::{
        own::{cookie, to_sign_in},
        views::{MessagePage, Page},
        visit::Visit,
    },
};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;
use serde::Serialize;
use std::ops::Deref;

/// What a page costs of the session's points, like the queries that it runs.
const POINTS: Cost = Cost(200);

/// A visit by a signed-in person. Reads and actions are theirs.
pub struct OwnVisit {
    visit: Visit,
    token: SecretString,
    email: String,
}

impl Deref for OwnVisit {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl OwnVisit {
    /// The visit by whom the cookie says.
    ///
    /// # Errors
    /// `Unauthenticated` when it says nobody, or the session is over; `RateLimited` when its points are spent.
    pub async fn of(visit: &Visit, headers: &HeaderMap) -> Result<Self> {
        let token = cookie::token(headers).ok_or(Error::Unauthenticated)?;
        let own = Self::by(visit, token).await?;
        let app = &own.visit.app;
        app.steward.seen(own.visit.caller());
        let credential = own.visit.caller().credential().unwrap_or_default();
        app.budget.charge(&credential, POINTS, app.steward.clock.now()).map_err(|limited| {
            let seconds = i64::try_from(limited.retry_after.as_secs()).unwrap_or(i64::MAX);
            Error::RateLimited { retry_after: seconds.max(1) }
        })?;
        Ok(own)
    }

    async fn by(visit: &Visit, token: SecretString) -> Result<Self> {
        let visit = visit.signed_in(&token).await?;
        // A program's key isn't a person's session, wherever it was put.
        let email = visit.caller().person().ok_or(Error::Unauthenticated)?.account.email.clone();
        Ok(Self { visit, token, email })
    }

    /// The same visit, as the account and the session are after a change.
    ///
    /// # Errors
    /// `Unauthenticated` when the change has ended the session.
    pub async fn again(&self) -> Result<Self> {
        Self::by(&self.visit, self.token.clone()).await
    }

    /// Whether this session may run an action on the person's own account; where the password is asked again, with it.
    /// The rule is the one by which the action is decided.
    #[must_use]
    pub fn may(&self, action: ActionName) -> bool {
        let now = self.visit.app.steward.clock.now();
        let decided = authorize(action, self.visit.caller(), Scope::Elsewhere, now);
        action.rule().who == Who::Own && matches!(decided, Ok(_) | Err(Error::ReauthenticationRequired))
    }

    /// The person's account, as they see it.
    ///
    /// # Errors
    /// `Unauthenticated` when nobody is signed in.
    pub fn view(&self) -> Result<crate::accounts::view::AccountView> {
        self.reader().own_view().ok_or(Error::Unauthenticated)
    }

    /// Answers with a page, on which the person sees who they are, and what came of what they did.
    pub fn page<P: Page>(&self, status: StatusCode, page: &P, said: Option<&str>) -> Response {
        self.visit.page(status, &Signed { page, signed_in_as: &self.email, here: P::TEMPLATE, said })
    }

    /// Answers that there is no such thing, for this person.
    pub fn nothing(&self) -> Response {
        self.page(StatusCode::NOT_FOUND, &MessagePage::not_found().then_account(), None)
    }

    /// Answers with what went wrong. Refusals that belong to a field are for the page with the form.
    pub fn failed(&self, error: &Error) -> Response {
        let refused = |status, words: &str| {
            self.page(status, &MessagePage::trouble("This didn't work", &[words]).then_account(), None)
        };
        match error {
            Error::Refused(refusal) => refused(StatusCode::UNPROCESSABLE_ENTITY, &refusal.to_string()),
            Error::Forbidden(words) => refused(StatusCode::FORBIDDEN, words),
            Error::Unauthenticated => to_sign_in(Some(&self.token)),
            error => self.visit.failed(error),
        }
    }

    /// Answers that it worked, where that has ended the session.
    ///
    /// # Errors
    /// `Internal`, when the cookie can't be named.
    pub fn out(&self, message: &MessagePage) -> Result<Response> {
        let mut response = self.visit.done(message);
        response.headers_mut().append(header::SET_COOKIE, cookie::without(&self.token)?);
        Ok(response)
    }
}

/// A page as a signed-in person gets it.
#[derive(Serialize)]
pub struct Signed<'a, P> {
    /// The page.
    #[serde(flatten)]
    pub page: &'a P,
    /// The account's address.
    pub signed_in_as: &'a str,
    /// Which page it is, for the links to the others.
    pub here: &'a str,
    /// What came of what was done last.
    pub said: Option<&'a str>,
}

impl<P: Page> Page for Signed<'_, P> {
    const TEMPLATE: &'static str = P::TEMPLATE;
    const REFERRER: &'static str = "same-origin";
}
