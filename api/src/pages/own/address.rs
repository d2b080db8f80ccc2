//! Another address for the account: asked for, waiting, taken back.

use crate::{
    core::{
        ActionName, Result, invalid,
        text::{EmailAddress, Reason},
    },
    email_changes::{cancel_email_change::CancelEmailChange, request_email_change::RequestEmailChange},
    pages::{
        own::{
            blocks::{blocks, is_leaving},
            control::{ControlShown, pending, reauthenticate},
            page::{OwnPage, Place, Then},
            said::Said,
            visit::OwnVisit,
        },
        views::{FieldErrors, Page},
        visit::Form,
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::{email_change, id::EmailChangeId, kinds::EmailChangeStatus};

/// A change of address that waits.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeShown {
    /// The change.
    pub id: EmailChangeId,
    /// The new address.
    pub new_email: String,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// The organization that was asked.
    pub organization: Option<String>,
    /// Whether that organization's control ends with the change.
    pub releases: bool,
    /// Until when: the link works, the answer is waited for, or the approval holds.
    pub until: DateTime<Utc>,
}

/// What a change of address waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// The administrators' answer.
    Administrators,
    /// The answer of the platform's operators.
    Operators,
    /// The link that was mailed to the new address.
    Link,
    /// A fresh link: the change is approved, and the last link has expired.
    FreshLink,
}

impl WaitsFor {
    fn of(change: &email_change::Model, now: DateTime<Utc>) -> Option<(Self, DateTime<Utc>)> {
        match change.status {
            EmailChangeStatus::WaitingForApproval if change.escalated_at.is_some() => {
                Some((Self::Operators, change.expires_at))
            }
            EmailChangeStatus::WaitingForApproval => Some((Self::Administrators, change.expires_at)),
            EmailChangeStatus::Pending | EmailChangeStatus::Approved if change.expires_at > now => {
                Some((Self::Link, change.expires_at))
            }
            EmailChangeStatus::Approved => {
                change.approved_until.filter(|until| *until > now).map(|until| (Self::FreshLink, until))
            }
            // Its link has expired, or it is over.
            EmailChangeStatus::Pending
            | EmailChangeStatus::Confirmed
            | EmailChangeStatus::Canceled
            | EmailChangeStatus::Rejected
            | EmailChangeStatus::Expired => None,
        }
    }
}

impl ChangeShown {
    /// The change that waits, if one does.
    ///
    /// # Errors
    /// The database's.
    pub async fn open(own: &OwnVisit) -> Result<Option<Self>> {
        let reader = own.reader();
        let Some(newest) = reader.own_email_change().await? else { return Ok(None) };
        let waits = WaitsFor::of(&newest.change, reader.now());
        Ok(waits.map(|(waits_for, until)| Self {
            id: newest.change.id,
            new_email: newest.change.new_email,
            waits_for,
            organization: newest.organization.map(|organization| organization.name),
            releases: newest.releases,
            until,
        }))
    }
}

/// The buttons of the page.
pub enum Button {
    /// Asks for the address that was typed in.
    Ask,
    /// Asks no more.
    TakeBack,
}

/// Another address. Fields: `do` (`ask` or `take_back`); for asking `new_email`, `password` and, where an organization
/// manages the account, `reason`.
#[derive(Clone, Debug, Serialize)]
pub struct AddressPage {
    /// The account's address.
    pub email: String,
    /// The organization that manages the account, and decides first.
    pub managed_by: Option<String>,
    /// What is about to take effect.
    pub claims: Vec<ControlShown>,
    /// The change that waits.
    pub change: Option<ChangeShown>,
    /// Whether the person can ask for another address.
    pub may_move: bool,
    /// The new address given so far; may be empty.
    pub new_email: String,
    /// The reason given so far; may be empty.
    pub reason: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Page for AddressPage {
    const TEMPLATE: &'static str = "address";
}

impl OwnPage for AddressPage {
    type Button = Button;

    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        let view = own.view()?;
        Ok(Some(Self {
            email: view.account.email.clone(),
            managed_by: own.reader().manager(&view).await?.map(|manager| manager.name),
            claims: pending(own).await?,
            change: ChangeShown::open(own).await?,
            may_move: own.may(ActionName::RequestEmailChange) && !is_leaving(&blocks(own).await?),
            new_email: String::new(),
            reason: String::new(),
            errors: FieldErrors::new(),
        }))
    }

    fn pressed(form: &Form) -> Option<(Button, Then)> {
        match form.field("do") {
            "ask" => Some((Button::Ask, Then::Here(Some(Said::AddressAsked)))),
            "take_back" => Some((Button::TakeBack, Then::Here(Some(Said::AddressTakenBack)))),
            _ => None,
        }
    }

    async fn press(&self, own: &OwnVisit, button: Button, form: &Form) -> Result<()> {
        match button {
            Button::Ask => {
                let new_email = EmailAddress::parse(form.field("new_email"));
                let new_email = new_email.map_err(|error| invalid(&["input", "newEmail"], error))?;
                let reason = Some(form.field("reason").trim()).filter(|reason| !reason.is_empty());
                let reason = reason.map(Reason::parse).transpose();
                let reason = reason.map_err(|error| invalid(&["input", "reason"], error))?;
                reauthenticate(own, form).await?;
                own.perform(RequestEmailChange { new_email, reason }).await?;
            }
            Button::TakeBack => {
                let id = self.change.as_ref().map(|change| change.id);
                own.perform(CancelEmailChange { id }).await?;
            }
        }
        Ok(())
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        self.errors = errors;
        form.field("new_email").clone_into(&mut self.new_email);
        form.field("reason").clone_into(&mut self.reason);
    }
}
