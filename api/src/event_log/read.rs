//! What a viewer sees of the log: administrators, that of their organization.

use crate::{
    core::{Error, Reader, Result, event::stream},
    graphql::page::{Page, Rows, place_in_cursor, whole},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use std::collections::HashMap;
use steward_entities::{event, event_detail, id::OrganizationId};

/// An event, with its details where it has any that weren't erased.
pub struct EventRow {
    /// The event.
    pub event: event::Model,
    /// Names, addresses, texts, before and after.
    pub details: Option<Value>,
}

impl Reader<'_> {
    /// The log of an organization in the order in which its changes were committed; none when the viewer doesn't
    /// administer it.
    pub async fn events(&self, organization: OrganizationId, page: &Page) -> Result<Option<Rows<EventRow>>> {
        if !self.reads(organization) {
            return Ok(None);
        }
        let window = page.window()?;
        let position = event::Column::Position;
        let mut select = event::Entity::find().filter(event::Column::StreamId.eq(stream(Some(organization))));
        let all = whole(&select);
        if let Some(after) = &window.after {
            select = select.filter(position.gt(place_in_cursor::<i64>(after)?));
        }
        if let Some(before) = &window.before {
            select = select.filter(position.lt(place_in_cursor::<i64>(before)?));
        }
        select = if window.backwards { select.order_by_desc(position) } else { select.order_by_asc(position) };
        let rows = Rows::cut(select.limit(window.limit + 1).all(self.db()).await?, &window, all);
        let ids = rows.rows.iter().map(|event| event.id);
        let details = event_detail::Entity::find().filter(event_detail::Column::EventId.is_in(ids)).all(self.db());
        let details = details.await.map_err(Error::from)?;
        let mut details: HashMap<_, _> = details.into_iter().map(|row| (row.event_id, row.details)).collect();
        Ok(Some(rows.map(|event| EventRow { details: details.remove(&event.id), event })))
    }
}
