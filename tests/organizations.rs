//! Organizations: their contacts, and their API keys.

use crate::left_behind::{events, forget_password, last_event, notices};
use chrono::TimeDelta;
use serde_json::{Value, json};
use steward_entities::{id::OrganizationId, kinds::RoleName};
use steward_tests::on_both;
use uuid::Uuid;

const FIELDS: &str = "organization { name administrativeEmail technicalEmail billingEmail policyUrl version }";

on_both! {
    async fn an_owner_changes_contacts_and_policy(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let admin = app.administrator(acme, RoleName::UserAdmin).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let operator = app.operator().await;
        let input = json!({ "organizationId": acme, "technicalEmail": "tech@acme.test", "policyUrl": "https://acme.test/policy" });

        assert_eq!(app.nobody().run("updateOrganization", input.clone(), FIELDS).await.code(), "UNAUTHENTICATED");
        assert_eq!(admin.client.run("updateOrganization", input.clone(), FIELDS).await.code(), "FORBIDDEN");
        assert_eq!(stranger.client.run("updateOrganization", input.clone(), FIELDS).await.code(), "NOT_FOUND");
        assert_eq!(operator.client.run("updateOrganization", input.clone(), FIELDS).await.code(), "NOT_FOUND");
        let nowhere = json!({ "organizationId": OrganizationId(Uuid::from_u128(1)), "name": "X" });
        assert_eq!(owner.client.run("updateOrganization", nowhere, FIELDS).await.code(), "NOT_FOUND");

        let it = owner.client.done("updateOrganization", input, FIELDS).await;
        assert_eq!(it["organization"]["administrativeEmail"], "admin@acme.test");
        assert_eq!(it["organization"]["technicalEmail"], "tech@acme.test");
        assert_eq!(it["organization"]["policyUrl"], "https://acme.test/policy");
        assert_eq!(it["organization"]["version"], 2);
        let (event, details) = last_event(&app, acme, "updateOrganization").await;
        assert_eq!(event.actor_id, Some(owner.id.0));
        assert_eq!(details["before"], json!({ "technicalEmail": null, "policyUrl": null }));
        assert_eq!(details["after"], json!({ "technicalEmail": "tech@acme.test", "policyUrl": "https://acme.test/policy" }));

        // Null takes away, absent stays; an old version is refused.
        let input = json!({ "organizationId": acme, "technicalEmail": null, "name": "Acme Ltd", "expectedVersion": 1 });
        assert_eq!(owner.client.run("updateOrganization", input, FIELDS).await.code(), "STALE");
        let input = json!({ "organizationId": acme, "technicalEmail": null, "name": "Acme Ltd", "expectedVersion": 2 });
        let it = owner.client.done("updateOrganization", input.clone(), FIELDS).await;
        assert_eq!(it["organization"]["technicalEmail"], Value::Null);
        assert_eq!(it["organization"]["name"], "Acme Ltd");
        assert_eq!(it["organization"]["policyUrl"], "https://acme.test/policy");
        // What is so already leaves nothing behind.
        let same = json!({ "organizationId": acme, "name": "Acme Ltd" });
        assert_eq!(owner.client.done("updateOrganization", same, FIELDS).await["organization"]["version"], 3);
        assert_eq!(events(&app, acme, "updateOrganization").await, 2);

        for (field, bad) in [("billingEmail", "nobody"), ("policyUrl", "http://acme.test"), ("name", ""), ("administrativeEmail", "")] {
            let answer = owner.client.run("updateOrganization", json!({ "organizationId": acme, field: bad }), FIELDS).await;
            assert_eq!((answer.code(), answer.field()), ("INVALID".to_owned(), format!("input.{field}")));
        }
    }
}

const KEY: &str = "apiKey { id name role state hint expiresAt revokedAt } secret secretAlreadyShown";

on_both! {
    async fn an_owner_makes_a_key_that_works_until_it_is_revoked(app: TestApp) {
        let acme = app.organization("Acme").await;
        let owner = app.administrator(acme, RoleName::Owner).await;
        let second = app.person("second@acme.test").await;
        app.role(acme, second.id, RoleName::Owner).await;
        let admin = app.administrator(acme, RoleName::UserAdmin).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let input = json!({ "organizationId": acme, "name": "nightly import", "role": "AUDITOR" });

        assert_eq!(admin.client.run("createApiKey", input.clone(), KEY).await.code(), "FORBIDDEN");
        assert_eq!(stranger.client.run("createApiKey", input.clone(), KEY).await.code(), "NOT_FOUND");
        let mut wrong = input.clone();
        wrong["role"] = json!("OWNER");
        assert_eq!(owner.client.run("createApiKey", wrong, KEY).await.field(), "input.role");
        for at in [app.now(), app.now() + TimeDelta::days(365) + TimeDelta::seconds(1)] {
            let mut wrong = input.clone();
            wrong["expiresAt"] = json!(at);
            assert_eq!(owner.client.run("createApiKey", wrong, KEY).await.field(), "input.expiresAt");
        }
        assert_eq!(events(&app, acme, "createApiKey").await, 0);

        let made = owner.client.with_key("make one").done("createApiKey", input.clone(), KEY).await;
        let secret = made["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("steward_key_"));
        assert_eq!(made["secretAlreadyShown"], false);
        let ends = made["apiKey"]["expiresAt"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert_eq!(ends, app.now() + TimeDelta::days(90));
        // The same request again: the same key, and no second look at the secret.
        let again = owner.client.with_key("make one").done("createApiKey", input.clone(), KEY).await;
        assert_eq!(again["apiKey"]["id"], made["apiKey"]["id"]);
        assert_eq!((&again["secret"], &again["secretAlreadyShown"]), (&Value::Null, &json!(true)));
        let mut told: Vec<_> = notices(&app, "api_key_created").await.into_iter().map(|(account, ..)| account).collect();
        told.sort();
        let mut owners = vec![Some(owner.id), Some(second.id)];
        owners.sort();
        assert_eq!(told, owners);
        let (_, details) = last_event(&app, acme, "createApiKey").await;
        assert_eq!((&details["name"], &details["role"]), (&json!("nightly import"), &json!("AUDITOR")));

        let look = "query($id: ID!) { organization(id: $id) { viewerRole apiKeys { nodes { id state } } } }";
        let key = app.with(&secret);
        assert_eq!(key.ask(look, json!({ "id": acme })).await["organization"]["viewerRole"], "AUDITOR");
        assert_eq!(stranger.client.ask(look, json!({ "id": acme })).await["organization"], Value::Null);

        // It sleeps while its maker isn't an owner.
        let roles = json!({ "organizationId": acme, "accountId": owner.id, "role": "AUDITOR" });
        second.client.done("assignRole", roles, "administrator { role }").await;
        assert_eq!(key.send(look, json!({ "id": acme })).await.code(), "UNAUTHENTICATED");
        let seen = second.client.ask(look, json!({ "id": acme })).await;
        assert_eq!(seen["organization"]["apiKeys"]["nodes"][0]["state"], "ASLEEP");
        let roles = json!({ "organizationId": acme, "accountId": owner.id, "role": "OWNER" });
        second.client.done("assignRole", roles, "administrator { role }").await;
        assert_eq!(key.ask(look, json!({ "id": acme })).await["organization"]["viewerRole"], "AUDITOR");

        let input = json!({ "organizationId": acme, "apiKeyId": made["apiKey"]["id"] });
        assert_eq!(admin.client.run("revokeApiKey", input.clone(), "apiKey { id }").await.code(), "FORBIDDEN");
        assert_eq!(stranger.client.run("revokeApiKey", input.clone(), "apiKey { id }").await.code(), "NOT_FOUND");
        let gone = owner.client.done("revokeApiKey", input.clone(), "apiKey { state revokedAt }").await;
        assert_eq!(gone["apiKey"]["state"], "REVOKED");
        owner.client.done("revokeApiKey", input.clone(), "apiKey { state }").await;
        assert_eq!(events(&app, acme, "revokeApiKey").await, 1);
        assert_eq!(key.send(look, json!({ "id": acme })).await.code(), "UNAUTHENTICATED");

        forget_password(&app, &owner).await;
        let another = json!({ "organizationId": acme, "name": "another", "role": "AUDITOR" });
        assert_eq!(owner.client.run("createApiKey", another, KEY).await.code(), "REAUTHENTICATION_REQUIRED");
        assert_eq!(owner.client.run("revokeApiKey", input, "apiKey { id }").await.code(), "REAUTHENTICATION_REQUIRED");
    }
}
