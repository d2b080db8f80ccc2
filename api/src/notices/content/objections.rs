//! Notices about people whom an app doesn't see, though it is installed where they are.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use steward_entities::kinds::AppObjectionStatus;

/// A person objects to an app; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppObjected {
    /// Whose administrators.
    pub organization: String,
    /// Who objects.
    pub person: String,
    /// Their address.
    pub email: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Why, in the person's words.
    pub reason: String,
}

/// An objection was decided or withdrawn; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppObjectionClosed {
    /// Whose administrators.
    pub organization: String,
    /// Who objected.
    pub person: String,
    /// Their address.
    pub email: String,
    /// The app.
    pub app: String,
    /// What became of it.
    pub because: AppObjectionStatus,
    /// The administrators' reason.
    pub reason: Option<String>,
    /// Whether the app doesn't see them all the same, because administrators keep it from them.
    #[serde(default)]
    pub excluded: bool,
}

/// Administrators decided about a person's objection to an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppObjectionDecided {
    /// Whose administrators.
    pub organization: String,
    /// How to reach them.
    pub contact: String,
    /// The account's address.
    pub email: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Whether they agreed.
    pub upheld: bool,
    /// Whether it sees nothing all the same, because administrators keep it from the person.
    #[serde(default)]
    pub excluded: bool,
    /// By when its vendor has to delete what the app has seen of the person; only where it has, and they agreed.
    #[serde(default)]
    pub deletion_due_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: String,
    /// When the person can object again, if the app gets nothing more before; only where they didn't agree.
    pub again_at: Option<DateTime<Utc>>,
}

/// Administrators keep an app from seeing the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppAccessRevoked {
    /// Whose administrators.
    pub organization: String,
    /// How to reach them.
    pub contact: String,
    /// The account's address.
    pub email: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Where its vendor says what becomes of what it has seen.
    pub privacy_policy_url: String,
    /// Whom to ask about it.
    pub support_email: String,
    /// By when its vendor has to delete what the app has seen of the person; only where it has.
    #[serde(default)]
    pub deletion_due_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: String,
}

/// Administrators let an app see the person again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppAccessRestored {
    /// Whose administrators.
    pub organization: String,
    /// How to reach them.
    pub contact: String,
    /// The account's address.
    pub email: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Why.
    pub reason: String,
    /// Whether it sees nothing all the same, because the person objects to it.
    pub objected: bool,
}

impl Sample for AppObjected {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            person: "Ana Gruber".into(),
            email: EMAIL.into(),
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            reason: "I don't work in shifts, and it needn't know my address.".into(),
        }
    }
}

impl Sample for AppObjectionClosed {
    fn sample() -> Self {
        let AppObjected { organization, person, email, app, .. } = Sample::sample();
        let (because, reason) = (AppObjectionStatus::Upheld, Some("She doesn't work in shifts.".into()));
        Self { organization, person, email, app, because, reason, excluded: false }
    }
}

impl Sample for AppObjectionDecided {
    fn sample() -> Self {
        let AppObjected { organization, email, app, vendor, .. } = Sample::sample();
        Self {
            organization,
            contact: CONTACT.into(),
            email,
            app,
            vendor,
            upheld: false,
            excluded: false,
            deletion_due_at: None,
            reason: "Everybody in the plant is planned with it.".into(),
            again_at: Some(days(180)),
        }
    }
}

impl Sample for AppAccessRevoked {
    fn sample() -> Self {
        let AppObjected { organization, email, app, vendor, .. } = Sample::sample();
        Self {
            organization,
            contact: CONTACT.into(),
            email,
            app,
            vendor,
            privacy_policy_url: "https://shiftworks.example/privacy".into(),
            support_email: "help@shiftworks.example".into(),
            deletion_due_at: Some(days(30)),
            reason: "You don't work in shifts any more.".into(),
        }
    }
}

impl Sample for AppAccessRestored {
    fn sample() -> Self {
        let AppObjected { organization, email, app, vendor, .. } = Sample::sample();
        let (contact, reason) = (CONTACT.into(), "You work in shifts again.".into());
        Self { organization, contact, email, app, vendor, reason, objected: false }
    }
}
