//! Notices about third-party apps. What apps ask for travels as the API names it (`READ_EMAIL`); the templates put it into
//! words.

use super::Sample;
use super::samples::{CONTACT, EMAIL, ORGANIZATION, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use steward_entities::kinds::InstallationEnd;

/// A person asks for an app; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppRequested {
    /// Whose administrators.
    pub organization: String,
    /// Who asks.
    pub person: String,
    /// Their address.
    pub email: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// When.
    pub requested_at: DateTime<Utc>,
}

/// Administrators answered who had asked for an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppRequestAnswered {
    /// Whose administrators.
    pub organization: String,
    /// How to reach them.
    pub contact: String,
    /// The app.
    pub app: String,
    /// Whether they said yes.
    pub approved: bool,
    /// Why.
    pub reason: String,
}

/// An app where it concerns a person, as the notices about it name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppAtWork {
    /// Whose administrators.
    pub organization: String,
    /// The account's address.
    pub email: String,
    /// How to reach the administrators.
    pub contact: String,
    /// The workspace, where it is on one alone.
    pub workspace: Option<String>,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Where its vendor says what becomes of what it sees.
    pub privacy_policy_url: String,
    /// Whom to ask about it.
    pub support_email: String,
}

/// Administrators installed an app, which concerns the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppInstalled {
    /// The app.
    #[serde(flatten)]
    pub app: AppAtWork,
    /// What it may.
    pub scopes: Vec<String>,
    /// Whether the organization manages the account: then the app sees personal items as well.
    pub managed: bool,
}

/// Administrators let an app see more of the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppAccessWidened {
    /// The app.
    #[serde(flatten)]
    pub app: AppAtWork,
    /// What it may now, and might not before.
    pub added: Vec<String>,
    /// Whether the organization manages the account: then the app sees personal items as well.
    pub managed: bool,
}

/// An app that concerned the person is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppUninstalled {
    /// The app.
    #[serde(flatten)]
    pub app: AppAtWork,
    /// Why.
    pub because: InstallationEnd,
}

/// The platform has taken an app out of use; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppRetired {
    /// Whose administrators.
    pub organization: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Whom to ask about it.
    pub support_email: String,
    /// Where it was installed.
    #[serde(default)]
    pub places: AppPlaces,
}

/// Where an organization has an app, in a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPlaces {
    /// Names of workspaces; none where it is on the organization.
    pub workspaces: Vec<String>,
    /// How many workspaces more.
    pub more: usize,
}

/// An app that is installed has another vendor, or another privacy policy; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppChanged {
    /// Whose administrators.
    pub organization: String,
    /// The app.
    pub app: String,
    /// Who makes it now.
    pub vendor: String,
    /// Who made it before, if somebody else.
    pub vendor_before: Option<String>,
    /// Where its vendor says what becomes of what it sees.
    pub privacy_policy_url: String,
    /// Where that was said before, if elsewhere.
    pub privacy_policy_before: Option<String>,
    /// Whom to ask about it.
    pub support_email: String,
    /// Where it is installed.
    pub places: AppPlaces,
}

/// An approval of an app is about to be over; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppApprovalEnding {
    /// Whose administrators.
    pub organization: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// When it is over.
    pub ends_at: DateTime<Utc>,
    /// Whether the app is installed there.
    pub installed: bool,
}

/// An app asks for more than was agreed to; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppAsksForMore {
    /// Whose administrators.
    pub organization: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// What more it asks for.
    pub scopes: Vec<String>,
    /// Where it is installed with less.
    #[serde(default)]
    pub places: AppPlaces,
}

impl Sample for AppAtWork {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            workspace: None,
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            privacy_policy_url: "https://shiftworks.example/privacy".into(),
            support_email: "help@shiftworks.example".into(),
        }
    }
}

impl Sample for AppInstalled {
    fn sample() -> Self {
        let scopes = vec!["READ_NAME".into(), "READ_EMAIL".into(), "READ_ITEMS".into()];
        Self { app: Sample::sample(), scopes, managed: true }
    }
}

impl Sample for AppAccessWidened {
    fn sample() -> Self {
        let app = AppAtWork { workspace: Some("Design".into()), ..Sample::sample() };
        Self { app, added: vec!["READ_PROFILE".into(), "WRITE_ITEMS".into()], managed: false }
    }
}

impl Sample for AppUninstalled {
    fn sample() -> Self {
        Self { app: Sample::sample(), because: InstallationEnd::Uninstalled }
    }
}

impl Sample for AppRetired {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            support_email: "help@shiftworks.example".into(),
            places: AppPlaces { workspaces: vec!["Design".into(), "Plant 2".into()], more: 0 },
        }
    }
}

impl Sample for AppChanged {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            app: "Shift Planner".into(),
            vendor: "Big Shifts Inc.".into(),
            vendor_before: Some("Shift Works AG".into()),
            privacy_policy_url: "https://bigshifts.example/privacy".into(),
            privacy_policy_before: Some("https://shiftworks.example/privacy".into()),
            support_email: "help@bigshifts.example".into(),
            places: AppPlaces { workspaces: vec!["Design".into()], more: 3 },
        }
    }
}

impl Sample for AppApprovalEnding {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            ends_at: days(7),
            installed: true,
        }
    }
}

impl Sample for AppAsksForMore {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            scopes: vec!["READ_PROFILE".into()],
            places: AppPlaces::default(),
        }
    }
}

impl Sample for AppRequested {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            person: "Ana Gruber".into(),
            email: EMAIL.into(),
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            scopes: vec!["READ_NAME".into(), "READ_EMAIL".into()],
            reason: Some("We plan our shifts on paper, and nobody finds the paper.".into()),
            requested_at: days(0),
        }
    }
}

impl Sample for AppRequestAnswered {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            contact: CONTACT.into(),
            app: "Shift Planner".into(),
            approved: true,
            reason: "We try it in the plant until spring.".into(),
        }
    }
}
