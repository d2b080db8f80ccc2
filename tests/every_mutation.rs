//! Every mutation, tried by everybody: refused alike to whoever may not, whether or not what it is about exists; and on
//! success leaving exactly the events and notices that its case declares.
//!
//! A new mutation doesn't compile without its line in [`cases::case`].

mod cases;
mod stage;

use cases::{Case, case};
use futures::FutureExt;
use serde_json::{Value, json};
use stage::{Attempt, Stage, Trace, nothing};
use std::{collections::BTreeSet, panic::AssertUnwindSafe};
use steward::core::{ActionName, action_name::Who, permission::allows};
use steward_entities::{id::OrganizationId, kinds::RoleName};
use steward_tests::{Answer, Client, on_both};

fn mutations() -> impl Iterator<Item = ActionName> {
    ActionName::ALL.iter().copied().filter(|action| action.is_mutation())
}

#[test]
fn the_schemas_mutations_are_exactly_the_known_actions() {
    let known: BTreeSet<String> = mutations().map(|action| action.as_str().to_owned()).collect();
    assert_eq!(crate::schema::mutations(), known, "the schema's mutations and the actions");
}

#[test]
fn every_mutation_has_its_case() {
    for &action in ActionName::ALL {
        let message = "write its case in tests/every_mutation/cases.rs";
        assert_eq!(case(action).is_some(), action.is_mutation(), "{action:?}: {message}");
    }
}

on_both! {
    async fn each_is_refused_alike_and_leaves_what_it_declares(app: TestApp) {
        let operator = app.operator().await;
        let mut failed = Vec::new();
        for action in mutations() {
            let stage = Stage::new(&app, &operator).await;
            let tried = Tried { stage: &stage, action, case: case(action).unwrap() };
            // One that fails says why, and the others are tried all the same.
            if AssertUnwindSafe(tried.by_everybody()).catch_unwind().await.is_err() {
                failed.push(action);
            }
        }
        assert_eq!(failed, [], "these failed; what each has said is above");
    }
}

/// A mutation that is tried.
struct Tried<'a> {
    stage: &'a Stage<'a>,
    action: ActionName,
    case: Case,
}

/// What a caller can tell apart in an answer.
fn told(answer: &Answer) -> (String, Value, Value) {
    let message = answer.body["errors"][0]["message"].clone();
    (answer.code(), message, answer.body["data"].clone())
}

impl Tried<'_> {
    async fn by_everybody(&self) {
        let operator = &self.stage.operator.client;
        match self.action.rule().who {
            Who::Anyone => self.anyone().await,
            Who::Own | Who::OwnOrInTheirName => self.own().await,
            Who::Operator => self.operators().await,
            Who::Administrator(permission) => {
                self.refused(operator, "NOT_FOUND").await;
                self.administrators(|role| allows(role, permission) && self.may_inside(role)).await;
            }
            Who::AdministratorOrOperator(permission) => {
                self.absent(Some(operator)).await;
                self.succeeds(Some(operator)).await;
                self.administrators(|role| allows(role, permission)).await;
            }
            Who::AppClient | Who::System => unreachable!("no mutation"),
        }
    }

    /// Whether a role may do what the mutation asks for, where that takes a power of its own.
    fn may_inside(&self, role: RoleName) -> bool {
        let inside = self.case.inner.and_then(|action| action.rule().permission());
        inside.is_none_or(|permission| allows(role, permission))
    }

    async fn arrange(&self) -> Attempt {
        (self.case.arrange)(self.stage).await
    }

    async fn send(&self, client: &Client, input: Value) -> Answer {
        client.run(self.action.as_str(), input, "").await
    }

    /// Refused with this code, in the same words for what exists and for what doesn't; and without a trace.
    async fn refused(&self, by: &Client, code: &str) {
        let action = self.action;
        let attempt = self.arrange().await;
        let before = Trace::of(self.stage.app).await;
        let there = self.send(by, attempt.input).await;
        assert_eq!(there.code(), code, "{action:?}: {}", there.body);
        for absent in attempt.absent.into_iter().chain(attempt.foreign) {
            let absent = self.send(by, absent).await;
            assert_eq!(told(&there), told(&absent), "{action:?}: what isn't there is told apart");
        }
        assert_eq!(before.since(self.stage.app).await, (vec![], vec![]), "{action:?}: a refusal leaves nothing");
    }

    /// Done by who may, leaving exactly what is declared. `by` is who tries; none for who the case names, or nobody.
    async fn succeeds(&self, by: Option<&Client>) {
        let action = self.action;
        let Attempt { input, by: own, .. } = self.arrange().await;
        let client = by.cloned().or(own).unwrap_or_else(|| self.stage.app.nobody());
        let before = Trace::of(self.stage.app).await;
        let answer = self.send(&client, input).await;
        assert_eq!(answer.code(), "OK", "{action:?}: {}", answer.body);
        self.stage.app.run_jobs().await;
        let (events, notices) = before.since(self.stage.app).await;
        let to_others = |kind: &String| self.case.to_others.contains(&kind.as_str());
        let (others, notices): (Vec<_>, Vec<_>) = notices.into_iter().partition(to_others);
        assert_eq!(others.is_empty(), self.case.to_others.is_empty(), "{action:?}: notices to others");
        assert_eq!(events, self.case.events, "{action:?}: events");
        let is_operator = by.is_some_and(|by| std::ptr::eq(by, &self.stage.operator.client));
        let declared = self.case.notices_by_operator.filter(|_| is_operator).unwrap_or(self.case.notices);
        assert_eq!(notices, declared, "{action:?}: notices");
    }

    /// What isn't there, and what is somebody else's: told alike to who may do it to their own.
    async fn absent(&self, by: Option<&Client>) {
        let action = self.action;
        let Attempt { absent, foreign, by: own, .. } = self.arrange().await;
        let Some(absent) = absent else { return };
        let client = by.cloned().or(own).unwrap_or_else(|| self.stage.app.nobody());
        let before = Trace::of(self.stage.app).await;
        let absent = self.send(&client, absent).await;
        assert_eq!(absent.code(), self.case.absent_code, "{action:?}: {}", absent.body);
        if let Some(foreign) = foreign {
            let foreign = self.send(&client, foreign).await;
            assert_eq!(told(&absent), told(&foreign), "{action:?}: what is another's is told apart");
        }
        assert_eq!(before.since(self.stage.app).await, (vec![], vec![]), "{action:?}: a refusal leaves nothing");
    }

    async fn anyone(&self) {
        if self.arrange().await.by.is_some() {
            // It is somebody's own, without a link.
            self.refused(&self.stage.app.nobody(), "UNAUTHENTICATED").await;
            self.refused(&self.stage.stranger.client, self.case.absent_code).await;
        }
        self.absent(None).await;
        self.succeeds(None).await;
    }

    async fn own(&self) {
        self.refused(&self.stage.app.nobody(), "UNAUTHENTICATED").await;
        self.refused(&self.stage.key(RoleName::UserAdmin).await, "FORBIDDEN").await;
        if self.arrange().await.absent.is_some() {
            // Another person's, and nobody's: the same to a stranger.
            self.refused(&self.stage.stranger.client, self.case.absent_code).await;
        }
        self.absent(None).await;
        self.succeeds(None).await;
    }

    async fn operators(&self) {
        self.refused(&self.stage.app.nobody(), "UNAUTHENTICATED").await;
        for &role in RoleName::ALL {
            self.refused(&self.stage.administrator(role).await.client, "FORBIDDEN").await;
        }
        self.refused(&self.stage.key(RoleName::UserAdmin).await, "FORBIDDEN").await;
        self.absent(Some(&self.stage.operator.client)).await;
        self.succeeds(Some(&self.stage.operator.client)).await;
    }

    async fn administrators(&self, may: impl Fn(RoleName) -> bool) {
        self.refused(&self.stage.app.nobody(), "UNAUTHENTICATED").await;
        self.refused(&self.stage.stranger.client, "NOT_FOUND").await;
        self.refused(&self.stage.person().await.client, "NOT_FOUND").await;
        self.elsewhere().await;
        for &role in RoleName::ALL {
            let administrator = self.stage.administrator(role).await;
            if !may(role) {
                self.refused(&administrator.client, "FORBIDDEN").await;
                continue;
            }
            self.absent(Some(&administrator.client)).await;
            self.succeeds(Some(&administrator.client)).await;
            if role != RoleName::Owner {
                self.succeeds(Some(&self.stage.key(role).await)).await;
            }
        }
    }

    /// An organization that isn't the caller's is told like one that doesn't exist.
    async fn elsewhere(&self) {
        let mut input = self.arrange().await.input;
        let there = self.send(&self.stage.stranger.client, input.clone()).await;
        input["organizationId"] = json!(nothing::<OrganizationId>());
        let nowhere = self.send(&self.stage.stranger.client, input).await;
        assert_eq!(told(&there), told(&nowhere), "{:?}: another's organization is told apart", self.action);
    }
}
