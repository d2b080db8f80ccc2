//! The pages that mails lead to, visited as a browser does: to look changes nothing, to send the form acts once.

#![expect(clippy::expect_used, reason = "tests stop at what they don't expect")]

mod forms;
mod journeys;
mod looking;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use steward_entities::{
    account, email_change, event, id::OrganizationId, invitation, membership, notice, session, token,
};
use steward_tests::{Client, TestApp};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

/// A password that the rules allow.
const NEW_PASSWORD: &str = "meadow copper winter thimble";

/// What a visitor sees.
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Seen {
    pub(crate) fn heading(&self) -> &str {
        let start = self.html.split("<h1>").nth(1).unwrap_or_else(|| panic!("no heading: {}", self.html));
        start.split("</h1>").next().unwrap()
    }

    /// What is wrong with a field, as it stands beside it.
    pub(crate) fn error_at(&self, field: &str) -> String {
        let start = format!("id=\"{field}-error\">");
        let text = self.html.split(&start).nth(1).unwrap_or_else(|| panic!("no error at {field}: {}", self.html));
        text.split("</p>").next().unwrap().replace("&#x27;", "'")
    }
}

pub(crate) async fn visit(app: &TestApp, request: Request<Body>) -> Seen {
    let response = app.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let html = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Seen { status: parts.status, headers: parts.headers, html }
}

/// Opens a page.
pub(crate) async fn open(app: &TestApp, path: &str) -> Seen {
    visit(app, Request::get(path).body(Body::empty()).unwrap()).await
}

/// Sends a page's form.
pub(crate) async fn send(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Seen {
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    send_bytes(app, path, form.into_bytes()).await
}

/// Sends these bytes as a form.
async fn send_bytes(app: &TestApp, path: &str, form: Vec<u8>) -> Seen {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    visit(app, request.body(Body::from(form)).unwrap()).await
}

/// Lets what is due be mailed, and gives the path of the page that the newest mail to an address leads to.
pub(crate) async fn mailed_page(app: &TestApp, email: &str) -> String {
    app.run_jobs().await;
    let mails = app.mailer.mails();
    let root = "https://accounts.example.com";
    let links = mails.iter().filter(|mail| mail.to == email).filter_map(|mail| mail.text.split(root).nth(1));
    let mut pages = links.filter_map(|link| link.split_whitespace().next());
    // Mails without a link name the service alone; of those in one batch any may be the last.
    pages.rfind(|page| page.matches('/').count() == 2).expect("a mailed link").to_owned()
}

/// Everything that a visit could change, in an order of its own.
pub(crate) async fn everything(app: &TestApp) -> Vec<String> {
    app.steward.bookkeeping_done().await;
    let db = &app.database;
    let mut rows = Vec::new();
    rows.extend(texts(&account::Entity::find().all(db).await.unwrap()));
    rows.extend(texts(&session::Entity::find().all(db).await.unwrap()));
    rows.extend(texts(&token::Entity::find().all(db).await.unwrap()));
    rows.extend(texts(&event::Entity::find().all(db).await.unwrap()));
    rows.extend(texts(&notice::Entity::find().all(db).await.unwrap()));
    rows.extend(texts(&invitation::Entity::find().all(db).await.unwrap()));
    rows.extend(texts(&membership::Entity::find().all(db).await.unwrap()));
    rows.extend(texts(&email_change::Entity::find().all(db).await.unwrap()));
    rows.sort();
    rows
}

fn texts(rows: &[impl std::fmt::Debug]) -> impl Iterator<Item = String> {
    rows.iter().map(|row| format!("{row:?}"))
}

/// How many sessions of the account with this address could still be used.
pub(crate) async fn live_sessions(app: &TestApp, email: &str) -> u64 {
    let account = account::Entity::find().filter(account::Column::Email.eq(email)).one(&app.database).await.unwrap();
    let live = session::Entity::find()
        .filter(session::Column::AccountId.eq(account.expect("an account").id))
        .filter(session::Column::EndedAt.is_null());
    live.count(&app.database).await.unwrap()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Client {
    let signed_in = app.nobody().done("signIn", json!({ "email": email, "password": password }), "token").await;
    app.with(signed_in["token"].as_str().unwrap())
}

/// The page that completes a sign-up.
async fn sign_up_page(app: &TestApp, email: &str) -> String {
    app.nobody().done("signUp", json!({ "email": email, "displayName": "Ana Gruber" }), "accepted").await;
    mailed_page(app, email).await
}

/// The page that sets a new password of an account.
async fn reset_page(app: &TestApp, email: &str) -> String {
    app.nobody().done("requestPasswordReset", json!({ "email": email }), "accepted").await;
    mailed_page(app, email).await
}

/// The page that accepts the role of an owner, with its organization.
async fn invitation_page(app: &TestApp, email: &str) -> (OrganizationId, String) {
    let operator = app.operator().await;
    let input = json!({ "name": "Hofer", "ownerEmail": email });
    let made = operator.client.done("createOrganization", input, "organization { id }").await;
    (made["organization"]["id"].as_str().unwrap().parse().unwrap(), mailed_page(app, email).await)
}

/// A workspace that offers memberships.
struct Offering {
    organization: OrganizationId,
    workspace: Value,
    administrator: Client,
}

impl Offering {
    async fn new(app: &TestApp) -> Self {
        let organization = app.organization("Acme").await;
        let administrator = app.administrator(organization, steward_entities::kinds::RoleName::UserAdmin).await.client;
        let workspace = json!(app.workspace(organization).await);
        Self { organization, workspace, administrator }
    }

    /// The page that answers an offer to this address.
    async fn page(&self, app: &TestApp, email: &str) -> String {
        let input = json!({ "organizationId": self.organization, "workspaceId": self.workspace, "email": email });
        self.administrator.done("addMember", input, "membership { id }").await;
        mailed_page(app, email).await
    }

    /// How the memberships stand.
    async fn members(&self) -> Value {
        let query = "query($id: ID!) { workspace(id: $id) { members { nodes { status email name } } } }";
        let seen = self.administrator.ask(query, json!({ "id": self.workspace })).await;
        seen["workspace"]["members"]["nodes"].clone()
    }
}
