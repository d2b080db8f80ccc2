//! What viewers see of accounts: their own, those of their organization, nobody else's.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::{Value, json};
use steward::graphql::page::cursor;
use steward_entities::account;
use steward_entities::kinds::{BlockKind, RoleName};
use steward_tests::{Client, on_both};

const ACCOUNT: &str = "query($id: ID!) { account(id: $id) { id email emailDomain verifiedAt verificationMethod displayName \
    locale createdAt lastActiveAt access managedAt version managedBy { name administratorsContact policyUrl } \
    sessions { id current } roles { role organization { name } } } node(id: $id) { __typename id } }";

async fn account(client: &Client, id: impl ToString) -> Value {
    let data = client.ask(ACCOUNT, json!({ "id": id.to_string() })).await;
    assert_eq!(data["account"].is_null(), data["node"].is_null(), "{data}");
    data["account"].clone()
}

/// The names of the fields that aren't null.
fn seen(account: &Value) -> Vec<String> {
    let fields = account.as_object().expect("an account");
    let shown = |name: &str, value: &Value| !value.is_null() && name != "lastActiveAt"; // noted in the background
    fields.iter().filter(|(name, value)| shown(name, value)).map(|(name, _)| name.clone()).collect()
}

on_both! {
    async fn each_sight_shows_its_fields_and_no_more(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let workspace = app.workspace(acme).await;

        let stranger = app.person("stranger@elsewhere.test").await;
        assert!(account(&owner.client, stranger.id).await.is_null(), "a stranger");
        assert!(account(&app.nobody(), stranger.id).await.is_null(), "nobody looks");

        let candidate = app.person("candidate@acme.test").await;
        assert_eq!(seen(&account(&owner.client, candidate.id).await), ["email", "emailDomain", "id"]);

        let member = app.person("member@elsewhere.test").await;
        app.joined(acme, workspace, member.id, &member.email).await;
        let profile = ["access", "createdAt", "displayName", "email", "emailDomain", "id", "locale", "roles", "verificationMethod", "verifiedAt", "version"];
        assert_eq!(seen(&account(&owner.client, member.id).await), profile);

        let managed = app.person("managed@acme.test").await;
        app.under_control(acme, domain, managed.id).await;
        let shown = account(&owner.client, managed.id).await;
        let whole = ["access", "createdAt", "displayName", "email", "emailDomain", "id", "locale", "managedAt", "managedBy", "roles", "sessions", "verificationMethod", "verifiedAt", "version"];
        assert_eq!(seen(&shown), whole);
        assert_eq!(shown["managedBy"], json!({ "name": "Acme", "administratorsContact": "admin@acme.test", "policyUrl": null }));
        assert_eq!(shown["sessions"], json!([{ "id": managed.session.to_string(), "current": false }]));

        let own = account(&managed.client, managed.id).await;
        assert_eq!(seen(&own), whole);
        assert_eq!(own["sessions"][0]["current"], true);
        assert!(account(&managed.client, member.id).await.is_null(), "other people's accounts");

        let other = app.organization("Other").await;
        let other_owner = app.administrator(other, RoleName::Owner).await;
        for id in [candidate.id, member.id, managed.id, owner.id] {
            assert!(account(&other_owner.client, id).await.is_null(), "another organization's administrator");
        }
        let key = app.api_key(acme, owner.id, RoleName::Auditor).await;
        assert_eq!(seen(&account(&key, managed.id).await), whole);
        assert_eq!(seen(&account(&key, owner.id).await), ["displayName", "email", "emailDomain", "id", "roles"]);
    }
}

on_both! {
    async fn access_follows_the_blocks_in_force(app: TestApp) {
        let acme = app.organization("Acme").await;
        let person = app.person("ana@acme.test").await;
        assert_eq!(account(&person.client, person.id).await["access"], "FULL");
        app.blocked(person.id, BlockKind::PasswordReset, Some(acme)).await;
        assert_eq!(account(&person.client, person.id).await["access"], "FULL");
        app.blocked(person.id, BlockKind::Deactivation, None).await;
        assert_eq!(account(&person.client, person.id).await["access"], "DEACTIVATED");
    }
}

const LIST: &str = "query($id: ID!, $filter: AccountFilterInput, $order: AccountOrder, $first: Int, $after: String, $last: Int, $before: String) { \
    organization(id: $id) { viewerRole accounts(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) { \
    totalCount edges { cursor node { id email access sessions { id } viewerPermissions(organizationId: $id) { action allowed } } } \
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";

async fn list(client: &Client, organization: impl ToString, mut arguments: Value) -> Value {
    arguments["id"] = json!(organization.to_string());
    let data = client.ask(LIST, arguments).await;
    data["organization"]["accounts"].clone()
}

fn emails(list: &Value) -> Vec<&str> {
    let edges = list["edges"].as_array().expect("edges");
    edges.iter().filter_map(|edge| edge["node"]["email"].as_str()).collect()
}

on_both! {
    async fn an_organization_lists_whom_it_manages_and_its_members(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::HelpDesk).await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let (first, second) = (app.workspace(acme).await, app.workspace(acme).await);
        app.person("candidate@acme.test").await;
        let mut all = Vec::new();
        for name in ["mia@acme.test", "ben@acme.test", "zoe@acme.test"] {
            app.advance(TimeDelta::milliseconds(1));
            let id = app.account(name).await;
            app.under_control(acme, domain, id).await;
            all.push((name, id));
        }
        for name in ["Kim@elsewhere.test", "ada_b@elsewhere.test"] {
            app.advance(TimeDelta::milliseconds(1));
            let id = app.account(name).await;
            app.joined(acme, first, id, name).await;
            all.push((name, id));
        }
        // Managed and a member twice: listed once.
        app.joined(acme, first, all[0].1, all[0].0).await;
        app.joined(acme, second, all[0].1, all[0].0).await;
        app.blocked(all[1].1, BlockKind::Deactivation, None).await;

        let page = list(&owner.client, acme, json!({})).await;
        assert_eq!(page["totalCount"], 5);
        assert_eq!(emails(&page), ["mia@acme.test", "ben@acme.test", "zoe@acme.test", "Kim@elsewhere.test", "ada_b@elsewhere.test"]);
        assert_eq!(page["edges"][3]["node"]["sessions"], Value::Null);
        let page = list(&owner.client, acme, json!({ "order": "EMAIL" })).await;
        assert_eq!(emails(&page), ["ada_b@elsewhere.test", "ben@acme.test", "Kim@elsewhere.test", "mia@acme.test", "zoe@acme.test"]);

        for order in ["ID", "EMAIL"] {
            let whole = list(&owner.client, acme, json!({ "order": order })).await;
            let (mut forwards, mut after) = (Vec::new(), Value::Null);
            loop {
                let page = list(&owner.client, acme, json!({ "order": order, "first": 2, "after": after })).await;
                forwards.extend(emails(&page).into_iter().map(ToOwned::to_owned));
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(forwards, emails(&whole), "{order} forwards");
            let (mut backwards, mut before) = (Vec::new(), Value::Null);
            loop {
                let page = list(&owner.client, acme, json!({ "order": order, "last": 2, "before": before })).await;
                backwards.splice(0..0, emails(&page).into_iter().map(ToOwned::to_owned));
                if page["pageInfo"]["hasPreviousPage"] == false {
                    break;
                }
                before = page["pageInfo"]["startCursor"].clone();
            }
            assert_eq!(backwards, emails(&whole), "{order} backwards");
        }

        // A member is listed by the address that the account has now.
        let row = account::ActiveModel { id: Set(all[4].1), email_canonical: Set("zz_b@elsewhere.test".to_owned()), ..Default::default() };
        row.update(&app.database).await.unwrap();
        let page = list(&owner.client, acme, json!({ "order": "EMAIL", "last": 1 })).await;
        assert_eq!(page["edges"][0]["node"]["id"], json!(all[4].1));
        let page = list(&owner.client, acme, json!({ "filter": { "emailPrefix": "zz" } })).await;
        assert_eq!(page["totalCount"], 1);
        let row = account::ActiveModel { id: Set(all[4].1), email_canonical: Set("ada_b@elsewhere.test".to_owned()), ..Default::default() };
        row.update(&app.database).await.unwrap();

        let foreign_domain = app.proved_domain(app.organization("Other").await, "other.test").await;
        let foreign_workspace = app.workspace(app.organization("Third").await).await;
        let cases = [
            (json!({ "managed": true }), vec!["mia@acme.test", "ben@acme.test", "zoe@acme.test"]),
            (json!({ "managed": false }), vec!["Kim@elsewhere.test", "ada_b@elsewhere.test"]),
            (json!({ "access": "DEACTIVATED" }), vec!["ben@acme.test"]),
            (json!({ "access": "FULL", "managed": true }), vec!["mia@acme.test", "zoe@acme.test"]),
            (json!({ "access": "SUSPENDED" }), vec![]),
            (json!({ "emailPrefix": "KI" }), vec!["Kim@elsewhere.test"]),
            (json!({ "emailPrefix": "m" }), vec!["mia@acme.test"]),
            (json!({ "text": "A_B" }), vec!["ada_b@elsewhere.test"]),
            (json!({ "text": "%" }), vec![]),
            (json!({ "text": "ELSEWHERE" }), vec!["Kim@elsewhere.test", "ada_b@elsewhere.test"]),
            (json!({ "workspaceId": first.to_string() }), vec!["mia@acme.test", "Kim@elsewhere.test", "ada_b@elsewhere.test"]),
            (json!({ "workspaceId": first.to_string(), "managed": true }), vec!["mia@acme.test"]),
            (json!({ "workspaceId": second.to_string(), "managed": false }), vec![]),
            (json!({ "workspaceId": foreign_workspace.to_string() }), vec![]),
            (json!({ "domainId": domain.to_string() }), vec!["mia@acme.test", "ben@acme.test", "zoe@acme.test"]),
            (json!({ "domainId": foreign_domain.to_string() }), vec![]),
            (json!({ "domainId": "nonsense" }), vec![]),
            (json!({ "lastActiveBefore": "2026-11-21T09:00:00Z" }), vec!["mia@acme.test", "ben@acme.test", "zoe@acme.test"]),
            (json!({ "lastActiveAfter": "2026-11-21T09:00:00Z" }), vec![]),
            (json!({ "lastActiveBefore": "2027-01-01T00:00:00Z", "managed": false }), vec![]),
        ];
        for (filter, expected) in cases {
            for order in ["ID", "EMAIL"] {
                let page = list(&owner.client, acme, json!({ "filter": filter, "order": order })).await;
                let mut found = emails(&page);
                let mut expected = expected.clone();
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected, "{filter} by {order}");
                assert_eq!(page["totalCount"], expected.len(), "{filter} by {order}");
            }
        }
    }
}

on_both! {
    async fn lists_are_for_administrators_and_cursors_are_checked(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let member = app.person("member@elsewhere.test").await;
        app.joined(acme, app.workspace(acme).await, member.id, &member.email).await;
        let other = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        for client in [&member.client, &other.client, &app.nobody()] {
            let data = client.ask("query($id: ID!) { organization(id: $id) { id } }", json!({ "id": acme.to_string() })).await;
            assert!(data["organization"].is_null());
        }
        let operator = app.operator().await;
        assert!(list(&operator.client, acme, json!({})).await.is_null());
        let by_email = list(&owner.client, acme, json!({ "order": "EMAIL" })).await["pageInfo"]["endCursor"].clone();
        for arguments in [
            json!({ "first": 0 }), json!({ "first": 101 }), json!({ "first": 1, "last": 1 }), json!({ "after": "!" }),
            json!({ "after": by_email }), json!({ "order": "EMAIL", "after": cursor(&["email".to_owned(), "a\u{0}b".to_owned()]) }),
            json!({ "filter": { "lastActiveBefore": "-0001-01-01T00:00:00Z" } }),
            json!({ "filter": { "lastActiveAfter": "+262000-01-01T00:00:00Z" } }),
            json!({ "filter": { "text": "\u{7}" } }), json!({ "filter": { "text": "x".repeat(300) } }),
        ] {
            let mut variables = arguments.clone();
            variables["id"] = json!(acme.to_string());
            let answer = owner.client.send(LIST, variables).await;
            assert_eq!(answer.code(), "BAD_REQUEST", "{arguments}: {}", answer.body);
        }
    }
}

on_both! {
    async fn nodes_come_in_the_order_asked_and_hide_what_isnt_yours(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let stranger = app.person("stranger@elsewhere.test").await;
        let ids = [stranger.id.to_string(), acme.to_string(), "nonsense".to_owned(), owner.id.to_string(), acme.to_string()];
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Account { email } ... on Organization { name } } }";
        let data = owner.client.ask(query, json!({ "ids": ids })).await;
        let expected = json!([
            null, { "__typename": "Organization", "id": ids[1], "name": "Acme" }, null,
            { "__typename": "Account", "id": ids[3], "email": owner.email },
            { "__typename": "Organization", "id": ids[1], "name": "Acme" },
        ]);
        assert_eq!(data["nodes"], expected);
        let data = app.nobody().ask(query, json!({ "ids": ids })).await;
        assert_eq!(data["nodes"], json!([null, null, null, null, null]));
    }
}

on_both! {
    async fn a_viewer_sees_who_they_are_and_who_has_power_over_them(app: TestApp) {
        let query = "{ viewer { actor { kind name operator limited } account { email } organizations { role organization { name viewerRole } } \
            sessions { current } managedBy { name administratorsContact } administratorPowers { organization { name } action ground } } }";
        assert!(app.nobody().ask(query, json!({})).await["viewer"].is_null());
        let (acme, club) = (app.organization("Acme").await, app.organization("Club").await);
        let domain = app.proved_domain(acme, "acme.test").await;
        let person = app.person("ana@acme.test").await;
        app.under_control(acme, domain, person.id).await;
        app.joined(club, app.workspace(club).await, person.id, &person.email).await;
        let viewer = person.client.ask(query, json!({})).await["viewer"].clone();
        assert_eq!(viewer["actor"], json!({ "kind": "PERSON", "name": "ana", "operator": false, "limited": false }));
        assert_eq!(viewer["managedBy"], json!({ "name": "Acme", "administratorsContact": "admin@acme.test" }));
        let powers = viewer["administratorPowers"].as_array().expect("powers");
        let powers: Vec<String> = powers.iter().map(|power| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text(&power["organization"]["name"]), text(&power["ground"]), text(&power["action"]))
        }).collect();
        assert_eq!(powers, [
            "Acme MANAGED READ_ACCOUNT", "Acme MANAGED READ_PERSONAL", "Acme MANAGED RELEASE_ACCOUNTS",
            "Acme MANAGED REQUIRE_PASSWORD_RESET", "Acme MANAGED REVOKE_SESSIONS",
            "Acme MANAGED RESTRICT_ACCOUNT", "Acme MANAGED SUSPEND_ACCOUNT", "Acme MANAGED TERMINATE_ACCOUNT",
            "Acme MANAGED DELETE_ACCOUNT", "Acme MANAGED CHANGE_ACCOUNT_EMAIL", "Acme MANAGED UPDATE_ACCOUNT_PROFILE",
            "Acme MANAGED RESTRICT_EDITS", "Acme MANAGED READ_ITEMS", "Acme MANAGED REVOKE_APP_ACCESS", "Acme MANAGED RESTORE_APP_ACCESS",
            "Club MEMBERSHIP READ_ACCOUNT", "Club MEMBERSHIP RESTRICT_MEMBERSHIP",
            "Club MEMBERSHIP SUSPEND_MEMBERSHIP", "Club MEMBERSHIP TERMINATE_MEMBERSHIP", "Club MEMBERSHIP RESTRICT_EDITS", "Club MEMBERSHIP READ_ITEMS",
            "Club MEMBERSHIP REVOKE_APP_ACCESS", "Club MEMBERSHIP RESTORE_APP_ACCESS",
        ]);
        app.blocked(person.id, BlockKind::Deactivation, None).await;
        let viewer = person.client.ask(query, json!({})).await["viewer"].clone();
        assert_eq!(viewer["actor"]["limited"], true);
        assert_eq!(viewer["managedBy"]["name"], "Acme");

        let owner = app.administrator(acme, RoleName::Owner).await;
        let key = app.api_key(acme, owner.id, RoleName::UserAdmin).await;
        let viewer = key.ask(query, json!({})).await["viewer"].clone();
        assert_eq!(viewer["actor"]["kind"], "API_KEY");
        assert_eq!(viewer["account"], Value::Null);
        assert_eq!(viewer["organizations"], json!([{ "role": "USER_ADMIN", "organization": { "name": "Acme", "viewerRole": "USER_ADMIN" } }]));
    }
}

on_both! {
    async fn a_page_reads_the_same_however_it_is_asked_for(app: TestApp) {
        let acme = app.organization("Acme").await;
        let domain = app.proved_domain(acme, "acme.test").await;
        let auditor = app.administrator(acme, RoleName::Auditor).await;
        let workspace = app.workspace(acme).await;
        for number in 0..3 {
            let email = format!("person{number}@acme.test");
            let account = app.account(&email).await;
            match number {
                0 => app.under_control(acme, domain, account).await,
                _ => {
                    app.joined(acme, workspace, account, &email).await;
                }
            }
        }
        let fields = "id email emailDomain verifiedAt displayName locale createdAt lastActiveAt managedAt version";
        let page = format!("edges {{ cursor node {{ {fields} __typename }} }} nodes {{ {fields} }} \
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor __typename }}");
        let ask = async |selection: String| {
            let query = format!("query($id: ID!) {{ organization(id: $id) {{ accounts(first: 2) {{ {selection} }} }} }}");
            auditor.client.ask(&query, json!({ "id": acme.to_string() })).await
        };
        let at_once = ask(page.clone()).await;
        assert_eq!(at_once["organization"]["accounts"]["nodes"].as_array().map(Vec::len), Some(2));
        // What stands in a fragment is resolved field by field.
        assert_eq!(at_once, ask(format!("... {{ {page} }}")).await);
    }
}
