//! When somebody can object again whose objection was dismissed: as soon as the app sees more of them, and not before.

use super::{decide, object, objected, withdraw};
use crate::app_policies::Acme;
use serde_json::{Value, json};
use steward_tests::{TestApp, on_both};

impl Acme {
    /// Has the app on this alone, with the scopes: the installation. People have been told.
    async fn moved(&self, app: &TestApp, from: Option<&Value>, target: Value, scopes: &[&str]) -> Value {
        if let Some(from) = from {
            self.uninstall(from).await.payload();
            app.run_jobs().await;
        }
        let mut input = self.installable().await;
        input["target"] = target;
        input["scopes"] = json!(scopes);
        let made = self.admin.client.done("installApp", input, "installation { id }").await;
        app.run_jobs().await;
        made["installation"]["id"].clone()
    }

    /// Agrees to these scopes.
    async fn agrees(&self, app: &TestApp, installation: &Value, scopes: &[&str]) {
        let input = self.on(installation, json!({ "scopes": scopes }));
        self.admin.client.done("updateInstallation", input, "").await;
        app.run_jobs().await;
    }

    /// Ana's objection, dismissed at once.
    async fn dismissed(&self, installation: &Value) {
        let made = objected(&self.ana.client, installation).await;
        decide(self, &made, "DISMISS").await.payload();
        assert_eq!(object(&self.ana.client, installation).await.code(), "INVALID_STATE", "it is decided");
    }
}

on_both! {
    async fn what_was_dismissed_can_be_objected_to_again_in_another_place_or_on_another_ground(app: TestApp) {
        let acme = Acme::new(&app).await;
        let here = json!({ "workspaceId": acme.workspace });
        let installation = acme.moved(&app, None, here.clone(), &["READ_NAME"]).await;
        acme.dismissed(&installation).await;
        // On the whole organization instead of one workspace; and what administrators have decided about that covers less.
        let installation = acme.moved(&app, Some(&installation), json!({ "organization": {} }), &["READ_NAME"]).await;
        acme.dismissed(&installation).await;
        let installation = acme.moved(&app, Some(&installation), here, &["READ_NAME"]).await;
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "INVALID_STATE", "so it was before");
        // By another installation, where she is a member, too.
        let second = app.workspace(acme.id).await;
        acme.moved(&app, None, json!({ "workspaceId": second }), &["READ_NAME"]).await;
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "INVALID_STATE", "there it doesn't see her");
        app.joined(acme.id, second, acme.ana.id, &acme.ana.email).await;
        acme.dismissed(&installation).await;
        // As somebody whose account is managed.
        let domain = app.proved_domain(acme.id, "home.example").await;
        app.under_control(acme.id, domain, acme.ana.id).await;
        acme.dismissed(&installation).await;
        // With a scope that it had elsewhere.
        acme.agrees(&app, &installation, &["READ_NAME", "READ_EMAIL"]).await;
        acme.dismissed(&installation).await;
    }
}

on_both! {
    async fn what_is_taken_back_before_it_is_decided_leaves_what_was_decided_before(app: TestApp) {
        let acme = Acme::new(&app).await;
        let here = json!({ "workspaceId": acme.workspace });
        let installation = acme.moved(&app, None, here, &["READ_NAME"]).await;
        acme.dismissed(&installation).await;
        acme.agrees(&app, &installation, &["READ_NAME", "READ_EMAIL"]).await;
        let second = objected(&acme.ana.client, &installation).await;
        withdraw(&acme.ana.client, &second).await.payload();
        acme.agrees(&app, &installation, &["READ_NAME"]).await;
        assert_eq!(object(&acme.ana.client, &installation).await.code(), "INVALID_STATE", "about that it was decided");
        // About more nobody has decided yet; and where they agree, what they decided before is no more.
        acme.agrees(&app, &installation, &["READ_NAME", "READ_EMAIL"]).await;
        let third = objected(&acme.ana.client, &installation).await;
        decide(&acme, &third, "UPHOLD").await.payload();
        withdraw(&acme.ana.client, &third).await.payload();
        acme.agrees(&app, &installation, &["READ_NAME"]).await;
        objected(&acme.ana.client, &installation).await;
    }
}

on_both! {
    async fn what_is_refused_uses_up_no_right_to_object(app: TestApp) {
        let acme = Acme::new(&app).await;
        let here = json!({ "workspaceId": acme.workspace });
        let installation = acme.moved(&app, None, here, &["READ_NAME"]).await;
        acme.dismissed(&installation).await;
        for _ in 0..12 {
            assert_eq!(object(&acme.ana.client, &installation).await.code(), "INVALID_STATE");
        }
        acme.agrees(&app, &installation, &["READ_NAME", "READ_EMAIL"]).await;
        objected(&acme.ana.client, &installation).await;
    }
}
