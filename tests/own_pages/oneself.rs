//! The password and the profile, changed by whose they are.

use super::*;
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, Set};
use steward_entities::{account, event, kinds::BlockKind, profile};
use steward_tests::on_both;

const NEW: &str = "meadow copper winter thimble";

on_both! {
    async fn a_password_is_changed_by_who_knows_it(app: TestApp) {
        let ana = app.person("ana@hofer.example").await;
        let hofer = app.organization("Hofer").await;
        app.blocked(ana.id, BlockKind::PasswordReset, Some(hofer)).await;
        let mut browser = Browser::signed_in(&app, &ana.email).await;
        assert!(browser.open("/account").await.html.contains("<a href=\"/account/password\">Change your password</a>"));
        assert_eq!(browser.open("/account/password").await.heading(), "Change your password");

        let change = |password: &'static str, new: &'static str| [("change", "yes"), ("password", password), ("new_password", new)];
        let refused = [
            (change("", NEW), "password", "This isn't the password of this account."),
            (change("not the right password", NEW), "password", "This isn't the password of this account."),
            (change(PASSWORD, "short"), "new_password", "This password must have at least 15 characters."),
            (change(PASSWORD, PASSWORD), "new_password", "This is your password already. Choose another one."),
            // Only who knows the one until now learns anything about another.
            (change("not the right password", "short"), "password", "This isn't the password of this account."),
        ];
        for (fields, field, why) in refused {
            let seen = browser.send("/account/password", &fields).await;
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(seen.error_at(field).starts_with(why), "{}", seen.error_at(field));
            assert!(!seen.html.contains(PASSWORD) && !seen.html.contains("not the right"), "a password is never shown");
        }
        assert_eq!(live_sessions(&app, &ana.email).await, 2);
        let done = browser.done("/account/password", &change(PASSWORD, NEW)).await;
        assert!(done.html.contains("Your password is changed."), "{}", done.html);
        assert_eq!(live_sessions(&app, &ana.email).await, 1, "this one goes on");
        assert!(!browser.open("/account").await.html.contains("Please set a new password"));
        let mut again = Browser::new(&app);
        assert_eq!(again.sign_in(&ana.email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(again.sign_in(&ana.email, NEW).await.location(), "/signed-in");
    }
}

on_both! {
    async fn passwords_cant_be_guessed_with_a_session_that_was_left_open(app: TestApp) {
        app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let mut statuses = Vec::new();
        for _ in 0..11 {
            let guess = [("change", "yes"), ("password", "a guess of somebody's"), ("new_password", NEW)];
            statuses.push(browser.send("/account/password", &guess).await.status);
        }
        let right = [("change", "yes"), ("password", PASSWORD), ("new_password", NEW)];
        assert_eq!(statuses.pop(), Some(StatusCode::TOO_MANY_REQUESTS));
        let seen = browser.send("/account/password", &right).await;
        assert_eq!((seen.status, seen.heading()), (StatusCode::TOO_MANY_REQUESTS, "Please wait a little"));
        app.advance(TimeDelta::minutes(15));
        assert_eq!(browser.done("/account/password", &right).await.status, StatusCode::OK);
    }
}

/// The value of a field, as it stands in the form.
fn value<'a>(html: &'a str, field: &str) -> &'a str {
    let input = html.split(&format!("<input id=\"{field}\"")).nth(1).expect("the field").split('>').next().unwrap();
    input.split(" value=\"").nth(1).map_or("", |rest| rest.split('"').next().unwrap())
}

/// The version in the form.
fn version(html: &str) -> &str {
    html.split("name=\"save\" value=\"").nth(1).expect("the button").split('"').next().unwrap()
}

on_both! {
    async fn a_profile_is_said_changed_and_taken_away(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let seen = browser.open("/account/profile").await;
        assert_eq!((seen.heading(), value(&seen.html, "display_name"), value(&seen.html, "phone")), ("Your profile", "ana", ""));
        assert_eq!(seen.html.matches(" selected").count(), 1);
        assert!(seen.html.contains("<option value=\"en\" lang=\"en\" selected>English</option>"));
        let first = version(&seen.html).to_owned();
        let mut fields = vec![
            ("display_name", "Ana \"<b>Gruber</b>\""),
            ("given_name", " Ana "),
            ("job_title", "Designer"),
            ("time_zone", "europe/vienna"),
            ("phone", "+43 (512) 5550-12"),
            ("picture_url", "https://pictures.example/ana.png"),
            ("locale", "de"),
            ("save", &*first),
        ];
        let saved = browser.done("/account/profile", &fields).await;
        assert!(saved.html.contains("Your profile is saved."), "{}", saved.html);
        assert_eq!(value(&saved.html, "display_name"), "Ana &quot;&lt;b&gt;Gruber&lt;/b&gt;&quot;");
        assert_eq!((value(&saved.html, "phone"), value(&saved.html, "time_zone")), ("+43512555012", "Europe/Vienna"));
        assert!(saved.html.contains("lang=\"de\" selected>Deutsch"));
        let row = profile::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.given_name.as_deref(), row.job_title.as_deref()), (Some("Ana"), Some("Designer")));

        // The form of before would undo what was changed meanwhile, if only by oneself elsewhere.
        let stale = browser.send("/account/profile", &fields).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(stale.error_at("version").starts_with("Somebody has changed this since you opened the page"));
        assert_eq!(value(&stale.html, "phone"), "+43 (512) 5550-12", "nobody types it in again");
        assert_eq!(stale.error_at("phone"), "Saved now: +43512555012");
        assert!(!stale.html.contains("id=\"job_title-error\""), "the same is saved");

        let second = version(&stale.html).to_owned();
        assert_ne!(first, second);
        fields.retain(|(name, _)| *name == "display_name");
        fields.extend([("locale", "de"), ("phone", " "), ("save", &*second)]);
        let cleared = browser.done("/account/profile", &fields).await;
        assert_eq!((cleared.status, value(&cleared.html, "phone")), (StatusCode::OK, ""));
        let row = profile::Entity::find_by_id(ana).one(&app.database).await.unwrap().unwrap();
        assert_eq!((row.phone, row.job_title), (None, None));
        let logged = event::Entity::find().filter(event::Column::Action.eq("updateMyProfile"));
        assert_eq!(logged.all(&app.database).await.unwrap().len(), 2);
    }
}

on_both! {
    async fn what_a_profile_cant_say_stands_at_its_field(app: TestApp) {
        let ana = app.account("ana@hofer.example").await;
        let hofer = app.organization("Hofer").await;
        let domain = app.proved_domain(hofer, "hofer.example").await;
        app.under_control(hofer, domain, ana).await;
        let mut browser = Browser::signed_in(&app, "ana@hofer.example").await;
        let seen = browser.open("/account/profile").await;
        assert!(seen.html.contains("The administrators of Hofer, who manage it, can change all of this too"));
        let version = version(&seen.html).to_owned();
        let long = "x".repeat(201);
        let before = everything(&app).await;
        for (field, wrong, why) in [
            ("display_name", "", "Your name must not be empty."),
            ("locale", "tlh", "This language "),
            ("family_name", &*long, "This name must have at most 200 characters."),
            ("department", "two\nlines", "This text "),
            ("time_zone", "Europe/Atlantis", "This time zone "),
            ("phone", "call me", "This number "),
            ("picture_url", "http://pictures.example/ana.png", "This address "),
        ] {
            let mut fields = vec![("nickname", "kept")];
            fields.extend([("display_name", "Ana"), ("locale", "en")].into_iter().filter(|(name, _)| *name != field));
            fields.extend([(field, wrong), ("save", &*version)]);
            let seen = browser.send("/account/profile", &fields).await;
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert!(seen.error_at(field).starts_with(why), "{field}: {}", seen.error_at(field));
            assert_eq!(value(&seen.html, "nickname"), "kept");
        }
        assert_eq!(everything(&app).await, before);
        // Control of the account can have begun since: what counts is what is so when it is sent.
        let row = account::ActiveModel { id: Set(ana), managed_by: Set(None), managed_domain_id: Set(None), managed_at: Set(None), ..Default::default() };
        row.update(&app.database).await.unwrap();
        assert!(!browser.open("/account/profile").await.html.contains("The administrators of"));
    }
}
