//! Importing accounts from a file.

use futures::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::cell::RefCell;
use steward::import::{self, ImportError, Options, Summary};
use steward_entities::{account, event, event_detail, kinds::VerificationMethod, notice, profile};
use steward_tests::{TestApp, on_both};

/// What came of an import, and the refused rows.
async fn import(app: &TestApp, file: &[u8], attest_verified: bool, dry_run: bool) -> (Summary, String) {
    let mut refused = Vec::new();
    let options = Options { attest_verified, dry_run, refused: &mut refused, progress: |_| {} };
    let summary = import::accounts(&app.steward, file, options).await.unwrap();
    (summary, String::from_utf8(refused).unwrap())
}

fn summary(created: u64, unchanged: u64, refused: u64) -> Summary {
    Summary { created, unchanged, refused, ignored_columns: Vec::new() }
}

/// A file with one row for each number.
fn numbered(numbers: std::ops::Range<usize>) -> String {
    let rows = numbers.map(|number| format!("person{number}@acme.test,Person {number},de\n"));
    std::iter::once("email,display_name,locale\n".to_owned()).chain(rows).collect()
}

on_both! {
    async fn people_are_imported_without_a_password(app: TestApp) {
        let file = "email,Display Name,team\nAna@Acme.test,Ana Ruiz,blue\nben@acme.test,,red\n";
        let (done, refused) = import(&app, file.as_bytes(), false, false).await;
        assert_eq!((done.created, done.unchanged, done.refused), (2, 0, 0));
        assert_eq!((done.ignored_columns, refused), (vec!["team".to_owned()], String::new()));
        let rows = account::Entity::find().order_by_asc(account::Column::Email).all(&app.database).await.unwrap();
        let ana = &rows[0];
        assert_eq!((ana.email.as_str(), ana.email_canonical.as_str()), ("Ana@acme.test", "ana@acme.test"));
        assert_eq!((ana.display_name.as_str(), ana.locale.as_str()), ("Ana Ruiz", "en"));
        assert_eq!(ana.email_domain_key, "test.acme.");
        assert_eq!((ana.verified_at, ana.verified_by, &ana.password_hash), (None, None, &None));
        assert_eq!(rows[1].display_name, "ben", "what stands before the @");
        let events = event::Entity::find().order_by_asc(event::Column::Position).all(&app.database).await.unwrap();
        assert_eq!(events.len(), 2, "one for each account");
        assert_eq!((events[0].action.as_str(), events[0].stream_id), ("importAccounts", uuid::Uuid::nil()));
        assert_eq!(events[0].account_id, Some(ana.id));
        let kept = event_detail::Entity::find_by_id(events[0].id).one(&app.database).await.unwrap().unwrap();
        assert_eq!(kept.account_id, Some(ana.id), "so that it can be erased with the account");
        let details = json!({ "email": "Ana@acme.test", "displayName": "Ana Ruiz", "locale": "en", "verifiedBy": null });
        assert_eq!(kept.details, details);
        assert_eq!(notice::Entity::find().count(&app.database).await.unwrap(), 0);
        for password in ["", "ana", "whatever it may be"] {
            let input = json!({ "email": "ana@acme.test", "password": password });
            assert_ne!(app.nobody().run("signIn", input, "token").await.code(), "OK");
        }
    }
}

on_both! {
    async fn profiles_are_imported_beside_the_names(app: TestApp) {
        let file = "email,display_name,job title,Phone\nana@acme.test,Ana,Designer,+43 512 555012\nben@acme.test,Ben,,\n";
        let (done, refused) = import(&app, file.as_bytes(), true, false).await;
        assert_eq!((done, refused), (summary(2, 0, 0), String::new()));
        let rows = profile::Entity::find().all(&app.database).await.unwrap();
        assert_eq!(rows.len(), 1, "of whom nothing is known there is no row");
        assert_eq!((rows[0].job_title.as_deref(), rows[0].phone.as_deref()), (Some("Designer"), Some("+43512555012")));
        let kept = event_detail::Entity::find().filter(event_detail::Column::AccountId.eq(rows[0].account_id));
        let kept = kept.one(&app.database).await.unwrap().unwrap();
        assert_eq!((&kept.details["jobTitle"], &kept.details["displayName"]), (&json!("Designer"), &json!("Ana")));
    }
}

on_both! {
    async fn the_operators_word_is_logged(app: TestApp) {
        import(&app, b"email\nana@acme.test\n", true, false).await;
        let ana = account::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!((ana.verified_at, ana.verified_by), (Some(app.now()), Some(VerificationMethod::Attested)));
        let kept = event_detail::Entity::find().one(&app.database).await.unwrap().unwrap();
        assert_eq!(kept.details["verifiedBy"], "ATTESTED");
    }
}

on_both! {
    async fn the_same_file_twice_changes_nothing(app: TestApp) {
        app.account("Person7@acme.test").await;
        let file = format!("{}PERSON3@ACME.TEST,Somebody else,fr\n", numbered(0..2_100));
        assert_eq!(import(&app, file.as_bytes(), false, true).await.0, summary(2_099, 2, 0), "a dry run");
        assert_eq!(account::Entity::find().count(&app.database).await.unwrap(), 1);
        assert_eq!(event::Entity::find().count(&app.database).await.unwrap(), 0);

        let reached = RefCell::new(Vec::new());
        let options = Options {
            attest_verified: false,
            dry_run: false,
            refused: Vec::new(),
            progress: |octets| reached.borrow_mut().push(octets),
        };
        let done = import::accounts(&app.steward, file.as_bytes(), options).await.unwrap();
        assert_eq!(done, summary(2_099, 2, 0));
        assert_eq!((reached.borrow().len(), reached.borrow().last()), (3, Some(&(file.len() as u64))));

        let all = || account::Entity::find().order_by_asc(account::Column::Id).all(&app.database);
        let before = all().await.unwrap();
        app.advance(chrono::TimeDelta::days(1));
        assert_eq!(import(&app, file.as_bytes(), true, false).await.0, summary(0, 2_101, 0));
        assert_eq!(all().await.unwrap(), before);
        let events = event::Entity::find().order_by_asc(event::Column::Position).all(&app.database).await.unwrap();
        let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
        assert_eq!(positions, (1..=2_099).collect::<Vec<_>>(), "without a gap");
        let three = account::Entity::find().filter(account::Column::EmailCanonical.eq("person3@acme.test"));
        assert_eq!(three.one(&app.database).await.unwrap().unwrap().display_name, "Person 3");
    }
}

on_both! {
    async fn bad_rows_are_refused_one_by_one(app: TestApp) {
        let file = b"\xef\xbb\xbfemail,display_name,locale\r\n\
            ana@acme.test,\"Ruiz, Ana\",es\r\n\
            =cmd|' /C calc'!A0,x,en\r\n\
            ben@acme.test,Ben,sv\r\n\
            cleo@acme.test,\"two\nlines\",en\r\n\
            dora@acme.test,\xff,en\r\n\
            eve@acme.test,Eve\r\n\
            fay@acme.test,Fay,";
        let (done, refused) = import(&app, file, false, false).await;
        assert_eq!(done, summary(2, 0, 5));
        let lines: Vec<&str> = refused.lines().collect();
        assert_eq!(lines[0], "line,reason,given_email");
        assert!(lines[1].starts_with("3,") && lines[1].ends_with(",'=cmd|' /C calc'!A0"), "{}", lines[1]);
        assert!(lines[2].starts_with("4,\"locale must be one of en, de") && lines[2].ends_with(",ben@acme.test"), "{}", lines[2]);
        assert_eq!(lines[3], "5,\"display_name must be one line, without line breaks\",cleo@acme.test");
        assert_eq!(lines[4], "7,display_name isn't text in UTF-8,dora@acme.test");
        assert!(lines[5].starts_with("8,\"has 2 cells"), "{}", lines[5]);
        assert_eq!(lines.len(), 6);
    }
}

on_both! {
    async fn a_file_that_is_none_changes_nothing(app: TestApp) {
        for (file, said) in [
            ("", "The file is empty"),
            ("mail;name\na@acme.test;A\n", "“email”"),
            ("email,name,email\n", "twice"),
            ("%PDF-1.7\n\0\0\0", "“email”"),
        ] {
            let options = Options { attest_verified: true, dry_run: false, refused: Vec::new(), progress: |_| {} };
            let error = import::accounts(&app.steward, file.as_bytes(), options).await.unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
            assert!(!matches!(error, ImportError::Steward(_)));
        }
        assert_eq!(account::Entity::find().count(&app.database).await.unwrap(), 0);
    }
}

on_both! {
    async fn two_imports_at_once_make_each_account_once(app: TestApp) {
        let file = numbered(0..1_500);
        let both = join_all([0, 1].map(|_| import(&app, file.as_bytes(), false, false))).await;
        let created: u64 = both.iter().map(|(summary, _)| summary.created).sum();
        let unchanged: u64 = both.iter().map(|(summary, _)| summary.unchanged).sum();
        assert_eq!((created, unchanged), (1_500, 1_500));
        assert_eq!(account::Entity::find().count(&app.database).await.unwrap(), 1_500);
        assert_eq!(event::Entity::find().count(&app.database).await.unwrap(), 1_500);
    }
}
