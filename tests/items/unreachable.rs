//! What is another organization's isn't found under any of its ids, by any read of the schema: every field of `Query` is
//! asked with every id, and all that its answer could say is asked for.

use super::Planner;
use crate::decisions::service;
use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
};
use steward::graphql::schema::sdl;
use steward_entities::kinds::RoleName;
use steward_tests::{Client, TestApp, on_both};

/// How deep an answer is asked for at most: an organization, its lists, their rows, what these say.
const DEEPEST: usize = 3;

/// The schema's types by name.
struct Types(HashMap<String, TypeKind>);

/// The name of a type inside its lists.
fn name(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => name(inner),
    }
}

fn is_needed(argument: &InputValueDefinition) -> bool {
    !argument.ty.node.nullable && argument.default_value.is_none()
}

impl Types {
    fn read() -> Self {
        let mut types = HashMap::new();
        for definition in parse_schema(sdl()).expect("our own schema").definitions {
            if let TypeSystemDefinition::Type(definition) = definition {
                types.insert(definition.node.name.node.to_string(), definition.node.kind);
            }
        }
        Self(types)
    }

    fn fields(&self, of: &str) -> Option<Vec<&FieldDefinition>> {
        match self.0.get(of)? {
            TypeKind::Object(object) => Some(object.fields.iter().map(|field| &field.node).collect()),
            _ => None,
        }
    }

    /// All that can be asked of a type without arguments, this deep; only one of its fields, if it is named.
    fn selection(&self, of: &str, depth: usize, only: Option<&str>) -> Option<String> {
        let Some(fields) = self.fields(of) else {
            let is_interface = matches!(self.0.get(of), Some(TypeKind::Interface(_)));
            return Some(if is_interface { "{ __typename id }".to_owned() } else { String::new() });
        };
        let mut text = "{ __typename".to_owned();
        for field in fields {
            let arguments = || field.arguments.iter().map(|argument| &argument.node);
            if arguments().any(is_needed) || only.is_some_and(|only| field.name.node.as_str() != only) {
                continue;
            }
            let of = name(&field.ty.node);
            let below = match self.fields(of) {
                Some(_) if depth == 0 => continue,
                _ => self.selection(of, depth - usize::from(self.fields(of).is_some()), None)?,
            };
            let page =
                if arguments().any(|argument| argument.name.node.as_str() == "first") { "(first: 2)" } else { "" };
            let _ = write!(text, " {}{page} {below}", field.name.node);
        }
        text.push_str(" }");
        Some(text)
    }

    /// A value for an argument, or for a field of an input: the id that belongs there by its name, else `id`.
    fn value(&self, called: &str, ty: &Type, ids: &BTreeMap<&str, String>, id: &str) -> Vec<String> {
        if let BaseType::List(inner) = &ty.base {
            return self.value(called, inner, ids, id).into_iter().map(|value| format!("[{value}]")).collect();
        }
        let of = name(ty);
        match self.0.get(of) {
            Some(TypeKind::Enum(known)) => known.values.iter().map(|value| value.node.value.node.to_string()).collect(),
            Some(TypeKind::InputObject(input)) => {
                let each = input.fields.iter().map(|field| &field.node);
                if of.ends_with("OfInput") || of == "DirectoryInput" {
                    let one = |field: &InputValueDefinition| {
                        let values = self.value(field.name.node.as_str(), &field.ty.node, ids, id);
                        values
                            .into_iter()
                            .map(|value| format!("{{ {}: {value} }}", field.name.node))
                            .collect::<Vec<_>>()
                    };
                    return each.flat_map(one).collect();
                }
                let first = |field: &InputValueDefinition| {
                    let value = self.value(field.name.node.as_str(), &field.ty.node, ids, id).pop().unwrap_or_default();
                    format!("{}: {value}", field.name.node)
                };
                vec![format!(
                    "{{ {} }}",
                    each.filter(|field| is_needed(field)).map(first).collect::<Vec<_>>().join(", ")
                )]
            }
            _ if of == "ID" => {
                let named = called.strip_suffix("Id").and_then(|kind| ids.get(kind)).map_or(id, String::as_str);
                vec![format!("\"{named}\"")]
            }
            _ => vec!["\"x\"".to_owned()],
        }
    }

    /// Every field of `Query`, asked with these ids, without what follows: the call, and what it gives.
    fn calls(&self, ids: &BTreeMap<&str, String>) -> BTreeSet<(String, String)> {
        let mut calls = BTreeSet::new();
        for field in self.fields("Query").expect("the schema reads") {
            let of = name(&field.ty.node).to_owned();
            for id in ids.values() {
                let mut lists: Vec<Vec<String>> = vec![Vec::new()];
                for argument in field.arguments.iter().map(|argument| &argument.node) {
                    let (called, ty) = (argument.name.node.as_str(), &argument.ty.node);
                    if !is_needed(argument) && name(ty) != "ID" {
                        continue;
                    }
                    let values = self.value(called, ty, ids, id);
                    lists = lists
                        .iter()
                        .flat_map(|list| {
                            values.iter().map(move |value| [list.as_slice(), &[format!("{called}: {value}")]].concat())
                        })
                        .collect();
                }
                for list in lists {
                    let arguments = if list.is_empty() { String::new() } else { format!("({})", list.join(", ")) };
                    calls.insert((format!("{}{arguments}", field.name.node), of.clone()));
                }
            }
        }
        calls
    }

    /// Everything that a viewer is answered to these calls, as text; and how many calls.
    async fn walk(&self, app: &TestApp, by: &Client, ids: &BTreeMap<&str, String>) -> (String, usize) {
        let (mut said, mut asked) = (String::new(), 0);
        for (call, of) in self.calls(ids) {
            // A long answer is asked for field by field.
            let parts: Vec<Option<&str>> = match self.fields(&of) {
                Some(fields) => fields.iter().map(|field| Some(field.name.node.as_str())).collect(),
                None => vec![None],
            };
            for part in parts {
                let mut answered = false;
                for depth in (1..=DEEPEST).rev() {
                    let selection = self.selection(&of, depth, part).expect("a selection");
                    app.advance(TimeDelta::minutes(1));
                    let answer = by.send(&format!("{{ it: {call} {selection} }}"), json!({})).await;
                    if answer.code() == "TOO_COMPLEX" {
                        continue;
                    }
                    assert_ne!(answer.code(), "RATE_LIMITED", "{call}");
                    said.push_str(&answer.body.to_string());
                    (answered, asked) = (true, asked + 1);
                    break;
                }
                assert!(answered, "{call} {part:?} is never answered");
            }
        }
        (said, asked)
    }
}

on_both! {
    async fn nothing_of_an_organization_is_found_under_any_of_its_ids(app: TestApp) {
        let planner = Planner::new(&app).await;
        let item = planner.make(&planner.ana.client, json!({ "title": "Pump 77", "visibility": "WORKSPACE" })).await;
        let restrict = json!({
            "organizationId": planner.id, "target": { "accountIds": [planner.ana.id] }, "operations": ["EDIT_PROFILE"],
            "reason": "A quiet audit",
        });
        let set = planner.admin.client.done("restrictEdits", restrict, "editRestriction { id }").await;
        let query = "query($id: ID!) { workspace(id: $id) { members { nodes { id } } } organization(id: $of) { domains { nodes { id } } } }";
        let query = query.replace("($id: ID!)", "($id: ID!, $of: ID!)");
        let seen = planner.admin.client.ask(&query, json!({ "id": planner.workspace, "of": planner.id })).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let ids = BTreeMap::from([
            ("account", planner.ana.id.to_string()), ("item", text(&item)), ("organization", planner.id.to_string()),
            ("workspace", planner.workspace.to_string()), ("editRestriction", text(&set["editRestriction"]["id"])),
            ("membership", text(&seen["workspace"]["members"]["nodes"][0]["id"])),
            ("domain", text(&seen["organization"]["domains"]["nodes"][0]["id"])),
        ]);
        let words = ["Pump 77", "ana@hofer.example", "Hofer", "A quiet audit"];
        let types = Types::read();
        // Who is at home there finds all of it: so the walk could find it.
        let owner = app.administrator(planner.id, RoleName::Owner).await;
        let mut at_home = types.walk(&app, &owner.client, &ids).await.0;
        at_home.push_str(&types.walk(&app, &planner.ana.client, &ids).await.0);
        for word in words {
            assert!(at_home.contains(word), "{word} can't be found by anybody");
        }

        let other = app.organization("Other").await;
        let stranger = app.administrator(other, RoleName::Owner).await;
        let key = app.api_key(other, stranger.id, RoleName::PrivacyOfficer).await;
        let (_, foreign) = service(&app, &app.signed_in(planner.operator.id, &planner.operator.email).await.client, "Other").await;
        let somebody = app.person("somebody@home.example").await;
        for by in [&stranger.client, &key, &foreign, &somebody.client, &app.nobody()] {
            let (said, asked) = types.walk(&app, by, &ids).await;
            assert!(asked > 50, "{asked}");
            for word in words {
                assert!(!said.contains(word), "{word}");
            }
        }
    }
}
