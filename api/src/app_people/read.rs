//! What an app reads of people: of whom it sees, what its scopes name.
//!
//! Whom it is about to see is noted before, and what it is answered is read afterwards: so a change that comes between is
//! told to the app, as to whoever has seen the person.

use crate::{
    accounts::list::{AccountFilter, AccountList, AccountOrder},
    core::{
        Caller, Reader, Result,
        account::profile,
        apps::{
            Scopes,
            sight::{self, Seen, SeenPerson},
            sightings::{is_old, unnoted},
            tokens::LiveToken,
        },
        row::InOrder,
    },
    graphql::page::{Page, Rows},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter, Statement};
use std::collections::HashSet;
use steward_entities::{account, app, id::AccountId, kinds::AppScope};

/// How often a page is read again because people have come onto it meanwhile.
const TRIES: usize = 3;

/// The installation through which an app looks.
#[derive(Clone, Debug)]
pub struct SeenThrough {
    /// The token by which it does.
    pub token: LiveToken,
    /// The app.
    pub app: app::Model,
}

impl Reader<'_> {
    /// A page of the people whom the viewing app sees, in the order of their ids; none for whoever is no app. What stands
    /// beside name and address is loaded `with_profiles`.
    pub async fn people(&self, page: &Page, with_profiles: bool) -> Result<Option<Rows<SeenPerson>>> {
        let Caller::App(token) = self.caller() else { return Ok(None) };
        let window = page.window()?;
        let list = AccountList {
            organization: token.organization,
            filter: AccountFilter { workspace: token.workspace, ..AccountFilter::default() },
            order: AccountOrder::Id,
            now: self.now(),
            app: Some(**token),
        };
        let backend = self.db().get_database_backend();
        let Some(statement) = list.statement(backend, &window)? else { return Ok(Some(Rows::none())) };
        let now = list.now;
        let on_page = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let mut found = self.with_last_reading(&statement).await?;
        for _ in 0..TRIES {
            let old = found.iter().take(on_page).filter(|(_, read_at)| is_old(*read_at, now));
            let old: Vec<AccountId> = old.map(|(account, _)| account.id).collect();
            if old.is_empty() {
                break;
            }
            self.note(token, &old).await?;
            found = self.with_last_reading(&statement).await?;
        }
        let mut rows = Rows::cut(found, &window, move || list.all());
        rows.rows.retain(|(_, read_at)| read_at.is_some());
        let people: Vec<Seen> = rows.rows.into_iter().map(|(account, _)| account).collect();
        let people = self.seen_people(token, people, with_profiles).await?;
        Ok(Some(Rows { rows: people, has_previous: rows.has_previous, has_next: rows.has_next, all: rows.all }))
    }

    /// One of them.
    pub async fn person(&self, id: AccountId, with_profile: bool) -> Result<Option<SeenPerson>> {
        let Caller::App(token) = self.caller() else { return Ok(None) };
        let select = account::Entity::find_by_id(id).filter(sight::person(token, self.now()));
        let mut found = select.clone().one(self.db()).await?;
        if let Some(noted) = self.notes(token, found.iter().map(|account| account.id)).await? {
            found = select.one(self.db()).await?.filter(|account| noted.contains(&account.id));
        }
        Ok(self.seen_people(token, found.into_iter().map(Seen::from).collect(), with_profile).await?.pop())
    }

    /// Notes that an app is about to see these people. None where that has been noted lately; otherwise who is noted now,
    /// and what the app is answered is to be read again, of them alone.
    pub async fn notes(
        &self,
        token: &LiveToken,
        accounts: impl Iterator<Item = AccountId> + Send,
    ) -> Result<Option<HashSet<AccountId>>> {
        let all: HashSet<AccountId> = accounts.collect();
        let asked: Vec<AccountId> = all.iter().copied().collect();
        let news = unnoted(self.db(), token.installation, &asked, self.now()).await?;
        if news.is_empty() {
            return Ok(None);
        }
        let mut noted = self.note(token, &news).await?;
        let before = all.into_iter().filter(|account| !news.contains(account));
        noted.extend(before);
        Ok(Some(noted))
    }

    /// The installation through which the viewing app looks.
    pub async fn own_installation(&self) -> Result<Option<SeenThrough>> {
        let Caller::App(token) = self.caller() else { return Ok(None) };
        let app = app::Entity::find_by_id(token.app).one(self.db()).await?;
        Ok(app.map(|app| SeenThrough { token: **token, app }))
    }

    async fn note(&self, token: &LiveToken, accounts: &[AccountId]) -> Result<HashSet<AccountId>> {
        // Who writes may wait, and doesn't keep others from reading meanwhile.
        self.db().give_back().await;
        self.steward().seen_by_app(token.installation, accounts).await
    }

    async fn with_last_reading(&self, statement: &Statement) -> Result<Vec<(Seen, Option<DateTime<Utc>>)>> {
        let rows = self.db().query_all_raw(statement.clone()).await?;
        let read = |row| Ok((Seen::in_order(row, 0)?, row.try_get_by_index(Seen::COLUMNS.len())?));
        Ok(rows.iter().map(read).collect::<Result<Vec<_>, DbErr>>()?)
    }

    /// What the token leaves of these people, in the same order.
    async fn seen_people(&self, token: &LiveToken, people: Vec<Seen>, with_profiles: bool) -> Result<Vec<SeenPerson>> {
        let in_profiles: Scopes = [AppScope::ReadName, AppScope::ReadProfile].into_iter().collect();
        let rows = if with_profiles && !token.scopes.and(in_profiles).is_empty() {
            profile::rows(self.db(), people.iter().map(|account| account.id)).await?
        } else {
            std::collections::HashMap::new()
        };
        let seen = |account: Seen| {
            let row = rows.get(&account.id);
            SeenPerson::of(token, account, row)
        };
        Ok(people.into_iter().map(seen).collect())
    }
}
