//! Every mutation, tried by everybody: refused alike to whoever may not, whether or not what it is about exists; and on
//! success leaving exactly the events and notices that its case declares.
//!
//! A new mutation doesn't compile without its line in [`cases::case`].

mod cases;
mod stage;

use cases::{Case, NOT_BUILT_YET, case};
use serde_json::Value;
use stage::{Attempt, Stage, Trace};
use std::collections::BTreeSet;
use steward::core::{ActionName, action_name::Who, permission::allows};
use steward_entities::kinds::RoleName;
use steward_tests::{Answer, Client, on_both};

fn mutations() -> impl Iterator<Item = ActionName> {
    ActionName::ALL.iter().copied().filter(|action| action.is_mutation())
}

#[test]
fn the_schemas_mutations_are_exactly_the_known_actions() {
    let in_schema = crate::schema::mutations();
    let not_built: BTreeSet<String> = NOT_BUILT_YET.iter().map(|action| action.as_str().to_owned()).collect();
    let built_after_all: Vec<_> = in_schema.intersection(&not_built).collect();
    assert!(built_after_all.is_empty(), "take these out of NOT_BUILT_YET: {built_after_all:?}");
    let known: BTreeSet<String> = mutations().map(|action| action.as_str().to_owned()).collect();
    let expected: BTreeSet<String> = known.difference(&not_built).cloned().collect();
    assert_eq!(in_schema, expected, "the schema's mutations and the actions");
}

#[test]
fn every_mutation_that_is_built_has_its_case() {
    for action in mutations() {
        let is_built = !NOT_BUILT_YET.contains(&action);
        assert_eq!(case(action).is_some(), is_built, "{action:?}: write its case in tests/every_mutation/cases.rs");
    }
}

on_both! {
    async fn each_is_refused_alike_and_leaves_what_it_declares(app: TestApp) {
        let operator = app.operator().await;
        for action in mutations() {
            let Some(case) = case(action) else { continue };
            let stage = Stage::new(&app, &operator).await;
            match action.rule().who {
                Who::Anyone => succeeds(&stage, action, &case, None).await,
                Who::Own => own(&stage, action, &case).await,
                Who::Operator => operators(&stage, action, &case).await,
                Who::Administrator(permission) | Who::AdministratorOrOperator(permission) => {
                    let also_operators = matches!(action.rule().who, Who::AdministratorOrOperator(_));
                    let may = |role| allows(role, permission);
                    administrators(&stage, action, &case, may, also_operators).await;
                }
                Who::System => unreachable!("no mutation"),
            }
        }
    }
}

/// What a caller can tell apart in an answer.
fn told(answer: &Answer) -> (String, Value, Value) {
    let message = match &answer.body["errors"][0]["message"] {
        Value::Null => answer.body["data"]["it"]["userErrors"][0]["message"].clone(),
        message => message.clone(),
    };
    (answer.code(), message, answer.body["data"].clone())
}

async fn send(client: &Client, action: ActionName, input: Value) -> Answer {
    client.run(action.as_str(), input, "").await
}

/// Refused with this code, in the same words for what exists and for what doesn't; and without a trace.
async fn refused(stage: &Stage<'_>, action: ActionName, case: &Case, by: &Client, code: &str) {
    let attempt = (case.arrange)(stage).await;
    let before = Trace::of(stage.app).await;
    let there = send(by, action, attempt.input.clone()).await;
    assert_eq!(there.code(), code, "{action:?}: {}", there.body);
    if let Some(absent) = attempt.absent {
        let absent = send(by, action, absent).await;
        assert_eq!(told(&there), told(&absent), "{action:?}: what isn't there is told apart");
    }
    assert_eq!(before.since(stage.app).await, (vec![], vec![]), "{action:?}: a refusal leaves nothing");
}

/// Done by who may, leaving exactly what is declared. `by` is who tries; none for who the case names.
async fn succeeds(stage: &Stage<'_>, action: ActionName, case: &Case, by: Option<&Client>) {
    let Attempt { input, by: own, .. } = (case.arrange)(stage).await;
    let client = by.cloned().or(own).unwrap_or_else(|| stage.app.nobody());
    let before = Trace::of(stage.app).await;
    let answer = send(&client, action, input).await;
    assert_eq!(answer.code(), "OK", "{action:?}: {}", answer.body);
    let (events, notices) = before.since(stage.app).await;
    assert_eq!(events, case.events, "{action:?}: events");
    assert_eq!(notices, case.notices, "{action:?}: notices");
}

/// Not there for who may do it elsewhere: the code that they are told.
async fn absent(stage: &Stage<'_>, action: ActionName, case: &Case, by: Option<&Client>) {
    let Attempt { absent, by: own, .. } = (case.arrange)(stage).await;
    let Some(absent) = absent else { return };
    let client = by.cloned().or(own).expect("somebody who may");
    let answer = send(&client, action, absent).await;
    assert_eq!(answer.code(), case.absent_code, "{action:?}: {}", answer.body);
}

async fn own(stage: &Stage<'_>, action: ActionName, case: &Case) {
    refused(stage, action, case, &stage.app.nobody(), "UNAUTHENTICATED").await;
    refused(stage, action, case, &stage.key(RoleName::UserAdmin).await, "FORBIDDEN").await;
    let attempt = (case.arrange)(stage).await;
    if attempt.absent.is_some() {
        // Another person's, and nobody's: the same to a stranger.
        refused(stage, action, case, &stage.stranger.client, case.absent_code).await;
    }
    absent(stage, action, case, None).await;
    succeeds(stage, action, case, None).await;
}

async fn operators(stage: &Stage<'_>, action: ActionName, case: &Case) {
    refused(stage, action, case, &stage.app.nobody(), "UNAUTHENTICATED").await;
    for &role in RoleName::ALL {
        refused(stage, action, case, &stage.administrator(role).await.client, "FORBIDDEN").await;
    }
    refused(stage, action, case, &stage.key(RoleName::UserAdmin).await, "FORBIDDEN").await;
    absent(stage, action, case, Some(&stage.operator.client)).await;
    succeeds(stage, action, case, Some(&stage.operator.client)).await;
}

async fn administrators(
    stage: &Stage<'_>,
    action: ActionName,
    case: &Case,
    may: impl Fn(RoleName) -> bool,
    also_operators: bool,
) {
    refused(stage, action, case, &stage.app.nobody(), "UNAUTHENTICATED").await;
    refused(stage, action, case, &stage.stranger.client, "NOT_FOUND").await;
    if also_operators {
        succeeds(stage, action, case, Some(&stage.operator.client)).await;
    } else {
        refused(stage, action, case, &stage.operator.client, "NOT_FOUND").await;
    }
    for &role in RoleName::ALL {
        let administrator = stage.administrator(role).await;
        if !may(role) {
            refused(stage, action, case, &administrator.client, "FORBIDDEN").await;
            continue;
        }
        absent(stage, action, case, Some(&administrator.client)).await;
        succeeds(stage, action, case, Some(&administrator.client)).await;
        if role != RoleName::Owner {
            succeeds(stage, action, case, Some(&stage.key(role).await)).await;
        }
    }
}
