//! Operators, made and unmade at the command line.

use sea_orm::{ActiveModelTrait, Set};
use secrecy::ExposeSecret;
use serde_json::json;
use steward::{
    core::{Error, Origin, Result, text::EmailAddress},
    notices::content::NoticeKind,
    operators::{
        create_operator::{CreateOperator, CreatedOperator},
        revoke_operator::RevokeOperator,
    },
};
use steward_entities::account;
use steward_tests::{TestApp, on_both, seed::PASSWORD};

async fn create(app: &TestApp, email: &str) -> Result<CreatedOperator> {
    let email = EmailAddress::parse(email).unwrap();
    app.steward.perform(&Origin::system(), CreateOperator { email }).await
}

on_both! {
    async fn a_new_operator_sets_a_password_and_works_until_revoked(app: TestApp) {
        let made = create(&app, "olga@platform.example").await.unwrap();
        assert_eq!(app.notices_to("olga@platform.example", NoticeKind::OperatorCreated).await.len(), 1);
        let link = made.reset_token.unwrap();
        let input = json!({ "token": link.expose_secret(), "newPassword": PASSWORD });
        app.nobody().done("resetPassword", input, "changed").await;
        let input = json!({ "email": "olga@platform.example", "password": PASSWORD });
        let token = app.nobody().done("signIn", input, "token").await["token"].as_str().unwrap().to_owned();
        let organization = json!({ "name": "Hofer", "ownerEmail": "ana@hofer.example" });
        app.with(&token).done("createOrganization", organization.clone(), "organization { id }").await;

        let again = create(&app, "OLGA@platform.example").await.unwrap();
        assert_eq!(again.account, made.account);
        assert!(again.reset_token.is_none(), "who has a password needs no link");
        assert_eq!(app.notices_to("olga@platform.example", NoticeKind::OperatorCreated).await.len(), 1);

        let revoke = || RevokeOperator { email: EmailAddress::parse("olga@platform.example").unwrap() };
        app.steward.perform(&Origin::system(), revoke()).await.unwrap();
        let answer = app.with(&token).run("createOrganization", organization, "organization { id }").await;
        assert_eq!(answer.code(), "FORBIDDEN");
        assert!(matches!(app.steward.perform(&Origin::system(), revoke()).await, Err(Error::Refused(_))));
    }
}

on_both! {
    async fn a_managed_account_is_never_an_operators(app: TestApp) {
        let id = app.account("ana@hofer.example").await;
        let organization = app.organization("Hofer").await;
        let row = account::ActiveModel { id: Set(id), managed_by: Set(Some(organization)), ..Default::default() };
        row.update(&app.database).await.unwrap();
        assert!(matches!(create(&app, "ana@hofer.example").await, Err(Error::Refused(_))));
        let person = app.person("ben@hofer.example").await;
        let origin = Origin { caller: steward::core::Caller::Nobody, ..Origin::system() };
        let action = CreateOperator { email: EmailAddress::parse(&person.email).unwrap() };
        assert!(matches!(app.steward.perform(&origin, action).await, Err(Error::Forbidden(_))));
    }
}

on_both! {
    async fn an_account_that_is_about_to_be_deleted_becomes_no_operators(app: TestApp) {
        let ana = app.person("ana@home.example").await;
        ana.client.done("deleteMyAccount", json!({ "graceDays": 14 }), "").await;
        assert!(matches!(create(&app, &ana.email).await, Err(Error::Refused(_))));
        ana.client.done("cancelMyAccountDeletion", json!({ "confirm": true }), "").await;
        assert!(create(&app, &ana.email).await.is_ok());
    }
}

on_both! {
    async fn who_is_in_the_account_already_doesnt_become_an_operator_with_it(app: TestApp) {
        let thief = app.person("olga@platform.example").await;
        app.nobody().done("requestPasswordReset", json!({ "email": thief.email }), "accepted").await;
        app.run_jobs().await;
        let link = app.mailed_link(&thief.email, NoticeKind::PasswordReset).await;
        create(&app, &thief.email).await.unwrap();
        let organization = json!({ "name": "Hofer", "ownerEmail": "ana@hofer.example" });
        let answer = thief.client.run("createOrganization", organization, "organization { id }").await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
        let input = json!({ "token": link, "newPassword": "meadow copper winter thimble" });
        assert_eq!(app.nobody().run("resetPassword", input, "changed").await.code(), "LINK_INVALID");
    }
}
