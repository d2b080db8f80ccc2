//! The people of the play: who they are, which mail they read, which sessions and passwords they have in their hands.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, Set};
use std::collections::BTreeMap;
use steward_entities::{
    account,
    id::{AccountId, ApiKeyId, DomainId, OrganizationId, SessionId, WorkspaceId},
    kinds::RoleName,
};
use steward_tests::{Client, TestApp, seed::PASSWORD};

/// An organization.
pub struct Organization {
    pub id: OrganizationId,
    pub workspace: WorkspaceId,
}

/// A session in somebody's hands, which may have ended.
#[derive(Clone)]
pub struct Held {
    pub account: AccountId,
    pub session: SessionId,
    pub client: Client,
}

/// Somebody of flesh and blood. They read the mail of every address that begins with their name: `ana@…`, and
/// `ana.box@…`, a mailbox that they have made for themselves wherever they could.
pub struct Human {
    pub name: &'static str,
    /// Their own account; none for who has none yet.
    pub account: Option<AccountId>,
    /// Their sessions, oldest first, of whatever account.
    pub sessions: Vec<Held>,
    /// The passwords that they know.
    pub passwords: BTreeMap<AccountId, String>,
}

impl Human {
    /// Whether they read mail at an address.
    pub fn reads(&self, email: &str) -> bool {
        email.split(['@', '.']).next() == Some(self.name)
    }
}

/// A key of an organization, which may be dead.
pub struct Key {
    pub id: ApiKeyId,
    pub organization: usize,
    pub client: Client,
}

/// Everybody.
pub struct World {
    pub organizations: Vec<Organization>,
    pub humans: Vec<Human>,
    pub keys: Vec<Key>,
}

/// Who is who: name, address, the role in an organization, who manages the account, where they are members.
type Seed = (&'static str, &'static str, Option<(usize, RoleName)>, Option<usize>, &'static [usize]);

const PEOPLE: [Seed; 16] = [
    ("olga", "olga@acme.test", Some((0, RoleName::Owner)), None, &[]),
    ("otto", "otto@acme.test", Some((0, RoleName::Owner)), Some(0), &[]),
    ("uwe", "uwe@home.test", Some((0, RoleName::UserAdmin)), None, &[]),
    ("hana", "hana@acme.test", Some((0, RoleName::HelpDesk)), Some(0), &[0]),
    ("gus", "gus@globex.test", Some((1, RoleName::Owner)), Some(1), &[]),
    ("greta", "greta@acme.test", Some((1, RoleName::UserAdmin)), None, &[]),
    ("ana", "ana@acme.test", None, Some(0), &[0]),
    ("ben", "ben@globex.test", None, Some(1), &[0]),
    ("cleo", "cleo@home.test", None, None, &[0, 1]),
    ("dan", "dan@lab.acme.test", None, None, &[]),
    ("paul", "paul@home.test", Some((0, RoleName::PrivacyOfficer)), None, &[]),
    ("ida", "ida@acme.test", Some((0, RoleName::UserAdmin)), Some(0), &[]),
    ("ina", "ina@acme.test", Some((1, RoleName::HelpDesk)), Some(0), &[1]),
    ("ulf", "ulf@globex.test", Some((0, RoleName::UserAdmin)), Some(1), &[]),
    ("opal", "opal@acme.test", None, None, &[]),
    ("eve", "eve@acme.test", None, None, &[]),
];

/// Which of them administer something, those more often who may do more.
pub const ADMINISTRATORS: [&str; 18] = [
    "olga", "olga", "olga", "otto", "otto", "uwe", "uwe", "hana", "hana", "gus", "gus", "greta", "greta", "paul",
    "ida", "ina", "ulf", "ana",
];

/// How every name in the play begins. Each is given once, so that it tells whose account it is.
pub const NAMED: &str = "Named ";

/// Everybody else acts for themselves.
pub const OPERATOR: &str = "opal";

/// Whose account was imported: nobody has proved its address, nobody has a password for it.
const IMPORTED: &str = "eve";

impl World {
    /// The same people, fresh.
    pub async fn new(app: &TestApp) -> Self {
        let (acme, globex) = (app.organization("Acme").await, app.organization("Globex").await);
        let wide = app.proved_domain(acme, "acme.test").await;
        let row = steward_entities::domain::ActiveModel {
            id: Set(wide),
            include_subdomains: Set(Some(app.now())),
            ..Default::default()
        };
        row.update(&app.database).await.unwrap();
        app.proved_domain(acme, "acme-two.test").await;
        let theirs = app.proved_domain(globex, "globex.test").await;
        app.proved_domain(globex, "lab.acme.test").await;
        let shifts = app.catalogued("Shifts").await;
        let vendor = app.account("vendor@vendor.test").await;
        for organization in [acme, globex] {
            app.at_work(organization, shifts, vendor).await;
        }
        let organizations = vec![
            Organization { id: acme, workspace: app.workspace(acme).await },
            Organization { id: globex, workspace: app.workspace(globex).await },
        ];
        let mut it = Self { organizations, humans: Vec::new(), keys: Vec::new() };
        for seed in PEOPLE {
            // One after another, as in earnest: what was there first is told by its time.
            app.advance(TimeDelta::seconds(1));
            it.add(app, seed, [wide, theirs]).await;
        }
        it
    }

    async fn add(&mut self, app: &TestApp, seed: Seed, domains: [DomainId; 2]) {
        let (name, email, role, manager, workspaces) = seed;
        let id = app.account(email).await;
        let display_name = Set(format!("{NAMED}{name}"));
        let row = account::ActiveModel { id: Set(id), display_name, ..Default::default() };
        row.update(&app.database).await.unwrap();
        if let Some((organization, role)) = role {
            app.role(self.organizations[organization].id, id, role).await;
        }
        if let Some(manager) = manager {
            app.under_control(self.organizations[manager].id, domains[manager], id).await;
        }
        for &at in workspaces {
            let Organization { id: organization, workspace } = self.organizations[at];
            app.joined(organization, workspace, id, email).await;
            app.item(id, Some((organization, workspace))).await;
        }
        app.item(id, None).await;
        let mut human = Human { name, account: Some(id), sessions: Vec::new(), passwords: BTreeMap::new() };
        if name == IMPORTED {
            let row = account::ActiveModel {
                id: Set(id),
                password_hash: Set(None),
                password_changed_at: Set(None),
                verified_at: Set(None),
                verified_by: Set(None),
                ..Default::default()
            };
            row.update(&app.database).await.unwrap();
        } else {
            let person = app.signed_in(id, email).await;
            human.passwords.insert(id, PASSWORD.to_owned());
            human.sessions.push(Held { account: id, session: person.session, client: person.client });
        }
        if name == OPERATOR {
            let operator_at = Set(Some(app.now()));
            let row = account::ActiveModel { id: Set(id), operator_at, ..Default::default() };
            row.update(&app.database).await.unwrap();
        }
        self.humans.push(human);
    }

    /// Somebody by name.
    pub fn find(&self, name: &str) -> usize {
        self.humans.iter().position(|human| human.name == name).expect("one of the people")
    }

    /// Where somebody mostly acts: in the organization that they come from.
    pub fn home(&self, human: usize) -> usize {
        let seeded = PEOPLE.iter().find(|seed| seed.0 == self.humans[human].name);
        seeded.and_then(|seed| seed.2.map(|(at, _)| at).or(seed.3)).unwrap_or(0)
    }

    /// Whose account it is by right; none for accounts of people who aren't in the play.
    pub fn whose(&self, account: AccountId) -> Option<usize> {
        self.humans.iter().position(|human| human.account == Some(account))
    }
}
