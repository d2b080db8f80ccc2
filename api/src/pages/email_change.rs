//! The page that confirms a new address.

use crate::{
    core::Result,
    email_changes::confirm_email_change::ConfirmEmailChange,
    http::app::App,
    pages::{
        link::Link,
        views::{EmailChangePage, MessagePage},
        visit::{Sent, Visit},
    },
};
use axum::{
    extract::{Request, State},
    response::Response,
};

/// Shows from where to where the account moves.
pub async fn show(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    visit.show(page(&visit, &link).await).await
}

/// Moves it.
pub async fn confirm(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    press(&visit, &link, sent).await.unwrap_or_else(|error| visit.failed(&error))
}

async fn press(visit: &Visit, link: &str, sent: Sent) -> Result<Response> {
    let form = sent.form().await?;
    let Some(page) = page(visit, link).await? else {
        return Ok(visit.dead_link().await);
    };
    if form.field("confirm") != "yes" {
        return Ok(visit.refused(&page));
    }
    visit.perform(ConfirmEmailChange { token: link.to_owned() }).await?;
    let mut said = vec![format!("Your account has moved from {} to {}.", page.old_email, page.new_email)];
    if let Some(manager) = page.managed_by {
        said.push(match page.releases {
            true => format!("{manager} no longer manages it: your account is yours alone."),
            false => format!("{manager} goes on managing it."),
        });
    }
    said.push("All your sessions have ended, on every device.".to_owned());
    said.push(visit.where_to_sign_in(&page.new_email).to_string());
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    Ok(visit.done(&MessagePage::done("Your address is changed", &said)))
}

async fn page(visit: &Visit, link: &str) -> Result<Option<EmailChangePage>> {
    let seen = visit.reader().email_change_by_link(link).await?;
    Ok(seen.map(|seen| EmailChangePage {
        old_email: seen.old_email,
        new_email: seen.new_email,
        managed_by: seen.managed_by,
        releases: seen.releases,
    }))
}
