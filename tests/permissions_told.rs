//! What `viewerPermissions` tells is what `perform` decides: for every role, on every ground, in every state of the
//! account, for every act. A new act needs its case in [`attempt`], or a test says so.

mod standing;

use serde_json::{Value, json};
use standing::{Cast, Ground, Stage, State};
use std::collections::BTreeMap;
use steward::core::ActionName;
use steward_entities::kinds::RoleName;
use steward_tests::{Client, TestApp, on_both};

/// How an act is tried: its input beside the organization, and whether it can be planned, so that the account stays as
/// it is for the next act. Those that can't are tried last, in this order.
enum Attempt {
    Planned(Value),
    Done(Value),
}

/// The acts on one of the person's memberships.
const MEMBERSHIP: [ActionName; 4] = [
    ActionName::RestrictMembership,
    ActionName::SuspendMembership,
    ActionName::TerminateMembership,
    ActionName::RestoreMembership,
];

/// The acts that can't be planned, those last that change most.
const DONE: [ActionName; 5] = [
    ActionName::ReadItems,
    ActionName::RejectEmailChange,
    ActionName::RenewAccountInvitation,
    ActionName::RequirePasswordReset,
    ActionName::CancelAccountDeletion,
];

fn attempt(action: ActionName, stage: &Stage<'_>, cast: &Cast) -> Option<Attempt> {
    use Attempt::{Done, Planned};
    let (account, reason) = (cast.person, "a test");
    Some(match action {
        ActionName::RestrictAccount
        | ActionName::SuspendAccount
        | ActionName::TerminateAccount
        | ActionName::RestoreAccount
        | ActionName::DeleteAccount
        | ActionName::RevokeSessions => Planned(json!({ "accountId": account, "reason": reason })),
        ActionName::ChangeAccountEmail => {
            Planned(json!({ "accountId": account, "newEmail": stage.address("acme.test"), "reason": reason }))
        }
        ActionName::RestrictEdits => Planned(json!({
            "target": { "accountIds": [account] }, "operations": ["EDIT_ITEMS"], "reason": reason,
        })),
        ActionName::RevokeAppAccess | ActionName::RestoreAppAccess => Planned(json!({
            "accountId": account, "installationId": stage.installation, "reason": reason,
        })),
        ActionName::RestrictMembership
        | ActionName::SuspendMembership
        | ActionName::TerminateMembership
        | ActionName::RestoreMembership => Planned(json!({ "membershipId": cast.membership, "reason": reason })),
        ActionName::ReadItems => Done(json!({ "itemIds": [cast.item], "reason": reason })),
        ActionName::UpdateAccountProfile => Planned(json!({ "accountId": account, "jobTitle": "Designer" })),
        ActionName::ReleaseAccounts => Planned(json!({ "selection": { "accountIds": [account] } })),
        ActionName::ApproveEmailChange => Planned(json!({ "emailChangeId": cast.change })),
        ActionName::RejectEmailChange => Done(json!({ "emailChangeId": cast.change, "reason": reason })),
        ActionName::RenewAccountInvitation => Done(json!({ "accountId": account })),
        ActionName::CancelAccountDeletion => Done(json!({ "accountId": account, "reason": reason })),
        ActionName::RequirePasswordReset => Done(json!({ "accountId": account, "reason": reason })),
        _ => return None,
    })
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

const TOLD: &str = "query($id: ID!, $organization: ID!) { account(id: $id) { \
    profile { jobTitle } sessions { id } \
    viewerPermissions(organizationId: $organization) { action allowed reason } } }";

/// What is told of one account: by act, `OK` or the reason; and what is shown.
struct Told {
    acts: Option<BTreeMap<String, String>>,
    profile: bool,
    sessions: bool,
}

impl Told {
    async fn ask(client: &Client, stage: &Stage<'_>, cast: &Cast) -> Self {
        let variables = json!({ "id": cast.person, "organization": stage.organization });
        let account = client.ask(TOLD, variables).await["account"].clone();
        let row = |row: &Value| {
            assert_eq!(row["allowed"], row["reason"].is_null());
            let told = row["reason"].as_str().unwrap_or("OK").to_owned();
            (row["action"].as_str().expect("an act").to_owned(), told)
        };
        Self {
            acts: account["viewerPermissions"].as_array().map(|rows| rows.iter().map(row).collect()),
            profile: account["profile"].is_object(),
            sessions: account["sessions"].is_array(),
        }
    }

    fn of(&self, act: &str) -> &str {
        self.acts.as_ref().map_or("nothing", |acts| acts.get(act).expect("every act is told"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_on_accounts_has_its_case() {
    let app = TestApp::start(steward_tests::Engine::Sqlite).await.expect("SQLite is always there");
    let stage = Stage::new(&app).await;
    let cast = stage.cast(RoleName::Owner, Ground::Managed, State::Plain).await;
    for (action, _) in ActionName::on_accounts() {
        let tried = attempt(action, &stage, &cast);
        let message = "write its case in tests/permissions_told.rs";
        assert!(tried.is_some(), "{action:?}: {message}");
        assert_eq!(matches!(tried, Some(Attempt::Done(_))), DONE.contains(&action), "{action:?}: {message}");
    }
}

on_both! {
    async fn what_is_told_is_what_is_decided(app: TestApp) {
        let stage = Stage::new(&app).await;
        let (mut cells, mut wrong) = (0, Vec::new());
        for &role in RoleName::ALL {
            for ground in Ground::ALL {
                for state in State::all() {
                    // A key is never an owner's.
                    if !state.can_be(ground) || (state == State::KeysMaker && role == RoleName::Owner) {
                        continue;
                    }
                    let cast = stage.cast(role, ground, state).await;
                    let told = Told::ask(&cast.acting, &stage, &cast).await;
                    cells += compare(&stage, &cast, &told, &mut wrong, &format!("{role:?} on {ground:?}, {state:?}")).await;
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {cells} cells are told wrongly:\n{}", wrong.len(), wrong.join("\n"));
        // Fewer would mean that something isn't tried any more.
        assert!(cells > 6 * 60 * 12, "{cells}");
    }
}

/// Tries every act; gives how many, and adds those that were told wrongly.
async fn compare(stage: &Stage<'_>, cast: &Cast, told: &Told, wrong: &mut Vec<String>, who: &str) -> usize {
    let planned = ActionName::on_accounts().map(|(action, _)| action).filter(|action| !DONE.contains(action));
    let all: Vec<ActionName> = planned.chain(DONE).collect();
    for &action in &all {
        let mut input = match attempt(action, stage, cast).expect("a case") {
            Attempt::Planned(mut input) => {
                input["dryRun"] = json!(true);
                input
            }
            Attempt::Done(input) => input,
        };
        input["organizationId"] = json!(stage.organization);
        let decided = cast.acting.run(action.as_str(), input, "").await.code();
        let told = told.of(&screaming(action));
        let agrees = match (told, decided.as_str()) {
            // What isn't seen isn't there; and a role that couldn't even if there were somebody is told so.
            ("nothing", "NOT_FOUND" | "FORBIDDEN") | ("ROLE", "FORBIDDEN") => true,
            // Without any ground, that is told first: no other role would change it.
            ("NOT_MANAGED", "FORBIDDEN") => told_of_no_ground(stage, cast).await,
            // A change of address of which another organization was asked isn't there.
            (_, "NOT_FOUND") if matches!(action, ActionName::ApproveEmailChange | ActionName::RejectEmailChange) => {
                told == "NOT_MANAGED"
            }
            // A personal item of somebody whom the organization doesn't manage isn't there.
            (told, "NOT_FOUND") if action == ActionName::ReadItems => told == "NOT_MANAGED",
            // Without a membership that counts there is nothing to act on, whatever else is told.
            (told, "NOT_FOUND" | "INVALID_STATE") if MEMBERSHIP.contains(&action) && !cast.is_member => told != "OK",
            (told, decided) => told == decided,
        };
        if !agrees {
            wrong.push(format!("{action:?} by {who}: told {told}, decided {decided}"));
        }
    }
    let is_own = who.ends_with("Self_");
    for (act, shown) in [("READ_ACCOUNT", told.profile), ("READ_PERSONAL", told.sessions)] {
        // Everybody sees their own account, whatever they are told as an administrator.
        if (told.of(act) == "OK") != shown && !is_own {
            wrong.push(format!("{act} by {who}: told {}, shown: {shown}", told.of(act)));
        }
    }
    all.len() + 2
}

/// Whether even an owner would be told that there is no ground.
async fn told_of_no_ground(stage: &Stage<'_>, cast: &Cast) -> bool {
    let facts = steward::core::powers::load(&stage.app.database, stage.organization, &[cast.person], false).await;
    facts.unwrap()[0].ground(stage.organization).is_none()
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
