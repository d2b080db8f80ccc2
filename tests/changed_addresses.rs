//! Administrators give managed accounts other addresses: only in their organization's proved domains, with word to both
//! addresses, and with nothing from before that lets anybody in.

use crate::{
    account_invitations::{company, made},
    left_behind::{events, last_event},
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steward::{
    core::{
        Action, ActionName, Authority, Authorized, Caller, Concerned, Done, EventSet, Notices, Origin, Result, Scope,
        Silence, Tx, account_act,
        clock::Clock,
        limit::Limit,
        powers::{Facts, PowerRefusal},
        text::Reason,
    },
    email_changes::{change_account_email::TAKEN_ADDRESSES, change_email_domain::ChangeEmailDomain},
    notices::content::NoticeKind,
};
use steward_entities::{
    account, api_key, domain,
    id::{AccountId, DomainId, OrganizationId},
    kinds::{DomainStatus, RoleName, VerificationMethod},
    organization, role,
};
use steward_tests::{Answer, Client, Somebody, TestApp, on_both};

struct Hofer {
    id: OrganizationId,
    domain: DomainId,
    admin: Somebody,
    ana: Somebody,
}

impl Hofer {
    async fn new(app: &TestApp) -> Self {
        let id = app.organization("Hofer").await;
        let domain = app.proved_domain(id, "hofer.example").await;
        let admin = app.administrator(id, RoleName::UserAdmin).await;
        let ana = app.person("ana@hofer.example").await;
        app.under_control(id, domain, ana.id).await;
        Self { id, domain, admin, ana }
    }

    async fn managed(&self, app: &TestApp, email: &str) -> Somebody {
        let person = app.person(email).await;
        app.under_control(self.id, self.domain, person.id).await;
        person
    }

    async fn change(&self, by: &Client, account: AccountId, email: &str) -> Answer {
        let input =
            json!({ "organizationId": self.id, "accountId": account, "newEmail": email, "reason": "she married" });
        by.run("changeAccountEmail", input, "account { email verificationMethod managedBy { name } }").await
    }
}

async fn row(app: &TestApp, id: AccountId) -> account::Model {
    account::Entity::find_by_id(id).one(&app.database).await.unwrap().unwrap()
}

on_both! {
    async fn a_changed_address_is_proved_by_the_domain_and_nothing_from_before_works(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let (ana, before) = (&hofer.ana, row(&app, hofer.ana.id).await);
        let second = app.proved_domain(hofer.id, "hofer-group.example").await;
        let lapsing = domain::ActiveModel { id: Set(second), status: Set(DomainStatus::Lapsing), ..Default::default() };
        lapsing.update(&app.database).await.unwrap();
        let elsewhere = app.organization("Elsewhere").await;
        let role_there = app.role(elsewhere, ana.id, RoleName::Owner).await;
        let key_there = app.api_key(elsewhere, ana.id, RoleName::Auditor).await;
        app.nobody().done("requestPasswordReset", json!({ "email": ana.email }), "accepted").await;
        ana.client.done("requestEmailChange", json!({ "newEmail": "ana@home.test" }), "").await;
        app.run_jobs().await;
        let reset = app.mailed_link(&ana.email, NoticeKind::PasswordReset).await;
        app.advance(TimeDelta::minutes(1));

        let payload = hofer.change(&hofer.admin.client, ana.id, "ana.moser@hofer-group.example").await.payload();
        let shown = json!({ "email": "ana.moser@hofer-group.example", "verificationMethod": "DOMAIN", "managedBy": { "name": "Hofer" } });
        assert_eq!(payload, json!({ "account": shown, "userErrors": [] }));
        let after = row(&app, ana.id).await;
        assert_eq!((after.managed_domain_id, after.verified_at), (Some(second), Some(app.now())));
        assert!(after.version > before.version);

        assert_eq!(ana.client.run("signOut", json!({}), "").await.code(), "UNAUTHENTICATED");
        let input = json!({ "token": reset, "newPassword": "meadow copper winter thimble" });
        assert_eq!(app.nobody().run("resetPassword", input, "").await.code(), "LINK_INVALID");
        let ana = app.signed_in(ana.id, &after.email).await;
        let seen = ana.client.ask("{ viewer { emailChange { status } } }", json!({})).await;
        assert_eq!(seen["viewer"]["emailChange"]["status"], "CANCELED");
        let there = role::Entity::find_by_id(role_there).one(&app.database).await.unwrap().unwrap();
        assert_eq!(there.asleep_at, Some(app.now()), "a role elsewhere sleeps until an owner there confirms it");
        assert_eq!(key_there.send("{ __typename }", json!({})).await.code(), "UNAUTHENTICATED");
        assert!(api_key::Entity::find().one(&app.database).await.unwrap().unwrap().revoked_at.is_some());

        for email in ["ana@hofer.example", "ana.moser@hofer-group.example"] {
            let told = app.notices_to(email, NoticeKind::EmailChangedByAdministrators).await;
            assert_eq!((told.len(), told[0].organization_id), (1, Some(hofer.id)), "{email}");
        }
        let (_, details) = last_event(&app, hofer.id, "changeAccountEmail").await;
        let email = json!({ "before": "ana@hofer.example", "after": "ana.moser@hofer-group.example" });
        assert_eq!(details, json!({ "email": email, "reason": "she married" }));
    }
}

on_both! {
    async fn each_refusal_has_its_code_and_changes_nothing(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let ana = &hofer.ana;
        let owner = hofer.managed(&app, "olga@hofer.example").await;
        app.role(hofer.id, owner.id, RoleName::Owner).await;
        let own = app.role(hofer.id, hofer.managed(&app, "uta@hofer.example").await.id, RoleName::UserAdmin).await;
        let uta = role::Entity::find_by_id(own).one(&app.database).await.unwrap().unwrap().account_id;
        let uta = app.signed_in(uta, "uta@hofer.example").await;
        let help = app.administrator(hofer.id, RoleName::HelpDesk).await;
        let stranger = app.administrator(app.organization("Other").await, RoleName::Owner).await;
        let member = app.person("contractor@personal.example").await;
        app.joined(hofer.id, app.workspace(hofer.id).await, member.id, &member.email).await;
        let lapsed = app.proved_domain(hofer.id, "lapsed.example").await;
        let lapsed = domain::ActiveModel { id: Set(lapsed), status: Set(DomainStatus::Lapsed), ..Default::default() };
        lapsed.update(&app.database).await.unwrap();
        let new = "ana.moser@hofer.example";
        let code = async |by: &Client, account, email: &str| {
            let answer = hofer.change(by, account, email).await;
            (answer.code(), answer.field())
        };
        let admin = &hofer.admin.client;
        let expect = |code: &str, field: &str| (code.to_owned(), field.to_owned());
        assert_eq!(code(&app.nobody(), ana.id, new).await, expect("UNAUTHENTICATED", ""));
        assert_eq!(code(&stranger.client, ana.id, new).await, expect("NOT_FOUND", "input.organizationId"));
        assert_eq!(code(&help.client, ana.id, new).await, expect("FORBIDDEN", ""));
        assert_eq!(code(admin, stranger.id, new).await, expect("NOT_FOUND", "input.accountId"));
        assert_eq!(code(admin, member.id, new).await, expect("NOT_MANAGED", "input.accountId"));
        assert_eq!(code(admin, owner.id, new).await, expect("HIGHER_ROLE", "input.accountId"));
        assert_eq!(code(&uta.client, uta.id, new).await, expect("SELF", "input.accountId"));
        assert_eq!(code(admin, ana.id, "ana@home.test").await, expect("OUTSIDE_DOMAINS", "input.newEmail"));
        assert_eq!(code(admin, ana.id, "ana@lapsed.example").await, expect("OUTSIDE_DOMAINS", "input.newEmail"));
        assert_eq!(code(admin, ana.id, "ana@sub.hofer.example").await, expect("OUTSIDE_DOMAINS", "input.newEmail"));
        assert_eq!(code(admin, ana.id, "ana@hofer.example").await.0, "INVALID_STATE");
        assert_eq!(code(admin, ana.id, "ana@hofer.example,eve@evil.example").await, expect("INVALID", "input.newEmail"));
        let input = json!({ "organizationId": hofer.id, "accountId": ana.id, "newEmail": new, "reason": "ok", "dryRun": true });
        assert_eq!(admin.run("changeAccountEmail", input, "").await.code(), "OK");
        app.advance(TimeDelta::minutes(11));
        assert_eq!(code(admin, ana.id, new).await, expect("REAUTHENTICATION_REQUIRED", ""));
        assert_eq!(row(&app, ana.id).await.email, "ana@hofer.example");
        assert!(app.notices_to("ana@hofer.example", NoticeKind::EmailChangedByAdministrators).await.is_empty());

        let key = app.api_key(hofer.id, owner.id, RoleName::UserAdmin).await;
        assert_eq!(code(&key, owner.id, new).await.0, "SELF", "a key counts as its maker");
        assert_eq!(code(&key, ana.id, new).await.0, "OK", "a key needs no password");
    }
}

on_both! {
    async fn whoever_has_an_address_it_is_refused_in_one_sentence(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        hofer.managed(&app, "colleague@hofer.example").await;
        app.account("candidate@hofer.example").await;
        let unproved = app.account("unproved@hofer.example").await;
        let unproved = account::ActiveModel { id: Set(unproved), verified_at: Set(None), verified_by: Set(None), ..Default::default() };
        unproved.update(&app.database).await.unwrap();
        let (other, elsewhere) = (app.organization("Other").await, app.person("elsewhere@hofer.example").await);
        app.under_control(other, app.proved_domain(other, "other.example").await, elsewhere.id).await;
        let mut told = Vec::new();
        for name in ["colleague", "candidate", "unproved", "elsewhere", "COLLEAGUE"] {
            let answer = hofer.change(&hofer.admin.client, hofer.ana.id, &format!("{name}@hofer.example")).await;
            assert_eq!((answer.code().as_str(), answer.field().as_str()), ("CONFLICT", "input.newEmail"));
            told.push(answer.payload()["userErrors"][0]["message"].clone());
        }
        assert!(told.iter().all(|sentence| sentence == &told[0]), "{told:?}");
        // Another spelling of one's own isn't somebody else's.
        assert_eq!(hofer.change(&hofer.admin.client, hofer.ana.id, "Ana@hofer.example").await.code(), "OK");
    }
}

on_both! {
    async fn of_two_who_are_given_one_address_at_once_one_has_it(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        for round in 0..12 {
            let first = hofer.managed(&app, &format!("first{round}@hofer.example")).await;
            let second = hofer.managed(&app, &format!("second{round}@hofer.example")).await;
            let wanted = format!("wanted{round}@hofer.example");
            let (a, b) = tokio::join!(
                hofer.change(&hofer.admin.client, first.id, &wanted),
                hofer.change(&hofer.admin.client, second.id, &wanted),
            );
            let mut codes = [a.code(), b.code()];
            codes.sort();
            assert_eq!(codes, ["CONFLICT", "OK"]);
        }
    }
}

/// The same act on several accounts, as bulk work runs it.
struct Together {
    organization: OrganizationId,
    accounts: Vec<AccountId>,
    act: ChangeEmailDomain,
}

#[derive(Serialize, Deserialize)]
struct Left(Vec<(AccountId, PowerRefusal)>);

impl Action for Together {
    const NAME: ActionName = ActionName::ChangeAccountEmail;
    type Target = (organization::Model, Vec<Facts>);
    type Output = Left;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Self::Target> {
        account_act::load::<ChangeEmailDomain>(tx, self.organization, &self.accounts).await
    }

    async fn run(&self, target: Authorized<Self::Target>, tx: &Tx<'_>) -> Result<Done<Left>> {
        let administrator = target.authority().administrator()?;
        let (organization, facts) = target.into_inner();
        let sorted = account_act::sort(&self.act, &administrator, &self.accounts, facts, tx.now());
        let concerned = Concerned { organization, administrator, accounts: sorted.allowed };
        let effects = steward::core::AccountAct::run(&self.act, &concerned, tx).await?;
        let left = sorted.refused.into_iter().chain(effects.refused).collect();
        let notices = Notices::many(effects.notices, Silence::NothingChanged);
        Ok(Done::new(Left(left), EventSet::many(effects.events), notices))
    }
}

on_both! {
    async fn a_department_moves_to_another_domain_and_collisions_stay_where_they_are(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let target = app.proved_domain(hofer.id, "group.example").await;
        let foreign = app.proved_domain(app.organization("Other").await, "foreign.example").await;
        let ben = hofer.managed(&app, "ben@hofer.example").await;
        let twin = hofer.managed(&app, "ben@second.example").await;
        let cid = hofer.managed(&app, "cid@hofer.example").await;
        app.account("Cid@group.example").await;
        let there = hofer.managed(&app, "there@group.example").await;
        let accounts = vec![hofer.ana.id, ben.id, twin.id, cid.id, there.id];
        let caller = Caller::load(&app.database, &hofer.admin.token, app.clock.now()).await.unwrap().unwrap();
        let origin = Origin { caller, ..Origin::system() };
        let together = |domain| {
            let act = ChangeEmailDomain { domain, reason: Reason::parse("one company now").unwrap() };
            app.steward.perform(&origin, Together { organization: hofer.id, accounts: accounts.clone(), act })
        };
        let Left(left) = together(foreign).await.unwrap();
        assert!(left.len() == 5 && left.iter().all(|(_, refusal)| *refusal == PowerRefusal::OutsideDomains));

        let Left(left) = together(target).await.unwrap();
        let taken = PowerRefusal::AddressTaken;
        assert_eq!(left, [(twin.id, taken), (cid.id, taken), (there.id, PowerRefusal::AlreadySo)]);
        for (person, email) in [(&hofer.ana, "ana@group.example"), (&ben, "ben@group.example")] {
            let row = row(&app, person.id).await;
            assert_eq!((row.email.as_str(), row.email_domain_key.as_str()), (email, "example.group."));
            assert_eq!((row.managed_domain_id, row.verified_by), (Some(target), Some(VerificationMethod::Domain)));
            assert_eq!(person.client.send("{ __typename }", json!({})).await.code(), "UNAUTHENTICATED");
        }
        assert_eq!(row(&app, twin.id).await.email, "ben@second.example");
        let log = "query($id: ID!) { organization(id: $id) { events { nodes { action } } } }";
        let seen = hofer.admin.client.ask(log, json!({ "id": hofer.id })).await;
        let nodes = seen["organization"]["events"]["nodes"].as_array().unwrap();
        let changed = |node: &&Value| node["action"] == "changeAccountEmail";
        assert_eq!(nodes.iter().filter(changed).count(), 2, "{seen}");
    }
}

on_both! {
    async fn addresses_arent_found_by_asking_for_one_after_another(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        app.account("taken@hofer.example").await;
        let ask = async |email: &str| {
            let input = json!({ "organizationId": hofer.id, "accountId": hofer.ana.id, "newEmail": email, "reason": "x", "dryRun": true });
            hofer.admin.client.run("changeAccountEmail", input, "").await.code()
        };
        for _ in 0..198 {
            app.steward.count(TAKEN_ADDRESSES, &hofer.id.to_string()).await.unwrap();
        }
        assert_eq!(ask("free@hofer.example").await, "OK", "what is free counts for nothing");
        for _ in 0..2 {
            assert_eq!(ask("taken@hofer.example").await, "CONFLICT");
        }
        for email in ["taken@hofer.example", "free@hofer.example"] {
            assert_eq!(ask(email).await, "RATE_LIMITED", "alike, so that this tells nothing either");
        }
        let input = json!({
            "organizationId": hofer.id, "selection": { "accountIds": [hofer.ana.id] }, "dryRun": true,
            "action": { "changeEmailDomain": { "domainId": hofer.domain, "reason": "x" } },
        });
        let many = hofer.admin.client.run("bulkAccounts", input, "plan { affected }").await.code();
        assert_eq!(many, "RATE_LIMITED", "nor does a job over many");
        let stranger = app.administrator(app.organization("Other").await, RoleName::UserAdmin).await;
        assert_eq!(hofer.change(&stranger.client, hofer.ana.id, "free@hofer.example").await.code(), "NOT_FOUND");
    }
}

on_both! {
    async fn where_the_new_address_gets_an_invitation_it_is_counted_as_one(app: TestApp) {
        let hofer = company(&app).await;
        let (account, _) = made(&app, &hofer, json!({})).await;
        let to = "anna@hofer.example";
        let change = async |account: AccountId, email: &str| {
            let input = json!({ "organizationId": hofer.id, "accountId": account, "newEmail": email, "reason": "a slip" });
            hofer.admin.client.run("changeAccountEmail", input, "account { email }").await.code()
        };
        for _ in 0..Limit::MAIL_TO_ONE_ADDRESS.most - 1 {
            app.steward.count(Limit::MAIL_TO_ONE_ADDRESS, &format!("{} {to}", hofer.id)).await.unwrap();
        }
        assert_eq!(change(account, to).await, "OK", "the last one in this hour");
        assert_eq!(change(account, "ana@hofer.example").await, "OK", "another address has its own count");
        assert_eq!(change(account, to).await, "RATE_LIMITED");
        assert_eq!(row(&app, account).await.email, "ana@hofer.example", "and nothing has changed");
        let group = app.proved_domain(hofer.id, "group.example").await;
        for _ in 0..Limit::MAIL_TO_ONE_ADDRESS.most {
            app.steward.count(Limit::MAIL_TO_ONE_ADDRESS, &format!("{} ana@group.example", hofer.id)).await.unwrap();
        }
        let input = json!({
            "organizationId": hofer.id, "selection": { "accountIds": [account] },
            "action": { "changeEmailDomain": { "domainId": group, "reason": "one name for all" } },
        });
        let job = hofer.admin.client.done("bulkAccounts", input, "job { id }").await["job"]["id"].clone();
        app.run_jobs().await;
        let query = "query($id: ID!) { job(id: $id) { skipped { reason accounts } } }";
        let done = hofer.admin.client.ask(query, json!({ "id": job })).await["job"].clone();
        assert_eq!(done["skipped"], json!([{ "reason": "MAILED_TOO_OFTEN", "accounts": 1 }]));
        assert_eq!(row(&app, account).await.email, "ana@hofer.example");
        // Who has taken up the account gets no invitation.
        let bo = app.person("bo@hofer.example").await;
        app.under_control(hofer.id, hofer.domain, bo.id).await;
        assert_eq!(change(bo.id, to).await, "OK");
    }
}

on_both! {
    async fn a_plan_to_move_accounts_foresees_who_cant(app: TestApp) {
        let hofer = Hofer::new(&app).await;
        let group = app.proved_domain(hofer.id, "group.example").await;
        // Ana, Ben, and as many more as fill a chunk: the last ones want what some in the chunk before get.
        hofer.managed(&app, "ben@hofer.example").await;
        app.many_managed(hofer.id, 998).await;
        app.advance(TimeDelta::seconds(1));
        for email in ["ana@second.example", "many7@second.example", "there@group.example"] {
            hofer.managed(&app, email).await;
        }
        app.account("Ben@group.example").await;
        let accounts = account::Entity::find().filter(account::Column::ManagedBy.eq(hofer.id)).all(&app.database).await.unwrap();
        let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
        assert_eq!(ids.len(), 1_003);
        let ask = async |dry_run: bool| {
            let input = json!({
                "organizationId": hofer.id, "selection": { "accountIds": ids }, "dryRun": dry_run,
                "action": { "changeEmailDomain": { "domainId": group, "reason": "one name for all" } },
            });
            hofer.admin.client.done("bulkAccounts", input, "job { id } plan { affected skipped { reason accounts } }").await
        };
        let sorted = |counts: &Value| {
            let mut counts = counts.as_array().unwrap().clone();
            counts.sort_by_key(|count| count["reason"].to_string());
            json!(counts)
        };
        let plan = ask(true).await["plan"].clone();
        let skipped = json!([{ "reason": "ADDRESS_TAKEN", "accounts": 3 }, { "reason": "ALREADY_SO", "accounts": 1 }]);
        assert_eq!((&plan["affected"], sorted(&plan["skipped"])), (&json!(999), skipped.clone()));
        assert_eq!(events(&app, hofer.id, "changeAccountEmail").await, 0);
        let job = ask(false).await["job"]["id"].clone();
        app.run_jobs().await;
        let query = "query($id: ID!) { job(id: $id) { status skipped { reason accounts } } }";
        let done = hofer.admin.client.ask(query, json!({ "id": job })).await["job"].clone();
        assert_eq!((&done["status"], sorted(&done["skipped"])), (&json!("COMPLETE"), skipped));
        assert_eq!(events(&app, hofer.id, "changeAccountEmail").await, 999, "as many as the plan said");
    }
}
