//! What `viewerPermissions` tells is what happens: for every role, every ground, every act on an account.

use crate::schema::mutations;
use serde_json::{Value, json};
use steward::core::{ActionName, Administrator, Refusal, powers};
use steward_entities::{
    id::{AccountId, DomainId, OrganizationId, WorkspaceId},
    kinds::{BlockKind, RoleName},
};
use steward_tests::{Client, Somebody, TestApp, on_both};

/// How the person who is acted on stands to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Stranger,
    Candidate,
    Member,
    MemberManagedElsewhere,
    MemberAskedToday,
    Managed,
    ManagedAndLeaving,
    ManagedWithHigherRole,
    ManagedSelf,
}

const STANDINGS: [Standing; 9] = [
    Standing::Stranger,
    Standing::Candidate,
    Standing::Member,
    Standing::MemberManagedElsewhere,
    Standing::MemberAskedToday,
    Standing::Managed,
    Standing::ManagedAndLeaving,
    Standing::ManagedWithHigherRole,
    Standing::ManagedSelf,
];

/// The acts that need nothing but the account, and can be tried on one alone.
const ACTS: [ActionName; 4] = [
    ActionName::CancelAccountDeletion,
    ActionName::DeleteAccount,
    ActionName::RequirePasswordReset,
    ActionName::RevokeSessions,
];

struct Stage<'a> {
    app: &'a TestApp,
    acme: OrganizationId,
    domain: DomainId,
    workspace: WorkspaceId,
    elsewhere: (OrganizationId, DomainId),
    people: std::cell::Cell<u32>,
}

impl Stage<'_> {
    fn address(&self, domain: &str) -> String {
        self.people.set(self.people.get() + 1);
        format!("person{}@{domain}", self.people.get())
    }

    /// An administrator, and somebody on whom they act.
    async fn arrange(&self, role: RoleName, standing: Standing) -> (Somebody, AccountId) {
        let app = self.app;
        let administrator = app.person(&self.address("admins.test")).await;
        app.role(self.acme, administrator.id, role).await;
        if standing == Standing::ManagedSelf {
            app.under_control(self.acme, self.domain, administrator.id).await;
            return (administrator.clone(), administrator.id);
        }
        let domain = match standing {
            Standing::Candidate | Standing::Managed | Standing::ManagedAndLeaving | Standing::ManagedWithHigherRole => {
                "acme.test"
            }
            Standing::MemberManagedElsewhere => "elsewhere.test",
            _ => "nowhere.test",
        };
        let address = self.address(domain);
        let person = app.account(&address).await;
        match standing {
            Standing::Stranger | Standing::Candidate | Standing::ManagedSelf => {}
            Standing::Managed => app.under_control(self.acme, self.domain, person).await,
            Standing::ManagedAndLeaving => {
                app.under_control(self.acme, self.domain, person).await;
                app.blocked(person, BlockKind::Deletion, Some(self.acme)).await;
            }
            Standing::ManagedWithHigherRole => {
                app.under_control(self.acme, self.domain, person).await;
                app.role(self.acme, person, RoleName::Owner).await;
            }
            Standing::Member | Standing::MemberManagedElsewhere | Standing::MemberAskedToday => {
                app.joined(self.acme, self.workspace, person, &address).await;
            }
        }
        if standing == Standing::MemberManagedElsewhere {
            app.under_control(self.elsewhere.0, self.elsewhere.1, person).await;
        }
        if standing == Standing::MemberAskedToday {
            app.blocked(person, BlockKind::PasswordReset, Some(self.acme)).await;
        }
        (administrator, person)
    }

    /// What `perform` decides; where the mutation isn't there, what its rule and the table of powers decide.
    async fn decided(&self, action: ActionName, by: &Somebody, role: RoleName, on: AccountId) -> String {
        if mutations().contains(action.as_str()) {
            return self.performed(action, &by.client, on).await;
        }
        let allowed = match action.rule().who {
            steward::core::action_name::Who::Administrator(permission) => {
                steward::core::permission::allows(role, permission)
            }
            _ => false,
        };
        if !allowed {
            return "FORBIDDEN".to_owned();
        }
        let facts = powers::load(&self.app.database, self.acme, &[on], false).await.unwrap();
        let administrator = Administrator { organization: self.acme, role, account: by.id };
        let grounds = action.rule().grounds.unwrap();
        let decided = powers::check(grounds, &administrator, &facts[0])
            .and_then(|ground| powers::state(action, ground, &facts[0], self.app.now()));
        decided.map_or_else(|refusal| code_of(&refusal), |()| "OK".to_owned())
    }

    async fn performed(&self, action: ActionName, client: &Client, on: AccountId) -> String {
        let mut input = json!({ "organizationId": self.acme, "accountId": on, "reason": "a test" });
        if action == ActionName::DeleteAccount {
            input["dryRun"] = json!(true);
        }
        client.run(action.as_str(), input, "").await.code()
    }
}

/// The code of a refusal, as callers read it: `InvalidState` is `INVALID_STATE`.
fn code_of(refusal: &powers::PowerRefusal) -> String {
    let mut code = String::new();
    for letter in format!("{:?}", refusal.code()).chars() {
        if letter.is_ascii_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.push(letter.to_ascii_uppercase());
    }
    if code == "ON_SELF" { "SELF".to_owned() } else { code }
}

/// The name of an action as a value of an enum: `revokeSessions` is `REVOKE_SESSIONS`.
fn screaming(action: ActionName) -> String {
    let mut name = String::new();
    for letter in action.as_str().chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

const TOLD: &str = "query($id: ID!, $organization: ID!) { account(id: $id) { viewerPermissions(organizationId: $organization) { action allowed reason } } }";

on_both! {
    async fn what_is_told_is_what_is_decided(app: TestApp) {
        let elsewhere = app.organization("Elsewhere").await;
        let acme = app.organization("Acme").await;
        let stage = Stage {
            acme,
            domain: app.proved_domain(acme, "acme.test").await,
            workspace: app.workspace(acme).await,
            elsewhere: (elsewhere, app.proved_domain(elsewhere, "elsewhere.test").await),
            app: &app,
            people: std::cell::Cell::new(0),
        };
        let mut cells = 0;
        for &role in RoleName::ALL {
            for standing in STANDINGS {
                let (administrator, person) = stage.arrange(role, standing).await;
                let variables = json!({ "id": person.to_string(), "organization": acme.to_string() });
                let told = administrator.client.ask(TOLD, variables).await["account"].clone();
                // An act on oneself must not end the session that tries, and what one changes isn't what the next was
                // told of: canceling comes last.
                for action in ACTS.into_iter().rev() {
                    cells += 1;
                    let decided = stage.decided(action, &administrator, role, person).await;
                    let told = reason_told(&told, &screaming(action));
                    let agrees = match (told.as_str(), decided.as_str()) {
                        ("OK", "OK") | ("nothing", "NOT_FOUND") | ("ROLE", "FORBIDDEN") => true,
                        // A stranger's account, and a role that couldn't even if there were one.
                        ("nothing", "FORBIDDEN") => standing == Standing::Stranger,
                        // Without any ground, that is told first: no other role would change it.
                        ("NOT_MANAGED", "FORBIDDEN") => standing == Standing::Candidate,
                        (told, decided) => told == decided,
                    };
                    assert!(agrees, "{action:?} by {role:?} on {standing:?}: told {told}, decided {decided}");
                }
            }
        }
        assert_eq!(cells, 6 * 9 * 4);
    }
}

fn reason_told(account: &Value, action: &str) -> String {
    let Some(told) = account["viewerPermissions"].as_array() else {
        return "nothing".to_owned();
    };
    let row = told.iter().find(|row| row["action"] == action).expect("every act is told");
    assert_eq!(row["allowed"], row["reason"].is_null());
    row["reason"].as_str().unwrap_or("OK").to_owned()
}

on_both! {
    async fn exactly_the_acts_that_exist_are_told(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        app.proved_domain(acme, "acme.test").await;
        let candidate = app.account("candidate@acme.test").await;
        let ask = async |client: &Client| {
            let variables = json!({ "id": candidate.to_string(), "organization": acme.to_string() });
            client.ask(TOLD, variables).await["account"]["viewerPermissions"].clone()
        };
        let mut expected = vec!["READ_ACCOUNT".to_owned(), "READ_PERSONAL".to_owned()];
        expected.extend(ActionName::on_accounts().map(|(action, _)| screaming(action)));
        for role in RoleName::ALL {
            let client = app.api_key(acme, owner.id, *role).await;
            let told = ask(&client).await;
            let told = told.as_array().expect("permissions");
            let names: Vec<&str> = told.iter().filter_map(|row| row["action"].as_str()).collect();
            assert_eq!(names, expected);
            assert!(told.iter().all(|row| row["reason"] == "NOT_MANAGED"), "{told:?}");
        }
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        assert!(ask(&stranger.client).await.is_null());
    }
}
