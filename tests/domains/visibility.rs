//! Who sees and does what.

use super::{FIELDS, Owner, publish, shown, value};
use serde_json::{Value, json};
use steward_entities::kinds::RoleName;
use steward_tests::on_both;

const READ: &str = "query($id: ID!) { domain(id: $id) { name status challenge { recordName recordValue } \
    lastCheck { outcome foundValues advice } } }";

const LIST: &str = "query($id: ID!, $first: Int, $after: String) { organization(id: $id) { \
    domains(first: $first, after: $after) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } } }";

on_both! {
    async fn strangers_see_nothing_and_change_nothing(app: TestApp) {
        let (acme, rival) = (Owner::new(&app, "Acme").await, Owner::new(&app, "Rival").await);
        let domain = acme.add("acme.test").await;
        publish(&app, &domain);
        let id = json!({ "id": domain["id"] });
        for caller in [&rival.admin.client, &app.person("ana@home.test").await.client, &app.nobody()] {
            assert_eq!(caller.ask(READ, id.clone()).await["domain"], Value::Null);
        }
        assert_eq!(rival.admin.client.ask(READ, json!({ "id": "dom_nonsense" })).await["domain"], Value::Null);
        for mutation in ["verifyDomain", "regenerateDomainChallenge", "removeDomain"] {
            let own = rival.on_domain(mutation, &domain).await;
            assert_eq!((own.code().as_str(), own.field().as_str()), ("NOT_FOUND", "input.domainId"), "{mutation}");
            assert_eq!(shown(&own), Value::Null, "{mutation}");
            let theirs = acme.input(json!({ "domainId": domain["id"] }));
            let theirs = rival.admin.client.run(mutation, theirs, FIELDS).await;
            assert_eq!((theirs.code().as_str(), theirs.field().as_str()), ("NOT_FOUND", "input.organizationId"));
            assert_eq!(shown(&theirs), Value::Null, "{mutation}");
        }
        assert_eq!(app.dns.queries(), [""; 0], "nobody can make Steward look up what isn't theirs");
        let twice = Owner { organization: rival.organization, admin: acme.admin.clone() };
        app.role(rival.organization, acme.admin.id, RoleName::UserAdmin).await;
        let mixed = twice.verify(&domain).await;
        assert_eq!((mixed.code().as_str(), shown(&mixed)), ("NOT_FOUND", Value::Null), "not in this organization");
        assert_eq!(acme.log(&app).await.len(), 1);
        assert_eq!(acme.verify(&domain).await.code(), "OK");
    }
}

on_both! {
    async fn roles_that_only_read_see_no_challenge(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.add("acme.test").await;
        let other = format!("{} and more", value(&domain));
        app.dns.set_txt("_steward-challenge.acme.test", &[&[&other]]);
        acme.verify(&domain).await;
        let id = json!({ "id": domain["id"] });
        let token = value(&domain).split_once('=').unwrap().1.to_owned();
        let seen = acme.admin.client.ask(READ, id.clone()).await;
        assert_eq!(seen["domain"]["lastCheck"]["foundValues"], json!([other]));
        for role in [RoleName::HelpDesk, RoleName::Auditor] {
            let reader = app.administrator(acme.organization, role).await;
            let seen = reader.client.ask(READ, id.clone()).await;
            let challenge = json!({ "recordName": "_steward-challenge.acme.test", "recordValue": null });
            assert_eq!(seen["domain"]["challenge"], challenge);
            assert_eq!(seen["domain"]["lastCheck"]["outcome"], "TOKEN_NOT_FOUND");
            assert!(!seen.to_string().contains(&token), "{seen}");
            let added = acme.input(json!({ "name": "other.test" }));
            assert_eq!(reader.client.run("addDomain", added, FIELDS).await.code(), "FORBIDDEN");
            for mutation in ["verifyDomain", "regenerateDomainChallenge", "removeDomain"] {
                let input = acme.input(json!({ "domainId": domain["id"] }));
                assert_eq!(reader.client.run(mutation, input, FIELDS).await.code(), "FORBIDDEN", "{mutation}");
            }
        }
        let input = acme.input(json!({ "name": "other.test" }));
        assert_eq!(app.nobody().run("addDomain", input, FIELDS).await.code(), "UNAUTHENTICATED");
    }
}

on_both! {
    async fn domains_are_listed_in_pages(app: TestApp) {
        let (acme, rival) = (Owner::new(&app, "Acme").await, Owner::new(&app, "Rival").await);
        for name in ["one.test", "two.test", "three.test"] {
            app.advance(chrono::TimeDelta::seconds(1));
            acme.add(name).await;
        }
        rival.add("one.test").await;
        let organization = acme.organization.to_string();
        let page = acme.admin.client.ask(LIST, json!({ "id": organization, "first": 2 })).await;
        let list = &page["organization"]["domains"];
        assert_eq!(list["nodes"], json!([{ "name": "one.test" }, { "name": "two.test" }]));
        assert_eq!((&list["totalCount"], &list["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
        let after = &list["pageInfo"]["endCursor"];
        let page = acme.admin.client.ask(LIST, json!({ "id": organization, "after": after })).await;
        assert_eq!(page["organization"]["domains"]["nodes"], json!([{ "name": "three.test" }]));
        let operator = app.operator().await;
        let page = operator.client.ask(LIST, json!({ "id": organization })).await;
        assert_eq!(page["organization"]["domains"]["nodes"], json!([]), "they are its administrators' matter");
    }
}

on_both! {
    async fn adding_twice_is_a_conflict_and_a_repeated_request_is_not(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let input = acme.input(json!({ "name": "acme.test" }));
        let keyed = acme.admin.client.with_key("once");
        let first = keyed.done("addDomain", input.clone(), FIELDS).await;
        assert_eq!(keyed.done("addDomain", input.clone(), FIELDS).await, first);
        assert_eq!(acme.log(&app).await.len(), 1);
        let again = acme.admin.client.run("addDomain", input.clone(), FIELDS).await;
        assert_eq!((again.code().as_str(), again.field().as_str()), ("CONFLICT", "input.name"));
        let keyed = acme.admin.client.with_key("prove");
        publish(&app, &first["domain"]);
        let verify = acme.input(json!({ "domainId": first["domain"]["id"] }));
        let proved = keyed.done("verifyDomain", verify.clone(), FIELDS).await;
        assert_eq!(keyed.done("verifyDomain", verify, FIELDS).await, proved);
        assert_eq!(acme.log(&app).await.len(), 2);
    }
}

on_both! {
    async fn lookups_are_limited(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.add("acme.test").await;
        for _ in 0..60 {
            assert_eq!(acme.verify(&domain).await.code(), "DOMAIN_NOT_PROVEN");
        }
        let answer = acme.verify(&domain).await;
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "RATE_LIMITED", "{}", answer.body);
        assert_eq!(answer.body["errors"][0]["extensions"]["retryAfter"], 3600);
        app.advance(chrono::TimeDelta::hours(1));
        assert_eq!(acme.verify(&domain).await.code(), "DOMAIN_NOT_PROVEN");
    }
}
