//! What an organization asserts over the account, and what its person can decide about it until then.

use crate::{
    claims::{accept_control::AcceptControl, read::AssertionRow},
    core::{ActionName, Result, invalid, text::GivenPassword},
    graphql::page::Page as Range,
    pages::{
        own::{
            address::ChangeShown,
            page::{OwnPage, Place, Then},
            said::Said,
            visit::OwnVisit,
        },
        views::{FieldErrors, Page},
        visit::Form,
    },
    sessions::reauthenticate::Reauthenticate,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::{id::ControlAssertionId, kinds::AssertionStatus};

/// What an organization asserts over the account.
#[derive(Clone, Debug, Serialize)]
pub struct ControlShown {
    /// The assertion.
    pub id: ControlAssertionId,
    /// Who asserts.
    pub organization: String,
    /// Over which domain.
    pub domain: String,
    /// Whom to ask there.
    pub contact: Option<String>,
    /// Its own policy for its people.
    pub policy_url: Option<String>,
    /// When control takes effect, at the earliest.
    pub takes_effect_at: DateTime<Utc>,
}

impl ControlShown {
    fn new(row: AssertionRow) -> Self {
        let at = row.assertion.takes_effect_at.unwrap_or(row.assertion.announced_at);
        Self {
            id: row.assertion.id,
            organization: row.organization.name,
            domain: row.domain,
            contact: row.organization.administrative_email,
            policy_url: row.organization.policy_url,
            takes_effect_at: at.max(row.assertion.announced_at),
        }
    }
}

/// What is about to take effect.
///
/// # Errors
/// The database's.
pub async fn pending(own: &OwnVisit) -> Result<Vec<ControlShown>> {
    let newest = own.reader().own_assertions(&Range { last: Some(100), ..Range::default() }).await?;
    let pending = newest.rows.into_iter().filter(|row| row.assertion.status == AssertionStatus::Pending);
    Ok(pending.map(ControlShown::new).collect())
}

/// What the person can decide. Fields: `answer` (`accept`), `password`.
#[derive(Clone, Debug, Serialize)]
pub struct ControlPage {
    /// What is asserted.
    #[serde(flatten)]
    pub control: ControlShown,
    /// The account's address.
    pub email: String,
    /// The change of address that waits.
    pub change: Option<ChangeShown>,
    /// Whether the person can accept.
    pub may_accept: bool,
    /// Whether the person can ask for another address.
    pub may_move: bool,
    /// Whether the person can deactivate the account.
    pub may_deactivate: bool,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Page for ControlPage {
    const TEMPLATE: &'static str = "control";
}

impl OwnPage for ControlPage {
    type Button = ();

    async fn open(own: &OwnVisit, place: &Place) -> Result<Option<Self>> {
        let Ok(id) = place.id.parse::<ControlAssertionId>() else { return Ok(None) };
        // Only what is the person's own: as an administrator they see others' too, and can't decide for them.
        let Some(control) = pending(own).await?.into_iter().find(|control| control.id == id) else {
            return Ok(None);
        };
        Ok(Some(Self {
            control,
            email: own.view()?.account.email.clone(),
            change: ChangeShown::open(own).await?,
            may_accept: own.may(ActionName::AcceptControl),
            may_move: own.may(ActionName::RequestEmailChange),
            may_deactivate: own.may(ActionName::DeactivateMyAccount),
            errors: FieldErrors::new(),
        }))
    }

    fn pressed(form: &Form) -> Option<((), Then)> {
        (form.field("answer") == "accept").then_some(((), Then::Out(Said::ControlAccepted)))
    }

    async fn press(&self, own: &OwnVisit, (): (), form: &Form) -> Result<()> {
        reauthenticate(own, form).await?;
        own.perform(AcceptControl { assertion: self.control.id }).await?;
        Ok(())
    }

    fn again(&mut self, errors: FieldErrors, _: &Form) {
        self.errors = errors;
    }
}

/// Gives the password of a form's field `password` again.
///
/// # Errors
/// At that field, when it isn't the account's; `RateLimited` after too many tries.
pub async fn reauthenticate(own: &OwnVisit, form: &Form) -> Result<()> {
    let password = GivenPassword::parse(form.field("password"));
    let password = password.map_err(|error| invalid(&["input", "password"], error))?;
    // Not what the form is for, and asked each time.
    (**own).perform(Reauthenticate::new(password)).await?;
    Ok(())
}
