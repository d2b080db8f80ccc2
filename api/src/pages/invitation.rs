//! The page that accepts a role in an organization, with an account that there is or a new one.

use crate::{
    core::Result,
    http::app::App,
    organizations::administrators::accept_invitation::AcceptInvitation,
    pages::{
        entry::Entry,
        link::Link,
        refused::at_field,
        views::{FieldErrors, InvitationPage, InvitedAccount, MessagePage},
        visit::{Sent, Visit},
    },
};
use axum::{
    extract::{Request, State},
    response::Response,
};

/// Shows what is offered.
pub async fn show(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.show(page(&visit, &link).await).await
}

/// Accepts it.
pub async fn accept(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    press(&visit, &link, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn press(visit: &Visit, link: &str, sent: Sent) -> Result<Response> {
    let form = sent.form().await?;
    let Some(mut page) = page(visit, link).await? else {
        return Ok(visit.dead_link().await);
    };
    let accept = AcceptInvitation { token: link.to_owned().into() };
    let accepted = match Entry::of(&page.account, &page.email, link, &form) {
        Ok(entry) => entry.and_perform(visit, accept).await,
        Err(error) => Err(error),
    };
    if let Err(error) = accepted {
        page.errors = at_field(error)?;
        page.account.keep_name(&form);
        return Ok(visit.refused(&page));
    }
    Ok(visit.done(&MessagePage::done(
        &format!("You administer {}", page.organization),
        &["You have accepted the role, and it is in force.", &visit.where_to_sign_in(&page.email)],
    )))
}

async fn page(visit: &Visit, link: &str) -> Result<Option<InvitationPage>> {
    let seen = visit.reader().invitation_by_link(link).await?;
    Ok(seen.map(|seen| InvitationPage {
        organization: seen.organization,
        role: seen.role.as_str().to_owned(),
        invited_by: seen.invited_by.unwrap_or_else(|| "the operators".to_owned()),
        email: seen.email,
        account: InvitedAccount::of(seen.has_account),
        errors: FieldErrors::new(),
    }))
}
