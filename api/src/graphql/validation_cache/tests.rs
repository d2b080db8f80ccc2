//! Tests of remembered validations.

use async_graphql::{EmptyMutation, EmptySubscription, Enum, ID, InputObject, Object, OneofObject, Request, Schema};
use serde_json::json;

use super::*;
use crate::graphql::executor::Executor;

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Red,
}

#[derive(InputObject)]
struct Paint {
    colour: Colour,
    layers: Option<Vec<i32>>,
    #[graphql(default = 1)]
    thickness: i32,
}

#[derive(OneofObject)]
enum Choice {
    Everyone(bool),
    Ids(Vec<ID>),
}

struct Query;

#[Object]
impl Query {
    async fn number(&self, value: i32) -> i32 {
        value
    }

    async fn paint(&self, input: Paint) -> i32 {
        let layers: i32 = input.layers.unwrap_or_default().iter().sum();
        layers + input.thickness + input.colour as i32
    }

    async fn choose(&self, choice: Choice) -> usize {
        match choice {
            Choice::Everyone(all) => usize::from(all),
            Choice::Ids(ids) => ids.len(),
        }
    }
}

type Toy = Executor<Query, EmptyMutation, EmptySubscription>;

fn schema() -> Toy {
    Executor::new(|| Schema::build(Query, EmptyMutation, EmptySubscription))
}

async fn run(
    schema: &Toy,
    document: &Arc<ParsedDocument>,
    text: &str,
    variables: serde_json::Value,
) -> (Response, bool) {
    let variables = Variables::from_json(variables);
    let travelling = Travelling::new(Arc::clone(document), None);
    let mut request = Request::new(text).variables(variables);
    request.set_parsed_query(document.document().clone());
    let response = schema.execute(request, &travelling).await;
    (response, travelling.executed())
}

/// Whether each set of variables is accepted, on a fresh document and on one whose validity is known already.
async fn accepted(text: &str, cases: &[(serde_json::Value, bool)], valid: serde_json::Value) {
    let schema = schema();
    let known = Arc::new(ParsedDocument::parse(text).expect("within the limits"));
    let (response, executed) = run(&schema, &known, text, valid).await;
    assert!(executed && response.errors.is_empty(), "{text}: {:?}", response.errors);
    assert!(known.remembered_validation(&None).is_some());
    for (variables, expected) in cases {
        let fresh = Arc::new(ParsedDocument::parse(text).expect("within the limits"));
        for document in [&fresh, &known] {
            let (response, executed) = run(&schema, document, text, variables.clone()).await;
            assert_eq!(executed, *expected, "{text} with {variables}: {:?}", response.errors);
            assert_eq!(response.errors.is_empty(), *expected, "{text} with {variables}: {:?}", response.errors);
        }
    }
}

#[tokio::test]
async fn variables_are_tested_on_every_request() {
    accepted(
        "query($v: Int!) { number(value: $v) }",
        &[
            (json!({"v": 2}), true),
            (json!({"v": 2, "unknown": 3}), true),
            (json!({}), false),
            (json!({"v": null}), false),
            (json!({"v": "2"}), false),
            (json!({"v": 2.5}), false),
            (json!({"v": [2]}), false),
            (json!({"v": {"a": 1}}), false),
        ],
        json!({"v": 1}),
    )
    .await;
}

#[tokio::test]
async fn input_objects_are_tested_in_depth() {
    accepted(
        "query($v: Paint!) { paint(input: $v) }",
        &[
            (json!({"v": {"colour": "RED", "layers": [1, 2]}}), true),
            (json!({"v": {"colour": "RED", "layers": 1}}), true),
            (json!({"v": {"colour": "RED", "layers": null}}), true),
            (json!({"v": {"colour": "BLUE"}}), false),
            (json!({"v": {"colour": 1}}), false),
            (json!({"v": {"colour": "RED", "layers": [1, "x"]}}), false),
            (json!({"v": {"colour": "RED", "layers": [1, null]}}), false),
            (json!({"v": {"colour": "RED", "thickness": null}}), false),
            (json!({"v": {"layers": [1]}}), false),
            (json!({"v": {"colour": "RED", "size": 1}}), false),
            (json!({"v": "RED"}), false),
        ],
        json!({"v": {"colour": "RED"}}),
    )
    .await;
}

#[tokio::test]
async fn a_name_that_isnt_known_is_told_before_what_follows_from_it() {
    let (schema, text) = (schema(), "query($v: Paint!) { paint(input: $v) }");
    let document = Arc::new(ParsedDocument::parse(text).expect("within the limits"));
    for input in [json!({"size": 1}), json!({"colour": "BLUE", "size": 1}), json!({"colour": "RED", "size": 1})] {
        let (response, _) = run(&schema, &document, text, json!({ "v": input })).await;
        let said = response.errors.first().map(|error| error.message.as_str());
        assert!(said.is_some_and(|said| said.ends_with("Paint has no field \"size\".")), "{input}: {said:?}");
    }
}

#[tokio::test]
async fn one_of_takes_exactly_one() {
    accepted(
        "query($v: Choice!) { choose(choice: $v) }",
        &[
            (json!({"v": {"ids": ["a", "b"]}}), true),
            (json!({"v": {}}), false),
            (json!({"v": {"everyone": null}}), false),
            (json!({"v": {"everyone": true, "ids": []}}), false),
            (json!({"v": {"nobody": true}}), false),
        ],
        json!({"v": {"everyone": true}}),
    )
    .await;
}

#[tokio::test]
async fn a_variable_inside_of_a_literal_is_tested_too() {
    accepted(
        "query($v: [Int!]) { paint(input: {colour: RED, layers: $v}) }",
        &[(json!({"v": [1]}), true), (json!({}), true), (json!({"v": ["x"]}), false), (json!({"v": [null]}), false)],
        json!({"v": [1, 2, 3]}),
    )
    .await;
}

#[tokio::test]
async fn messages_name_the_place() {
    let text = "query($v: Paint!) { paint(input: $v) }";
    let document = Arc::new(ParsedDocument::parse(text).expect("within the limits"));
    let variables = json!({"v": {"colour": "RED", "layers": [1, "x"]}});
    let (response, _) = run(&schema(), &document, text, variables).await;
    let message = response.errors.first().map(|error| error.message.as_str());
    assert_eq!(message, Some("Variable \"$v\" of type \"Paint!\": at .layers[1], this isn't a valid Int."));
}

#[tokio::test]
async fn invalid_documents_are_not_remembered() {
    let text = "{ nothing }";
    let document = Arc::new(ParsedDocument::parse(text).expect("within the limits"));
    for _ in 0..2 {
        let (response, executed) = run(&schema(), &document, text, json!({})).await;
        assert!(!executed && !response.errors.is_empty());
    }
    assert!(document.remembered_validation(&None).is_none());
}
