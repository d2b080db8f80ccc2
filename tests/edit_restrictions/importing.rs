//! Imports and edit restrictions. An import is the platform's own act: it changes nobody who is there, so that it is no way
//! round a restriction; it is nobody's edit, so that none stops it; and whom it makes comes under a restriction, and is told,
//! when an organization's ground begins.

use super::{Hofer, everybody};
use crate::left_behind::notices;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use steward::import::{self, Options, Summary};
use steward_entities::{account, domain, event, id::AccountId, item, kinds::EditOperation, profile};
use steward_tests::{TestApp, on_both};

/// Imports these addresses, each with a job title.
async fn imported(app: &TestApp, emails: &[&str], attest_verified: bool) -> Summary {
    let rows: String = emails.iter().map(|email| format!("{email},Imported,Imported\n")).collect();
    let mut refused = Vec::new();
    let options = Options { attest_verified, dry_run: false, refused: &mut refused, progress: |_| {} };
    import::accounts(&app.steward, format!("email,display_name,job title\n{rows}").as_bytes(), options).await.unwrap()
}

async fn account(app: &TestApp, email: &str) -> account::Model {
    let found = account::Entity::find().filter(account::Column::EmailCanonical.eq(email));
    found.one(&app.database).await.unwrap().unwrap()
}

/// The operations of which somebody was told.
async fn told(app: &TestApp, person: AccountId) -> Vec<Value> {
    app.run_jobs().await;
    let told = notices(app, "edit_restriction_set").await.into_iter().filter(|(to, ..)| *to == Some(person));
    told.map(|(_, _, content)| content["operations"].clone()).collect()
}

on_both! {
    async fn an_import_is_no_way_round_a_restriction_and_none_stops_it(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let mut number = 0;
        for target in hofer.targets() {
            for operation in EditOperation::ALL {
                let what = format!("{} {target}", operation.as_str());
                number += 1;
                let id = hofer.restricted(target.clone(), &[operation.as_str()]).await;
                app.run_jobs().await;
                let (before, edits) = (account(&app, &hofer.ana.email).await, profile::Entity::find().all(&app.database).await.unwrap());
                let new = format!("new{number}@hofer.example");
                for attest_verified in [false, true] {
                    // The one who is there stays as she is, and the new one is made, once.
                    let done = imported(&app, &[&hofer.ana.email, &new], attest_verified).await;
                    assert_eq!((done.created, done.unchanged), if attest_verified { (0, 2) } else { (1, 1) }, "{what}");
                    assert_eq!(done.refused, 0, "{what}");
                }
                assert_eq!(account(&app, &hofer.ana.email).await, before, "{what}");
                let of_new = account(&app, &new).await.id;
                let after: Vec<_> = profile::Entity::find().all(&app.database).await.unwrap();
                let after: Vec<_> = after.into_iter().filter(|profile| profile.account_id != of_new).collect();
                assert_eq!(after, edits, "{what}");
                // No organization has a ground yet: nothing is taken from the new one, and nobody says so.
                assert_eq!(told(&app, of_new).await, Vec::<Value>::new(), "{what}");
                hofer.lift(&hofer.admin.client, &id).await.payload();
            }
        }
        assert_eq!(item::Entity::find().all(&app.database).await.unwrap(), [], "an import makes no items");
        let log = event::Entity::find().filter(event::Column::Action.eq("importAccounts")).all(&app.database).await.unwrap();
        assert!(log.iter().all(|event| event.stream_id.is_nil()), "the platform's act, in nobody else's log");
    }
}

on_both! {
    async fn who_was_imported_is_told_when_management_begins(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let admin = &hofer.admin.client;
        hofer.restricted(everybody(), &["EDIT_PROFILE", "DELETE_ITEMS"]).await;
        app.run_jobs().await;
        app.advance(TimeDelta::hours(1));
        imported(&app, &["dan@hofer.example"], false).await;
        imported(&app, &["eve@hofer.example"], true).await;
        let (dan, eve) = (account(&app, "dan@hofer.example").await.id, account(&app, "eve@hofer.example").await.id);
        assert_eq!((told(&app, dan).await, told(&app, eve).await), (vec![], vec![]), "not by the import");

        // Nobody has ever used the one: it is taken up as if it had just been made. The other one is claimed.
        admin.done("createAccount", json!({ "organizationId": hofer.id, "email": "dan@hofer.example" }), "").await;
        let domain = domain::Entity::find().one(&app.database).await.unwrap().unwrap().id;
        let claim = json!({
            "organizationId": hofer.id, "domainId": domain, "scope": { "accountIds": [eve] }, "noticePeriodDays": 7,
        });
        let again = app.signed_in(hofer.admin.id, &hofer.admin.email).await.client;
        again.done("claimAccounts", claim, "claim { id }").await;
        assert_eq!(told(&app, eve).await, Vec::<Value>::new(), "not before control has begun");
        app.advance(TimeDelta::days(8));
        app.run_jobs().await;
        assert_eq!(account(&app, "eve@hofer.example").await.managed_by, Some(hofer.id));
        let all = vec![json!(["EDIT_PROFILE", "DELETE_ITEMS"])];
        assert_eq!((told(&app, dan).await, told(&app, eve).await), (all.clone(), all));
        // Under management the file changes as little.
        let before = [account(&app, "dan@hofer.example").await, account(&app, "eve@hofer.example").await];
        assert_eq!(imported(&app, &["dan@hofer.example", "eve@hofer.example"], true).await.unchanged, 2);
        assert_eq!([account(&app, "dan@hofer.example").await, account(&app, "eve@hofer.example").await], before);
    }
}
