//! Who acts: mostly somebody for whom there is something to do, so that few steps are refused; now and then anybody.

use super::Play;
use crate::state_machine::{
    acts::Step,
    powers::may,
    world::{ADMINISTRATORS, Human, OPERATOR},
};
use steward::core::{ActionName, powers::LASTING};
use steward_entities::{
    account, account_block,
    kinds::{BlockKind, MembershipStatus, TokenPurpose},
};

impl Play<'_> {
    /// Somebody whose role allows it; sometimes anybody, or an operator.
    pub(super) fn administrator(&self, action: ActionName, step: Step) -> usize {
        let all: Vec<usize> = ADMINISTRATORS.iter().map(|name| self.world.find(name)).collect();
        let able = all.iter().copied().filter(|&human| {
            let organization = self.world.organizations[self.world.home(human)].id;
            let role = self.world.humans[human].account.and_then(|id| self.before.role_in_use(organization, id));
            role.is_some_and(|role| may(action.as_str(), role))
        });
        let able: Vec<usize> = able.collect();
        match step.who {
            250.. => self.world.find(OPERATOR),
            who if who < 210 && !able.is_empty() => able[usize::from(who) % able.len()],
            who => all[usize::from(who) % all.len()],
        }
    }

    /// Somebody who has something to answer, to take up or to give back; sometimes anybody.
    pub(super) fn person(&self, action: ActionName, step: Step) -> usize {
        let all = 0..self.world.humans.len();
        let concerned: Vec<usize> = all.clone().filter(|&human| self.is_concerned(action, human)).collect();
        if step.who < 220 && !concerned.is_empty() {
            return concerned[usize::from(step.who) % concerned.len()];
        }
        usize::from(step.who) % all.len()
    }

    fn is_concerned(&self, action: ActionName, human: usize) -> bool {
        let (at, human) = (&self.before, &self.world.humans[human]);
        let Some(account) = human.account.and_then(|id| at.person(id)) else { return false };
        let of = |id| id == account.id;
        let is_away = |kind: BlockKind| {
            let own = |block: &&account_block::Model| of(block.account_id) && block.organization_id.is_none();
            at.account_block.iter().filter(own).any(|block| block.lifted_at.is_none() && block.kind == kind)
        };
        // Who was erased concerns nobody.
        if account.email.is_empty() {
            return false;
        }
        match action {
            ActionName::AcceptControl => at.pending(account.id).is_some(),
            ActionName::CancelEmailChange => {
                at.email_change.iter().any(|it| of(it.account_id) && it.ended_at.is_none())
            }
            ActionName::RequestEmailChange => account.managed_by.is_some() || at.pending(account.id).is_some(),
            ActionName::ReactivateMyAccount => is_away(BlockKind::Deactivation),
            ActionName::CancelMyAccountDeletion => is_away(BlockKind::Deletion),
            ActionName::DeleteMyAccount => account.managed_by.is_none(),
            ActionName::AcceptMembership => self.is_offered(account),
            ActionName::LeaveWorkspace => {
                at.membership.iter().any(|it| it.account_id == Some(account.id) && LASTING.contains(&it.status))
            }
            ActionName::ResignRole => at.role.iter().any(|role| of(role.account_id)),
            ActionName::AcceptInvitation => self.has_link(human, TokenPurpose::Invitation),
            ActionName::ConfirmEmailChange => self.has_link(human, TokenPurpose::EmailChange),
            ActionName::ResetPassword => {
                self.has_link(human, TokenPurpose::PasswordReset)
                    || self.has_link(human, TokenPurpose::AccountInvitation)
            }
            ActionName::DeclineAccount => self.has_link(human, TokenPurpose::AccountInvitation),
            ActionName::DeclineMembership => self.has_link(human, TokenPurpose::Membership),
            _ => true,
        }
    }

    fn is_offered(&self, account: &account::Model) -> bool {
        let mut offers = self.before.membership.iter().filter(|it| it.status == MembershipStatus::Invited);
        offers.any(|it| it.email == account.email)
    }

    fn has_link(&self, human: &Human, purpose: TokenPurpose) -> bool {
        let mut links = self.before.token.iter().filter(|link| link.purpose == purpose && self.before.works(link));
        links.any(|link| human.reads(&link.email))
    }
}
