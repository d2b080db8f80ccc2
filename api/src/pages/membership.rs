//! The page that accepts or declines a membership. Accepting takes an account, declining the link alone.

use crate::{
    core::Result,
    http::app::App,
    pages::{
        entry::Entry,
        link::Link,
        refused::at_field,
        views::{FieldErrors, InvitedAccount, MembershipPage, MessagePage},
        visit::{Form, Sent, Visit},
    },
    workspaces::{accept_membership::AcceptMembership, decline_membership::DeclineMembership, offer::Which},
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

/// Accepts or declines it.
pub async fn answer(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    press(&visit, &link, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn press(visit: &Visit, link: &str, sent: Sent) -> Result<Response> {
    let form = sent.form().await?;
    let Some(page) = page(visit, link).await? else {
        return Ok(visit.dead_link().await);
    };
    match form.field("answer") {
        "accept" => accept(visit, link, page, &form).await,
        "decline" => decline(visit, link, &page).await,
        _ => Ok(visit.refused(&page)),
    }
}

async fn accept(visit: &Visit, link: &str, mut page: MembershipPage, form: &Form) -> Result<Response> {
    let accept = AcceptMembership(Which::Link(link.to_owned().into()));
    let accepted = match Entry::of(&page.account, &page.email, link, form) {
        Ok(entry) => entry.and_perform(visit, accept).await,
        Err(error) => Err(error),
    };
    if let Err(error) = accepted {
        page.errors = at_field(error)?;
        page.account.keep_name(form);
        return Ok(visit.refused(&page));
    }
    Ok(visit.done(&MessagePage::done(
        &format!("You are a member of {}", page.workspace),
        &[
            &format!("You have accepted the membership that {} offered you.", page.organization),
            &visit.where_to_sign_in(&page.email),
        ],
    )))
}

async fn decline(visit: &Visit, link: &str, page: &MembershipPage) -> Result<Response> {
    visit.perform(DeclineMembership(Which::Link(link.to_owned().into()))).await?;
    Ok(visit.done(&MessagePage::done(
        "You have declined",
        &[
            &format!("You don't become a member of {}.", page.workspace),
            &format!("{} learns that its offer was declined, and nothing else about you.", page.organization),
        ],
    )))
}

async fn page(visit: &Visit, link: &str) -> Result<Option<MembershipPage>> {
    let seen = visit.reader().offer_by_link(link).await?;
    Ok(seen.map(|seen| MembershipPage {
        organization: seen.organization,
        workspace: seen.workspace,
        email: seen.email,
        account: InvitedAccount::of(seen.has_account),
        errors: FieldErrors::new(),
    }))
}
