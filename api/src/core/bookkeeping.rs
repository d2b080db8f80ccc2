//! When sessions, keys and people were last seen. These are no changes: nobody decides on them but to tell people what
//! is in use. Beside the limits they are the only writes outside of `perform`.
//!
//! Kept to the minute (sessions, keys) and to the hour (people), so that few requests write; and written beside the
//! request, so that none waits for it.

use crate::core::{
    caller::{Caller, Person},
    error::{Error, Result},
    perform::{TRIES, is_passing},
    steward::Steward,
};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, prelude::Expr};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};
use steward_entities::{account, api_key, service_key, session};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// What is being written.
#[derive(Default)]
pub struct Bookkeeping {
    tasks: TaskTracker,
    /// The credentials that are being written, so that a busy one doesn't ask again before it is done.
    writing: Mutex<HashSet<Uuid>>,
}

impl Steward {
    /// Notes that `caller` was seen, if that is news. Returns at once; the writing is tried again when the database is
    /// busy, and [`Steward::bookkeeping_done`] waits for it.
    pub fn seen(self: &Arc<Self>, caller: &Caller) {
        let now = self.clock.now();
        let (minute, hour) = (cut(now, TimeDelta::minutes(1)), cut(now, TimeDelta::hours(1)));
        let (credential, is_news) = match caller {
            Caller::Person(person) => {
                (person.session.id.0, person.session.last_used_at < minute || is_new_hour(person, hour))
            }
            Caller::Key(key) => (key.id.0, key.last_used_at.is_none_or(|at| at < minute)),
            Caller::Service(key) => (key.id.0, key.last_used_at.is_none_or(|at| at < minute)),
            // An installation is noted when it gets a token, and whom it sees before it is answered.
            Caller::App(_) | Caller::Nobody | Caller::System(_) => return,
        };
        if !is_news || !self.bookkeeping.begins(credential) {
            return;
        }
        let (steward, caller) = (Arc::clone(self), caller.clone());
        self.bookkeeping.tasks.spawn(async move {
            if let Err(error) = steward.write_seen(&caller, minute, hour).await {
                tracing::warn!(%error, "when a caller was last seen could not be noted");
            }
            steward.bookkeeping.ends(credential);
        });
    }

    /// Waits until all that was noted is written: before the process ends.
    pub async fn bookkeeping_done(&self) {
        self.bookkeeping.tasks.close();
        self.bookkeeping.tasks.wait().await;
        self.bookkeeping.tasks.reopen();
    }

    async fn write_seen(&self, caller: &Caller, minute: DateTime<Utc>, hour: DateTime<Utc>) -> Result<()> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.try_write_seen(caller, minute, hour).await {
                Err(Error::Internal(error)) if tried < TRIES && is_passing(error.as_ref()) => {}
                outcome => return outcome,
            }
        }
    }

    async fn try_write_seen(&self, caller: &Caller, minute: DateTime<Utc>, hour: DateTime<Utc>) -> Result<()> {
        match caller {
            Caller::Person(person) => {
                session::Entity::update_many()
                    .col_expr(session::Column::LastUsedAt, Expr::value(minute))
                    .filter(session::Column::Id.eq(person.session.id))
                    .filter(session::Column::LastUsedAt.lt(minute))
                    .exec(&self.write)
                    .await?;
                if is_new_hour(person, hour) {
                    let older = account::Column::LastActiveAt.is_null();
                    account::Entity::update_many()
                        .col_expr(account::Column::LastActiveAt, Expr::value(hour))
                        .filter(account::Column::Id.eq(person.account.id))
                        .filter(older.or(account::Column::LastActiveAt.lt(hour)))
                        .exec(&self.write)
                        .await?;
                }
            }
            Caller::Key(key) => {
                api_key::Entity::update_many()
                    .col_expr(api_key::Column::LastUsedAt, Expr::value(minute))
                    .filter(api_key::Column::Id.eq(key.id))
                    .exec(&self.write)
                    .await?;
            }
            Caller::Service(key) => {
                service_key::Entity::update_many()
                    .col_expr(service_key::Column::LastUsedAt, Expr::value(minute))
                    .filter(service_key::Column::Id.eq(key.id))
                    .exec(&self.write)
                    .await?;
            }
            Caller::App(_) | Caller::Nobody | Caller::System(_) => {}
        }
        Ok(())
    }
}

impl Bookkeeping {
    fn begins(&self, credential: Uuid) -> bool {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner).insert(credential)
    }

    fn ends(&self, credential: Uuid) {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner).remove(&credential);
    }
}

fn is_new_hour(person: &Person, hour: DateTime<Utc>) -> bool {
    person.account.last_active_at.is_none_or(|at| at < hour)
}

/// The beginning of the minute or hour. Only times centuries away can't be cut; they stay as they are.
fn cut(at: DateTime<Utc>, to: TimeDelta) -> DateTime<Utc> {
    at.duration_trunc(to).unwrap_or(at)
}
