//! How somebody stands to an organization, and in which state their account is: everything that decides about powers.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, Set};
use std::cell::Cell;
use steward_entities::{
    account, account_block, claim, control_assertion, domain, email_change,
    id::{
        AccountId, AppInstallationId, ClaimId, DomainId, EmailChangeId, ItemId, MembershipId, OrganizationId,
        WorkspaceId,
    },
    kinds::{
        AssertionStatus, BlockKind, ClaimStatus, DomainStatus, EmailChangeStatus, MembershipStatus, RoleName,
        VerificationMethod,
    },
    membership,
};
use steward_tests::{Client, TestApp};

/// What the organization has to do with the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Nothing.
    Stranger,
    /// The address lies in a domain that it has proved.
    Candidate,
    /// A claim is pending.
    Claimed,
    /// A membership is offered.
    Invited,
    /// A member.
    Member,
    /// A member once.
    LeftMember,
    /// A member whose account another organization manages.
    MemberManagedElsewhere,
    /// It manages the account.
    Managed,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Stranger,
        Self::Candidate,
        Self::Claimed,
        Self::Invited,
        Self::Member,
        Self::LeftMember,
        Self::MemberManagedElsewhere,
        Self::Managed,
    ];

    /// Whether somebody manages the account.
    const fn is_managed(self) -> bool {
        matches!(self, Self::MemberManagedElsewhere | Self::Managed)
    }
}

/// The state of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is special.
    Plain,
    /// Limited by who manages the account.
    Blocked(BlockKind),
    /// Limited for a time that is over, and nobody has marked it yet.
    BlockIsOver,
    /// Put to rest by the person.
    Deactivated,
    /// The organization requires a new password, since now.
    ResetRequired,
    /// The same, since two days.
    ResetRequiredLongAgo,
    /// Made by who manages it; nobody has taken it up.
    NotTakenUp,
    /// The person waits for an answer about another address.
    AsksForAddress,
    /// The domain is proved no more by which the organization manages the account.
    ProofMissing,
    /// An operator's.
    Operator,
    /// The person has this role in the organization, awake or asleep.
    Role(RoleName, bool),
    /// The person is the one who acts.
    Self_,
    /// Who acts is a key that the person has made: an owner, the last one.
    KeysMaker,
}

impl State {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Plain];
        let blocks = [BlockKind::Restriction, BlockKind::Suspension, BlockKind::Termination, BlockKind::Deletion];
        all.extend(blocks.map(Self::Blocked));
        all.extend([Self::BlockIsOver, Self::Deactivated, Self::ResetRequired, Self::ResetRequiredLongAgo]);
        all.extend([Self::NotTakenUp, Self::AsksForAddress, Self::ProofMissing, Self::Operator]);
        all.extend([RoleName::Owner, RoleName::HelpDesk].map(|role| Self::Role(role, true)));
        all.extend([Self::Role(RoleName::Owner, false), Self::Self_, Self::KeysMaker]);
        all
    }

    /// Whether an account can be in this state on this ground, and differs by it from others.
    pub fn can_be(self, ground: Ground) -> bool {
        match self {
            Self::Plain | Self::Deactivated | Self::Role(..) | Self::Self_ | Self::KeysMaker => true,
            Self::Blocked(_) | Self::BlockIsOver | Self::NotTakenUp | Self::AsksForAddress => ground.is_managed(),
            Self::ResetRequired | Self::ResetRequiredLongAgo => {
                matches!(ground, Ground::Member | Ground::MemberManagedElsewhere | Ground::Managed)
            }
            Self::ProofMissing => ground == Ground::Managed,
            Self::Operator => !ground.is_managed() && ground != Ground::Claimed,
        }
    }
}

/// Two organizations, in which everybody stands somewhere.
pub struct Stage<'a> {
    pub app: &'a TestApp,
    pub organization: OrganizationId,
    domain: DomainId,
    /// One that is proved no more.
    lapsed: DomainId,
    workspace: WorkspaceId,
    /// An app at work in the organization.
    pub installation: AppInstallationId,
    claim: ClaimId,
    elsewhere: (OrganizationId, DomainId),
    people: Cell<u32>,
}

/// One cell of the table: who acts, and on whom.
pub struct Cast {
    pub acting: Client,
    pub person: AccountId,
    /// A change of the person's address of which the organization was asked, or could have been.
    pub change: EmailChangeId,
    /// The person's membership, in force or not; an id of nothing where there is none.
    pub membership: MembershipId,
    /// Whether it is in force.
    pub is_member: bool,
    /// An item of the person: in the organization's workspace of which they are a member, else a personal one.
    pub item: ItemId,
}

impl<'a> Stage<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let (organization, other) = (app.organization("Acme").await, app.organization("Elsewhere").await);
        let domain = app.proved_domain(organization, "acme.test").await;
        let lapsed = app.proved_domain(organization, "lapsed.test").await;
        let missing = domain::ActiveModel { id: Set(lapsed), status: Set(DomainStatus::Lapsed), ..Default::default() };
        missing.update(&app.database).await.unwrap();
        let claim: ClaimId = app.id();
        let row = claim::ActiveModel {
            id: Set(claim),
            organization_id: Set(organization),
            domain_id: Set(domain),
            status: Set(ClaimStatus::Notifying),
            scope: Set(serde_json::json!("everyone")),
            notice_days: Set(14),
            message: Set(None),
            job_id: Set(None),
            created_by: Set(None),
            created_at: Set(app.now()),
            announced_at: Set(Some(app.now())),
            ended_at: Set(None),
            version: Set(1),
        };
        row.insert(&app.database).await.unwrap();
        Self {
            app,
            organization,
            domain,
            lapsed,
            workspace: app.workspace(organization).await,
            installation: app
                .at_work(organization, app.catalogued("Shifts").await, app.account("vendor@vendor.test").await)
                .await,
            claim,
            elsewhere: (other, app.proved_domain(other, "elsewhere.test").await),
            people: Cell::new(0),
        }
    }

    /// An address that nobody has yet.
    pub fn address(&self, domain: &str) -> String {
        self.people.set(self.people.get() + 1);
        format!("person{}@{domain}", self.people.get())
    }

    /// Somebody who acts with this role, and somebody on whom they act.
    pub async fn cast(&self, role: RoleName, ground: Ground, state: State) -> Cast {
        let (app, organization) = (self.app, self.organization);
        let email = self.address(match ground {
            Ground::Candidate | Ground::Claimed | Ground::Managed => "acme.test",
            Ground::MemberManagedElsewhere => "elsewhere.test",
            _ => "nowhere.test",
        });
        let person = app.person(&email).await;
        let membership = self.put(person.id, &email, ground).await;
        let acting = match state {
            State::Self_ => {
                app.role(organization, person.id, role).await;
                person.client.clone()
            }
            State::KeysMaker => {
                app.role(organization, person.id, RoleName::Owner).await;
                app.api_key(organization, person.id, role).await
            }
            _ => {
                let administrator = app.person(&self.address("admins.test")).await;
                app.role(organization, administrator.id, role).await;
                administrator.client
            }
        };
        self.bring(person.id, ground, state).await;
        let change = self.change(person.id, &email, ground, state).await;
        let is_member = matches!(ground, Ground::Member | Ground::MemberManagedElsewhere);
        let item = app.item(person.id, is_member.then_some((organization, self.workspace))).await;
        Cast { acting, person: person.id, change, membership, is_member, item }
    }

    /// Gives the membership, or an id of nothing.
    async fn put(&self, person: AccountId, email: &str, ground: Ground) -> MembershipId {
        let (app, organization) = (self.app, self.organization);
        match ground {
            Ground::Stranger | Ground::Candidate => {}
            Ground::Claimed => self.claimed(person).await,
            Ground::Invited => return self.membership(person, email, MembershipStatus::Invited).await,
            Ground::Member => return app.joined(organization, self.workspace, person, email).await,
            Ground::LeftMember => return self.membership(person, email, MembershipStatus::Left).await,
            Ground::MemberManagedElsewhere => {
                app.under_control(self.elsewhere.0, self.elsewhere.1, person).await;
                return app.joined(organization, self.workspace, person, email).await;
            }
            Ground::Managed => app.under_control(organization, self.domain, person).await,
        }
        app.id()
    }

    async fn claimed(&self, person: AccountId) {
        let row = control_assertion::ActiveModel {
            id: Set(self.app.id()),
            claim_id: Set(self.claim),
            organization_id: Set(self.organization),
            domain_id: Set(self.domain),
            account_id: Set(person),
            status: Set(AssertionStatus::Pending),
            notice_id: Set(None),
            announced_at: Set(self.app.now()),
            notice_delivered_at: Set(None),
            takes_effect_at: Set(None),
            held_until: Set(None),
            created_at: Set(self.app.now()),
            ended_at: Set(None),
            ended_because: Set(None),
            version: Set(1),
        };
        row.insert(&self.app.database).await.unwrap();
    }

    async fn membership(&self, person: AccountId, email: &str, status: MembershipStatus) -> MembershipId {
        let now = self.app.now();
        let row = membership::ActiveModel {
            id: Set(self.app.id()),
            workspace_id: Set(self.workspace),
            organization_id: Set(self.organization),
            account_id: Set((status != MembershipStatus::Invited).then_some(person)),
            email: Set(email.to_owned()),
            email_canonical: Set(email.to_owned()),
            status: Set(status),
            created_at: Set(now),
            expires_at: Set((status == MembershipStatus::Invited).then_some(now + TimeDelta::days(14))),
            accepted_at: Set(None),
            ended_at: Set((status != MembershipStatus::Invited).then_some(now)),
            reason: Set(None),
            message: Set(None),
            until: Set(None),
            offered_by: Set(None),
            version: Set(1),
        };
        row.insert(&self.app.database).await.unwrap().id
    }

    /// Who manages the account.
    fn manager(&self, ground: Ground) -> OrganizationId {
        if ground == Ground::MemberManagedElsewhere { self.elsewhere.0 } else { self.organization }
    }

    async fn bring(&self, person: AccountId, ground: Ground, state: State) {
        let (app, now) = (self.app, self.app.now());
        let manager = self.manager(ground);
        let mut row = account::ActiveModel { id: Set(person), ..Default::default() };
        match state {
            State::Plain | State::AsksForAddress | State::Self_ | State::KeysMaker => return,
            State::Blocked(kind) => {
                app.blocked(person, kind, Some(manager)).await;
                return;
            }
            State::BlockIsOver => {
                let id = app.blocked(person, BlockKind::Suspension, Some(manager)).await;
                self.dated(id, now - TimeDelta::days(2), Some(now)).await;
                return;
            }
            State::ProofMissing => return app.under_control(self.organization, self.lapsed, person).await,
            State::Deactivated => {
                app.blocked(person, BlockKind::Deactivation, None).await;
                return;
            }
            State::ResetRequired | State::ResetRequiredLongAgo => {
                let id = app.blocked(person, BlockKind::PasswordReset, Some(self.organization)).await;
                let days = if state == State::ResetRequired { 0 } else { 2 };
                self.dated(id, now - TimeDelta::days(days), None).await;
                return;
            }
            State::Role(role, awake) => {
                let id = app.role(self.organization, person, role).await;
                let asleep_at = Set((!awake).then_some(now));
                let row = steward_entities::role::ActiveModel { id: Set(id), asleep_at, ..Default::default() };
                row.update(&app.database).await.unwrap();
                return;
            }
            State::NotTakenUp => {
                row.verified_by = Set(Some(VerificationMethod::Domain));
                row.password_hash = Set(None);
                row.password_changed_at = Set(None);
            }
            State::Operator => row.operator_at = Set(Some(now)),
        }
        row.update(&app.database).await.unwrap();
    }

    async fn dated(
        &self,
        block: steward_entities::id::AccountBlockId,
        created_at: chrono::DateTime<chrono::Utc>,
        until: Option<chrono::DateTime<chrono::Utc>>,
    ) {
        let row = account_block::ActiveModel {
            id: Set(block),
            created_at: Set(created_at),
            until: Set(until),
            ..Default::default()
        };
        row.update(&self.app.database).await.unwrap();
    }

    /// What the person has asked for: it waits, or was refused long ago.
    async fn change(&self, person: AccountId, email: &str, ground: Ground, state: State) -> EmailChangeId {
        let (waits, now) = (state == State::AsksForAddress, self.app.now());
        let new = email.replace("person", "new");
        let row = email_change::ActiveModel {
            id: Set(self.app.id()),
            account_id: Set(person),
            new_email: Set(new.clone()),
            new_email_canonical: Set(new),
            status: Set(if waits { EmailChangeStatus::WaitingForApproval } else { EmailChangeStatus::Rejected }),
            reason: Set(None),
            created_at: Set(now),
            expires_at: Set(now + TimeDelta::days(28)),
            ended_at: Set((!waits).then_some(now)),
            organization_id: Set(Some(if waits { self.manager(ground) } else { self.organization })),
            ..Default::default()
        };
        row.insert(&self.app.database).await.unwrap().id
    }
}
