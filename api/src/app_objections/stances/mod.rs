//! How a person stands to an app in an organization: how far it reaches them, and what they have said of it. By this alone it is
//! decided whether they can object, and they are offered it.

pub mod read;

use crate::{
    app_objections::object_to_app::{ObjectRefusal, STANDS},
    core::{
        Result,
        apps::{hidden::HIDING, reach::Reach},
    },
};
use chrono::{DateTime, Utc};
use steward_entities::{app_installation, app_objection, id::AppInstallationId, kinds::AppObjectionStatus};

/// How a person stands to an app in an organization.
#[derive(Clone, Debug, Default)]
pub struct Stance {
    /// All installations of the app there that concern the person and aren't over, oldest first.
    pub reaching: Vec<app_installation::Model>,
    /// How far the app reaches them by these, or is about to.
    pub reach: Reach,
    /// Their objections to the app there that hide them, or were decided lately; oldest first.
    pub before: Vec<app_objection::Model>,
}

impl Stance {
    /// Whether this installation of the app concerns the person, and isn't over.
    #[must_use]
    pub fn is_reached_by(&self, installation: AppInstallationId) -> bool {
        self.reaching.iter().any(|reaching| reaching.id == installation)
    }

    /// Why the person can't object to the app by this installation; none where they can.
    ///
    /// # Errors
    /// `Internal` where an objection was kept that can't be read.
    pub fn refusal(&self, installation: AppInstallationId) -> Result<Option<ObjectRefusal>> {
        if self.before.iter().any(|before| HIDING.contains(&before.status)) {
            return Ok(Some(ObjectRefusal::Already));
        }
        if !self.is_reached_by(installation) {
            return Ok(Some(ObjectRefusal::IsOver));
        }
        let dismissed = self.dismissed()?.filter(|(known, _)| !self.reach.exceeds(known));
        Ok(dismissed.map(|(_, decided_at)| ObjectRefusal::Decided { again_at: decided_at + STANDS }))
    }

    /// How far administrators have decided lately that the app may reach them, after the last time that they agreed to an
    /// objection, and when they did so last: whatever was objected to since, and taken back before anybody decided, changes
    /// nothing of that.
    fn dismissed(&self) -> Result<Option<(Reach, DateTime<Utc>)>> {
        let mut all: Option<(Reach, DateTime<Utc>)> = None;
        for before in &self.before {
            let reach: Reach = serde_json::from_value(before.reach.clone())?;
            let earlier = all.take().map(|(known, _)| known).unwrap_or_default();
            // Where it isn't so, they agreed, and the person has taken it back.
            if before.status == AppObjectionStatus::Dismissed {
                all = before.decided_at.map(|decided_at| (reach.or(earlier), decided_at));
            }
        }
        Ok(all)
    }
}
