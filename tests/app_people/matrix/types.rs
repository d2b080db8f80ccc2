//! The schema as it is walked: its types, and the ways to ask for a field.

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};
use std::collections::{BTreeMap, BTreeSet};
use steward::graphql::schema::sdl;

/// The types of the schema: what has fields, and what fields take.
#[derive(Default)]
pub struct Types {
    pub objects: BTreeMap<String, Vec<FieldDefinition>>,
    inputs: BTreeMap<String, Vec<InputValueDefinition>>,
    one_of: BTreeSet<String>,
    enums: BTreeMap<String, String>,
}

impl Types {
    pub fn of_the_schema() -> Self {
        let mut types = Self::default();
        for definition in parse_schema(sdl()).unwrap().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let definition = definition.node;
            let name = definition.name.node.to_string();
            let fields = |all: Vec<Positioned<FieldDefinition>>| all.into_iter().map(|field| field.node).collect();
            match definition.kind {
                TypeKind::Object(object) => drop(types.objects.insert(name, fields(object.fields))),
                TypeKind::Interface(interface) => drop(types.objects.insert(name, fields(interface.fields))),
                TypeKind::Enum(kind) => drop(types.enums.insert(name, kind.values[0].node.value.node.to_string())),
                TypeKind::InputObject(input) => {
                    if definition.directives.iter().any(|directive| directive.node.name.node == "oneOf") {
                        types.one_of.insert(name.clone());
                    }
                    types.inputs.insert(name, input.fields.into_iter().map(|field| field.node).collect());
                }
                TypeKind::Scalar | TypeKind::Union(_) => {}
            }
        }
        types
    }

    /// The ways to ask for a field: its arguments, each with a name that tells what they are.
    pub fn ways(&self, field: &FieldDefinition, things: &[(&str, String)]) -> Vec<(String, String)> {
        let needed: Vec<_> = field.arguments.iter().map(|it| &it.node).filter(|it| !it.ty.node.nullable).collect();
        if needed.is_empty() {
            return vec![(String::new(), String::new())];
        }
        let choices: Vec<&str> = needed.iter().flat_map(|it| self.choices(base(&it.ty.node))).collect();
        let way = |choice: usize, (what, id): &(&str, String)| {
            let given = needed.iter().map(|it| format!("{}: {}", it.name.node, self.value(&it.ty.node, id, choice)));
            let what = choices.get(choice).map_or_else(|| (*what).to_owned(), |choice| format!("{choice}: {what}"));
            (what, format!("({})", given.collect::<Vec<_>>().join(", ")))
        };
        (0..choices.len().max(1)).flat_map(|choice| things.iter().map(move |thing| way(choice, thing))).collect()
    }

    fn choices(&self, kind: &str) -> Vec<&str> {
        let all = self.inputs.get(kind).filter(|_| self.one_of.contains(kind));
        all.into_iter().flatten().map(|field| field.name.node.as_str()).collect()
    }

    /// A value of a type, with this id wherever it takes one.
    fn value(&self, kind: &Type, id: &str, choice: usize) -> String {
        let name = match &kind.base {
            BaseType::List(inner) => return format!("[{}]", self.value(inner, id, choice)),
            BaseType::Named(name) => name.as_str(),
        };
        if let Some(value) = self.enums.get(name) {
            return value.clone();
        }
        let Some(fields) = self.inputs.get(name) else {
            return if name == "Int" { "1".to_owned() } else { format!("\"{id}\"") };
        };
        let is_given = |(at, field): &(usize, &InputValueDefinition)| {
            if self.one_of.contains(name) { *at == choice } else { !field.ty.node.nullable }
        };
        let given = fields.iter().enumerate().filter(is_given);
        let given = given.map(|(_, field)| format!("{}: {}", field.name.node, self.value(&field.ty.node, id, 0)));
        format!("{{ {} }}", given.collect::<Vec<_>>().join(", "))
    }
}

/// The name of a type inside its lists.
pub fn base(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => base(inner),
    }
}
