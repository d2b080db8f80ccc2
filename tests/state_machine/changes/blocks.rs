//! Blocks: laid and lifted by whom they belong to. And what comes of a deletion, when its time has come and not before.

use super::{super::keep, Between, Kept, Snapshot};
use chrono::TimeDelta;
use steward::core::ActionName;
use steward_entities::{account_block, id::AccountId, kinds::BlockKind};

/// What the log calls the end of a deletion.
const ERASED: &str = "eraseAccount";

impl Between<'_> {
    /// Who lays a block and who lifts it.
    pub(super) fn blocks(&self) -> Kept {
        for new in &self.after.account_block {
            let old = self.before.account_block.iter().find(|old| old.id == new.id);
            if old.is_none() {
                self.laid(new)?;
            } else if old.is_some_and(|old| old.lifted_at.is_none()) && new.lifted_at.is_some() {
                self.lifted(new)?;
            }
        }
        Ok(())
    }

    fn laid(&self, block: &account_block::Model) -> Kept {
        let account = block.account_id;
        let act = match block.kind {
            BlockKind::Restriction => "restrictAccount",
            BlockKind::Suspension => "suspendAccount",
            BlockKind::Termination => "terminateAccount",
            BlockKind::PasswordReset => "requirePasswordReset",
            BlockKind::Deactivation => "deactivateMyAccount",
            BlockKind::Deletion if block.organization_id.is_some() => "deleteAccount",
            BlockKind::Deletion => "deleteMyAccount",
        };
        let stream = block.organization_id.map(|id| id.0);
        let logged = self.events().any(|event| {
            event.action == act && event.account_id == Some(account) && stream.is_none_or(|id| id == event.stream_id)
        });
        keep!(logged, "a {:?} that nobody has laid", block.kind);
        match block.kind {
            BlockKind::Suspension | BlockKind::Termination => self.all_dead(account, None, "a suspension"),
            BlockKind::Deletion if block.organization_id.is_some() => self.all_dead(account, None, "a deletion"),
            BlockKind::Deletion => self.all_dead(account, self.doing.session, "a deletion"),
            BlockKind::Deactivation => {
                let mut open =
                    self.after.session.iter().filter(|it| it.account_id == account && self.after.is_open(it));
                keep!(open.all(|it| Some(it.id) == self.doing.session), "a session outlives a deactivation");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn lifted(&self, block: &account_block::Model) -> Kept {
        let account = block.account_id;
        if self.was(ERASED, account) {
            return Ok(());
        }
        let over = block.kind != BlockKind::Deletion && block.until.is_some_and(|until| until <= self.after.now);
        let Some(organization) = block.organization_id else {
            let cancels = match block.kind {
                BlockKind::Deletion => ActionName::CancelMyAccountDeletion,
                _ => ActionName::ReactivateMyAccount,
            };
            keep!(
                self.doing.by == Some(account) && self.is(cancels),
                "a person's own {:?} was lifted by somebody else",
                block.kind
            );
            return Ok(());
        };
        let password = block.kind == BlockKind::PasswordReset
            && (self.was("resetPassword", account) || self.was("changePassword", account));
        let manager = |at: &Snapshot| at.person(account).and_then(|person| person.managed_by);
        let released = manager(self.before) == Some(organization) && manager(self.after) != Some(organization);
        let acts: &[&str] = match block.kind {
            BlockKind::Deletion => &["cancelAccountDeletion"],
            _ => &["restoreAccount", "restrictAccount", "suspendAccount", "terminateAccount", "requirePasswordReset"],
        };
        let by_them = self.events().any(|event| {
            acts.contains(&event.action.as_str())
                && event.stream_id == organization.0
                && event.account_id == Some(account)
        });
        keep!(over || password || released || by_them, "a block of one organization was lifted by another's act");
        Ok(())
    }

    /// Nobody is erased but by a deletion that is due, and that nobody has canceled.
    pub(super) fn erasures(&self) -> Kept {
        for event in self.events().filter(|event| event.action == ERASED) {
            let account = event.account_id.and_then(|id| self.before.person(id)).ok_or("nobody was erased")?;
            let name = &account.email;
            keep!(self.doing.action.is_none(), "{name} was erased by a request");
            let due = self.before.account_block.iter().find(|block| {
                block.account_id == account.id
                    && block.kind == BlockKind::Deletion
                    && block.lifted_at.is_none()
                    && block.organization_id == account.managed_by
            });
            let due = due.ok_or_else(|| format!("{name} was erased, and nobody who may had asked for it"))?;
            let until = due.until.ok_or("a deletion without a time")?;
            keep!(until <= self.after.now, "{name} was erased before {until}");
            let details = self.before.event_detail.iter().filter(|detail| detail.account_id == Some(account.id));
            let days = details.filter_map(|detail| detail.details["graceDays"].as_i64());
            let mut graces = days.map(|days| due.created_at + TimeDelta::days(days));
            keep!(graces.any(|end| end == until), "{name} was erased at a time that nobody has named");
            let erased = self.after.person(account.id).is_some_and(|account| account.email.is_empty());
            keep!(erased, "{name} was erased, and is there");
        }
        for old in self.before.account.iter().filter(|old| !old.email.is_empty()) {
            let new = self.after.person(old.id).ok_or("an account vanished")?;
            keep!(!new.email.is_empty() || self.is_erased(old.id), "{} is erased, and nothing says so", old.email);
        }
        Ok(())
    }

    /// Whether the person is gone now: at the end of a deletion, or because they never wanted the account.
    pub(super) fn is_erased(&self, account: AccountId) -> bool {
        self.was(ERASED, account) || self.was("declineAccount", account)
    }
}
