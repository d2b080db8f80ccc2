//! The transaction of one change. Nothing outside the core can begin or commit one.

use crate::core::{caller::Caller, perform::Origin, steward::Steward};
use chrono::{DateTime, Utc};
use sea_orm::{DatabaseExecutor, EntityTrait, QuerySelect, Select, sea_query::LockType};
use uuid::Uuid;

/// What an action works with: the database, the time, ids.
///
/// In the first authorization before `prepare` it reads from the read-only pool and locks nothing; afterwards it is the
/// transaction of the change.
pub struct Tx<'a> {
    executor: DatabaseExecutor<'a>,
    steward: &'a Steward,
    origin: &'a Origin,
    caller: Caller,
    now: DateTime<Utc>,
    locks: bool,
}

impl<'a> Tx<'a> {
    pub(in crate::core) const fn new(
        executor: DatabaseExecutor<'a>,
        steward: &'a Steward,
        origin: &'a Origin,
        caller: Caller,
        now: DateTime<Utc>,
        locks: bool,
    ) -> Self {
        Self { executor, steward, origin, caller, now, locks }
    }

    /// Who is calling, as loaded once more behind the locks.
    pub(in crate::core) fn is_now(&mut self, caller: Caller) {
        self.caller = caller;
    }

    /// Where statements go.
    pub const fn db(&self) -> &DatabaseExecutor<'a> {
        &self.executor
    }

    /// The time of this change: the same for all that it writes.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who is calling, as it is inside this transaction.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The request that asked for it.
    pub const fn origin(&self) -> &Origin {
        self.origin
    }

    /// The installation: settings, keys, doors. No I/O but the database belongs into a transaction.
    pub const fn steward(&self) -> &'a Steward {
        self.steward
    }

    /// A new id.
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(self.uuid())
    }

    /// A new UUID.
    pub fn uuid(&self) -> Uuid {
        self.steward.entropy.uuid(self.now)
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        self.steward.entropy.bytes()
    }

    /// Locks what the query finds until the change is committed. On SQLite the transaction itself is the lock.
    ///
    /// Locks are taken in one order: domain, claim, accounts by id. They hold up whoever would change the rows, or hold them
    /// too, and not whoever only refers to them: a job that tells people of a restriction, which it holds, doesn't wait for
    /// somebody who holds an account and looks at restrictions. What is deleted the database locks fully itself.
    pub fn lock<E: EntityTrait>(&self, select: Select<E>) -> Select<E> {
        if self.locks { select.lock(LockType::NoKeyUpdate) } else { select }
    }
}
