//! The tables at one moment, whole: what a refused act leaves as it was, and what the promises are about.

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseConnection, EntityTrait, Iterable, PrimaryKeyToColumn, QueryOrder};
use steward::core::powers::GROUND;
use steward_entities::{
    account, account_block, api_key, app, app_decision, app_exclusion, app_installation, app_objection, app_policy,
    app_request, app_secret, app_sighting, app_token, app_webhook, app_webhook_secret, claim, control_assertion,
    data_deletion, delivery, domain, edit_restriction, edit_restriction_account, email_change, event, event_detail,
    event_stream,
    id::{AccountId, OrganizationId},
    invitation, item, item_content, item_kind, job, job_row,
    kinds::{AssertionStatus, BlockKind, DomainStatus, RoleName, TokenPurpose},
    made_account, membership, notice, notice_mention, organization, profile, role, seen_device, service, service_key,
    session, token, webhook_delivery, workspace,
};
use steward_tests::TestApp;

macro_rules! tables {
    ($($table:ident,)*) => {
        /// Every table but those that count tries and remember repeated requests.
        #[derive(Clone)]
        pub struct Snapshot {
            pub now: DateTime<Utc>,
            $(pub $table: Vec<$table::Model>,)*
        }

        impl Snapshot {
            /// The tables as they are now.
            pub async fn of(app: &TestApp) -> Self {
                let mut it = Self { now: app.now(), $($table: rows::<$table::Entity>(&app.database).await,)* };
                // Whoever only looks is seen to have looked.
                it.account.iter_mut().for_each(|account| account.last_active_at = None);
                it.session.iter_mut().for_each(|session| session.last_used_at = session.created_at);
                it.api_key.iter_mut().for_each(|key| key.last_used_at = None);
                it.service_key.iter_mut().for_each(|key| key.last_used_at = None);
                it
            }

            /// The tables that differ, each with the first row that does.
            pub fn changed(&self, after: &Self) -> Vec<String> {
                let mut changed = Vec::new();
                $(if self.$table != after.$table {
                    let new = after.$table.iter().find(|row| !self.$table.contains(row));
                    changed.push(format!("{}: {new:?}", stringify!($table)));
                })*
                changed
            }

            /// Each table with all that it says.
            pub fn texts(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($table), format!("{:?}", self.$table)),)*]
            }

            /// The names of the tables.
            pub fn tables() -> Vec<&'static str> {
                vec![$(stringify!($table),)*]
            }
        }
    };
}

tables! {
    account, account_block, api_key, app, app_decision, app_exclusion, app_installation, app_objection, app_policy,
    app_request, app_secret, app_sighting, app_token, app_webhook, app_webhook_secret,
    claim, control_assertion, data_deletion, delivery, domain, edit_restriction,
    edit_restriction_account, email_change, event, event_detail,
    event_stream, invitation, item, item_content, item_kind, job, job_row, made_account, membership, notice, notice_mention, organization, profile,
    role, seen_device, service, service_key, session, token, webhook_delivery, workspace,
}

async fn rows<E: EntityTrait>(database: &DatabaseConnection) -> Vec<E::Model> {
    let mut select = E::find();
    for key in E::PrimaryKey::iter() {
        select = select.order_by_asc(key.into_column());
    }
    select.all(database).await.unwrap()
}

/// The blocks that leave a person with their rights alone.
pub const LIMITING: [BlockKind; 5] = [
    BlockKind::Restriction,
    BlockKind::Suspension,
    BlockKind::Deactivation,
    BlockKind::Termination,
    BlockKind::Deletion,
];

impl Snapshot {
    pub fn person(&self, id: AccountId) -> Option<&account::Model> {
        self.account.iter().find(|account| account.id == id)
    }

    pub fn held(&self, organization: OrganizationId, account: AccountId) -> Option<&role::Model> {
        self.role.iter().find(|role| role.organization_id == organization && role.account_id == account)
    }

    pub fn is_limited(&self, account: AccountId) -> bool {
        // A deletion that is due stays in force until it is done.
        let in_force = |block: &&account_block::Model| {
            let lasts = block.until.is_none_or(|until| until > self.now) || block.kind == BlockKind::Deletion;
            block.account_id == account && block.lifted_at.is_none() && lasts
        };
        self.account_block.iter().filter(in_force).any(|block| LIMITING.contains(&block.kind))
    }

    /// The role that somebody can use now.
    pub fn role_in_use(&self, organization: OrganizationId, account: AccountId) -> Option<RoleName> {
        let held = self.held(organization, account).filter(|held| held.asleep_at.is_none());
        held.filter(|_| !self.is_limited(account)).map(|held| held.role)
    }

    /// The owners who can act: awake, not limited, and with an account that somebody has taken up.
    pub fn able_owners(&self, organization: OrganizationId) -> Vec<AccountId> {
        let taken_up = |id: AccountId| {
            let account = self.person(id);
            account.is_some_and(|account| account.password_hash.is_some() || account.password_changed_at.is_some())
        };
        let of = self.role.iter().filter(|role| role.organization_id == organization).map(|role| role.account_id);
        of.filter(|&id| self.role_in_use(organization, id) == Some(RoleName::Owner) && taken_up(id)).collect()
    }

    /// Whether the key opens anything: its maker must be an owner who can act.
    pub fn opens(&self, key: &api_key::Model) -> bool {
        key.revoked_at.is_none()
            && key.expires_at > self.now
            && self.role_in_use(key.organization_id, key.made_by) == Some(RoleName::Owner)
    }

    /// Whether the session opens anything.
    pub fn is_open(&self, session: &session::Model) -> bool {
        session.ended_at.is_none() && session.expires_at > self.now
    }

    pub fn is_member(&self, organization: OrganizationId, account: AccountId) -> bool {
        self.membership.iter().any(|membership| {
            membership.organization_id == organization
                && membership.account_id == Some(account)
                && GROUND.contains(&membership.status)
        })
    }

    /// The organization that has the nearest proof over an address, if that proof covers it.
    pub fn prover(&self, email: &str) -> Option<OrganizationId> {
        let host = email.rsplit_once('@').map_or("", |(_, host)| host);
        let proved = self.domain.iter().filter(|domain| is_proved(domain));
        let above = proved.filter(|domain| host == domain.name || host.ends_with(&format!(".{}", domain.name)));
        let nearest = above.max_by_key(|domain| domain.name.len())?;
        (host == nearest.name || nearest.include_subdomains.is_some()).then_some(nearest.organization_id)
    }

    pub fn pending(&self, account: AccountId) -> Option<&control_assertion::Model> {
        let of = |it: &&control_assertion::Model| it.account_id == account && it.status == AssertionStatus::Pending;
        self.control_assertion.iter().find(of)
    }

    /// Whether the link works now.
    pub fn works(&self, link: &token::Model) -> bool {
        link.used_at.is_none() && link.revoked_at.is_none() && link.expires_at > self.now
    }

    /// The links of an account that serve one of these purposes and work.
    pub fn links<'a>(
        &'a self,
        account: AccountId,
        purposes: &'a [TokenPurpose],
    ) -> impl Iterator<Item = &'a token::Model> {
        let of = move |link: &&token::Model| link.account_id == Some(account) && purposes.contains(&link.purpose);
        self.token.iter().filter(of).filter(|link| self.works(link))
    }
}

/// Whether a domain counts as proved.
pub fn is_proved(domain: &domain::Model) -> bool {
    domain.removed_at.is_none() && matches!(domain.status, DomainStatus::Verified | DomainStatus::Lapsing)
}

/// Whether a domain's proof covers an address, whoever else is nearer.
pub fn covers(domain: &domain::Model, email: &str) -> bool {
    let host = email.rsplit_once('@').map_or("", |(_, host)| host);
    host == domain.name || (domain.include_subdomains.is_some() && host.ends_with(&format!(".{}", domain.name)))
}
