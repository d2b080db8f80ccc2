//! What can happen, and how often: a line for each act, with what is asked for in that moment.

mod administer;
mod own;

use super::{
    snapshot::Snapshot,
    world::{Human, World},
};
use serde_json::Value;
use steward::core::ActionName::{self, *};
use steward_entities::{
    account,
    id::{AccountId, OrganizationId},
    kinds::TokenPurpose,
    token,
};

/// One step, as it is drawn: which act, and three numbers that choose who does it, to whom, and how.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub act: usize,
    pub who: u8,
    pub on: u8,
    pub how: u8,
}

/// What is asked for; none where nothing is there to ask for.
type Ask = fn(&Moment<'_>) -> Option<Value>;

/// Something that can happen.
pub enum What {
    /// An administrator does it, by a session or a key.
    Administer(ActionName, Ask),
    /// A person does it to their own account.
    Own(ActionName, Ask),
    /// It is done without a session, by what somebody has in their hands.
    Open(ActionName, Ask),
    /// The clock goes on.
    Wait,
    /// The workers do what is due.
    Work,
    /// Somebody who reads a mailbox sets a new password for its account, and signs in.
    GetIn,
    /// An administrator adds a domain and proves it.
    Prove,
}

/// A line of the list.
pub struct Act {
    /// How often, beside the others.
    pub weight: u32,
    pub what: What,
}

impl Act {
    /// The mutation, where it is one.
    pub const fn action(&self) -> Option<ActionName> {
        match self.what {
            What::Administer(action, _) | What::Own(action, _) | What::Open(action, _) => Some(action),
            What::Wait | What::Work | What::GetIn | What::Prove => None,
        }
    }
}

const fn administer(weight: u32, action: ActionName, ask: Ask) -> Act {
    Act { weight, what: What::Administer(action, ask) }
}

const fn own(weight: u32, action: ActionName, ask: Ask) -> Act {
    Act { weight, what: What::Own(action, ask) }
}

const fn open(weight: u32, action: ActionName, ask: Ask) -> Act {
    Act { weight, what: What::Open(action, ask) }
}

/// Everything that can happen.
pub const ACTS: &[Act] = &[
    Act { weight: 9, what: What::Wait },
    Act { weight: 12, what: What::Work },
    Act { weight: 7, what: What::GetIn },
    Act { weight: 1, what: What::Prove },
    administer(6, RequirePasswordReset, administer::with_reason),
    administer(3, RevokeSessions, administer::revoke_sessions),
    administer(4, RestrictAccount, administer::block),
    administer(6, SuspendAccount, administer::block),
    administer(4, TerminateAccount, administer::terminate),
    administer(5, RestoreAccount, administer::restore),
    administer(8, ChangeAccountEmail, administer::change_account_email),
    administer(2, UpdateAccountProfile, administer::update_account_profile),
    administer(3, RestrictEdits, administer::restrict_edits),
    administer(2, ReadItems, administer::read_items),
    administer(2, RevokeAppAccess, administer::on_app),
    administer(2, RestoreAppAccess, administer::on_app),
    administer(2, DecideAppObjection, administer::decide_app_objection),
    administer(2, RestrictMembership, administer::limit_membership),
    administer(2, SuspendMembership, administer::limit_membership),
    administer(2, TerminateMembership, administer::on_membership),
    administer(4, RestoreMembership, administer::on_membership),
    administer(4, ReleaseAccounts, administer::release_accounts),
    administer(7, ApproveEmailChange, administer::answer),
    administer(2, RejectEmailChange, administer::answer),
    administer(2, RenewAccountInvitation, administer::on_account),
    administer(6, DeleteAccount, administer::delete_account),
    administer(6, CancelAccountDeletion, administer::cancel_account_deletion),
    administer(6, BulkAccounts, administer::bulk_accounts),
    administer(1, CancelJob, administer::cancel_job),
    administer(4, CreateAccount, administer::create_account),
    administer(6, ClaimAccounts, administer::claim_accounts),
    administer(2, CancelClaim, administer::cancel_claim),
    administer(1, RemoveDomain, administer::remove_domain),
    administer(3, AddMember, administer::add_member),
    administer(5, InviteAdministrator, administer::invite_administrator),
    administer(1, CancelInvitation, administer::cancel_invitation),
    administer(5, AssignRole, administer::assign_role),
    administer(3, RevokeRole, administer::revoke_role),
    administer(2, CreateApiKey, administer::create_api_key),
    administer(1, RevokeApiKey, administer::revoke_api_key),
    own(2, UpdateMyProfile, own::update_my_profile),
    own(8, RequestEmailChange, own::request_email_change),
    own(1, CancelEmailChange, own::nothing),
    own(4, AcceptControl, own::accept_control),
    own(3, DeactivateMyAccount, own::confirm),
    own(3, ReactivateMyAccount, own::confirm),
    own(3, DeleteMyAccount, own::delete_my_account),
    own(3, CancelMyAccountDeletion, own::confirm),
    own(2, ChangePassword, own::change_password),
    own(4, AcceptMembership, own::answer_membership),
    own(2, LeaveWorkspace, own::leave_workspace),
    own(2, ResignRole, own::resign_role),
    own(2, RequestApp, own::request_app),
    own(3, ObjectToApp, own::object_to_app),
    own(2, WithdrawAppObjection, own::withdraw_app_objection),
    own(5, AcceptInvitation, own::accept_invitation),
    own(1, Reauthenticate, own::reauthenticate),
    own(1, RevokeSession, own::revoke_session),
    own(1, SignOut, own::sign_out),
    open(2, DeclineMembership, own::decline_membership),
    open(2, DeclineAccount, own::decline_account),
    open(9, ConfirmEmailChange, own::confirm_email_change),
    open(3, SignIn, own::sign_in),
    open(3, RequestPasswordReset, own::request_password_reset),
    open(4, ResetPassword, own::reset_password),
];

/// A password that nobody has guessed; each time another one.
pub fn password(how: u8, number: usize) -> String {
    format!("meadow copper winter thimble {how} {number}")
}

/// All that an act is chosen by.
pub struct Moment<'a> {
    pub world: &'a World,
    pub before: &'a Snapshot,
    pub step: Step,
    /// How many steps went before.
    pub number: usize,
    /// Who acts.
    pub human: usize,
    /// Whose account they act as.
    pub acting: AccountId,
    /// In which organization, where that matters.
    pub at: usize,
}

impl Moment<'_> {
    fn how(&self) -> usize {
        usize::from(self.step.how)
    }

    /// After how many days somebody is erased: mostly within the play.
    fn grace(&self) -> u8 {
        [1, 0, 3, 14][self.how() % 4]
    }

    fn organization(&self) -> OrganizationId {
        self.world.organizations[self.at].id
    }

    fn human(&self) -> &Human {
        &self.world.humans[self.human]
    }

    /// Whom the act concerns: mostly somebody whom the organization manages, or who has a membership or a role there.
    fn account(&self) -> &account::Model {
        let (here, on) = (self.organization(), usize::from(self.step.on));
        let all: Vec<&account::Model> = self.before.account.iter().collect();
        let known = |account: &&&account::Model| match on {
            ..130 => account.managed_by == Some(here),
            130..210 => self.before.is_member(here, account.id) || self.before.held(here, account.id).is_some(),
            _ => true,
        };
        let known: Vec<&account::Model> = all.iter().filter(known).copied().collect();
        if known.is_empty() { all[on % all.len()] } else { known[on % known.len()] }
    }

    /// An address for an account: its person's own somewhere, a mailbox of who acts, somebody else's.
    fn address(&self, account: &account::Model) -> String {
        let owner = self.world.whose(account.id).map(|human| self.world.humans[human].name);
        let name = owner.unwrap_or("zoe");
        match self.how() % 11 {
            0 => format!("{name}@acme.test"),
            1 | 2 => format!("{name}@home.test"),
            3 => format!("{name}@acme-two.test"),
            4 => format!("{name}@lab.acme.test"),
            5 => format!("{name}@globex.test"),
            6 => format!("{name}@team.acme.test"),
            7 => format!("{}.box@acme.test", self.human().name),
            8 => format!("{}.box@globex.test", self.human().name),
            9 => format!("{}.box@acme-two.test", self.human().name),
            _ => self.before.account[self.number % self.before.account.len()].email.clone(),
        }
    }

    /// One of these, mostly the newest.
    fn one_of<'b, T>(&self, all: &[&'b T]) -> Option<&'b T> {
        let last = all.len().checked_sub(1)?;
        let back = if self.how().is_multiple_of(4) { usize::from(self.step.on) % all.len() } else { 0 };
        all.get(last - back).copied()
    }

    /// A link that was mailed to a mailbox that who acts reads; now and then one that works no more.
    fn link(&self, purpose: TokenPurpose) -> Option<&token::Model> {
        let reads = |link: &&token::Model| link.purpose == purpose && self.human().reads(&link.email);
        let mut all: Vec<&token::Model> = self.before.token.iter().filter(reads).collect();
        if !self.how().is_multiple_of(5) {
            all.retain(|link| self.before.works(link));
        }
        self.one_of(&all)
    }
}
