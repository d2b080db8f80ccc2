//! Tests of limits.

use std::fmt::Write as _;

use async_graphql::Value;
use async_graphql::parser::types::OperationType;

use super::*;

/// The standard introspection query of GraphQL's reference implementation, with every option on.
pub(crate) const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name } \
    mutationType { name } subscriptionType { name } types { ...FullType } directives { name description isRepeatable \
    locations args(includeDeprecated: true) { ...InputValue } } } } \
    fragment FullType on __Type { kind name description specifiedByURL isOneOf fields(includeDeprecated: true) { name \
    description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } \
    inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } \
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } \
    possibleTypes { ...TypeRef } } \
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated \
    deprecationReason } \
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name \
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

fn cost_with(text: &str, variables: Value) -> Result<u64, RequestError> {
    let document = ParsedDocument::parse(text)?;
    Ok(document.examine(None, &Variables::from_value(variables))?.cost.0)
}

fn cost(text: &str) -> u64 {
    cost_with(text, Value::Null).expect("within the limits")
}

fn refusal(text: &str) -> String {
    ParsedDocument::parse(text)
        .and_then(|document| document.examine(None, &Variables::default()))
        .expect_err("beyond a limit")
        .to_string()
}

fn nested(depth: usize) -> String {
    format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth))
}

#[test]
fn the_standard_introspection_query_passes_and_costs_a_fixed_amount() {
    let cost = cost(INTROSPECTION);
    assert!((100..=500).contains(&cost), "{cost}");
}

#[test]
fn introspection_that_walks_in_circles_is_refused() {
    let circle = "fields { type { ".repeat(5);
    let text = format!("{{ __schema {{ types {{ {circle} name {} }} }} }}", "} }".repeat(5));
    assert!(refusal(&text).starts_with("The request is too complex: the weight of its introspection is"));
    let mut text = String::from("{");
    for number in 0..50 {
        write!(text, " a{number}: __schema {{ types {{ fields {{ args {{ name type {{ name }} }} }} }} }}")
            .expect("text");
    }
    assert!(refusal(&format!("{text} }}")).contains("introspection"));
}

#[test]
fn plain_fields_cost_one_each() {
    assert_eq!(cost("{ viewer { id name } }"), 3);
    assert_eq!(cost("mutation { rename(input: {ids: [1, 2, 3]}) { id } }"), 12);
}

#[test]
fn what_items_say_costs_as_much_as_it_may_be_long() {
    assert_eq!(
        cost("{ items(first: 10) { nodes { id size } } }"),
        1 + 10 * 3,
        "what is known of them costs no more than of others"
    );
    for asked in ["edges { node { title } }", "nodes { ...on Item { author } }", "nodes { ...f }"] {
        let query = format!("query {{ items(first: 10) {{ {asked} }} }} fragment f on Item {{ title }}");
        let edge = u64::from(asked.starts_with("edges"));
        assert_eq!(cost(&query), 1 + 10 * (10 + 2 + edge), "{asked}");
    }
    assert_eq!(cost("{ items(first: 10) { nodes { id body } } }"), 1 + 10 * (10 + 2 + 50));
    assert!(refusal("{ items(first: 100) { nodes { a: body b: body } } }").contains("too complex"));
    let read = "mutation($input: I!) { readItems(input: $input) { items { body } } }";
    let input = serde_json::json!({ "input": { "reason": "r", "itemIds": ["a", "b", "c"] } });
    let input: Value = serde_json::from_value(input).expect("variables");
    assert_eq!(cost_with(read, input).expect("within the limits"), 10 + 1 + 3 * (1 + 50));
    let read = "mutation { readItems(input: { reason: \"r\", itemIds: [1, 2] }) { items { body } } }";
    assert_eq!(cost(read), 10 + 1 + 2 * (1 + 50));
}

#[test]
fn rows_of_a_connection_multiply_what_lies_in_them() {
    assert_eq!(cost("{ accounts(first: 10) { totalCount nodes { id name } } }"), 1 + 50 + 10 * 3);
    assert_eq!(cost("{ accounts(last: 10) { edges { cursor node { id } } } }"), 1 + 10 * 4);
    assert_eq!(cost("{ accounts { nodes { id } } }"), 1 + 50 * 2, "no number is the default of 50");
    assert_eq!(cost("{ accounts(first: null) { nodes { id } } }"), 1 + 50 * 2);
    assert_eq!(cost("{ accounts(first: 10) { ...rows } } fragment rows on C { nodes { id } }"), 1 + 10 * 2);
    assert_eq!(cost("{ accounts(first: 10) { ... on C { nodes { id } } } }"), 1 + 10 * 2);
    assert_eq!(cost("{ nodes(ids: [1, 2, 3]) { id } }"), 1 + 3);
}

#[test]
fn the_page_that_the_limit_was_chosen_for_fits() {
    let text = "{ accounts(first: 100) { nodes { a b c d e f g h i j \
                x(first: 5) { nodes { a b c } } y(first: 5) { nodes { a b c } } } } }";
    assert!(cost(text) < MAX_COST);
    assert!(refusal("{ a { nodes { b { nodes { c { nodes { d } } } } } } }").contains("its cost is"));
}

#[test]
fn numbers_of_rows_are_clamped_whatever_they_are() {
    for (number, rows) in [
        ("-1", 0),
        ("0", 0),
        ("100", 100),
        ("101", 100),
        ("9223372036854775807", 100),
        ("-9223372036854775808", 0),
        ("99999999999999999999999999", 100),
        ("1e30", 100),
        ("0.5", 100),
        ("\"x\"", 100),
        ("[1, 2]", 100),
    ] {
        assert_eq!(cost(&format!("{{ a(first: {number}) {{ nodes {{ b }} }} }}")), 1 + rows * 2, "{number}");
    }
}

#[test]
fn rows_come_from_variables_and_their_defaults() {
    let text = "query($n: Int = 7) { a(first: $n) { nodes { b } } }";
    assert_eq!(cost_with(text, Value::Null), Ok(15));
    let with = |value: serde_json::Value| {
        cost_with(text, Value::from_json(serde_json::json!({ "n": value })).expect("valid")).expect("within the limits")
    };
    assert_eq!(with(serde_json::json!(3)), 7);
    assert_eq!(with(serde_json::json!(-3)), 1);
    assert_eq!(with(serde_json::json!(u64::MAX)), 201);
    assert_eq!(with(serde_json::json!(null)), 101);
    assert_eq!(with(serde_json::json!("x")), 201);
}

#[test]
fn a_query_may_be_fifteen_deep() {
    assert!(ParsedDocument::parse(&nested(15)).is_ok());
    assert_eq!(refusal(&nested(16)), "The request is too complex: its depth is 16, and 15 are allowed.");
}

#[test]
fn a_fragment_bomb_is_counted_without_being_written_out() {
    for end in ["id", "...missing"] {
        let mut text = String::from("{ ...f0 }");
        for number in 0..22 {
            write!(text, " fragment f{number} on Q {{ ...f{0} ...f{0} }}", number + 1).expect("text");
        }
        write!(text, " fragment f22 on Q {{ {end} }}").expect("text");
        assert!(refusal(&text).contains("its fields, fragments written out, number"), "{end}");
    }
}

#[test]
fn a_bomb_that_nobody_spreads_is_refused_too() {
    let many = "a ".repeat(1_001);
    assert!(refusal(&format!("{{ a }} fragment f on Q {{ {many} }}")).contains("fragments written out"));
}

#[test]
fn a_fragment_that_spreads_itself_is_named() {
    for text in [
        "{ ...f } fragment f on Q { ...f }",
        "{ ...f } fragment f on Q { a { ...f } }",
        "{ a } fragment f on Q { ...f }",
    ] {
        assert_eq!(refusal(text), "The fragment \"f\" spreads itself, directly or through others.");
    }
    assert!(refusal("{ ...f } fragment f on Q { ...g } fragment g on Q { ...f }").contains("spreads itself"));
}

#[test]
fn a_long_chain_of_fragments_is_refused_wherever_the_walk_begins() {
    for length in [29, 30] {
        let mut text = String::from("{ ...f0 }");
        for number in 0..length - 1 {
            write!(text, " fragment f{number} on Q {{ ...f{} }}", number + 1).expect("text");
        }
        write!(text, " fragment f{} on Q {{ a }}", length - 1).expect("text");
        // A new map has a new order each time.
        for _ in 0..20 {
            assert_eq!(ParsedDocument::parse(&text).is_ok(), length == 29, "{length}");
        }
    }
}

fn many(count: usize, make: &dyn Fn(usize) -> String) -> String {
    (0..count).map(make).collect()
}

#[test]
fn each_count_has_its_limit() {
    type Make = Box<dyn Fn(usize) -> String>;
    let cases: [(&str, Make, u64); 6] = [
        ("aliases", Box::new(|n| format!("{{ {} }}", many(n, &|i| format!("a{i}: a ")))), MAX_ALIASES),
        ("fields", Box::new(|n| format!("{{ {} }}", "a ".repeat(n))), MAX_FIELDS),
        ("directives", Box::new(|n| format!("{{ {} }}", "a @skip(if: false) ".repeat(n))), MAX_DIRECTIVES),
        ("in one place", Box::new(|n| format!("{{ a {} }}", "@x ".repeat(n))), MAX_DIRECTIVES_IN_ONE_PLACE),
        ("variables", Box::new(|n| format!("query({}) {{ a }}", many(n, &|i| format!("$v{i}: Int ")))), MAX_VARIABLES),
        (
            "fragments",
            Box::new(|n| format!("{{ a }} {}", many(n, &|i| format!("fragment f{i} on Q {{ a }} ")))),
            MAX_FRAGMENTS,
        ),
    ];
    for (name, make, limit) in cases {
        let limit = usize::try_from(limit).expect("small");
        assert!(ParsedDocument::parse(&make(limit)).is_ok(), "{name}");
        let refusal = refusal(&make(limit + 1));
        assert!(refusal.contains(name) && refusal.contains(&(limit + 1).to_string()), "{refusal}");
    }
}

#[test]
fn a_long_text_is_refused_unread() {
    let text = format!("{{ a }} # {}", "x".repeat(usize::try_from(MAX_TEXT).expect("small")));
    assert!(refusal(&text).contains("the bytes of its query number"));
}

#[test]
fn operations_are_selected_by_name() {
    let two = ParsedDocument::parse("query A { a } mutation B { b }").expect("valid");
    let none = Variables::default();
    assert_eq!(two.examine(Some("A"), &none).expect("there").operation, OperationType::Query);
    assert_eq!(two.examine(Some("B"), &none).expect("there").operation, OperationType::Mutation);
    assert!(two.examine(Some("C"), &none).expect_err("absent").to_string().contains("no operation named \"C\""));
    assert!(two.examine(None, &none).expect_err("ambiguous").to_string().contains("operationName"));
    assert!(ParsedDocument::parse("{ a }").expect("valid").examine(Some("A"), &none).is_err());
}

#[test]
fn a_mutation_has_one_field_at_its_top() {
    assert!(ParsedDocument::parse("mutation { a { id } __typename }").is_ok());
    assert!(ParsedDocument::parse("mutation { ...m } fragment m on Mutation { a { id b c } }").is_ok());
    for text in [
        "mutation { a b }",
        "mutation { a a }",
        "mutation { a ...m } fragment m on Mutation { b }",
        "mutation { a ... on Mutation { b } }",
        "mutation { __typename }",
        "subscription { a b }",
        "query Q { a } mutation M { a b }",
    ] {
        assert!(refusal_of_shape(text).contains("exactly one field"), "{text}");
    }
}

fn refusal_of_shape(text: &str) -> String {
    ParsedDocument::parse(text).expect_err("refused").to_string()
}

#[test]
fn grammar_errors_are_sentences() {
    for (text, sentence) in [
        ("{ a", "The query isn't valid GraphQL: expected"),
        ("", "The query isn't valid GraphQL: expected"),
        ("hello", "The query isn't valid GraphQL: expected"),
        ("{ a } { b }", "an operation without a name must be the only one"),
        ("query A { a } query A { b }", "two operations are named \"A\""),
        ("{ a } fragment f on Q { a } fragment f on Q { b }", "two fragments are named \"f\""),
        ("fragment f on Q { a }", "it holds no operation"),
        ("{ a(b: \"\\ud800\") }", "The query isn't valid GraphQL: "),
    ] {
        let refusal = refusal_of_shape(text);
        assert!(refusal.contains(sentence) && refusal.ends_with('.') && !refusal.contains('\n'), "{refusal}");
        assert!(!refusal.contains('_'), "a rule of the grammar shows: {refusal}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(text in "[{}()\\[\\]a\\.\"$:@! \n#fragment on]{0,120}") {
        let _ = ParsedDocument::parse(&text);
    }

    #[test]
    fn any_number_of_rows_is_bounded(first in proptest::prelude::any::<i64>()) {
        let text = format!("{{ a(first: {first}) {{ nodes {{ b }} }} }}");
        proptest::prop_assert!(cost(&text) <= 201);
    }
}
