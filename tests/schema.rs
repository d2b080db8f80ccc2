//! The generated files that are reviewed like code: the schema, and the table of powers.
//!
//! They are compared here. To write them anew: `STEWARD_WRITE_GENERATED=1 cargo test -p steward-tests schema`.

use async_graphql::parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use std::{collections::BTreeSet, env, fs, path::Path};
use steward::{core::powers::table::permissions, graphql::schema::sdl};

/// Compares a generated file at the repository's top with what would be generated now, or writes it.
pub fn compare(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    if env::var_os("STEWARD_WRITE_GENERATED").is_some_and(|value| value == "1") {
        fs::write(&path, now).expect("the file can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == now,
        "{file} is not what the code says now. Write it anew with \
         `STEWARD_WRITE_GENERATED=1 cargo test -p steward-tests schema`, and read the difference.\n{}",
        first_difference(&kept, now)
    );
}

fn first_difference(kept: &str, now: &str) -> String {
    let lines = kept.lines().map(Some).chain(std::iter::repeat(None));
    let differing = now.lines().zip(lines).find(|(new, old)| Some(*new) != *old);
    differing.map_or_else(
        || "The file has lines that are no longer there.".to_owned(),
        |(new, old)| format!("in the file: {}\nnow:         {new}", old.unwrap_or("(nothing)")),
    )
}

#[test]
fn the_schema_is_the_one_that_is_committed() {
    compare("schema.graphql", &sdl());
}

#[test]
fn the_table_of_powers_is_the_one_that_is_committed() {
    compare("permissions.txt", &permissions());
}

/// The schema's mutations.
pub fn mutations() -> BTreeSet<String> {
    let document = parse_schema(sdl()).expect("our own schema");
    let mut names = BTreeSet::new();
    for definition in document.definitions {
        if let TypeSystemDefinition::Type(definition) = definition
            && definition.node.name.node == "Mutation"
            && let TypeKind::Object(object) = definition.node.kind
        {
            names.extend(object.fields.iter().map(|field| field.node.name.node.to_string()));
        }
    }
    names
}

/// What in a schema has no description, or an empty one.
fn undescribed(sdl: &str) -> Vec<String> {
    let document = parse_schema(sdl).expect("our own schema");
    let mut missing = Vec::new();
    let mut check = |name: String, description: Option<&str>| {
        if description.is_none_or(|text| text.trim().is_empty()) {
            missing.push(name);
        }
    };
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let definition = &definition.node;
        let of = definition.name.node.as_str();
        check(of.to_owned(), definition.description.as_ref().map(|text| text.node.as_str()));
        match &definition.kind {
            TypeKind::Object(object) => {
                for field in &object.fields {
                    fields(of, &field.node, &mut check);
                }
            }
            TypeKind::Interface(interface) => {
                for field in &interface.fields {
                    fields(of, &field.node, &mut check);
                }
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    let text = field.node.description.as_ref().map(|text| text.node.as_str());
                    check(format!("{of}.{}", field.node.name.node), text);
                }
            }
            TypeKind::Enum(kind) => {
                for value in &kind.values {
                    let text = value.node.description.as_ref().map(|text| text.node.as_str());
                    check(format!("{of}.{}", value.node.value.node), text);
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    missing
}

fn fields(
    of: &str,
    field: &async_graphql::parser::types::FieldDefinition,
    check: &mut impl FnMut(String, Option<&str>),
) {
    let name = format!("{of}.{}", field.name.node);
    check(name.clone(), field.description.as_ref().map(|text| text.node.as_str()));
    for argument in &field.arguments {
        let text = argument.node.description.as_ref().map(|text| text.node.as_str());
        check(format!("{name}({}:)", argument.node.name.node), text);
    }
}

#[test]
fn passwords_are_given_by_their_owners_alone() {
    let document = parse_schema(sdl()).expect("our own schema");
    let mut inputs = BTreeSet::new();
    for definition in document.definitions {
        if let TypeSystemDefinition::Type(definition) = definition
            && let TypeKind::InputObject(input) = &definition.node.kind
            && input.fields.iter().any(|field| field.node.name.node.to_lowercase().contains("password"))
        {
            inputs.insert(definition.node.name.node.to_string());
        }
    }
    // Each is for the person themselves: by a mailed link, or by the password that they have.
    let own =
        ["ChangePasswordInput", "CompleteSignUpInput", "ReauthenticateInput", "ResetPasswordInput", "SignInInput"];
    // To require a new one takes a reason and no password.
    inputs.remove("BulkActionInput");
    assert!(sdl().contains("requirePasswordReset: BulkReasonInput\n"), "the one field of that name is no text");
    assert_eq!(inputs, own.map(str::to_owned).into());
}

#[test]
fn everything_in_the_schema_is_described() {
    let missing = undescribed(&sdl());
    assert!(missing.is_empty(), "without a description for people:\n{}", missing.join("\n"));
}

#[test]
fn what_has_no_description_is_found() {
    let sdl = "type Query { a(b: Int): Kind } input I { c: Int } enum Kind { D } \"\"\"x\"\"\" interface N { id: ID }";
    let missing = undescribed(sdl);
    assert_eq!(missing, ["Query", "Query.a", "Query.a(b:)", "I", "I.c", "Kind", "Kind.D", "N.id"]);
}
