//! The person's notices, the newest first.

use crate::{
    core::{Error, Result},
    graphql::page::{Page as Range, cursor},
    notices::{content::Content, deliver::sender, read::NoticeRow},
    pages::{
        own::{
            page::{OwnPage, Place},
            visit::OwnVisit,
        },
        views::Page,
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::id::NoticeId;

/// How many notices stand on one page.
const ON_ONE_PAGE: i32 = 20;

/// A notice in a list.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeLine {
    /// The notice.
    pub id: NoticeId,
    /// What it is about.
    pub subject: String,
    /// Its language.
    pub written_in: String,
    /// On whose behalf it was sent.
    pub organization: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Whether the person said that they have read it.
    pub acknowledged: bool,
}

impl NoticeLine {
    /// One of these rows.
    ///
    /// # Errors
    /// `Internal`, when its template is wrong.
    pub fn new(own: &OwnVisit, row: &NoticeRow) -> Result<Self> {
        let content: Content = serde_json::from_value(row.notice.content.clone())?;
        let sender = sender(&own.reader().steward().policy);
        Ok(Self {
            id: row.notice.id,
            subject: content.fragment(&row.notice.locale, &sender).map_err(Error::internal)?.subject,
            written_in: row.notice.locale.clone(),
            organization: row.organization.as_ref().map(|organization| organization.name.clone()),
            created_at: row.notice.created_at,
            acknowledged: row.notice.acknowledged_at.is_some(),
        })
    }
}

/// The person's notices.
#[derive(Clone, Debug, Serialize)]
pub struct NoticesPage {
    /// Some of them, the newest first.
    pub notices: Vec<NoticeLine>,
    /// Whether there are newer ones.
    pub has_newer: bool,
    /// The place of the next page, where there are older ones.
    pub older: Option<String>,
}

impl Page for NoticesPage {
    const TEMPLATE: &'static str = "notices";
}

impl OwnPage for NoticesPage {
    type Button = ();

    async fn open(own: &OwnVisit, place: &Place) -> Result<Option<Self>> {
        let range = Range { last: Some(ON_ONE_PAGE), before: place.before.clone(), ..Range::default() };
        let page = own.reader().own_notices(&range).await?;
        let oldest = page.rows.first().map(|row| cursor(&[row.notice.id.0.to_string()]));
        Ok(Some(Self {
            notices: page.rows.iter().rev().map(|row| NoticeLine::new(own, row)).collect::<Result<_>>()?,
            has_newer: place.before.is_some(),
            older: oldest.filter(|_| page.has_previous),
        }))
    }
}
