//! What administrators of apps are told of objections.

use crate::{
    core::{NoticeDraft, Result, Tx, apps::administrators::deciders, entry::belongs_to, notice::Named},
    notices::content::{AppObjectionClosed, Content},
};
use steward_entities::{account, app, id::AccountId, kinds::AppObjectionStatus, organization};

/// Says something about a person to the organization's administrators of apps: to all but that person, and whoever does it. Of
/// somebody who has left, nothing: their name and address are no business of theirs any more.
///
/// # Errors
/// When the database fails.
pub async fn to_deciders(
    tx: &Tx<'_>,
    organization: &organization::Model,
    person: &account::Model,
    by: Option<AccountId>,
    content: &Content,
) -> Result<Vec<NoticeDraft>> {
    if !belongs_to(tx.db(), organization.id, person).await? {
        return Ok(Vec::new());
    }
    let administrators = deciders(tx, organization.id, Some(person.id)).await?;
    let others = administrators.iter().filter(|administrator| Some(administrator.id) != by);
    let notice = |administrator: &account::Model| {
        NoticeDraft::new(tx, administrator, content.clone())
            .on_behalf_of(organization.id)
            .naming(Named::from(person.id), &["person", "email", "reason"])
    };
    Ok(others.map(notice).collect())
}

/// Word that there is nothing to decide any more. Whom administrators keep from the app, `excluded`, it doesn't see all the
/// same.
#[must_use]
pub fn closed(
    organization: &organization::Model,
    person: &account::Model,
    app: &app::Model,
    because: AppObjectionStatus,
    reason: Option<String>,
    excluded: bool,
) -> Content {
    AppObjectionClosed {
        organization: organization.name.clone(),
        person: person.display_name.clone(),
        email: person.email.clone(),
        app: app.name.clone(),
        because,
        reason,
        excluded,
    }
    .into()
}
