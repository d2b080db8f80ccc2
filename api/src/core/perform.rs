//! The one write path. Every change is an [`Action`], and [`Steward::perform`] is the only way to run one.
//!
//! 1. Who calls is loaded again, and authorized by the action's rule. A repeated request gets the recorded answer.
//! 2. `target` loads and locks what the action is about; an id that isn't the caller's is one that doesn't exist.
//! 3. `check` decides on what is locked. It is pure, and `viewerPermissions` asks the same function.
//! 4. `run` makes the change and returns [`Done`]: the answer, the events, the notices.
//! 5. Notices, jobs, the answer for a repeated request and, last, the events are written; then all is committed.

use crate::core::{
    action_name::ActionName,
    authority::{Authority, Authorized, Scope, authorize},
    caller::Caller,
    error::{Error, Refusal, Result},
    event::{self, Actor, EventSet},
    idempotency,
    job::{self, JobDraft, Progress},
    notice::{self, Notices},
    steward::Steward,
    tx::Tx,
};
use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;
use steward_entities::kinds::{ActorKind, RoleName};

/// Where a change comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who calls, as the request was authenticated.
    pub caller: Caller,
    /// The id of the request, for logs and events.
    pub request_id: Option<String>,
    /// Where it came from.
    pub ip_address: String,
    /// The device, as it named itself.
    pub user_agent: String,
    /// The caller's `Idempotency-Key`, with a hash of the request.
    pub idempotency: Option<idempotency::Key>,
}

impl Origin {
    /// The network that limits are counted by: an IPv4 address, or the /64 that one IPv6 customer has whole.
    #[must_use]
    pub fn network(&self) -> String {
        match self.ip_address.parse() {
            Ok(std::net::IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            _ => self.ip_address.clone(),
        }
    }

    /// Steward itself, at the command line.
    #[must_use]
    pub fn system() -> Self {
        Self {
            caller: Caller::System(None),
            request_id: None,
            ip_address: String::new(),
            user_agent: String::new(),
            idempotency: None,
        }
    }
}

/// One thing that can be done.
pub trait Action: Send + Sync + Sized {
    /// Its name: the mutation's and the event's.
    const NAME: ActionName;

    /// What it is about, loaded and locked.
    type Target: Send + Sync;

    /// What is needed to build the answer again later: ids, never objects. Secrets are skipped when it is stored.
    type Output: Serialize + DeserializeOwned + Send;

    /// Where it takes place, as its input says.
    fn scope(&self) -> Scope {
        Scope::Elsewhere
    }

    /// Whether everything is decided and planned, and nothing is changed or sent.
    fn dry_run(&self) -> bool {
        false
    }

    /// What takes long or leaves the machine: hashing, DNS. It runs outside any transaction, after a first
    /// authorization.
    fn prepare(&mut self, _tx: &Tx<'_>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Loads and locks what the action is about.
    fn target(&self, authority: &Authority, tx: &Tx<'_>) -> impl Future<Output = Result<Self::Target>> + Send;

    /// Decides on what is locked.
    fn check(&self, _authority: &Authority, _target: &Self::Target, _now: DateTime<Utc>) -> Result<()> {
        Ok(())
    }

    /// Makes the change.
    fn run(
        &self,
        target: Authorized<Self::Target>,
        tx: &Tx<'_>,
    ) -> impl Future<Output = Result<Done<Self::Output>>> + Send;
}

/// What came of an action.
pub struct Done<T> {
    outcome: Result<T, Box<dyn Refusal>>,
    events: EventSet,
    notices: Notices,
    jobs: Vec<JobDraft>,
    progress: Option<Progress>,
    actor: Option<Actor>,
    wakes: bool,
}

impl<T> Done<T> {
    /// The answer, what the log keeps, whom it is told.
    pub const fn new(output: T, events: EventSet, notices: Notices) -> Self {
        Self { outcome: Ok(output), events, notices, jobs: Vec::new(), progress: None, actor: None, wakes: false }
    }

    /// A refusal that leaves something behind: what `run` wrote, and these events, are committed.
    pub fn refused(refusal: impl Refusal, events: EventSet, notices: Notices) -> Self {
        Self {
            outcome: Err(Box::new(refusal)),
            events,
            notices,
            jobs: Vec::new(),
            progress: None,
            actor: None,
            wakes: false,
        }
    }

    /// Work that follows.
    #[must_use]
    pub fn then(mut self, job: JobDraft) -> Self {
        self.jobs.push(job);
        self
    }

    /// How far this chunk brought its job.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// A job that waits should look again at once.
    #[must_use]
    pub fn and_wake(mut self) -> Self {
        self.wakes = true;
        self
    }

    /// Who did it, where the caller had no credential yet: the person who signed in, the link that was used.
    #[must_use]
    pub fn by(mut self, kind: ActorKind, id: uuid::Uuid) -> Self {
        self.actor = Some(Actor { kind, id: Some(id), role: None });
        self
    }

    /// In whose name a job did it.
    #[must_use]
    pub fn by_administrator(mut self, kind: ActorKind, id: uuid::Uuid, role: RoleName) -> Self {
        self.actor = Some(Actor { kind, id: Some(id), role: Some(role) });
        self
    }
}

/// What a try has written.
enum Written<T> {
    /// Everything that there was to write.
    Kept {
        /// The answer, or a refusal that leaves something behind.
        outcome: Result<T, Box<dyn Refusal>>,
        /// Whether there is work for the workers.
        wakes: bool,
    },
    /// Nothing that stays: a repeated request, a plan; none where the change has to be prepared first.
    Nothing(Result<Option<T>>),
}

/// How often a change is tried when the database asks for it (serialization failure, deadlock).
pub(in crate::core) const TRIES: u32 = 5;

impl Steward {
    /// Runs an action for whoever `origin` says.
    ///
    /// # Errors
    /// A refusal, what is wrong with the request, or `Internal`. Then nothing has changed, but for what a refusal
    /// says that it records.
    pub async fn perform<A: Action>(&self, origin: &Origin, mut action: A) -> Result<A::Output> {
        let mut is_prepared = self.prepare(origin, &mut action, true).await?;
        let mut tried = 0;
        loop {
            tried += 1;
            match self.attempt(origin, &action, is_prepared).await {
                Err(Error::Internal(error)) if tried < TRIES && is_passing(error.as_ref()) => {}
                Ok(Some(output)) => return Ok(output),
                // The recorded answer has had its day meanwhile.
                Ok(None) => is_prepared = self.prepare(origin, &mut action, false).await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the action is prepared: what was done already isn't, so that a repeated request is neither counted nor
    /// refused for what has passed since.
    async fn prepare<A: Action>(&self, origin: &Origin, action: &mut A, may_be_repeated: bool) -> Result<bool> {
        let now = self.clock.now();
        authorize(A::NAME, &origin.caller, action.scope(), now)?;
        let tx = Tx::new((&self.read).into(), self, origin, origin.caller.clone(), now, false);
        if may_be_repeated && idempotency::replay::<A::Output>(&tx, A::NAME).await?.is_some() {
            return Ok(false);
        }
        action.prepare(&tx).await?;
        Ok(true)
    }

    /// One try; none when the action isn't prepared and its answer isn't recorded.
    async fn attempt<A: Action>(&self, origin: &Origin, action: &A, is_prepared: bool) -> Result<Option<A::Output>> {
        let transaction = self.begin().await?;
        match self.inside(&transaction, origin, action, is_prepared).await {
            Ok(Written::Kept { outcome, wakes }) => {
                transaction.commit().await?;
                if wakes {
                    self.wake.notify_waiters();
                }
                outcome.map(Some).map_err(Error::Refused)
            }
            Ok(Written::Nothing(outcome)) => {
                transaction.rollback().await?;
                outcome
            }
            Err(error) => {
                // Now, and not some time after the answer: whoever comes next must not find our locks. Where the database
                // is gone, so are they.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    async fn inside<A: Action>(
        &self,
        transaction: &DatabaseTransaction,
        origin: &Origin,
        action: &A,
        is_prepared: bool,
    ) -> Result<Written<A::Output>> {
        let now = self.clock.now();
        let caller = origin.caller.again(transaction, now).await?.ok_or(Error::Unauthenticated)?;
        let authority = authorize(A::NAME, &caller, action.scope(), now)?;
        let mut tx = Tx::new(transaction.into(), self, origin, caller, now, true);
        if !is_prepared {
            // A repeated request is answered whatever has become, since, of what it was about: of that its answer shows
            // what its caller still sees. None where its day has just passed.
            let recorded = idempotency::replay(&tx, A::NAME).await?;
            return Ok(Written::Nothing(Ok(recorded)));
        }
        let target = action.target(&authority, &tx).await?;
        // Waiting for the target's lock takes time, in which a session or a role may have ended: who calls, and by what
        // right, is decided again now that nobody else can change the target.
        let caller = origin.caller.again(transaction, now).await?.ok_or(Error::Unauthenticated)?;
        let authority = authorize(A::NAME, &caller, action.scope(), now)?;
        tx.is_now(caller);
        if let Some(output) = idempotency::replay(&tx, A::NAME).await? {
            return Ok(Written::Nothing(Ok(Some(output))));
        }
        action.check(&authority, &target, now)?;
        let done = action.run(Authorized::new(target, authority), &tx).await?;
        if action.dry_run() {
            return Ok(Written::Nothing(done.outcome.map(Some).map_err(Error::Refused)));
        }
        let woken =
            self.finish::<A>(&tx, authority, &done.outcome, done.events, done.notices, done.jobs, done.actor).await?;
        if let Caller::System(Some(lease)) = tx.caller() {
            // What a job changes is always written under its lease: who has lost it changes nothing.
            let progress =
                done.progress.ok_or_else(|| Error::internal("a chunk of a job said nothing of its progress"))?;
            job::record(&tx, *lease, progress).await?;
        }
        Ok(Written::Kept { outcome: done.outcome, wakes: woken || done.wakes })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one Done, taken apart so that its answer can be returned"
    )]
    async fn finish<A: Action>(
        &self,
        tx: &Tx<'_>,
        authority: Authority,
        outcome: &Result<A::Output, Box<dyn Refusal>>,
        events: EventSet,
        notices: Notices,
        jobs: Vec<JobDraft>,
        by: Option<Actor>,
    ) -> Result<bool> {
        let work = !jobs.is_empty();
        let mail = notice::write(tx, notices).await?;
        job::write(tx, jobs).await?;
        if let Ok(output) = outcome {
            idempotency::record(tx, A::NAME, output).await?;
        }
        let actor = actor(tx.caller(), authority, by);
        event::write(tx, A::NAME, actor, tx.origin().request_id.as_deref(), events).await?;
        Ok(work || mail)
    }

    /// A transaction that may write whenever it has read.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }
}

fn actor(caller: &Caller, authority: Authority, by: Option<Actor>) -> Actor {
    if let Some(by) = by {
        return by;
    }
    let role = match authority {
        Authority::Administrator(administrator) => Some(administrator.role),
        _ => None,
    };
    let (kind, id) = match caller {
        Caller::Person(person) => (ActorKind::Account, Some(person.account.id.0)),
        Caller::Key(key) => (ActorKind::ApiKey, Some(key.id.0)),
        Caller::Service(key) => (ActorKind::ServiceKey, Some(key.id.0)),
        Caller::App(token) => (ActorKind::App, Some(token.installation.0)),
        Caller::System(_) => (ActorKind::System, None),
        Caller::Nobody => (ActorKind::Anonymous, None),
    };
    Actor { kind, id, role }
}

/// Whether the database asks for another try: serialization failure and deadlock (PostgreSQL), a repeated request that
/// ran beside this one, a busy file (SQLite).
pub(in crate::core) fn is_passing(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let Some(error) = error.downcast_ref::<DbErr>() else {
        return false;
    };
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) = error else {
        return false;
    };
    let Some(database) = inner.as_database_error() else {
        return false;
    };
    matches!(database.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
        || (database.is_unique_violation() && database.message().contains("idempotency"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_counted_as_one_and_ipv4_addresses_each() {
        let network = |address: &str| Origin { ip_address: address.to_owned(), ..Origin::system() }.network();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!((network("192.0.2.1"), network("")), ("192.0.2.1".to_owned(), String::new()));
    }
}
