//! Notices to the administrators of apps about vendors that can't be told something, or haven't done it.

use super::Sample;
use super::samples::{ORGANIZATION, days};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An app's vendor can't be told anything any more; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebhooksPaused {
    /// Whose administrators.
    pub organization: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Whom to ask about it.
    pub support_email: String,
    /// Whether the receiver has said that it is gone; else nothing has arrived for days.
    pub is_gone: bool,
}

/// An app's vendor hasn't confirmed in time that it has deleted something; goes to the administrators of apps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataDeletionOverdue {
    /// Whose administrators.
    pub organization: String,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Whom to ask about it.
    pub support_email: String,
    /// Whether it is about people who left; else about all whom the app saw, as it is gone.
    pub of_people: bool,
    /// When the vendor was asked.
    pub requested_at: DateTime<Utc>,
}

impl Sample for WebhooksPaused {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            support_email: "help@shiftworks.example".into(),
            is_gone: false,
        }
    }
}

impl Sample for DataDeletionOverdue {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            app: "Shift Planner".into(),
            vendor: "Shift Works AG".into(),
            support_email: "help@shiftworks.example".into(),
            of_people: false,
            requested_at: days(-30),
        }
    }
}
