//! What may change from one moment to the next, and by whose act: whatever has no reason here is a power that somebody
//! has gained.

mod blocks;

use super::{
    Kept, keep,
    snapshot::{LIMITING, Snapshot},
};
use chrono::TimeDelta;
use steward::core::{ActionName, powers::LIMITED};
use steward_entities::{
    account, account_block, event,
    id::{AccountId, OrganizationId, SessionId},
    kinds::{AssertionStatus, EmailChangeStatus, MembershipStatus, RoleName, TokenPurpose, VerificationMethod},
};

/// A step that was done: by whom, with what they had in their hands.
#[derive(Clone, Copy, Default)]
pub struct Doing {
    /// The mutation; none for what the service does by itself.
    pub action: Option<ActionName>,
    /// The account that acts, where somebody is signed in.
    pub by: Option<AccountId>,
    /// Their session.
    pub session: Option<SessionId>,
}

/// Two moments, and what was done between them.
pub struct Between<'a> {
    pub before: &'a Snapshot,
    pub after: &'a Snapshot,
    pub doing: Doing,
}

const OPEN_LINKS: [TokenPurpose; 3] =
    [TokenPurpose::PasswordReset, TokenPurpose::AccountInvitation, TokenPurpose::EmailChange];

impl<'a> Between<'a> {
    /// The events that were written.
    pub fn events(&self) -> impl Iterator<Item = &'a event::Model> {
        self.after.event.iter().filter(|event| !self.before.event.iter().any(|old| old.id == event.id))
    }

    /// Whether the log says that `action` was done to the account.
    fn was(&self, action: &str, account: AccountId) -> bool {
        self.events().any(|event| event.action == action && event.account_id == Some(account))
    }

    fn is(&self, action: ActionName) -> bool {
        self.doing.action == Some(action)
    }

    /// All of it.
    pub fn is_allowed(&self) -> Kept {
        self.nothing_revives()?;
        for after in &self.after.account {
            let before = self.before.person(after.id);
            let Some(before) = before else { continue };
            self.password(before, after)?;
            self.address(before, after)?;
            self.control(before, after)?;
        }
        self.sessions()?;
        self.roles()?;
        self.memberships()?;
        self.blocks()?;
        self.erasures()?;
        self.links()?;
        self.owners()
    }

    /// What has ended stays ended.
    fn nothing_revives(&self) -> Kept {
        for old in &self.before.session {
            let new = self.after.session.iter().find(|new| new.id == old.id);
            let Some(new) = new else {
                keep!(self.is_erased(old.account_id), "a session vanished");
                continue;
            };
            keep!(old.ended_at.is_none() || new.ended_at == old.ended_at, "an ended session lives again");
            keep!(new.expires_at <= old.expires_at && new.account_id == old.account_id, "a session lives longer");
        }
        for old in &self.before.token {
            let new = self.after.token.iter().find(|new| new.id == old.id).ok_or("a link vanished")?;
            keep!(
                (old.used_at.is_none() || new.used_at == old.used_at)
                    && (old.revoked_at.is_none() || new.revoked_at == old.revoked_at)
                    && new.expires_at <= old.expires_at,
                "an ended link works again"
            );
        }
        for old in &self.before.event {
            keep!(self.after.event.contains(old), "the log was altered: {old:?}");
        }
        for old in &self.before.account_block {
            let new = self.after.account_block.iter().find(|new| new.id == old.id).ok_or("a block vanished")?;
            keep!(old.lifted_at.is_none() || new.lifted_at == old.lifted_at, "a lifted block is back");
            keep!(new.until == old.until && new.kind == old.kind, "a block was altered");
        }
        for old in &self.before.control_assertion {
            let new =
                self.after.control_assertion.iter().find(|new| new.id == old.id).ok_or("an assertion vanished")?;
            let goes_on = match old.status {
                AssertionStatus::Pending => new.status != AssertionStatus::Released,
                AssertionStatus::InEffect => {
                    matches!(new.status, AssertionStatus::InEffect | AssertionStatus::Released)
                }
                ended => new.status == ended,
            };
            keep!(goes_on, "an assertion went from {:?} to {:?}", old.status, new.status);
        }
        for old in &self.before.email_change {
            let new = self.after.email_change.iter().find(|new| new.id == old.id).ok_or("a change vanished")?;
            let ended = matches!(
                old.status,
                EmailChangeStatus::Confirmed
                    | EmailChangeStatus::Canceled
                    | EmailChangeStatus::Rejected
                    | EmailChangeStatus::Expired
            );
            keep!(!ended || new.status == old.status, "a change of address that was {:?} goes on", old.status);
            let approved = old.status != new.status && new.status == EmailChangeStatus::Approved;
            keep!(!approved || self.was("approveEmailChange", old.account_id), "approved by nobody");
        }
        Ok(())
    }

    /// Every session, link and change of address from before is dead, but for one session.
    fn all_dead(&self, account: AccountId, but: Option<SessionId>, why: &str) -> Kept {
        for old in self.before.session.iter().filter(|old| old.account_id == account && self.before.is_open(old)) {
            let lives = self.after.session.iter().any(|new| new.id == old.id && new.ended_at.is_none());
            keep!(!lives || Some(old.id) == but, "nobody inherits a foothold: a session outlives {why}");
        }
        for old in self.before.links(account, &OPEN_LINKS) {
            let lives = self.after.token.iter().any(|new| new.id == old.id && self.after.works(new));
            keep!(!lives, "nobody inherits a foothold: a link ({:?}) outlives {why}", old.purpose);
        }
        for old in self.before.email_change.iter().filter(|old| old.account_id == account) {
            let lives = |status| {
                matches!(
                    status,
                    EmailChangeStatus::Pending | EmailChangeStatus::WaitingForApproval | EmailChangeStatus::Approved
                )
            };
            let open = self.after.email_change.iter().any(|new| new.id == old.id && lives(new.status));
            keep!(!open, "nobody inherits a foothold: a change of address outlives {why}");
        }
        Ok(())
    }

    fn password(&self, before: &account::Model, after: &account::Model) -> Kept {
        if before.password_hash == after.password_hash {
            return Ok(());
        }
        let name = &after.email;
        if after.password_hash.is_none() {
            keep!(
                self.is_erased(after.id) || self.was("requirePasswordReset", after.id),
                "nobody asked for a new password of {name}"
            );
            return self.all_dead(after.id, None, "a required reset");
        }
        let own = self.is(ActionName::ChangePassword) && self.doing.by == Some(after.id);
        let link = self.is(ActionName::ResetPassword) && self.used_link(after.id, &OPEN_LINKS[..2]);
        keep!(own || link, "an administrator never chooses a password: {name}'s was set");
        self.all_dead(after.id, self.doing.session.filter(|_| own), "a changed password")
    }

    /// Whether a link of the account, mailed to the address that it had, was used now.
    fn used_link(&self, account: AccountId, purposes: &[TokenPurpose]) -> bool {
        let email = self.before.person(account).map(|account| account.email.as_str());
        let mut links = self.before.links(account, purposes).filter(|link| Some(link.email.as_str()) == email);
        links.any(|old| self.after.token.iter().any(|new| new.id == old.id && new.used_at.is_some()))
    }

    fn address(&self, before: &account::Model, after: &account::Model) -> Kept {
        if before.email == after.email || after.email.is_empty() {
            return Ok(());
        }
        let name = format!("{} to {}", before.email, after.email);
        if after.verified_by == Some(VerificationMethod::Domain) {
            let manager = before.managed_by.ok_or("an administrator moved an account that nobody manages")?;
            keep!(self.was("changeAccountEmail", before.id), "nobody moved {name}");
            keep!(self.before.prover(&after.email) == Some(manager), "set outside the proved domains: {name}");
            for role in self.after.role.iter().filter(|role| role.account_id == before.id) {
                let asleep = role.organization_id == manager || role.asleep_at.is_some();
                keep!(asleep, "no ladder: a role elsewhere comes along with {name}");
            }
        } else {
            keep!(self.is(ActionName::ConfirmEmailChange), "nobody has confirmed {name}");
            let confirmed = |link: &steward_entities::token::Model| {
                link.account_id == Some(before.id) && link.purpose == TokenPurpose::EmailChange
            };
            let used = self.before.token.iter().filter(|link| confirmed(link) && self.before.works(link));
            let used: Vec<_> = used.filter(|link| link.email == after.email).collect();
            keep!(!used.is_empty(), "confirmed by a link to another address: {name}");
        }
        self.all_dead(after.id, None, "a change of address")
    }

    /// No control without proof, notice and time; and what was there before is dead.
    fn control(&self, before: &account::Model, after: &account::Model) -> Kept {
        let name = &after.email;
        let Some(manager) = after.managed_by else { return Ok(()) };
        if before.managed_by == Some(manager) {
            return Ok(());
        }
        keep!(before.managed_by.is_none(), "{name} went from one organization to another");
        if self.is(ActionName::CreateAccount) {
            let unused = before.verified_at.is_none() && before.password_changed_at.is_none();
            keep!(unused, "no control without notice: {name} was somebody's already");
        } else {
            let assertion = self.before.pending(after.id).ok_or("no control without notice: nothing was asserted")?;
            let claim = self.before.claim.iter().find(|claim| claim.id == assertion.claim_id).ok_or("no claim")?;
            let period = TimeDelta::days(claim.notice_days);
            keep!(claim.notice_days >= 7, "no control without notice: the period is {}", claim.notice_days);
            let consent = self.is(ActionName::AcceptControl) && self.doing.by == Some(after.id);
            let delivered = assertion.notice_delivered_at.filter(|&at| at + period <= self.after.now);
            let due = assertion.takes_effect_at.is_some_and(|at| at <= self.after.now);
            keep!(consent || (delivered.is_some() && due), "no control without notice: {name} came too early");
        }
        for role in self.after.role.iter().filter(|role| role.account_id == after.id) {
            let asleep = role.organization_id == manager || role.asleep_at.is_some();
            keep!(asleep, "no ladder: a role elsewhere comes along with {name}");
        }
        self.all_dead(after.id, None, "the beginning of control")
    }

    fn sessions(&self) -> Kept {
        let new = self.after.session.iter().filter(|new| !self.before.session.iter().any(|old| old.id == new.id));
        for session in new {
            let opens = self.is(ActionName::SignIn) || self.is(ActionName::CompleteSignUp);
            keep!(opens, "a session was opened by {:?}", self.doing.action);
            keep!(session.expires_at <= self.after.now + TimeDelta::days(30), "a session lives too long");
        }
        Ok(())
    }

    /// A role begins, rises or wakes only by an owner's act, or by the invitation of one who still is.
    fn roles(&self) -> Kept {
        for new in &self.after.role {
            let old = self.before.role.iter().find(|old| old.id == new.id);
            let woke = old.is_some_and(|old| old.asleep_at.is_some() && new.asleep_at.is_none());
            if old.is_some_and(|old| old.role == new.role) && !woke {
                continue;
            }
            let organization = new.organization_id;
            if self.is(ActionName::AssignRole) {
                let by = self.doing.by.ok_or("a role by nobody")?;
                let owner = self.before.role_in_use(organization, by) == Some(RoleName::Owner);
                keep!(owner && by != new.account_id, "no ladder: a role was given by who doesn't own the place");
                continue;
            }
            let invited = self.before.invitation.iter().find(|invitation| {
                let open = invitation.accepted_at.is_none() && invitation.canceled_at.is_none();
                open && self.after.invitation.iter().any(|it| it.id == invitation.id && it.accepted_at.is_some())
            });
            let invited = invited.ok_or("no ladder: a role came from nowhere")?;
            keep!(self.doing.by == Some(new.account_id), "no ladder: somebody else's invitation");
            keep!(invited.organization_id == organization && invited.role == new.role, "no ladder: another role");
            if let Some(by) = invited.invited_by {
                let held = self.before.held(organization, by).filter(|held| held.asleep_at.is_none());
                let owner = held.is_some_and(|held| held.role == RoleName::Owner);
                keep!(owner, "no ladder: an invitation by who owns the place no more");
            }
        }
        Ok(())
    }

    fn memberships(&self) -> Kept {
        for new in self.after.membership.iter().filter(|new| new.status == MembershipStatus::Active) {
            let old = self.before.membership.iter().find(|old| old.id == new.id).ok_or("a member from nowhere")?;
            if old.status == new.status {
                keep!(old.account_id == new.account_id, "a membership went to somebody else");
                continue;
            }
            if LIMITED.contains(&old.status) {
                let by_itself = self.events().any(|event| event.action == "endMembershipLimit");
                keep!(self.is(ActionName::RestoreMembership) || by_itself, "a limit of a membership ended by nobody");
                keep!(old.account_id == new.account_id, "a membership went to somebody else");
                continue;
            }
            keep!(old.status == MembershipStatus::Invited, "a membership is back that was {:?}", old.status);
            let own = self.is(ActionName::AcceptMembership) && new.account_id == self.doing.by;
            keep!(own, "no ladder: a membership that nobody accepted");
            let former = self.before.membership.iter().filter(|it| {
                it.workspace_id == new.workspace_id && it.account_id == new.account_id && it.ended_at.is_some()
            });
            let last = former.max_by_key(|it| (it.ended_at, it.id));
            let sent_away = last.is_some_and(|it| it.status == MembershipStatus::Terminated || it.reason.is_some());
            keep!(!sent_away || old.offered_by != new.account_id, "no ladder: sent away, and back by their own offer");
        }
        Ok(())
    }

    fn links(&self) -> Kept {
        for link in self.after.token.iter().filter(|new| !self.before.token.iter().any(|old| old.id == new.id)) {
            let hours = match link.purpose {
                TokenPurpose::PasswordReset | TokenPurpose::EmailChange => 1,
                TokenPurpose::SignUp => 24,
                TokenPurpose::Invitation | TokenPurpose::Membership | TokenPurpose::AccountInvitation => 14 * 24,
                TokenPurpose::Notice => continue,
            };
            keep!(link.expires_at <= link.created_at + TimeDelta::hours(hours), "a link lives too long");
            if matches!(link.purpose, TokenPurpose::PasswordReset | TokenPurpose::AccountInvitation) {
                let account = link.account_id.and_then(|id| self.after.person(id)).ok_or("a link for nobody")?;
                keep!(account.email == link.email, "a link to {} goes to {}", account.email, link.email);
            }
        }
        Ok(())
    }

    /// An organization never takes its last owner away, and the last one never goes by themselves: only others take them.
    fn owners(&self) -> Kept {
        let mut organizations: Vec<OrganizationId> = self.before.organization.iter().map(|it| it.id).collect();
        organizations.retain(|&id| !self.before.able_owners(id).is_empty() && self.after.able_owners(id).is_empty());
        for organization in organizations {
            let elsewhere = self.before.able_owners(organization).iter().all(|&owner| {
                let asleep = self.after.held(organization, owner).is_some_and(|held| held.asleep_at.is_some());
                let manager = self.before.person(owner).and_then(|person| person.managed_by);
                let of_another = |block: &account_block::Model| {
                    block.account_id == owner
                        && block.lifted_at.is_none()
                        && LIMITING.contains(&block.kind)
                        && block.organization_id == manager
                        && manager != Some(organization)
                };
                asleep || self.after.account_block.iter().any(of_another)
            });
            keep!(elsewhere, "the last owner was taken away by the organization itself, or went by themselves");
        }
        Ok(())
    }
}
