//! Claiming accounts: no control without proof, none without notice, nobody inherits a foothold.

use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use steward::notices::content::NoticeKind;
use steward_entities::{
    account, control_assertion, event,
    id::{AccountId, DomainId, OrganizationId},
    kinds::{AssertionStatus, RoleName},
    notice, role, session,
};
use steward_tests::{Somebody, TestApp, on_both};

/// An organization that has proved a domain, with its owner.
pub struct Acme {
    pub organization: OrganizationId,
    pub domain: DomainId,
    pub owner: Somebody,
}

impl Acme {
    pub async fn new(app: &TestApp) -> Self {
        let organization = app.organization("Acme").await;
        let domain = app.proved_domain(organization, "acme.test").await;
        let owner = app.administrator(organization, RoleName::Owner).await;
        Self { organization, domain, owner }
    }

    /// The owner claims everyone in the domain.
    pub async fn claim(&self, app: &TestApp) -> String {
        let owner = app.signed_in(self.owner.id, &self.owner.email).await;
        let input = json!({
            "organizationId": self.organization.to_string(),
            "domainId": self.domain.to_string(),
            "scope": { "everyone": {} },
        });
        let payload = owner.client.done("claimAccounts", input, "claim { id status }").await;
        assert_eq!(payload["claim"]["status"], "PREPARING");
        payload["claim"]["id"].as_str().unwrap().to_owned()
    }

    /// What the owner sees of a claim.
    pub async fn see(&self, app: &TestApp, claim: &str) -> Value {
        let owner = app.signed_in(self.owner.id, &self.owner.email).await;
        let query =
            "query($id: ID!) { claim(id: $id) { status counts { pending inEffect avoided canceled released } } }";
        owner.client.ask(query, json!({ "id": claim })).await["claim"].clone()
    }
}

async fn assertion(app: &TestApp, account: AccountId) -> control_assertion::Model {
    let all = control_assertion::Entity::find()
        .filter(control_assertion::Column::AccountId.eq(account))
        .all(&app.database)
        .await
        .unwrap();
    all.into_iter().max_by_key(|assertion| assertion.created_at).unwrap()
}

async fn managed_by(app: &TestApp, account: AccountId) -> Option<OrganizationId> {
    account::Entity::find_by_id(account).one(&app.database).await.unwrap().unwrap().managed_by
}

async fn notices(app: &TestApp, account: AccountId) -> Vec<String> {
    let all = notice::Entity::find().filter(notice::Column::AccountId.eq(account)).all(&app.database).await.unwrap();
    all.into_iter().map(|notice| notice.kind).collect()
}

async fn events(app: &TestApp, account: AccountId) -> Vec<String> {
    let all = event::Entity::find().filter(event::Column::AccountId.eq(account)).all(&app.database).await.unwrap();
    let mut all: Vec<_> = all.into_iter().filter(|event| event.action != "recordDeliveries").collect();
    all.sort_by_key(|event| (event.occurred_at, event.position));
    all.into_iter().map(|event| event.action).collect()
}

on_both! {
    async fn control_takes_effect_after_a_delivered_notice_and_its_period(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.person("ana@acme.test").await;
        let outside = app.account("ana@other.test").await;
        let claim = acme.claim(&app).await;
        app.run_jobs().await;
        assert_eq!(acme.see(&app, &claim).await["status"], "NOTIFYING");
        let pending = assertion(&app, ana.id).await;
        assert_eq!(pending.status, AssertionStatus::Pending);
        assert_eq!(pending.notice_delivered_at, Some(app.now()));
        assert_eq!(pending.takes_effect_at, Some(app.now() + TimeDelta::days(14)));
        app.advance(TimeDelta::days(14) - TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, ana.id).await, None);
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, ana.id).await, Some(acme.organization));
        assert_eq!(managed_by(&app, outside).await, None);
        let seen = acme.see(&app, &claim).await;
        assert_eq!(seen["status"], "COMPLETE");
        assert_eq!(seen["counts"]["inEffect"], 1);
        assert_eq!(notices(&app, ana.id).await, ["control_asserted", "control_in_effect"]);
        assert_eq!(events(&app, ana.id).await, ["assertControl", "takeControl"]);
        let finished = notice::Entity::find().filter(notice::Column::Kind.eq("claim_finished")).count(&app.database).await.unwrap();
        assert_eq!(finished, 1);
    }
}

on_both! {
    async fn nothing_from_before_survives_control(app: TestApp) {
        let acme = Acme::new(&app).await;
        let elsewhere = app.organization("Elsewhere").await;
        let ana = app.person("ana@acme.test").await;
        app.role(elsewhere, ana.id, RoleName::Owner).await;
        acme.claim(&app).await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(13) + TimeDelta::hours(23) + TimeDelta::minutes(30));
        let input = json!({ "newEmail": "ana@home.test" });
        let again = app.signed_in(ana.id, &ana.email).await;
        again.client.done("requestEmailChange", input, "emailChangeId").await;
        app.advance(TimeDelta::minutes(30));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, ana.id).await, None, "a change that was asked for in time holds it");
        app.advance(TimeDelta::minutes(30));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, ana.id).await, Some(acme.organization), "but only until its link has expired");
        let live = session::Entity::find()
            .filter(session::Column::AccountId.eq(ana.id))
            .filter(session::Column::EndedAt.is_null())
            .count(&app.database)
            .await
            .unwrap();
        assert_eq!(live, 0);
        assert_eq!(ana.client.send("{ __typename }", json!({})).await.code(), "UNAUTHENTICATED");
        let roles = role::Entity::find().filter(role::Column::AccountId.eq(ana.id)).all(&app.database).await.unwrap();
        assert!(roles.iter().all(|role| role.asleep_at.is_some()), "roles in other organizations sleep");
    }
}

on_both! {
    async fn a_person_can_accept_move_away_or_rest(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (accepts, moves, rests) =
            (app.person("accepts@acme.test").await, app.person("moves@acme.test").await, app.person("rests@acme.test").await);
        let claim = acme.claim(&app).await;
        app.run_jobs().await;

        let id = assertion(&app, accepts.id).await.id.to_string();
        let stranger = moves.client.run("acceptControl", json!({ "controlAssertionId": id }), "controlAssertionId").await;
        assert_eq!((stranger.code().as_str(), stranger.field().as_str()), ("NOT_FOUND", "input.controlAssertionId"));
        accepts.client.done("acceptControl", json!({ "controlAssertionId": id }), "controlAssertionId").await;
        assert_eq!(managed_by(&app, accepts.id).await, Some(acme.organization));
        let again = app.signed_in(accepts.id, &accepts.email).await;
        let twice = again.client.run("acceptControl", json!({ "controlAssertionId": id }), "controlAssertionId").await;
        assert_eq!(twice.code(), "INVALID_STATE");
        let asks = again.client.done("requestEmailChange", json!({ "newEmail": "a@personal.test" }), "emailChange { status }").await;
        assert_eq!(asks["emailChange"]["status"], "WAITING_FOR_APPROVAL", "who is managed can't change the address alone");

        moves.client.done("requestEmailChange", json!({ "newEmail": "moves@home.test" }), "emailChangeId").await;
        let token = app.mailed_link("moves@home.test", NoticeKind::EmailChangeConfirm).await;
        app.nobody().done("confirmEmailChange", json!({ "token": token }), "confirmed").await;
        let avoided = assertion(&app, moves.id).await;
        assert_eq!((avoided.status, avoided.ended_because.as_deref()), (AssertionStatus::Avoided, Some("MOVED_AWAY")));

        // The new address is the person's own affair: the organization sees the one over which it asserted control.
        app.run_jobs().await;
        let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
        let query = "query($claim: ID!, $organization: ID!) { claim(id: $claim) { assertions { nodes { email } } } \
                     organization(id: $organization) { notices { nodes { subject text deliveries { address lastError } } } } }";
        let variables = json!({ "claim": claim, "organization": acme.organization.to_string() });
        let seen = owner.client.ask(query, variables).await.to_string();
        assert!(seen.contains("moves@acme.test") && !seen.contains("home.test"), "{seen}");

        rests.client.done("deactivateMyAccount", json!({ "confirm": true }), "deactivated").await;
        assert_eq!(assertion(&app, rests.id).await.status, AssertionStatus::Avoided);
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        let back = app.signed_in(rests.id, &rests.email).await;
        app.with(&back.token).done("reactivateMyAccount", json!({ "confirm": true }), "reactivated").await;
        let anew = assertion(&app, rests.id).await;
        assert_eq!(anew.status, AssertionStatus::Avoided, "the claim had nothing pending any more, and is complete");
        assert_eq!(acme.see(&app, &claim).await["counts"]["avoided"], 2);
    }
}

on_both! {
    async fn who_comes_back_while_the_claim_goes_on_is_told_anew(app: TestApp) {
        let acme = Acme::new(&app).await;
        let rests = app.person("rests@acme.test").await;
        app.account("other@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        rests.client.done("deactivateMyAccount", json!({ "confirm": true }), "deactivated").await;
        app.advance(TimeDelta::days(10));
        rests.client.done("reactivateMyAccount", json!({ "confirm": true }), "reactivated").await;
        app.run_jobs().await;
        let anew = assertion(&app, rests.id).await;
        assert_eq!((anew.status, anew.takes_effect_at), (AssertionStatus::Pending, Some(app.now() + TimeDelta::days(14))));
        app.advance(TimeDelta::days(4));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, rests.id).await, None);
        app.advance(TimeDelta::days(10));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, rests.id).await, Some(acme.organization));
    }
}

on_both! {
    async fn an_undelivered_notice_brings_no_control(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.account("ana@acme.test").await;
        app.mailer.refuse("ana@acme.test", "no such mailbox");
        acme.claim(&app).await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(60));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, ana).await, None);
        let pending = assertion(&app, ana).await;
        assert_eq!((pending.status, pending.takes_effect_at), (AssertionStatus::Pending, None));
    }
}

on_both! {
    async fn a_canceled_claim_leaves_what_is_in_effect(app: TestApp) {
        let acme = Acme::new(&app).await;
        let (early, late) = (app.person("early@acme.test").await, app.account("late@acme.test").await);
        let claim = acme.claim(&app).await;
        app.run_jobs().await;
        let id = assertion(&app, early.id).await.id.to_string();
        early.client.done("acceptControl", json!({ "controlAssertionId": id }), "controlAssertionId").await;
        let input = json!({ "organizationId": acme.organization.to_string(), "claimId": claim, "reason": "a mistake" });
        acme.owner.client.done("cancelClaim", input.clone(), "claim { status }").await;
        app.advance(TimeDelta::days(15));
        app.run_jobs().await;
        assert_eq!(managed_by(&app, early.id).await, Some(acme.organization));
        assert_eq!(managed_by(&app, late).await, None);
        assert_eq!(assertion(&app, late).await.status, AssertionStatus::Canceled);
        assert_eq!(notices(&app, late).await, ["control_asserted", "assertion_canceled"]);
        let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
        assert_eq!(owner.client.run("cancelClaim", input, "claim { status }").await.code(), "INVALID_STATE");
    }
}

on_both! {
    async fn released_accounts_are_their_people_s_again(app: TestApp) {
        let acme = Acme::new(&app).await;
        let ana = app.person("ana@acme.test").await;
        acme.claim(&app).await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(14));
        app.run_jobs().await;
        let release = |ids: Vec<String>, dry_run: bool| json!({
            "organizationId": acme.organization.to_string(),
            "selection": { "accountIds": ids },
            "reason": "left the company",
            "dryRun": dry_run,
        });
        let selection = "releasedAccountIds skipped { accountId reason }";
        let owner = app.signed_in(acme.owner.id, &acme.owner.email).await;
        let plan = owner.client.done("releaseAccounts", release(vec![ana.id.to_string()], true), selection).await;
        assert_eq!(plan["releasedAccountIds"], json!([ana.id.to_string()]));
        assert_eq!(managed_by(&app, ana.id).await, Some(acme.organization), "a plan changes nothing");
        let own = owner.client.run("releaseAccounts", release(vec![owner.id.to_string()], false), selection).await;
        assert_eq!(own.code(), "NOT_MANAGED");
        owner.client.done("releaseAccounts", release(vec![ana.id.to_string()], false), selection).await;
        assert_eq!(managed_by(&app, ana.id).await, None);
        assert_eq!(notices(&app, ana.id).await.last().map(String::as_str), Some("account_released"));
        let twice = owner.client.run("releaseAccounts", release(vec![ana.id.to_string()], false), selection).await;
        assert_eq!(twice.code(), "NOT_MANAGED");
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let answer = stranger.client.run("releaseAccounts", release(vec![ana.id.to_string()], false), selection).await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("NOT_FOUND", "input.organizationId"));
    }
}

on_both! {
    async fn claims_need_a_proved_domain_a_fair_period_and_somebody(app: TestApp) {
        let acme = Acme::new(&app).await;
        let other = app.organization("Other").await;
        let input = |domain: &str, days: i64, scope: Value| json!({
            "organizationId": acme.organization.to_string(), "domainId": domain, "noticePeriodDays": days, "scope": scope,
        });
        let everyone = json!({ "everyone": {} });
        let own = acme.domain.to_string();
        let claim = async |input: Value| acme.owner.client.run("claimAccounts", input, "claim { id } claimable").await.code();
        assert_eq!(claim(input(&own, 14, everyone.clone())).await, "INVALID_STATE", "nobody is there");
        let ana = app.account("ana@acme.test").await;
        assert_eq!(claim(input(&own, 6, everyone.clone())).await, "INVALID");
        assert_eq!(claim(input(&own, 91, everyone.clone())).await, "INVALID");
        assert_eq!(claim(input(&own, 7, json!({ "accountIds": [] }))).await, "INVALID");
        let foreign = app.proved_domain(other, "other.test").await.to_string();
        assert_eq!(claim(input(&foreign, 14, everyone.clone())).await, "NOT_FOUND");
        assert_eq!(claim(input("dom_nonsense", 14, everyone.clone())).await, "INVALID");
        let stranger = app.account("ana@other.test").await.to_string();
        assert_eq!(claim(input(&own, 14, json!({ "accountIds": [stranger] }))).await, "INVALID_STATE");
        let dry = json!({
            "organizationId": acme.organization.to_string(), "domainId": own, "dryRun": true,
            "scope": { "accountIds": [ana.to_string(), stranger] },
        });
        let plan = acme.owner.client.done("claimAccounts", dry, "claim { id } claimable").await;
        assert_eq!(plan, json!({ "claim": null, "claimable": 1, "userErrors": [] }));
        let count = control_assertion::Entity::find().count(&app.database).await.unwrap();
        assert_eq!(count, 0, "a plan changes nothing");
    }
}
