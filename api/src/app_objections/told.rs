//! What administrators of apps are told of objections.

use crate::{
    core::{NoticeDraft, Result, Tx, apps::administrators::deciders, notice::Named},
    notices::content::{AppObjectionClosed, Content},
};
use steward_entities::{account, app, id::AccountId, kinds::AppObjectionStatus, organization};

/// Says something about a person to the organization's administrators of apps: to all but that person, and whoever does it.
///
/// # Errors
/// When the database fails.
pub async fn to_deciders(
    tx: &Tx<'_>,
    organization: &organization::Model,
    about: AccountId,
    by: Option<AccountId>,
    content: &Content,
) -> Result<Vec<NoticeDraft>> {
    let administrators = deciders(tx, organization.id, Some(about)).await?;
    let others = administrators.iter().filter(|administrator| Some(administrator.id) != by);
    let notice = |administrator: &account::Model| {
        NoticeDraft::new(tx, administrator, content.clone())
            .on_behalf_of(organization.id)
            .naming(Named::from(about), &["person", "email", "reason"])
    };
    Ok(others.map(notice).collect())
}

/// Word that there is nothing to decide any more.
#[must_use]
pub fn closed(
    organization: &organization::Model,
    person: &account::Model,
    app: &app::Model,
    outcome: AppObjectionStatus,
    reason: Option<String>,
) -> Content {
    AppObjectionClosed {
        organization: organization.name.clone(),
        person: person.display_name.clone(),
        email: person.email.clone(),
        app: app.name.clone(),
        outcome,
        reason,
    }
    .into()
}
