//! The page of one notice: its link shows it without signing in, and only a click on its button acknowledges it.

use crate::{
    core::Result,
    http::app::App,
    notices::{
        acknowledge_notice::{AcknowledgeNotice, Which},
        content::Content,
        deliver::sender,
        read::NoticeRow,
    },
    pages::{
        link::Link,
        views::{NoticePage, NoticeState},
        visit::{Sent, Visit},
    },
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::StatusCode;
use steward_entities::{control_assertion, kinds::AssertionStatus};

/// Shows the notice.
pub async fn show(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, _) = Visit::of(app, request);
    answer(&visit, &link).await
}

/// Acknowledges the notice, and shows it.
pub async fn acknowledge(State(app): State<App>, Link(link): Link, request: Request) -> Response {
    let (visit, sent) = Visit::of(app, request);
    match press(&visit, &link, sent).await {
        Ok(()) => answer(&visit, &link).await,
        Err(error) => visit.failed(&error),
    }
}

async fn press(visit: &Visit, link: &str, sent: Sent) -> Result<()> {
    if sent.form().await?.field("acknowledge") == "yes" {
        let which = Which::Link(link.to_owned());
        visit.perform(AcknowledgeNotice { which }).await?;
    }
    Ok(())
}

async fn answer(visit: &Visit, link: &str) -> Response {
    match page(visit, link).await {
        Ok(Some((page, locale))) => visit.page_in(&locale, StatusCode::OK, &page),
        Ok(None) => visit.dead_link().await,
        Err(error) => visit.failed(&error),
    }
}

async fn page(visit: &Visit, link: &str) -> Result<Option<(NoticePage, String)>> {
    let reader = visit.reader();
    let Some(row) = reader.notice_by_link(link).await? else {
        return Ok(None);
    };
    let state = state(&row, reader.announced_control(&row).await?.as_ref());
    let content: Content = serde_json::from_value(row.notice.content)?;
    let sender = sender(&reader.steward().policy);
    let fragment = content.fragment(&row.notice.locale, &sender).map_err(crate::core::Error::internal)?;
    Ok(Some((NoticePage::new(fragment, state), row.notice.locale)))
}

/// What can still be done with a notice.
pub(in crate::pages) fn state(row: &NoticeRow, control: Option<&control_assertion::Model>) -> NoticeState {
    let ended = |words: &str| NoticeState::Ended { ended_because: Some(words.to_owned()) };
    match control.map(|control| control.status) {
        Some(AssertionStatus::InEffect) => ended("what it announced has taken effect."),
        Some(AssertionStatus::Avoided) => ended("you chose otherwise in time."),
        Some(AssertionStatus::Canceled) => ended("it was called off."),
        Some(AssertionStatus::Released) => ended("the organization no longer manages your account."),
        Some(AssertionStatus::Pending) | None => match row.notice.acknowledged_at {
            Some(at) => NoticeState::Acknowledged { acknowledged_at: Some(at) },
            None => NoticeState::Open,
        },
    }
}
