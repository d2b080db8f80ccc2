//! Notices: on their way, told again, read, acknowledged.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests stop at what they don't expect")]

mod delivery;
mod periods;
mod reading;
mod turns;

use chrono::TimeDelta;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use steward::{
    core::Work,
    notices::content::{Content, NoticeKind},
};
use steward_entities::{
    account, claim, control_assertion, delivery as deliveries, event,
    id::{AccountId, ClaimId, ControlAssertionId, DeliveryId, DomainId, JobId, NoticeId, OrganizationId},
    job,
    kinds::{AssertionStatus, Channel, ClaimStatus, DeliveryStatus, JobStatus},
    notice,
};
use steward_tests::TestApp;
use tower::ServiceExt;

fn new_id<T: From<uuid::Uuid>>(app: &TestApp) -> T {
    T::from(app.steward.entropy.uuid(app.now()))
}

/// A notice on its way to an account.
pub(crate) async fn tell(
    app: &TestApp,
    to: AccountId,
    address: &str,
    from: OrganizationId,
    kind: NoticeKind,
) -> NoticeId {
    let id: NoticeId = new_id(app);
    let row = notice::ActiveModel {
        id: Set(id),
        account_id: Set(Some(to)),
        organization_id: Set(Some(from)),
        kind: Set(kind.as_str().to_owned()),
        content: Set(serde_json::to_value(Content::sample(kind)).unwrap()),
        locale: Set("en".to_owned()),
        token_id: Set(None),
        created_at: Set(app.now()),
        seen_at: Set(None),
        acknowledged_at: Set(None),
    };
    row.insert(&app.database).await.unwrap();
    let row = deliveries::ActiveModel {
        id: Set(new_id::<DeliveryId>(app)),
        notice_id: Set(id),
        channel: Set(Channel::Email),
        address: Set(address.to_owned()),
        recipient_name: Set("Ana".to_owned()),
        status: Set(DeliveryStatus::Queued),
        priority: Set(0),
        attempts: Set(0),
        next_attempt_at: Set(Some(app.now())),
        last_error: Set(None),
        text_hash: Set(None),
        leased_until: Set(None),
        lease: Set(0),
        created_at: Set(app.now()),
        sent_at: Set(None),
        failed_at: Set(None),
    };
    row.insert(&app.database).await.unwrap();
    id
}

/// Coming control, announced for `announced` from now, with a notice on its way and a job that waits for a month.
struct Coming {
    notice: NoticeId,
    assertion: ControlAssertionId,
}

async fn announce(
    app: &TestApp,
    organization: OrganizationId,
    domain: DomainId,
    to: AccountId,
    announced: TimeDelta,
) -> Coming {
    let (claim, assertion, job) = (new_id::<ClaimId>(app), new_id::<ControlAssertionId>(app), new_id::<JobId>(app));
    let account = account::Entity::find_by_id(to).one(&app.database).await.unwrap().unwrap();
    let notice = tell(app, to, &account.email, organization, NoticeKind::ControlAsserted).await;
    let row = job::ActiveModel {
        id: Set(job),
        kind: Set("advance_claim".to_owned()),
        organization_id: Set(Some(organization)),
        payload: Set(serde_json::to_value(Work::AdvanceClaim { claim }).unwrap()),
        status: Set(JobStatus::Pending),
        run_at: Set(app.now() + TimeDelta::days(30)),
        attempts: Set(0),
        lease: Set(0),
        done: Set(0),
        created_at: Set(app.now()),
        ..Default::default()
    };
    row.insert(&app.database).await.unwrap();
    let row = claim::ActiveModel {
        id: Set(claim),
        organization_id: Set(organization),
        domain_id: Set(domain),
        status: Set(ClaimStatus::Notifying),
        scope: Set(serde_json::json!({})),
        notice_days: Set(14),
        job_id: Set(Some(job)),
        created_at: Set(app.now()),
        announced_at: Set(Some(app.now() + announced)),
        version: Set(1),
        ..Default::default()
    };
    row.insert(&app.database).await.unwrap();
    let row = control_assertion::ActiveModel {
        id: Set(assertion),
        claim_id: Set(claim),
        organization_id: Set(organization),
        domain_id: Set(domain),
        account_id: Set(to),
        status: Set(AssertionStatus::Pending),
        notice_id: Set(Some(notice)),
        announced_at: Set(app.now() + announced),
        created_at: Set(app.now()),
        version: Set(1),
        ..Default::default()
    };
    row.insert(&app.database).await.unwrap();
    Coming { notice, assertion }
}

async fn deliveries_of(app: &TestApp, notice: NoticeId) -> Vec<deliveries::Model> {
    let select = deliveries::Entity::find().filter(deliveries::Column::NoticeId.eq(notice));
    let select = select.order_by_asc(deliveries::Column::CreatedAt);
    select.all(&app.database).await.unwrap()
}

async fn only_delivery(app: &TestApp, notice: NoticeId) -> deliveries::Model {
    let all = deliveries_of(app, notice).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.into_iter().next().unwrap()
}

async fn stored(app: &TestApp, id: NoticeId) -> notice::Model {
    notice::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap()
}

async fn assertion(app: &TestApp, id: ControlAssertionId) -> control_assertion::Model {
    control_assertion::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap()
}

async fn events(app: &TestApp, action: &str) -> Vec<event::Model> {
    let select = event::Entity::find().filter(event::Column::Action.eq(action));
    select.all(&app.database).await.unwrap()
}

/// The path of the page that a mail's link leads to.
fn page_in(text: &str) -> String {
    let start = text.find("https://accounts.example.com/").expect("a link") + "https://accounts.example.com".len();
    text[start..].split_whitespace().next().unwrap().to_owned()
}

/// Opens a page (`form` none) or sends its form.
async fn open(app: &TestApp, path: &str, form: Option<&str>) -> (StatusCode, http::HeaderMap, String) {
    let request = match form {
        None => Request::get(path).body(axum::body::Body::empty()),
        Some(form) => Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(form.to_owned())),
    };
    let response = app.router.clone().oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}
