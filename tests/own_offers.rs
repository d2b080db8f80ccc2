//! Administrators who offer a membership to themselves: what another administrator has closed to them they don't open again,
//! and what they left of their own accord they do.

use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};
use steward::core::text::EmailAddress;
use steward_entities::{
    account,
    id::{MembershipId, OrganizationId, WorkspaceId},
    kinds::{MembershipStatus, RoleName},
    membership,
};
use steward_tests::{Client, Somebody, TestApp, on_both};

/// An organization with a workspace, an owner, and another one who is a member there.
struct Hofer {
    id: OrganizationId,
    workspace: WorkspaceId,
    admin: Somebody,
    cleo: Somebody,
}

impl Hofer {
    async fn new(app: &TestApp) -> Self {
        let id = app.organization("Hofer").await;
        let admin = app.administrator(id, RoleName::Owner).await;
        let workspace = app.workspace(id).await;
        let cleo = app.person("cleo@home.example").await;
        app.role(id, cleo.id, RoleName::Owner).await;
        app.joined(id, workspace, cleo.id, &cleo.email).await;
        Self { id, workspace, admin, cleo }
    }

    /// The code of an offer to an address, and the offer.
    async fn offer(&self, by: &Client, email: &str) -> (String, Value) {
        let input = json!({ "organizationId": self.id, "workspaceId": self.workspace, "email": email });
        let answer = by.run("addMember", input, "membership { id }").await;
        (answer.code(), answer.payload()["membership"]["id"].clone())
    }

    /// Cleo's newest membership that is neither left nor declined.
    async fn membership(&self, app: &TestApp) -> MembershipId {
        let lasting = [MembershipStatus::Left, MembershipStatus::Declined, MembershipStatus::Invited];
        let rows = membership::Entity::find()
            .filter(membership::Column::AccountId.eq(self.cleo.id))
            .filter(membership::Column::Status.is_not_in(lasting))
            .order_by_desc(membership::Column::Id);
        rows.one(&app.database).await.unwrap().unwrap().id
    }

    async fn limit(&self, app: &TestApp, what: &str, more: Value) {
        let id = self.membership(app).await;
        let mut input = json!({ "organizationId": self.id, "membershipId": id, "reason": "an open question" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin.client.done(what, input, "").await;
    }

    async fn leave(&self, app: &TestApp) {
        let input = json!({ "membershipId": self.membership(app).await });
        self.cleo.client.done("leaveWorkspace", input, "").await;
    }

    async fn accept(&self, offer: &Value) -> String {
        self.cleo.client.run("acceptMembership", json!({ "membershipId": offer }), "").await.code()
    }

    /// Offers Cleo a membership as another administrator, and she accepts it.
    async fn invited_back(&self, email: &str) {
        let (code, offer) = self.offer(&self.admin.client, email).await;
        assert_eq!((code.as_str(), self.accept(&offer).await.as_str()), ("OK", "OK"));
    }
}

on_both! {
    async fn who_was_sent_away_needs_another_administrator_to_come_back(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (cleo, email) = (&hofer.cleo.client, hofer.cleo.email.as_str());
        let key = app.api_key(hofer.id, hofer.cleo.id, RoleName::UserAdmin).await;
        for leaves in [false, true] {
            app.advance(TimeDelta::hours(2));
            hofer.limit(&app, "terminateMembership", json!({})).await;
            if leaves {
                hofer.leave(&app).await;
            }
            for by in [cleo, &key] {
                assert_eq!(hofer.offer(by, email).await.0, "SELF", "left: {leaves}");
                assert_eq!(hofer.offer(by, "CLEO@home.example").await.0, "SELF", "in other letters");
            }
            hofer.invited_back(email).await;
        }
    }
}

on_both! {
    async fn who_leaves_under_a_limit_needs_another_administrator_too(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let email = hofer.cleo.email.as_str();
        for what in ["restrictMembership", "suspendMembership"] {
            app.advance(TimeDelta::hours(2));
            hofer.limit(&app, what, json!({})).await;
            hofer.leave(&app).await;
            assert_eq!(hofer.offer(&hofer.cleo.client, email).await.0, "SELF", "{what}");
            hofer.invited_back(email).await;

            // A limit that was over counts for nothing, also before its job has come.
            hofer.limit(&app, what, json!({ "until": app.now() + TimeDelta::days(1) })).await;
            app.advance(TimeDelta::days(1));
            hofer.leave(&app).await;
            let (code, offer) = hofer.offer(&hofer.cleo.client, email).await;
            assert_eq!((code.as_str(), hofer.accept(&offer).await.as_str()), ("OK", "OK"), "{what}");
            app.run_jobs().await;
        }
    }
}

on_both! {
    async fn an_offer_to_an_address_of_tomorrow_is_no_way_round(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.limit(&app, "terminateMembership", json!({})).await;
        let other = EmailAddress::parse("cleo2@home.example").unwrap();
        let (code, offer) = hofer.offer(&hofer.cleo.client, other.as_str()).await;
        assert_eq!(code, "OK", "it is nobody's");
        let row = account::ActiveModel {
            id: Set(hofer.cleo.id),
            email: Set(other.as_str().to_owned()),
            email_canonical: Set(other.canonical()),
            ..Default::default()
        };
        row.update(&app.database).await.unwrap();
        assert_eq!(hofer.accept(&offer).await, "SELF");
        // Another administrator's word makes it theirs.
        hofer.invited_back(other.as_str()).await;
    }
}

on_both! {
    async fn the_only_owner_who_left_comes_back_alone(app: TestApp) {
        let id = app.organization("Hofer").await;
        let owner = app.administrator(id, RoleName::Owner).await;
        let workspace = app.workspace(id).await;
        for round in 0..2 {
            app.advance(TimeDelta::hours(2));
            let input = json!({ "organizationId": id, "workspaceId": workspace, "email": owner.email });
            let offer = owner.client.done("addMember", input, "membership { id }").await["membership"]["id"].clone();
            owner.client.done("acceptMembership", json!({ "membershipId": offer }), "").await;
            owner.client.done("leaveWorkspace", json!({ "membershipId": offer }), "").await;
            assert_eq!(membership::Entity::find().all(&app.database).await.unwrap().len(), round + 1);
        }
    }
}
