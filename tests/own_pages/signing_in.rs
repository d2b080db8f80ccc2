//! In and out again.

use super::*;
use crate::pages::mailed_page;
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend};
use steward_entities::{account, kinds::RoleName};
use steward_tests::on_both;

on_both! {
    async fn the_cookie_opens_the_pages_and_never_the_api(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut ana = Browser::new(&app);
        let seen = ana.sign_in("ana@hofer.example", PASSWORD).await;
        let token = ana.token.clone().expect("a cookie");
        let expected = format!("{}={token}; Path=/; Secure; HttpOnly; SameSite=Strict", cookie::name(&token));
        assert_eq!(seen.headers[header::SET_COOKIE], expected.as_str());
        assert_eq!((seen.status, seen.location(), &*seen.html), (StatusCode::SEE_OTHER, "/signed-in", ""));
        assert_eq!(seen.headers["cache-control"], "no-store");
        assert_eq!(ana.open("/signed-in").await.location(), "/account");
        let account = ana.open("/account").await;
        assert_eq!((account.status, account.heading()), (StatusCode::OK, "Your account"));
        assert!(!account.html.contains(&token), "the token stays in the cookie");
        assert_eq!(ana.open("/sign-in").await.location(), "/account", "who is signed in needn't again");
        assert_eq!(ana.open("/").await.location(), "/account");

        // The cookie is nothing to the API, wherever it comes from; the API's header is nothing to the pages.
        for query in ["{ viewer { actor { name } } }", "mutation { signOut { sessionId userErrors { code } } }"] {
            let body = json!({ "query": query }).to_string();
            let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
            let request = request.header("origin", ORIGIN).header("sec-fetch-site", "same-origin");
            let seen = ana.visit(request.body(Body::from(body)).unwrap()).await;
            let answer: serde_json::Value = serde_json::from_str(&seen.html).unwrap();
            assert!(answer["data"]["viewer"].is_null() && answer["data"]["signOut"].is_null(), "{answer}");
        }
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 1);
        let bearer = Request::get("/account").header(header::AUTHORIZATION, format!("Bearer {token}"));
        assert_eq!(visit(&app, bearer.body(Body::empty()).unwrap()).await.location(), "/sign-in");

        // A program's key opens no page.
        let hofer = app.organization("Hofer").await;
        let owner = app.administrator(hofer, RoleName::Owner).await;
        let made = json!({ "organizationId": hofer, "name": "a script", "role": "AUDITOR" });
        let made = owner.client.done("createApiKey", made, "secret").await;
        let mut script = Browser::with(&app, made["secret"].as_str().unwrap().to_owned());
        assert!(script.open("/account").await.is_out());
        for wrong in ["steward_session_guess", "\"quoted\""] {
            assert!(Browser::with(&app, wrong.to_owned()).open("/account").await.is_out(), "{wrong}");
        }
    }
}

on_both! {
    async fn unknown_addresses_and_wrong_passwords_are_answered_alike(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut stranger = Browser::new(&app);
        let mut answers = Vec::new();
        for email in ["ana@hofer.example", "eva@hofer.example"] {
            let seen = stranger.sign_in(email, "not the right password").await;
            assert_eq!((seen.status, seen.heading()), (StatusCode::UNPROCESSABLE_ENTITY, "Sign in"));
            assert!(seen.error_at("password").starts_with("The address and the password don't belong together."));
            assert!(!seen.html.contains("not the right password") && !seen.headers.contains_key(header::SET_COOKIE));
            answers.push(seen.html.replace(email, "someone"));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(stranger.sign_in("no address", PASSWORD).await.error_at("email").get(..13), Some("This address "));

        // It is one limit with the API's: who has guessed here can't go on there.
        for _ in 0..9 {
            stranger.sign_in("ana@hofer.example", "not the right password").await;
        }
        let limited = stranger.sign_in("ana@hofer.example", PASSWORD).await;
        assert_eq!((limited.status, limited.heading()), (StatusCode::TOO_MANY_REQUESTS, "Please wait a little"));
        assert!(limited.headers.contains_key("retry-after") && stranger.token.is_none());
        let input = json!({ "email": "ana@hofer.example", "password": PASSWORD });
        assert_eq!(app.nobody().run("signIn", input, "token").await.code(), "RATE_LIMITED");
        app.advance(TimeDelta::minutes(15));
        assert_eq!(stranger.sign_in("ana@hofer.example", PASSWORD).await.location(), "/signed-in");
    }
}

on_both! {
    async fn a_session_that_ended_elsewhere_leads_back_to_signing_in(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, &ana.email).await;
        let paths = ["/account", "/account/notices", "/account/sessions", "/account/address", "/account/deactivate"];
        ana.client.done("signOut", json!({ "everywhere": true }), "sessionId").await;
        let token = browser.token.clone();
        for path in paths {
            browser.token.clone_from(&token);
            assert!(browser.open(path).await.is_out(), "{path}");
            assert_eq!(browser.token, None, "the browser forgets it");
            browser.token.clone_from(&token);
            assert!(browser.send(path, &[("confirm", "yes"), ("end", "others")]).await.is_out(), "{path}");
        }
        assert_eq!(browser.open("/sign-in").await.heading(), "Sign in");
    }
}

on_both! {
    async fn a_cookie_that_the_browser_keeps_back_is_left_to_it(app: TestApp) {
        // Another site's link, followed: the cookie doesn't come, and isn't lost by it.
        let from_elsewhere = |path: &str| Request::get(path).header("sec-fetch-site", "cross-site").body(Body::empty());
        let seen = visit(&app, from_elsewhere("/account").unwrap()).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/sign-in"));
        assert!(!seen.headers.contains_key(header::SET_COOKIE));
        let seen = visit(&app, from_elsewhere("/sign-in").unwrap()).await;
        assert!(seen.html.contains("Signed in already in this browser?") && seen.html.contains("href=\"/account\""));
        let mut browser = Browser::new(&app);
        assert!(!browser.open("/sign-in").await.html.contains("Signed in already"));

        // A browser that keeps no cookies is told so, and not asked for the password in circles.
        let refused = browser.open("/signed-in").await;
        assert_eq!((refused.status, refused.heading()), (StatusCode::OK, "You aren&#x27;t signed in"));
        assert!(refused.html.contains("Allow cookies for this site"), "{}", refused.html);
    }
}

on_both! {
    async fn a_browser_holds_one_session_and_signing_out_ends_it(app: TestApp) {
        app.account("ana@hofer.example").await;
        app.account("ben@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let first = browser.token.clone();
        browser.sign_in("ben@hofer.example", "not the right password").await;
        assert_eq!((live_sessions(&app, "ana@hofer.example").await, &browser.token), (1, &first));
        browser.sign_in("ben@hofer.example", PASSWORD).await;
        assert_ne!(browser.token, first);
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 0, "nobody has that token any more");
        assert!(browser.open("/account").await.html.contains("ben@hofer.example"));

        let out = browser.send("/sign-out", &[]).await;
        assert_eq!((out.status, out.location(), &browser.token), (StatusCode::SEE_OTHER, "/sign-in", &None));
        assert_eq!(live_sessions(&app, "ben@hofer.example").await, 0);
        assert!(browser.open("/sign-in").await.html.contains("You are signed out"));
        assert!(!browser.open("/sign-in").await.html.contains("You are signed out"), "it is told once");
        assert!(browser.done("/sign-out", &[]).await.html.contains("You are signed out"));
        assert_eq!(browser.open("/sign-out").await.location(), "/account", "a link signs nobody out");
    }
}

on_both! {
    async fn a_forgotten_password_is_set_anew_by_mail(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let mut browser = Browser::new(&app);
        assert!(browser.open("/sign-in").await.html.contains("href=\"/password-reset\""));
        assert_eq!(browser.open("/password-reset").await.heading(), "Forgotten your password?");
        assert_eq!(
            browser.send("/password-reset", &[("email", "no address")]).await.error_at("email").get(..13),
            Some("This address ")
        );
        let mut answers = Vec::new();
        for email in ["eva@hofer.example", "ana@hofer.example"] {
            let seen = browser.send("/password-reset", &[("email", email)]).await;
            assert_eq!((seen.status, seen.heading()), (StatusCode::OK, "Look into your mailbox"));
            answers.push(seen.html.replace(email, "someone"));
        }
        assert_eq!(answers[0], answers[1]);
        let page = mailed_page(&app, "ana@hofer.example").await;
        assert!(app.mailer.mails().iter().all(|mail| mail.to != "eva@hofer.example"));
        let done = crate::pages::send(&app, &page, &[("new_password", "meadow copper winter thimble")]).await;
        assert!(done.html.contains("href=\"/sign-in\""), "{}", done.html);
        assert!(browser.sign_in("ana@hofer.example", PASSWORD).await.error_at("password").starts_with("The address"));
        assert_eq!(browser.sign_in("ana@hofer.example", "meadow copper winter thimble").await.location(), "/signed-in");
        let row = account::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap();
        assert!(row.password_hash.is_some());
    }
}

on_both! {
    async fn a_late_answer_takes_away_no_newer_cookie(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        // Requests that went out with the cookie of before, and are answered after the next sign-in.
        let before = browser.token.clone();
        browser.sign_in("ana@hofer.example", PASSWORD).await;
        let newer = browser.token.clone();
        for is_leaving in [false, true] {
            let mut late = Browser { token: before.clone(), ..Browser::new(&app) };
            let answer =
                if is_leaving { late.send("/sign-out", &[]).await } else { late.open("/account").await };
            assert_eq!(late.token, None, "it takes away the cookie that it was sent with");
            browser.keep(&answer.headers);
            assert_eq!(browser.token, newer);
        }
        assert_eq!(browser.open("/account").await.status, StatusCode::OK);
        // Two cookies, where two answers have crossed: the newer one counts, and signing out ends both.
        let second = Browser::signed_in(&app, "ana@hofer.example").await.token.expect("a cookie");
        let first = newer.expect("a cookie");
        let mut both = Browser::with(&app, second);
        both.kept = Some(format!("{}={first}", cookie::name(&first)));
        let out = both.send("/sign-out", &[]).await;
        let given = out.headers.get_all(header::SET_COOKIE).iter().map(|given| given.to_str().unwrap());
        assert_eq!(given.filter(|given| given.starts_with("__Host-steward-") && given.ends_with("Max-Age=0")).count(), 2);
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 0);
    }
}

on_both! {
    async fn who_has_signed_in_gets_the_cookie_even_if_the_session_of_before_cant_be_ended(app: TestApp) {
        app.account("ana@hofer.example").await;
        app.account("ben@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let refuse = match app.database.get_database_backend() {
            DbBackend::Postgres => {
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; \
                 CREATE TRIGGER refused BEFORE UPDATE OF ended_at ON session FOR EACH ROW EXECUTE FUNCTION refuse()"
            }
            _ => "CREATE TRIGGER refused BEFORE UPDATE OF ended_at ON session BEGIN SELECT RAISE(ABORT, 'no'); END",
        };
        app.database.execute_unprepared(refuse).await.unwrap();
        let seen = browser.sign_in("ben@hofer.example", PASSWORD).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/signed-in"), "{}", seen.html);
        assert_eq!(live_sessions(&app, "ana@hofer.example").await, 1, "it couldn't be ended");
        assert!(browser.open("/account").await.html.contains("ben@hofer.example"));
    }
}
