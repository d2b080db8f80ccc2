//! One chunk of a job over many accounts: what the mutation on one account does, in the name of who asked for it.

use crate::{
    bulk::work::{Bulk, CHUNK, on_act},
    core::{
        AccountAct, Action, ActionName, Authority, Authorized, Concerned, Done, Effects, Error, EventSet, Notices,
        Progress, Result, Silence, Tx, Unlogged,
        account_act::{self, Sorted},
        authority::Administrator,
        caller::standing,
        insert::insert_all,
        permission::allows,
        powers::{Facts, PowerRefusal},
    },
};
use sea_orm::{EntityTrait, Set};
use steward_entities::{
    id::{AccountId, JobId},
    job, job_row, organization,
};

/// Why the rest isn't done.
const POWERLESS: &str = "Who asked for this may no longer do it.";
/// The same, where time has passed.
const TOO_LATE: &str = "The end that was asked for has come before everybody's turn.";

/// The reasons for giving up that callers may read; what else fails is ours to know.
pub const TOLD: [&str; 2] = [POWERLESS, TOO_LATE];

/// Runs the next chunk.
pub struct RunBulk {
    /// The job.
    pub job: JobId,
    /// What it is to do.
    pub bulk: Bulk,
}

/// The next accounts, locked, and who acts.
pub struct InHand {
    /// Who asked for it; none when they may no longer.
    administrator: Option<Administrator>,
    ids: Vec<AccountId>,
    organization: Option<organization::Model>,
    facts: Vec<Facts>,
}

impl Action for RunBulk {
    const NAME: ActionName = ActionName::RunBulk;
    type Target = InHand;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<InHand> {
        let job = job::Entity::find_by_id(self.job).one(tx.db()).await?;
        let asked_at = job.as_ref().map_or(tx.now(), |job| job.created_at);
        let after = job.and_then(|job| job.cursor).map(|cursor| cursor.parse()).transpose().map_err(Error::internal)?;
        let ids = self.bulk.next(tx.db(), after, tx.now()).await?;
        let (organization, facts) = on_act!(&self.bulk.act, act => load(act, self, tx, &ids).await?);
        // After the accounts and before the log, as whoever cancels it does.
        tx.lock(job::Entity::find_by_id(self.job)).one(tx.db()).await?;
        // Behind the locks, as for one account: who acts may have lost the role while we waited.
        let role =
            standing(tx.db(), (self.bulk.by.kind, self.bulk.by.id), self.bulk.organization, asked_at, tx.now()).await?;
        let permission = self.bulk.act.name().rule().permission();
        let administrator = role
            .filter(|(role, _)| permission.is_some_and(|permission| allows(*role, permission)))
            .map(|(role, account)| Administrator { organization: self.bulk.organization, role, account });
        Ok(InHand { administrator, ids, organization: Some(organization), facts })
    }

    async fn run(&self, hand: Authorized<InHand>, tx: &Tx<'_>) -> Result<Done<()>> {
        on_act!(&self.bulk.act, act => self.chunk(act, hand.into_inner(), tx).await)
    }
}

async fn load<A: AccountAct>(
    _: &A,
    run: &RunBulk,
    tx: &Tx<'_>,
    ids: &[AccountId],
) -> Result<(organization::Model, Vec<Facts>)> {
    account_act::load::<A>(tx, run.bulk.organization, ids).await
}

impl RunBulk {
    async fn chunk<A: AccountAct>(&self, act: &A, hand: InHand, tx: &Tx<'_>) -> Result<Done<()>> {
        let nothing =
            || Done::new((), EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged));
        let given_up = |why: &str| Ok(nothing().progress(Progress::GivenUp { why: why.to_owned() }));
        let (Some(administrator), Some(organization)) = (hand.administrator, hand.organization) else {
            return given_up(POWERLESS);
        };
        // A job may wait long: what would be over before it began isn't begun.
        if act.is_valid(tx.now()).is_err() {
            return given_up(TOO_LATE);
        }
        let Some(last) = hand.ids.last() else {
            return Ok(nothing().progress(Progress::Complete { done: 0 }));
        };
        let Sorted { allowed, mut refused } = account_act::sort(act, &administrator, &hand.ids, hand.facts, tx.now());
        let concerned = Concerned { organization, administrator, accounts: allowed };
        let effects = if concerned.accounts.is_empty() { Effects::default() } else { act.run(&concerned, tx).await? };
        refused.extend(effects.refused);
        refused.extend(effects.unchanged.into_iter().map(|id| (id, PowerRefusal::AlreadySo)));
        self.write_results(tx, &concerned, refused).await?;
        let done = i64::try_from(hand.ids.len()).unwrap_or_default();
        let progress = if hand.ids.len() < CHUNK {
            Progress::Complete { done }
        } else {
            Progress::More { cursor: Some(last.to_string()), done }
        };
        let events: Vec<_> = effects.events.into_iter().map(|event| event.or_named(A::NAME)).collect();
        let events = if events.is_empty() { EventSet::none(Unlogged::NothingChanged) } else { EventSet::many(events) };
        let notices = Notices::many(effects.notices, Silence::NothingChanged);
        let done = Done::new((), events, notices)
            .by_administrator(self.bulk.by.kind, self.bulk.by.id, administrator.role)
            .progress(progress);
        Ok(effects.jobs.into_iter().fold(done, Done::then))
    }

    async fn write_results(
        &self,
        tx: &Tx<'_>,
        concerned: &Concerned,
        refused: Vec<(AccountId, PowerRefusal)>,
    ) -> Result<()> {
        let row = |account: AccountId, refusal: Option<&PowerRefusal>| -> Result<job_row::ActiveModel> {
            let refusal = refusal.map(serde_json::to_value).transpose()?;
            let refusal = refusal.and_then(|value| value.as_str().map(ToOwned::to_owned));
            Ok(job_row::ActiveModel { job_id: Set(self.job), account_id: Set(account), refusal: Set(refusal) })
        };
        let late: std::collections::HashSet<AccountId> = refused.iter().map(|(id, _)| *id).collect();
        let done = concerned.ids().into_iter().filter(|id| !late.contains(id)).map(|id| row(id, None));
        let left = refused.iter().map(|(id, refusal)| row(*id, Some(refusal)));
        insert_all::<job_row::Entity>(tx, done.chain(left).collect::<Result<Vec<_>>>()?).await
    }
}
