//! Connections: lists in pages, by cursors that name a place and not a number. Page 20,000 costs what page 1 costs.

use crate::core::{Error, Result};
use crate::graphql::{Viewer, error::read, plain::Plain};
use async_graphql::{
    Context, Object,
    connection::{Connection, Edge},
};
use data_encoding::BASE64URL_NOPAD;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{Alias, Expr, Query, SelectStatement},
};
use std::str::FromStr;

pub use crate::graphql::plain::List;
use uuid::Uuid;

/// How much of a list is wanted, and from where.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// From the beginning: how many, 1 to 100.
    pub first: Option<i32>,
    /// From the cursor on.
    pub after: Option<String>,
    /// From the end: how many, 1 to 100.
    pub last: Option<i32>,
    /// Up to the cursor.
    pub before: Option<String>,
}

/// What a list holds at most in one page.
pub const MOST: u64 = 100;
/// What a page holds when nobody says.
pub const USUAL: u64 = 50;

/// A page that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many rows.
    pub limit: u64,
    /// From the end backwards.
    pub backwards: bool,
    /// Rows after this place.
    pub after: Option<Vec<String>>,
    /// Rows before this place.
    pub before: Option<Vec<String>>,
}

impl Page {
    /// Checks the arguments.
    ///
    /// # Errors
    /// `BAD_REQUEST` with a sentence.
    pub fn window(&self) -> Result<Window> {
        let (count, backwards) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(bad("Ask for `first` or for `last`, not for both.")),
            (None, Some(last)) => (i64::from(last), true),
            (Some(first), None) => (i64::from(first), false),
            (None, None) => (i64::try_from(USUAL).unwrap_or(50), false),
        };
        let limit = u64::try_from(count).ok().filter(|count| (1..=MOST).contains(count));
        Ok(Window {
            limit: limit.ok_or_else(|| bad("A page holds between 1 and 100 rows."))?,
            backwards,
            after: self.after.as_deref().map(read_cursor).transpose()?,
            before: self.before.as_deref().map(read_cursor).transpose()?,
        })
    }
}

fn bad(message: &str) -> Error {
    Error::BadRequest(message.to_owned())
}

/// The cursor of a place: a version and the sort key's values. Every read is authorized again, whatever it says.
#[must_use]
pub fn cursor(values: &[String]) -> String {
    let mut all = vec!["1".to_owned()];
    all.extend_from_slice(values);
    BASE64URL_NOPAD.encode(serde_json::json!(all).to_string().as_bytes())
}

fn read_cursor(text: &str) -> Result<Vec<String>> {
    let wrong =
        || bad("This cursor isn't one of ours. Take cursors from `edges` or `pageInfo` and send them unchanged.");
    if text.len() > 2_000 {
        return Err(wrong());
    }
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| wrong())?;
    let mut values: Vec<String> = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    if values.first().map(String::as_str) != Some("1") {
        return Err(wrong());
    }
    // PostgreSQL takes no NUL in a text, and no value that we sort by has control characters.
    if values.iter().any(|value| value.chars().any(char::is_control)) {
        return Err(wrong());
    }
    values.remove(0);
    Ok(values)
}

/// The place in a cursor of a list that is ordered by one value, such as an id or a position.
pub fn place_in_cursor<T: FromStr>(values: &[String]) -> Result<T> {
    match values {
        [value] => value.parse().map_err(|_| bad("This cursor belongs to another list.")),
        _ => Err(bad("This cursor belongs to another list.")),
    }
}

/// The id in a cursor of a list that is ordered by id.
pub fn id_in_cursor(values: &[String]) -> Result<Uuid> {
    place_in_cursor(values)
}

/// The statement of a whole list; none where nothing can be in it. Written only for whoever counts it.
pub type Whole = Box<dyn Fn() -> Option<SelectStatement> + Send + Sync>;

/// The whole of a list that is one query.
pub fn whole<E: EntityTrait>(list: &Select<E>) -> impl Fn() -> Option<SelectStatement> + Send + Sync + use<E> {
    let list = list.clone();
    move || Some(list.clone().into_query())
}

/// One page of rows.
pub struct Rows<M> {
    /// The rows, in the order of the list.
    pub rows: Vec<M>,
    /// Whether there are more before.
    pub has_previous: bool,
    /// Whether there are more after.
    pub has_next: bool,
    /// The whole list, to count it when somebody asks.
    pub all: Option<Whole>,
}

impl<M> Rows<M> {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self { rows: Vec::new(), has_previous: false, has_next: false, all: None }
    }

    /// Cuts the one row too many, and restores the order.
    #[must_use]
    pub fn cut(
        mut rows: Vec<M>,
        window: &Window,
        all: impl Fn() -> Option<SelectStatement> + Send + Sync + 'static,
    ) -> Self {
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if window.backwards {
            rows.reverse();
        }
        Self {
            rows,
            has_previous: if window.backwards { more } else { window.after.is_some() },
            has_next: if window.backwards { window.before.is_some() } else { more },
            all: Some(Box::new(all)),
        }
    }

    /// The same page of other things.
    pub fn map<T>(self, each: impl FnMut(M) -> T) -> Rows<T> {
        Rows {
            rows: self.rows.into_iter().map(each).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
            all: self.all,
        }
    }

    /// The same page without the rows for which there is nothing to show.
    pub fn filter_map<T>(self, each: impl FnMut(M) -> Option<T>) -> Rows<T> {
        Rows {
            rows: self.rows.into_iter().filter_map(each).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
            all: self.all,
        }
    }

    /// The page as callers see it. `place` gives the sort key's values of a row.
    pub fn connection<T: Plain>(self, place: impl Fn(&M) -> Vec<String>, node: impl Fn(M) -> T) -> List<T> {
        let mut list = Connection::with_additional_fields(self.has_previous, self.has_next, Total(self.all));
        list.edges.extend(self.rows.into_iter().map(|row| Edge::new(cursor(&place(&row)), node(row))));
        List(list)
    }
}

/// Counts the whole list.
pub struct Total(Option<Whole>);

#[Object]
impl Total {
    /// How many there are in all. Counted only when you ask; on long lists that takes its time.
    async fn total_count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        read(self.count(Viewer::of(ctx)).await)
    }
}

impl Total {
    async fn count(&self, viewer: &Viewer) -> Result<i64> {
        let Some(all) = self.0.as_ref().and_then(|all| all()) else { return Ok(0) };
        count(viewer.reader().db(), &all).await
    }
}

/// How many rows a statement finds.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &impl ConnectionTrait, all: &SelectStatement) -> Result<i64> {
    let query = Query::select()
        .expr_as(Expr::cust("COUNT(*)"), Alias::new("total"))
        .from_subquery(all.clone(), Alias::new("list"))
        .to_owned();
    let row = db.query_one(&query).await?;
    Ok(row.map(|row| row.try_get::<i64>("", "total")).transpose()?.unwrap_or_default())
}

/// A page of a list that is ordered by its UUID column, newest last.
pub async fn by_id<E, C>(db: &impl ConnectionTrait, select: Select<E>, id: C, page: &Page) -> Result<Rows<E::Model>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    C: ColumnTrait,
{
    let window = page.window()?;
    let all = whole(&select);
    let rows = window.of_ids(select, id)?.all(db).await?;
    Ok(Rows::cut(rows, &window, all))
}

impl Window {
    /// The rows of the page, and one more, of a list that is ordered by its UUID column.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a cursor of another list.
    pub fn of_ids<E: EntityTrait, C: ColumnTrait>(&self, mut select: Select<E>, id: C) -> Result<Select<E>> {
        if let Some(after) = &self.after {
            select = select.filter(id.gt(id_in_cursor(after)?));
        }
        if let Some(before) = &self.before {
            select = select.filter(id.lt(id_in_cursor(before)?));
        }
        select = if self.backwards { select.order_by_desc(id) } else { select.order_by_asc(id) };
        Ok(select.limit(self.limit + 1))
    }
}
