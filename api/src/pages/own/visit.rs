//! A visit by a signed-in person.

use crate::{
    core::{Action, ActionName, Error, Result, Scope, action_name::Who, authority::authorize, idempotency::Key},
    graphql::limits::Cost,
    pages::{
        own::{cookie, mark, page::Then, see_other, sent_to, to_sign_in},
        views::{MessagePage, Page},
        visit::Visit,
    },
};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::SecretString;
use serde::Serialize;
use std::ops::Deref;
use steward_entities::id::AccountId;

/// What a page costs of the session's points, like the queries that it runs.
const POINTS: Cost = Cost(200);

/// A visit by a signed-in person. Reads and actions are theirs.
pub struct OwnVisit {
    visit: Visit,
    token: SecretString,
    account: AccountId,
    email: String,
    /// Under what the answer to the form is kept that was sent, if one was.
    form: Option<Key>,
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

    /// The visit by whom a token says; it costs nothing.
    ///
    /// # Errors
    /// `Unauthenticated` when it says nobody.
    pub(in crate::pages::own) async fn by(visit: &Visit, token: SecretString) -> Result<Self> {
        let visit = visit.signed_in(&token).await?;
        // A program's key isn't a person's session, wherever it was put.
        let account = &visit.caller().person().ok_or(Error::Unauthenticated)?.account;
        let (account, email) = (account.id, account.email.clone());
        Ok(Self { visit, token, account, email, form: None })
    }

    /// The session's token, as the cookie has brought it.
    pub(in crate::pages::own) const fn token(&self) -> &SecretString {
        &self.token
    }

    /// The same visit, which brings a form.
    pub(in crate::pages::own) fn once(self, form: Key) -> Self {
        Self { form: Some(form), ..self }
    }

    /// Whether what the form asks for is done: it came before.
    ///
    /// # Errors
    /// The database's.
    pub(in crate::pages::own) async fn is_done(&self) -> Result<bool> {
        match &self.form {
            Some(form) => self.reader().has_answered(form).await,
            None => Ok(false),
        }
    }

    /// Runs the action that a form is for: once, however often the form comes.
    ///
    /// # Errors
    /// What the action refuses.
    pub async fn perform<A: Action>(&self, action: A) -> Result<A::Output> {
        match self.form.clone() {
            Some(form) => self.visit.perform_once(form, action).await,
            None => self.visit.perform(action).await,
        }
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
        let made_for = mark::new(&self.visit.app.steward, self.account);
        self.visit
            .page(status, &Signed { page, signed_in_as: &self.email, made_for: &made_for, here: P::TEMPLATE, said })
    }

    /// Answers a form of a page that wasn't made for whoever is signed in: for somebody else who was, or by a version
    /// before this one, which marked its pages otherwise. Nothing was done.
    pub fn for_somebody_else(&self) -> Response {
        let said = [
            "Nothing was done: that page was opened while somebody else was signed in here, or before this site was \
             updated.",
            &*format!(
                "You are signed in as {} now. If that is right, go to your account, and do it again from there.",
                self.email
            ),
        ];
        self.page(
            StatusCode::CONFLICT,
            &MessagePage::trouble("Please open that page again", &said).then_account(),
            None,
        )
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

    /// Answers that it worked: sends the browser on from `here`, to where it is told.
    ///
    /// # Errors
    /// `Internal`, when a header can't be written.
    pub(in crate::pages::own) fn sent_on(&self, then: Then, here: &str) -> Result<Response> {
        let (mut response, said) = match then {
            Then::Here(said) => {
                let said = said.map(|said| said.next(Some(&self.token))).transpose()?;
                (sent_to(HeaderValue::try_from(here).map_err(Error::internal)?), said)
            }
            Then::There(path) => (see_other(path), None),
            Then::Out(said) => (to_sign_in(Some(&self.token)), Some(said.next(None)?)),
        };
        if let Some(said) = said {
            response.headers_mut().append(header::SET_COOKIE, said);
        }
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
    /// What its forms are marked with; see `mark`.
    pub made_for: &'a str,
    /// Which page it is, for the links to the others.
    pub here: &'a str,
    /// What came of what was done last.
    pub said: Option<&'a str>,
}

impl<P: Page> Page for Signed<'_, P> {
    const TEMPLATE: &'static str = P::TEMPLATE;
    const REFERRER: &'static str = "same-origin";
}
