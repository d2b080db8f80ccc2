//! One owner at a time; renewing, expiring, removing.

use super::{FIELDS, Owner, publish, record_name, shown, value};
use async_trait::async_trait;
use chrono::TimeDelta;
use futures::future::join_all;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use serde_json::{Value, json};
use std::{net::IpAddr, sync::Arc};
use steward::domains::dns::{Dns, HickoryDns, TxtAnswer};
use steward_entities::{
    account, domain, job,
    kinds::{DomainStatus, RoleName},
};
use steward_tests::{Engine, TestApp, on_both};
use tokio::sync::Semaphore;

on_both! {
    async fn of_two_organizations_at_once_one_wins(app: TestApp) {
        let owners = [Owner::new(&app, "Acme").await, Owner::new(&app, "Rival").await];
        let mut wins = [0, 0];
        for round in 0..100 {
            // Sixty checks an hour are allowed.
            app.advance(TimeDelta::minutes(2));
            let name = format!("r{round}.test");
            let domains = join_all(owners.iter().map(|owner| owner.add(&name))).await;
            let (one, other) = (value(&domains[0]), value(&domains[1]));
            assert_ne!(one, other);
            app.dns.set_txt(&record_name(&domains[0]), &[&[&one], &[&other]]);
            let verified = owners.iter().zip(&domains).map(|(owner, domain)| owner.verify(domain));
            let codes: Vec<String> = join_all(verified).await.iter().map(|answer| answer.code()).collect();
            let winner = codes.iter().position(|code| code == "OK").unwrap();
            assert_eq!(codes[1 - winner], "DOMAIN_TAKEN", "round {round}");
            wins[winner] += 1;
        }
        let proved = domain::Entity::find().filter(domain::Column::Status.eq(DomainStatus::Verified));
        assert_eq!(proved.count(&app.database).await.unwrap(), 100, "{wins:?}");
    }
}

on_both! {
    async fn a_challenge_belongs_to_one_organization_and_one_domain(app: TestApp) {
        let (acme, rival) = (Owner::new(&app, "Acme").await, Owner::new(&app, "Rival").await);
        let domain = acme.prove(&app, "acme.test").await;
        let copied = rival.add("acme.test").await;
        let answer = rival.verify(&copied).await;
        assert_eq!(answer.code(), "DOMAIN_NOT_PROVEN", "the other's challenge is no proof, and nothing is said of it");
        assert_eq!(shown(&answer)["status"], "PENDING");
        publish(&app, &copied);
        let answer = rival.verify(&copied).await;
        assert_eq!((answer.code().as_str(), &shown(&answer)["status"]), ("DOMAIN_TAKEN", &json!("PENDING")));
        assert_eq!(shown(&answer)["lastCheck"]["outcome"], "FOUND");
        let elsewhere = rival.add("rival.test").await;
        app.dns.set_txt(&record_name(&elsewhere), &[&[&value(&copied)]]);
        assert_eq!(rival.verify(&elsewhere).await.code(), "DOMAIN_NOT_PROVEN");
        assert_eq!(rival.log(&app).await.len(), 5, "checks that fail are in the log");
        assert_eq!(acme.verify(&domain).await.code(), "DOMAIN_NOT_PROVEN", "a re-check, whose record was replaced");
    }
}

on_both! {
    async fn a_challenge_expires_and_is_renewed(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.add("acme.test").await;
        publish(&app, &domain);
        app.advance(TimeDelta::days(7));
        let queries = app.dns.queries().len();
        let answer = acme.verify(&domain).await;
        assert_eq!(answer.code(), "INVALID_STATE", "{}", answer.body);
        assert!(answer.body.to_string().contains("regenerateDomainChallenge"));
        assert_eq!((&shown(&answer)["lastCheck"], app.dns.queries().len()), (&Value::Null, queries));

        let renewed = acme.regenerate(&domain).await;
        assert_ne!(value(&renewed), value(&domain));
        assert_eq!(renewed["challenge"]["expiresAt"], "2026-12-05T09:00:00+00:00");
        assert_eq!(acme.verify(&renewed).await.code(), "DOMAIN_NOT_PROVEN", "the old one is worth nothing");
        publish(&app, &renewed);
        app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        assert_eq!(acme.verify(&renewed).await.code(), "OK");
        let actions: Vec<String> = acme.log(&app).await.into_iter().map(|(action, _)| action).collect();
        assert_eq!(actions, ["addDomain", "regenerateDomainChallenge", "verifyDomain", "verifyDomain"]);
    }
}

on_both! {
    async fn a_proved_challenge_serves_until_a_newer_is_proved(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.add("acme.test").await;
        publish(&app, &domain);
        acme.verify(&domain).await;
        let renewed = acme.regenerate(&domain).await;
        assert_eq!(renewed["status"], "VERIFIED");
        app.advance(TimeDelta::days(1));
        let checked = shown(&acme.verify(&domain).await);
        assert_eq!((&checked["lastCheck"]["outcome"], &checked["challenge"]), (&json!("FOUND"), &renewed["challenge"]));
        assert_eq!((&checked["verifiedAt"], &checked["nextCheckAt"]), (&json!("2026-11-21T09:00:00+00:00"), &json!("2026-11-23T09:00:00+00:00")));
        publish(&app, &renewed);
        let proved = shown(&acme.verify(&domain).await);
        assert_eq!((&proved["lastCheck"]["outcome"], &proved["challenge"]), (&json!("FOUND"), &Value::Null));
        publish(&app, &domain);
        let answer = acme.verify(&domain).await;
        assert_eq!((answer.code().as_str(), &shown(&answer)["status"]), ("DOMAIN_NOT_PROVEN", &json!("VERIFIED")));
        app.advance(TimeDelta::days(30));
        publish(&app, &renewed);
        assert_eq!(acme.verify(&domain).await.code(), "OK", "what was proved doesn't expire");
    }
}

/// Asks the DNS server, and holds the answer back until the test lets it pass.
struct Door {
    dns: HickoryDns,
    asked: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

#[async_trait]
impl Dns for Door {
    async fn txt(&self, name: &str) -> TxtAnswer {
        let answer = self.dns.txt(name).await;
        self.asked.add_permits(1);
        self.opened.acquire().await.unwrap().forget();
        answer
    }

    async fn addresses(&self, name: &str) -> Option<Vec<IpAddr>> {
        self.dns.addresses(name).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lookup_counts_only_for_the_challenge_that_it_looked_for() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (asked, opened) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let started = TestApp::start_with_dns(engine, |server| {
            Arc::new(Door {
                dns: HickoryDns::servers(&[server.address()]).unwrap(),
                asked: Arc::clone(&asked),
                opened: Arc::clone(&opened),
            })
        });
        let Some(app) = started.await else { continue };
        let acme = Owner::new(&app, "Acme").await;
        for (name, is_published) in [("published.test", true), ("missing.test", false)] {
            let domain = acme.add(name).await;
            if is_published {
                publish(&app, &domain);
            }
            let renewing = async {
                asked.acquire().await.unwrap().forget();
                let renewed = acme.regenerate(&domain).await;
                opened.add_permits(3);
                renewed
            };
            let (answer, renewed) = tokio::join!(acme.verify(&domain), renewing);
            assert_eq!(answer.code(), "CONFLICT", "{}", answer.body);
            let seen = shown(&answer);
            assert_eq!((&seen["status"], &seen["lastCheck"]), (&json!("PENDING"), &Value::Null));
            assert_eq!(seen["challenge"], renewed["challenge"]);
            asked.forget_permits(asked.available_permits());
            opened.forget_permits(opened.available_permits());
        }
    }
}

on_both! {
    async fn a_removed_domain_is_free_for_another(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = acme.prove(&app, "acme.test").await;
        let remove = |dry_run: bool| acme.input(json!({ "domainId": domain["id"], "dryRun": dry_run }));
        let selection = format!("{FIELDS} plan {{ releasedAccounts canceledAssertions openClaims }}");
        let none = json!({ "releasedAccounts": 0, "canceledAssertions": 0, "openClaims": 0 });

        let planned = acme.admin.client.done("removeDomain", remove(true), &selection).await;
        assert_eq!((&planned["plan"], &planned["domain"]["status"]), (&none, &json!("VERIFIED")));
        assert_eq!(job::Entity::find().count(&app.database).await.unwrap(), 0);
        assert_eq!(acme.log(&app).await.len(), 2);

        let keyed = acme.admin.client.with_key("once");
        let removed = keyed.done("removeDomain", remove(false), &selection).await;
        assert_eq!((&removed["plan"], &removed["domain"]["removedAt"]), (&none, &json!("2026-11-21T09:00:00+00:00")));
        assert_eq!((&removed["domain"]["challenge"], &removed["domain"]["nextCheckAt"]), (&Value::Null, &Value::Null));
        assert_eq!(keyed.done("removeDomain", remove(false), &selection).await, removed, "a replay");
        let again = acme.admin.client.run("removeDomain", remove(false), &selection).await;
        assert_eq!(again.code(), "NOT_FOUND");
        for mutation in ["verifyDomain", "regenerateDomainChallenge"] {
            assert_eq!(acme.on_domain(mutation, &domain).await.code(), "NOT_FOUND");
        }
        let jobs = job::Entity::find().all(&app.database).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!((jobs[0].kind.as_str(), jobs[0].organization_id), ("leave_domain", Some(acme.organization)));
        assert_eq!(acme.log(&app).await.last().unwrap().1["name"], "acme.test");

        let rival = Owner::new(&app, "Rival").await;
        assert_eq!(rival.prove(&app, "acme.test").await["status"], "VERIFIED");
        let back = acme.add("acme.test").await;
        assert_ne!(back["id"], domain["id"]);
        assert_eq!(acme.verify(&back).await.code(), "DOMAIN_NOT_PROVEN", "earlier challenges are worth nothing");
    }
}

on_both! {
    async fn removing_needs_the_password_again_and_counts_what_ends(app: TestApp) {
        let acme = Owner::new(&app, "Acme").await;
        let domain = app.proved_domain(acme.organization, "acme.test").await;
        app.proved_domain(acme.organization, "eu.acme.test").await;
        for (email, manages) in [("ana@acme.test", true), ("ben@acme.test", true), ("dora@eu.acme.test", true), ("cleo@acme.test", false)] {
            let id = app.account(email).await;
            if manages {
                let managed = account::ActiveModel {
                    id: Set(id),
                    managed_by: Set(Some(acme.organization)),
                    managed_domain_id: Set(Some(domain)),
                    managed_at: Set(Some(app.now())),
                    ..Default::default()
                };
                managed.update(&app.database).await.unwrap();
            }
        }
        let input = acme.input(json!({ "domainId": domain.to_string(), "dryRun": true }));
        let planned = acme.admin.client.done("removeDomain", input.clone(), "plan { releasedAccounts }").await;
        assert_eq!(planned["plan"]["releasedAccounts"], 2, "one is covered by another proved domain");
        app.advance(TimeDelta::minutes(10));
        let answer = acme.admin.client.run("removeDomain", input.clone(), "plan { releasedAccounts }").await;
        assert_eq!(answer.code(), "REAUTHENTICATION_REQUIRED");
        let owner = app.administrator(acme.organization, RoleName::Owner).await;
        let script = app.api_key(acme.organization, owner.id, RoleName::UserAdmin).await;
        assert_eq!(script.run("removeDomain", input, "plan { releasedAccounts }").await.code(), "OK");
    }
}
