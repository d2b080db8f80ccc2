//! What people and others type into the forms.

use super::*;
use sea_orm::{ActiveModelTrait, Set};
use steward_entities::{account_block, id::AccountBlockId, kinds::BlockKind};
use steward_tests::{on_both, seed::PASSWORD};
use uuid::Uuid;

on_both! {
    async fn what_is_wrong_stands_at_its_field_and_keeps_the_link(app: TestApp) {
        let page = sign_up_page(&app, "wilhelmina@hofer.example").await;
        assert!(open(&app, &page).await.html.contains("value=\"Ana Gruber\""));
        let before = everything(&app).await;
        let weak = [
            ("short", "This password must have at least 15 characters."),
            ("", "This password must have at least 15 characters."),
            ("wilhelmina-hofer-steward", "words that belong to the account"),
            ("aaaaaaaaaaaaaaaaaaaa", "too easy to guess"),
        ];
        for (password, why) in weak {
            let name = "<b>Ana</b> \"Gruber\"";
            let seen = send(&app, &page, &[("display_name", name), ("password", password)]).await;
            assert_eq!((seen.status, seen.heading()), (StatusCode::UNPROCESSABLE_ENTITY, "Complete your sign-up"));
            assert!(seen.error_at("password").contains(why), "{}", seen.error_at("password"));
            assert!(!seen.html.contains("<b>Ana") && seen.html.contains("&lt;b&gt;Ana"), "{}", seen.html);
            assert!(password.is_empty() || !seen.html.contains(password), "a password is never shown");
        }
        let seen = send(&app, &page, &[("display_name", ""), ("password", NEW_PASSWORD)]).await;
        assert_eq!(seen.error_at("display_name"), "Your name must not be empty.");
        assert_eq!(everything(&app).await, before);
        let done = send(&app, &page, &[("display_name", "Ana"), ("password", NEW_PASSWORD)]).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Your account is open"));

        let page = reset_page(&app, "wilhelmina@hofer.example").await;
        let seen = send(&app, &page, &[("new_password", "short")]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(seen.error_at("new_password"), "This password must have at least 15 characters.");
        assert_eq!(send(&app, &page, &[("new_password", PASSWORD)]).await.heading(), "Your password is set");
    }
}

on_both! {
    async fn forms_that_no_page_of_ours_sends_change_nothing(app: TestApp) {
        let ana = app.person("ana@acme.test").await;
        let (_, invitation) = invitation_page(&app, "lena@hofer.example").await;
        let offering = Offering::new(&app).await;
        let mut pages = vec![
            sign_up_page(&app, "new@hofer.example").await,
            invitation,
            offering.page(&app, "pia@wald.example").await,
            reset_page(&app, "ana@acme.test").await,
        ];
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.test" }), "emailChangeId").await;
        pages.push(mailed_page(&app, "ana@home.test").await);
        let before = everything(&app).await;
        let hostile: [&[u8]; 8] = [
            b"",
            b"&&&===",
            b"%",
            b"password=%FF%FE&new_password=%FF%FE&display_name=%FF&answer=%FF&confirm=%FF",
            b"\xff\xfe\x00=\x00&answer=\x00",
            b"answer=ACCEPT&confirm=YES&password=short",
            b"answer[]=decline&confirm[]=yes",
            b"{\"answer\":\"decline\",\"confirm\":\"yes\"}",
        ];
        for page in &pages {
            for form in hostile {
                let seen = send_bytes(&app, page, form.to_vec()).await;
                assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}: {}", String::from_utf8_lossy(form));
                assert_eq!(seen.headers["cache-control"], "no-store");
            }
            let huge = [b"confirm=yes&answer=decline&more=".to_vec(), vec![b'a'; 70_000]].concat();
            assert_eq!(send_bytes(&app, page, huge).await.status, StatusCode::BAD_REQUEST);
            for content_type in ["text/plain", "application/json", "multipart/form-data; boundary=x", ""] {
                let request = Request::post(page).header(header::CONTENT_TYPE, content_type);
                let seen = visit(&app, request.body(Body::from("confirm=yes&answer=decline")).unwrap()).await;
                assert_eq!((seen.status, seen.heading()), (StatusCode::BAD_REQUEST, "This didn&#x27;t work"));
            }
            let bare = Request::post(page).body(Body::from("confirm=yes&answer=decline")).unwrap();
            assert_eq!(visit(&app, bare).await.status, StatusCode::BAD_REQUEST);
        }
        assert_eq!(everything(&app).await, before);
    }
}

on_both! {
    async fn passwords_cant_be_guessed_at_a_page(app: TestApp) {
        app.account("ana@hofer.example").await;
        let (_, page) = invitation_page(&app, "ana@hofer.example").await;
        let seen = send(&app, &page, &[("password", &"long".repeat(100))]).await;
        assert_eq!(seen.error_at("password"), "This password must have at most 256 characters.");
        for _ in 0..10 {
            let seen = send(&app, &page, &[("password", "a guess of somebody's")]).await;
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(seen.error_at("password").starts_with("This isn't the password of this account."));
        }
        let limited = send(&app, &page, &[("password", PASSWORD)]).await;
        assert_eq!((limited.status, limited.heading()), (StatusCode::TOO_MANY_REQUESTS, "Please wait a little"));
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 0);
        app.advance(chrono::TimeDelta::minutes(15));
        assert_eq!(send(&app, &page, &[("password", PASSWORD)]).await.status, StatusCode::OK);
    }
}

on_both! {
    async fn a_refusal_after_signing_in_leaves_no_session(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let (_, page) = invitation_page(&app, "ana@hofer.example").await;
        let block = account_block::ActiveModel {
            id: Set(AccountBlockId(Uuid::from_u128(5))),
            account_id: Set(ana),
            organization_id: Set(None),
            kind: Set(BlockKind::Deactivation),
            reason: Set(None),
            message: Set(None),
            created_at: Set(app.now()),
            until: Set(None),
            lifted_at: Set(None),
        };
        block.insert(&app.database).await.unwrap();
        let seen = send(&app, &page, &[("password", PASSWORD)]).await;
        assert_eq!((seen.status, seen.heading()), (StatusCode::FORBIDDEN, "This didn&#x27;t work"));
        assert!(seen.html.contains("This account is limited right now."), "{}", seen.html);
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 0);
        assert_eq!(open(&app, &page).await.status, StatusCode::OK, "the invitation still stands");
    }
}
