//! One of the person's notices. To look at it changes nothing; the button acknowledges it, and then it has reached them.

use crate::{
    core::{Error, Result},
    notices::{
        acknowledge_notice::{AcknowledgeNotice, Which},
        content::Content,
        deliver::sender,
    },
    pages::{
        notice::state,
        own::{
            page::{OwnPage, Place, Then},
            visit::OwnVisit,
        },
        views::{NoticePage, NoticeState, Page},
        visit::Form,
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::id::NoticeId;

/// One of the person's notices. Field: `acknowledge` (`yes`).
#[derive(Clone, Debug, Serialize)]
pub struct OwnNoticePage {
    /// The notice, as its mailed link shows it.
    #[serde(flatten)]
    pub notice: NoticePage,
    /// Its language.
    pub written_in: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Which one.
    pub id: NoticeId,
}

impl Page for OwnNoticePage {
    const TEMPLATE: &'static str = "notice";
}

impl OwnPage for OwnNoticePage {
    type Button = ();

    async fn open(own: &OwnVisit, place: &Place) -> Result<Option<Self>> {
        let (reader, Ok(id)) = (own.reader(), place.id.parse()) else { return Ok(None) };
        let Some(row) = reader.own_notice(id).await? else { return Ok(None) };
        let control = reader.announced_control(&row).await?;
        let state = match state(&row, control.as_ref()) {
            // Somebody has used the link, at an address that isn't the person's any more: they are still to be reached.
            NoticeState::Acknowledged { .. }
                if control.is_some_and(|control| control.notice_delivered_at.is_none()) =>
            {
                NoticeState::Open
            }
            state => state,
        };
        let content: Content = serde_json::from_value(row.notice.content)?;
        let fragment = content.fragment(&row.notice.locale, &sender(&reader.steward().policy));
        Ok(Some(Self {
            notice: NoticePage::new(fragment.map_err(Error::internal)?, state),
            written_in: row.notice.locale,
            created_at: row.notice.created_at,
            id,
        }))
    }

    fn pressed(form: &Form) -> Option<((), Then)> {
        (form.field("acknowledge") == "yes").then_some(((), Then::Here(None)))
    }

    async fn press(&self, own: &OwnVisit, (): (), _: &Form) -> Result<()> {
        own.perform(AcknowledgeNotice { which: Which::Own(self.id) }).await?;
        Ok(())
    }
}
