//! The play: each step is done over the API, and everything that it may have broken is looked at.

mod former;
mod mail;
mod promising;
mod told;

use super::{
    Kept,
    acts::{ACTS, Moment, Step, What},
    changes::Doing,
    effects::{is_right, is_untouched},
    keep,
    powers::is_above,
    snapshot::Snapshot,
    world::{Held, Key, World},
};
use chrono::TimeDelta;
use former::Known;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steward::core::ActionName;
use steward_entities::{
    id::{AccountId, RoleId, TokenId},
    role,
};
use steward_tests::{Answer, Client, TestApp};

/// What remains to people whose account is limited: their rights.
const RIGHTS: [ActionName; 10] = [
    ActionName::SignOut,
    ActionName::Reauthenticate,
    ActionName::RevokeSession,
    ActionName::RequestEmailChange,
    ActionName::CancelEmailChange,
    ActionName::LeaveWorkspace,
    ActionName::ResignRole,
    ActionName::ReactivateMyAccount,
    ActionName::DeleteMyAccount,
    ActionName::CancelMyAccountDeletion,
];

/// Who sends a request.
#[derive(Clone)]
pub enum By {
    Session(Held),
    Key(usize),
    Nobody,
}

/// A play that goes on.
pub struct Play<'a> {
    app: &'a TestApp,
    world: World,
    before: Snapshot,
    /// What has happened so far, in words.
    pub story: Vec<String>,
    number: usize,
    /// The step in which administrators gave an account its address, and what these could do then.
    moved: BTreeMap<AccountId, (usize, Vec<role::Model>)>,
    /// The step in which an owner gave or confirmed a role.
    given: BTreeMap<RoleId, usize>,
    known: Known,
}

impl<'a> Play<'a> {
    /// Before the first step.
    pub async fn new(app: &'a TestApp) -> Self {
        let world = World::new(app).await;
        let before = Snapshot::of(app).await;
        Self {
            app,
            world,
            before,
            story: Vec::new(),
            number: 0,
            moved: BTreeMap::new(),
            given: BTreeMap::new(),
            known: Known::default(),
        }
    }

    /// One step.
    pub async fn step(&mut self, step: Step) -> Kept {
        self.number += 1;
        match ACTS[step.act].what {
            What::Wait => {
                let minutes = [5, 61, 61, 25 * 60, 25 * 60, 4 * 1_440, 8 * 1_440, 15 * 1_440];
                self.wait(TimeDelta::minutes(minutes[usize::from(step.how) % 8])).await;
                if step.on.is_multiple_of(4) { Ok(()) } else { self.work().await }
            }
            What::Work => self.work().await,
            What::GetIn => self.get_in(step).await,
            What::Prove => self.prove(step).await,
            What::Administer(action, ask) => {
                let human = self.administrator(action, step);
                let Some(by) = self.session(human, step).await? else { return Ok(()) };
                let of_home = |key: &Key| key.organization == self.world.home(human);
                let key = self.world.keys.iter().rposition(of_home).filter(|_| step.how.is_multiple_of(5));
                let by = key.map_or(by, By::Key);
                let away = step.who % 16 == 15;
                let at = if away { 1 - self.world.home(human) } else { self.world.home(human) };
                self.ask(step, human, by, at, action, ask).await
            }
            What::Own(action, ask) => {
                let human = self.person(action, step);
                let Some(by) = self.session(human, step).await? else { return Ok(()) };
                let at = if step.on.is_multiple_of(3) { 1 - self.world.home(human) } else { self.world.home(human) };
                self.ask(step, human, by, at, action, ask).await
            }
            What::Open(action, ask) => {
                let human = self.person(action, step);
                self.ask(step, human, By::Nobody, 0, action, ask).await
            }
        }
    }

    async fn ask(
        &mut self,
        step: Step,
        human: usize,
        by: By,
        at: usize,
        action: ActionName,
        ask: fn(&Moment<'_>) -> Option<Value>,
    ) -> Kept {
        let acting = match &by {
            By::Session(held) => Some(held.account),
            _ => self.world.humans[human].account,
        };
        let Some(acting) = acting else { return Ok(()) };
        let moment = Moment { world: &self.world, before: &self.before, step, number: self.number, human, acting, at };
        let Some(input) = ask(&moment) else { return Ok(()) };
        let told = self.told(&by, action, &input).await?;
        let planned = if step.on.is_multiple_of(3) { self.plan(&by, action, &input).await? } else { None };
        let mut answer = self.send(human, &by, action, &input).await?;
        if answer.code() == "REAUTHENTICATION_REQUIRED" && !step.how.is_multiple_of(8) {
            let known = self.world.humans[human].passwords.get(&acting).cloned();
            let Some(known) = known else { return Ok(()) };
            self.send(human, &by, ActionName::Reauthenticate, &json!({ "password": known })).await?;
            answer = self.send(human, &by, action, &input).await?;
        } else if let Some(planned) = planned {
            let full = action == ActionName::BulkAccounts && answer.code() == "INVALID_STATE";
            keep!(full || planned == answer.code(), "{action:?}: planned {planned}, decided {}", answer.code());
        }
        told::agrees(action, told.as_deref(), &answer.code())
    }

    /// A session in somebody's hands, mostly the newest; who has none that works signs in.
    async fn session(&mut self, human: usize, step: Step) -> Result<Option<By>, String> {
        let count = self.world.humans[human].sessions.len();
        if step.how % 7 == 6 && count > 0 {
            let any = self.world.humans[human].sessions[usize::from(step.on) % count].clone();
            return Ok(Some(By::Session(any)));
        }
        if let Some(open) = self.newest(human) {
            return Ok(Some(By::Session(open)));
        }
        let own = self.world.humans[human].account;
        let known = own.and_then(|own| self.world.humans[human].passwords.get(&own).cloned());
        let account = own.and_then(|own| self.before.person(own)).cloned();
        if let (Some(password), Some(account)) = (known, account.filter(|account| !account.email.is_empty())) {
            if account.password_hash.is_none() {
                return self.by_mail(human, account.id, step.how).await;
            }
            let (email, password) = (account.email, password);
            let input = json!({ "email": email, "password": password });
            self.send(human, &By::Nobody, ActionName::SignIn, &input).await?;
        }
        Ok(self.newest(human).map(By::Session))
    }

    fn newest(&self, human: usize) -> Option<Held> {
        let open = |held: &&Held| {
            self.before.session.iter().any(|session| session.id == held.session && self.before.is_open(session))
        };
        self.world.humans[human].sessions.iter().rev().find(open).cloned()
    }

    fn client(&self, by: &By) -> Client {
        match by {
            By::Session(held) => held.client.clone(),
            By::Key(key) => self.world.keys[*key].client.clone(),
            By::Nobody => self.app.nobody(),
        }
    }

    /// Sends a request, and looks at all that it may have broken.
    async fn send(&mut self, human: usize, by: &By, action: ActionName, input: &Value) -> Result<Answer, String> {
        let selection = match action {
            ActionName::SignIn => "token",
            ActionName::CreateApiKey => "secret apiKey { id }",
            _ => "",
        };
        let answer = self.client(by).run(action.as_str(), self.with_link(input), selection).await;
        let (code, name) = (answer.code(), self.world.humans[human].name);
        let by_what = match by {
            By::Session(held) => self.before.person(held.account).map_or("nobody", |account| &account.email),
            By::Key(_) => "by a key",
            By::Nobody => "without a session",
        };
        self.story.push(format!("{name} ({by_what}) {} {input} = {code}", action.as_str()));
        keep!(answer.status.as_u16() < 500 && code != "INTERNAL", "the service failed: {}", answer.body);
        keep!(code != "BAD_REQUEST", "the play asked for nonsense: {}", answer.body);
        self.authenticated(by, action, &code)?;
        let after = Snapshot::of(self.app).await;
        let before = std::mem::replace(&mut self.before, after);
        if code != "OK" {
            is_untouched(&before, &self.before, action, &code)?;
            return Ok(answer);
        }
        let (by_account, session) = match by {
            By::Session(held) => (Some(held.account), Some(held.session)),
            By::Key(_) | By::Nobody => (None, None),
        };
        is_right(&before, &self.before, Doing { action: Some(action), by: by_account, session })?;
        self.known.written(input);
        self.remember(&before)?;
        self.keep_in_hand(human, action, input, &answer, &before)?;
        Ok(answer)
    }

    /// The id of a link becomes its text, which only mail has.
    fn with_link(&self, input: &Value) -> Value {
        let mut input = input.clone();
        let id = input["token"].as_str().and_then(|id| id.parse::<TokenId>().ok());
        let link = id.and_then(|id| self.before.token.iter().find(|link| link.id == id));
        if let Some(link) = link {
            input["token"] = json!(self.app.steward.keys.link(link.purpose.as_str(), link.id.0));
        }
        input
    }

    /// What has ended opens nothing; what is limited, only rights.
    fn authenticated(&self, by: &By, action: ActionName, code: &str) -> Kept {
        match by {
            By::Session(held) => {
                let session = self.before.session.iter().find(|session| session.id == held.session);
                let open = session.is_some_and(|session| self.before.is_open(session));
                keep!(open || code == "UNAUTHENTICATED", "an ended session: {code}");
                keep!(!open || code != "UNAUTHENTICATED", "a session that works is turned away");
                let limited = self.before.is_limited(held.account) && !RIGHTS.contains(&action);
                keep!(!limited || code != "OK", "a limited person does what isn't a right of theirs");
            }
            By::Key(key) => {
                let key = self.world.keys[*key].id;
                let opens = self.before.api_key.iter().any(|row| row.id == key && self.before.opens(row));
                keep!(opens == (code != "UNAUTHENTICATED"), "a key opens {opens}: {code}");
            }
            By::Nobody => {}
        }
        Ok(())
    }

    fn remember(&mut self, before: &Snapshot) -> Kept {
        for role in &self.before.role {
            let old = before.role.iter().find(|old| old.id == role.id);
            let as_before = old.is_some_and(|old| old.role == role.role && old.asleep_at == role.asleep_at);
            if !as_before && role.asleep_at.is_none() {
                self.given.insert(role.id, self.number);
            }
        }
        for event in &self.before.event {
            let moves = event.action == ActionName::ChangeAccountEmail.as_str() && !before.event.contains(event);
            let (Some(account), Some(by), true) = (event.account_id, event.actor_id, moves) else { continue };
            let key = before.api_key.iter().find(|key| key.id.0 == by).map(|key| key.made_by.0);
            let by = AccountId(key.unwrap_or(by));
            let roles = before.role.iter().filter(|role| role.account_id == by).cloned().collect();
            self.moved.insert(account, (self.number, roles));
        }
        self.known.is_forgotten(before, &self.before)
    }

    /// What a success puts into somebody's hands.
    fn keep_in_hand(
        &mut self,
        human: usize,
        action: ActionName,
        input: &Value,
        answer: &Answer,
        before: &Snapshot,
    ) -> Kept {
        match action {
            ActionName::SignIn => {
                let new = |row: &&steward_entities::session::Model| !before.session.iter().any(|old| old.id == row.id);
                let session = self.before.session.iter().find(new).ok_or("a sign-in without a session")?;
                let token = answer.payload()["token"].as_str().unwrap_or_default().to_owned();
                let held = Held { account: session.account_id, session: session.id, client: self.app.with(&token) };
                self.got_into(human, held.account)?;
                self.world.humans[human].sessions.push(held);
            }
            ActionName::ResetPassword | ActionName::ChangePassword => {
                let changed = |row: &&steward_entities::account::Model| {
                    before.person(row.id).is_some_and(|old| old.password_hash != row.password_hash)
                };
                let account = self.before.account.iter().find(changed).ok_or("a new password of nobody")?.id;
                let new = input["newPassword"].as_str().unwrap_or_default().to_owned();
                self.world.humans[human].passwords.insert(account, new);
            }
            ActionName::CreateApiKey => {
                let payload = answer.payload();
                let id = payload["apiKey"]["id"].as_str().and_then(|id| id.parse().ok()).ok_or("a key without id")?;
                let at = input["organizationId"].as_str().unwrap_or_default();
                let organization = self.world.organizations.iter().position(|it| it.id.to_string() == at);
                let client = self.app.with(payload["secret"].as_str().unwrap_or_default());
                self.world.keys.push(Key { id, organization: organization.unwrap_or_default(), client });
            }
            _ => {}
        }
        Ok(())
    }

    /// Somebody is in an account that isn't theirs, by the mail that they read: then no role may be waiting there that
    /// is above what they can do, or could when the account's address was set; but for those that an owner has given
    /// since.
    fn got_into(&self, human: usize, account: AccountId) -> Kept {
        let own = self.world.humans[human].account;
        if own == Some(account) {
            return Ok(());
        }
        let moved = self.moved.get(&account);
        let now = self.before.role.iter().filter(|role| Some(role.account_id) == own);
        let mine: Vec<&role::Model> = now.chain(moved.into_iter().flat_map(|(_, roles)| roles)).collect();
        let since = moved.map(|(number, _)| number);
        let waiting = self.before.role.iter().filter(|role| role.account_id == account && role.asleep_at.is_none());
        for role in waiting.filter(|role| since.is_none() || self.given.get(&role.id) <= since) {
            let mut here = mine.iter().filter(|held| held.organization_id == role.organization_id);
            keep!(
                here.any(|held| !is_above(role.role, held.role)),
                "no ladder: {} has got into the account of a {:?}",
                self.world.humans[human].name,
                role.role
            );
        }
        Ok(())
    }

    /// The clock goes on.
    async fn wait(&mut self, by: TimeDelta) {
        self.app.advance(by);
        self.before.now = self.app.now();
        self.story.push(format!("(until {})", self.app.now()));
    }

    /// The workers do what is due, chunk by chunk.
    async fn work(&mut self) -> Kept {
        loop {
            let mut idle = true;
            while steward::jobs::worker::run_job(&self.app.steward).await.map_err(|error| error.to_string())? {
                idle = false;
                self.look("a job").await?;
            }
            while steward::notices::deliver::deliver_batch(&self.app.steward)
                .await
                .map_err(|error| error.to_string())?
            {
                idle = false;
            }
            if idle {
                return Ok(());
            }
            self.look("mail").await?;
        }
    }

    async fn look(&mut self, what: &str) -> Kept {
        let after = Snapshot::of(self.app).await;
        let before = std::mem::replace(&mut self.before, after);
        let new = |row: &&steward_entities::event::Model| !before.event.iter().any(|old| old.id == row.id);
        let events: Vec<_> = self.before.event.iter().filter(new).map(|event| event.action.as_str()).collect();
        if !events.is_empty() {
            self.story.push(format!("({what}: {})", events.join(", ")));
        }
        let told = ["Who asked for this may no longer do it.", "The end that was asked for has come"];
        let failed = self
            .before
            .job
            .iter()
            .find_map(|job| job.last_error.as_ref().filter(|error| !told.iter().any(|told| error.contains(told))));
        keep!(failed.is_none(), "a job failed: {failed:?}");
        is_right(&before, &self.before, Doing::default())?;
        self.remember(&before)
    }
}
