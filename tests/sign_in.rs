//! Signing in.

use serde_json::json;
use steward_tests::on_both;

on_both! {
    async fn an_unknown_address_is_answered_like_a_wrong_password(app: TestApp) {
        let answer = app.nobody().run("signIn", json!({ "email": "nobody@acme.test", "password": "whatever it may be" }), "token").await;
        assert_eq!(answer.code(), "WRONG_CREDENTIALS", "{}", answer.body);
        let answer = app.nobody().run("createOrganization", json!({ "name": "Acme", "ownerEmail": "a@acme.test" }), "organization { id }").await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
    }
}
