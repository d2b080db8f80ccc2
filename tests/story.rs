//! The whole story, as its callers live it: nothing but the public API, mails, a DNS record, and time.

use chrono::TimeDelta;
use serde_json::{Value, json};
use steward_tests::{Client, TestApp, on_both};

const PASSWORD: &str = "meadow copper winter thimble";

/// The secret in the link of the newest mail to this address.
fn mailed(app: &TestApp, address: &str) -> String {
    let mails = app.mailer.mails_to(address);
    let text = &mails.last().unwrap_or_else(|| panic!("no mail to {address}")).text;
    let link = text.split_whitespace().find(|word| word.starts_with("https://accounts.example.com/")).unwrap();
    link.rsplit('/').next().unwrap().to_owned()
}

/// Somebody signs up, by the link in their mail.
async fn signs_up(app: &TestApp, email: &str) -> Client {
    app.nobody().done("signUp", json!({ "email": email, "displayName": "Somebody" }), "accepted").await;
    app.run_jobs().await;
    let input = json!({ "token": mailed(app, email), "password": PASSWORD });
    let done = app.nobody().done("completeSignUp", input, "token").await;
    app.with(done["token"].as_str().unwrap())
}

/// Somebody comes back later, and confirms their password for what needs it.
async fn signs_in(app: &TestApp, email: &str) -> Client {
    let done = app.nobody().done("signIn", json!({ "email": email, "password": PASSWORD }), "token").await;
    let client = app.with(done["token"].as_str().unwrap());
    client.done("reauthenticate", json!({ "password": PASSWORD }), "").await;
    client
}

/// An operator makes the organization; its first owner accepts the mailed invitation, and has an account from then on.
async fn an_organization_begins(app: &TestApp) -> (Client, Value) {
    let operator = app.operator().await;
    let input = json!({ "name": "Acme", "ownerEmail": "olga@consult.test" });
    let made = operator.client.done("createOrganization", input, "organization { id }").await;
    app.run_jobs().await;
    let token = mailed(app, "olga@consult.test");
    let input = json!({ "token": token, "password": PASSWORD, "displayName": "Olga" });
    let done = app.nobody().done("completeSignUp", input, "token").await;
    let olga = app.with(done["token"].as_str().unwrap());
    olga.done("acceptInvitation", json!({ "token": token }), "").await;
    olga.done("reauthenticate", json!({ "password": PASSWORD }), "").await;
    (olga, made["organization"]["id"].clone())
}

/// The owner proves the domain by its DNS; gives its id.
async fn a_domain_is_proved(app: &TestApp, olga: &Client, organization: &Value) -> Value {
    let input = json!({ "organizationId": organization, "name": "acme.test" });
    let asked = "domain { id status challenge { recordName recordValue } }";
    let domain = olga.done("addDomain", input, asked).await["domain"].clone();
    assert_eq!(domain["status"], "PENDING");
    let input = json!({ "organizationId": organization, "domainId": domain["id"] });
    let too_early = olga.run("verifyDomain", input.clone(), "domain { status }").await;
    assert_eq!(too_early.code(), "DOMAIN_NOT_PROVEN");
    let text = |field: &str| domain["challenge"][field].as_str().unwrap().to_owned();
    app.dns.set_txt(&text("recordName"), &[&[&text("recordValue")]]);
    let proved = olga.done("verifyDomain", input, "domain { status }").await;
    assert_eq!(proved["domain"]["status"], "VERIFIED");
    domain["id"].clone()
}

/// What the owner sees of a claim.
async fn seen(olga: &Client, claim: &Value) -> Value {
    let query = "query($id: ID!) { claim(id: $id) { status counts { pending inEffect avoided } } }";
    olga.ask(query, json!({ "id": claim })).await["claim"].clone()
}

const MANAGED: &str = "query($id: ID!) { organization(id: $id) { accounts(filter: { managed: true }, orderBy: EMAIL) { \
    nodes { id email viewerPermissions(organizationId: $id) { action allowed } } } \
    notices(filter: { status: FAILED }) { nodes { kind deliveries { address } } } } }";

on_both! {
    async fn a_company_asserts_control_and_its_people_decide(app: TestApp) {
        let (olga, organization) = an_organization_begins(&app).await;
        let moves = signs_up(&app, "moves@acme.test").await;
        let accepts = signs_up(&app, "accepts@acme.test").await;
        signs_up(&app, "waits@acme.test").await;
        signs_up(&app, "unreachable@acme.test").await;
        signs_up(&app, "somebody@elsewhere.test").await;
        let domain = a_domain_is_proved(&app, &olga, &organization).await;

        // The plan counts whom the claim would reach; then they are told. One mail is refused.
        let query = "query($id: ID!) { domain(id: $id) { claimPlan { claimable } } }";
        let plan = olga.ask(query, json!({ "id": domain })).await;
        assert_eq!(plan["domain"]["claimPlan"]["claimable"], 4);
        app.mailer.refuse("unreachable@acme.test", "no such mailbox");
        let input = json!({ "organizationId": organization, "domainId": domain, "scope": { "everyone": {} } });
        let claim = olga.done("claimAccounts", input, "claim { id }").await["claim"]["id"].clone();
        app.run_jobs().await;
        let counts = json!({ "pending": 4, "inEffect": 0, "avoided": 0 });
        assert_eq!(seen(&olga, &claim).await, json!({ "status": "NOTIFYING", "counts": counts }));
        assert!(app.mailer.mails_to("waits@acme.test").last().unwrap().text.contains("Acme"));

        // One takes a personal address.
        moves.done("reauthenticate", json!({ "password": PASSWORD }), "").await;
        moves.done("requestEmailChange", json!({ "newEmail": "moves@home.test" }), "").await;
        app.run_jobs().await;
        app.nobody().done("confirmEmailChange", json!({ "token": mailed(&app, "moves@home.test") }), "").await;

        // One agrees at once.
        let query = "{ viewer { controlAssertions { nodes { id status } } } }";
        let mine = accepts.ask(query, Value::Null).await["viewer"]["controlAssertions"]["nodes"][0].clone();
        assert_eq!(mine["status"], "PENDING");
        accepts.done("reauthenticate", json!({ "password": PASSWORD }), "").await;
        accepts.done("acceptControl", json!({ "controlAssertionId": mine["id"] }), "").await;

        // For the one who waits, control begins on the announced day; the one who couldn't be told is left alone.
        app.advance(TimeDelta::days(14) - TimeDelta::seconds(1));
        app.run_jobs().await;
        let olga = signs_in(&app, "olga@consult.test").await;
        let counts = json!({ "pending": 2, "inEffect": 1, "avoided": 1 });
        assert_eq!(seen(&olga, &claim).await["counts"], counts);
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        let counts = json!({ "pending": 1, "inEffect": 2, "avoided": 1 });
        assert_eq!(seen(&olga, &claim).await, json!({ "status": "NOTIFYING", "counts": counts }));

        // The owner sees whom the organization manages, what they may do, and what wasn't delivered.
        let sight = olga.ask(MANAGED, json!({ "id": organization })).await["organization"].clone();
        let managed = sight["accounts"]["nodes"].as_array().unwrap();
        let emails: Vec<_> = managed.iter().map(|account| account["email"].as_str().unwrap()).collect();
        assert_eq!(emails, ["accepts@acme.test", "waits@acme.test"]);
        let permissions = managed[1]["viewerPermissions"].as_array().unwrap();
        assert!(permissions.contains(&json!({ "action": "RELEASE_ACCOUNTS", "allowed": true })), "{permissions:?}");
        let failed = &sight["notices"]["nodes"];
        assert_eq!(failed[0]["deliveries"][0]["address"], "unreachable@acme.test", "{failed}");

        // Whoever is managed sees by whom, and can't change the address alone. Released, they are free.
        let waits = signs_in(&app, "waits@acme.test").await;
        let manager = "{ viewer { managedBy { name } } }";
        assert_eq!(waits.ask(manager, Value::Null).await["viewer"]["managedBy"]["name"], "Acme");
        let asks = waits.done("requestEmailChange", json!({ "newEmail": "waits@home.test" }), "emailChange { status }").await;
        assert_eq!(asks["emailChange"]["status"], "WAITING_FOR_APPROVAL");
        let selection = json!({ "accountIds": [managed[1]["id"]] });
        let input = json!({ "organizationId": organization, "selection": selection, "reason": "left the company" });
        olga.done("releaseAccounts", input, "").await;
        app.run_jobs().await;
        assert_eq!(waits.ask(manager, Value::Null).await["viewer"]["managedBy"], Value::Null);
        assert!(app.mailer.mails_to("waits@acme.test").iter().any(|mail| mail.text.contains("left the company")));
    }
}
