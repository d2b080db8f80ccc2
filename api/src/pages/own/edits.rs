//! What administrators have taken from the person's right to edit, as the person reads it.

use crate::{core::Result, edit_restrictions::read::SeenRestriction, pages::own::visit::OwnVisit};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// One restriction in force.
#[derive(Clone, Debug, Serialize)]
pub struct EditShown {
    /// Who set it.
    pub organization: String,
    /// Whom to ask there.
    pub contact: Option<String>,
    /// The workspace whose members it is for.
    pub workspace: Option<String>,
    /// What it takes: names of operations.
    pub operations: Vec<String>,
    /// Why.
    pub reason: String,
    /// More words to the people.
    pub message: Option<String>,
    /// When it ends by itself.
    pub until: Option<DateTime<Utc>>,
}

impl From<SeenRestriction> for EditShown {
    fn from(seen: SeenRestriction) -> Self {
        Self {
            organization: seen.organization.name,
            contact: seen.organization.administrative_email,
            workspace: seen.workspace.map(|workspace| workspace.name),
            operations: seen.operations.names(),
            reason: seen.restriction.reason,
            message: seen.restriction.message,
            until: seen.restriction.until,
        }
    }
}

/// All that hold now, oldest first.
///
/// # Errors
/// The database's.
pub async fn in_force(own: &OwnVisit) -> Result<Vec<EditShown>> {
    let shown = own.reader().edit_restrictions_shown(&own.view()?).await?;
    Ok(shown.unwrap_or_default().into_iter().map(EditShown::from).collect())
}
