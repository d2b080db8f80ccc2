//! What is looked up, what is found, and what the administrator is told.

use super::{FIELDS, Owner, publish, record_name, shown, value};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use steward::{
    demo::dns_server::Behaviour,
    domains::dns::{HickoryDns, Limits},
};
use steward_entities::notice;
use steward_tests::{Engine, TestApp, on_both};

on_both! {
    async fn a_domain_is_proved_by_its_record(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.add("Acme.Test.").await;
        let expected = json!({
            "recordName": "_steward-challenge.acme.test",
            "recordType": "TXT",
            "recordValue": value(&domain),
            "expiresAt": "2026-11-28T09:00:00+00:00",
        });
        assert_eq!(domain["challenge"], expected);
        let token = value(&domain).strip_prefix("steward-domain-verification=").unwrap().to_owned();
        assert_eq!(token.len(), 52, "256 bits in base32: {token}");
        assert_eq!((&domain["name"], &domain["status"]), (&json!("acme.test"), &json!("PENDING")));
        assert_eq!((&domain["lastCheck"], &domain["nextCheckAt"]), (&Value::Null, &Value::Null));

        let (head, tail) = token.split_at(20);
        let name = record_name(&domain);
        app.dns.set_txt(&name, &[&["another record"], &["steward-domain-", "verification=", head, tail]]);
        let answer = acme.verify(&domain).await;
        assert_eq!(answer.code(), "OK", "{}", answer.body);
        let proved = shown(&answer);
        assert_eq!(proved["status"], "VERIFIED");
        assert_eq!(proved["challenge"], Value::Null);
        assert_eq!(proved["verifiedAt"], "2026-11-21T09:00:00+00:00");
        assert_eq!(proved["nextCheckAt"], "2026-11-22T09:00:00+00:00");
        assert_eq!(proved["version"], 2);
        let check = &proved["lastCheck"];
        assert_eq!((&check["outcome"], &check["method"]), (&json!("FOUND"), &json!("DNS_TXT")));
        assert_eq!(check["foundValues"].as_array().unwrap().len(), 2);
        assert_eq!(check["resolver"], app.dns.address().to_string());

        let log = acme.log(&app).await;
        let actions: Vec<&str> = log.iter().map(|(action, _)| action.as_str()).collect();
        assert_eq!(actions, ["addDomain", "verifyDomain"]);
        let status = json!({ "before": "PENDING", "after": "VERIFIED" });
        assert_eq!((&log[1].1["status"], &log[1].1["outcome"]), (&status, &json!("FOUND")));
        assert!(log.iter().all(|(_, details)| !details.to_string().contains(&token)), "{log:?}");
        assert_eq!(notice::Entity::find().count(&app.database).await.unwrap(), 0);
    }
}

on_both! {
    async fn what_is_missing_is_said_and_kept(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.add("acme.test").await;
        let (name, value) = (record_name(&domain), value(&domain));
        let token = value.split_once('=').unwrap().1.to_owned();
        let (spaced, upper, more) = (value.replace('=', "= "), value.to_uppercase(), format!("{value} v=spf1"));
        let other = "steward-domain-verification=another";
        let cases: [(&str, &str, &str, &str); 8] = [
            (&name, &token, "TOKEN_NOT_FOUND", "lacks its beginning"),
            (&name, &spaced, "TOKEN_NOT_FOUND", "in one piece"),
            (&name, &upper, "TOKEN_NOT_FOUND", "Upper and lower case"),
            (&name, &more, "TOKEN_NOT_FOUND", "a record of its own"),
            (&name, other, "TOKEN_NOT_FOUND", "perhaps an earlier one"),
            (&name, "v=spf1 -all", "TOKEN_NOT_FOUND", "takes some time"),
            ("acme.test", &value, "HOST_NOT_FOUND", "stands at acme.test itself"),
            (&format!("{name}.acme.test"), &value, "HOST_NOT_FOUND", "appends the domain by itself"),
        ];
        let first = acme.verify(&domain).await;
        assert_eq!(shown(&first)["lastCheck"]["outcome"], "HOST_NOT_FOUND");
        for (place, published, outcome, advice) in cases {
            app.dns.set_txt(place, &[&[published]]);
            let answer = acme.verify(&domain).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("DOMAIN_NOT_PROVEN", "input.domainId"));
            let seen = shown(&answer);
            let said = seen["lastCheck"]["advice"].as_str().unwrap();
            assert_eq!((&seen["status"], &seen["lastCheck"]["outcome"]), (&json!("PENDING"), &json!(outcome)), "{said}");
            assert!(said.contains(advice) && said.contains(&name), "{said}");
            let is_misplaced = said.contains("stands at");
            assert!(is_misplaced || said.ends_with(&value), "it says what is needed: {said}");
            assert_eq!(answer.payload()["userErrors"][0]["message"], said);
            app.dns.remove(place);
        }
        let log = acme.log(&app).await;
        assert_eq!(log.len(), 10, "each check is in the log");
        assert_eq!(log[9].1["status"], json!({ "before": "PENDING", "after": "PENDING" }));
        publish(&app, &domain);
        assert_eq!(acme.verify(&domain).await.code(), "OK");
    }
}

on_both! {
    async fn a_failing_resolver_changes_nothing(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.prove(&app, "acme.test").await;
        for behaviour in [Behaviour::ServerFailure, Behaviour::Refused] {
            app.dns.answer_with(&record_name(&domain), behaviour);
            let answer = acme.verify(&domain).await;
            assert_eq!(answer.code(), "DOMAIN_NOT_PROVEN");
            let seen = shown(&answer);
            assert_eq!((&seen["status"], &seen["lastCheck"]["outcome"]), (&json!("VERIFIED"), &json!("SERVER_FAILURE")));
            assert!(seen["lastCheck"]["advice"].as_str().unwrap().contains("Nothing is concluded"));
            assert_eq!((&seen["verifiedAt"], &seen["nextCheckAt"]), (&domain["verifiedAt"], &domain["nextCheckAt"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_unknown_and_never_no() {
    let limits = Limits { per_try: Duration::from_millis(150), tries: 2, total: Duration::from_millis(400) };
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hasty = TestApp::start_with_dns(engine, |server| {
            Arc::new(HickoryDns::with_limits(&[server.address()], limits).unwrap())
        });
        let Some(app) = hasty.await else { continue };
        let acme = Owner::new(&app, "Acme").await;
        let organization = acme.organization;
        let proved =
            json!({ "id": app.proved_domain(organization, "acme.test").await.to_string(), "name": "acme.test" });
        let pending = acme.add("pending.test").await;
        for (domain, status) in [(proved, "VERIFIED"), (pending, "PENDING")] {
            app.dns.answer_with(&record_name(&domain), Behaviour::Silent);
            let answer = acme.verify(&domain).await;
            assert_eq!(answer.code(), "DOMAIN_NOT_PROVEN");
            let seen = shown(&answer);
            assert_eq!((&seen["status"], &seen["lastCheck"]["outcome"]), (&json!(status), &json!("TIMEOUT")));
        }
    }
}

on_both! {
    async fn nobody_owns_what_is_everybodys(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let label = "a".repeat(57);
        let too_long = format!("{label}.{label}.{label}.{label}.tes");
        assert_eq!(too_long.len(), 235);
        for (name, said) in [
            ("co.uk", "public suffix"), ("github.io", "public suffix"), ("gmail.com", "mail service for everybody"),
            ("eu.gmail.com", "mail service"), ("localhost", "."), ("127.0.0.1", "IP address"), ("[::1]", "IP address"),
            ("*.acme.test", "wildcard"), ("https://acme.test/", "bare domain name"), ("", "empty"),
            ("a\u{202e}b.test", "valid domain name"), (&too_long, "at most 234 octets"),
        ] {
            let answer = acme.refused_to_add(name).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("INVALID", "input.name"), "{}", answer.body);
            let message = answer.payload()["userErrors"][0]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(said), "{name}: {message}");
        }
        let longest = acme.add(&format!("{label}.{label}.{label}.{label}.te")).await;
        publish(&app, &longest);
        assert_eq!(acme.verify(&longest).await.code(), "OK");
    }
}

on_both! {
    async fn a_name_in_any_script_is_one_name(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.add("MÜNCHEN.example").await;
        assert_eq!(domain["name"], "xn--mnchen-3ya.example");
        assert_eq!(domain["unicodeName"], "münchen.example");
        for same in ["xn--mnchen-3ya.example", "münchen.example.", "mu\u{308}nchen.EXAMPLE"] {
            let answer = acme.refused_to_add(same).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("CONFLICT", "input.name"), "{same}");
        }
        publish(&app, &domain);
        assert_eq!(shown(&acme.verify(&domain).await)["status"], "VERIFIED");
        let input = acme.input(json!({ "name": "münchen.test", "includeSubdomains": true }));
        let payload = acme.admin.client.done("addDomain", input, FIELDS).await;
        assert_eq!(payload["domain"]["includeSubdomains"], true);
    }
}
