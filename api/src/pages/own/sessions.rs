//! The devices on which the person is signed in. They end one of them, or all but this one.

use crate::{
    core::{Result, text::UserAgent},
    pages::{
        own::{
            page::{OwnPage, Place, Then},
            said::Said,
            visit::OwnVisit,
        },
        views::Page,
        visit::Form,
    },
    sessions::revoke_session::{RevokeSession, Which},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::id::SessionId;

/// A signed-in device.
#[derive(Clone, Debug, Serialize)]
pub struct SessionShown {
    /// The session.
    pub id: SessionId,
    /// The device in plain words, as a line begins.
    pub device: String,
    /// The network address that it signed in from; may be empty.
    pub ip_address: String,
    /// When it signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, kept to the minute.
    pub last_used_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The devices on which the person is signed in. Field: `end`, with the id of a session or `others`.
#[derive(Clone, Debug, Serialize)]
pub struct SessionsPage {
    /// This device first, then the newest.
    pub sessions: Vec<SessionShown>,
}

impl Page for SessionsPage {
    const TEMPLATE: &'static str = "sessions";
}

impl OwnPage for SessionsPage {
    type Button = Which;

    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        let this = own.caller().person().map(|person| person.session.id);
        let rows = own.reader().sessions_of(&own.view()?).await?.unwrap_or_default();
        let mut sessions: Vec<SessionShown> = rows
            .into_iter()
            .map(|row| SessionShown {
                id: row.id,
                device: at_the_beginning(&UserAgent::lenient(&row.user_agent).device()),
                ip_address: row.ip_address,
                created_at: row.created_at,
                last_used_at: row.last_used_at,
                current: Some(row.id) == this,
            })
            .collect();
        sessions.sort_by_key(|session| (!session.current, std::cmp::Reverse(session.created_at)));
        Ok(Some(Self { sessions }))
    }

    fn pressed(form: &Form) -> Option<(Which, Then)> {
        match form.field("end") {
            // All that are open now, and not those that this page has listed: one may have been opened meanwhile.
            "others" => Some((Which::Others, Then::Here(Some(Said::SessionsEnded)))),
            one => Some((Which::One(one.parse().ok()?), Then::Here(Some(Said::SessionEnded)))),
        }
    }

    async fn press(&self, own: &OwnVisit, which: Which, _: &Form) -> Result<()> {
        match which {
            Which::One(_) => own.perform(RevokeSession { which }).await?,
            // Each time: sessions may have been opened since the form came first, and twice does no harm.
            Which::Others => (**own).perform(RevokeSession { which }).await?,
        };
        Ok(())
    }
}

/// Words at the beginning of a line.
fn at_the_beginning(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
