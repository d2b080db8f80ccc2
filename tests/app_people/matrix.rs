//! Every field of the schema, with every scope: what an app's token gets is compared with `app_fields.txt`, which is reviewed
//! like code. What is new in the schema, and readable by an app, can't be missed there.
//!
//! The fields are the schema's own. From `Query` on, each is asked for by itself; where something is there, so are the fields
//! of that. Arguments that a field needs are made from what there is: each thing by its id, under a name that tells what it is
//! to the app.

use super::{ALL, World};
use crate::schema::compare;
use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};
use chrono::TimeDelta;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};
use steward::{
    core::{
        ActionName, Caller, Scope,
        apps::{Scopes, tokens::LiveToken},
        authority::authorize,
    },
    graphql::schema::sdl,
};
use steward_entities::{
    id::ItemId,
    item,
    kinds::{AppScope, BlockKind, ItemVisibility},
};
use steward_tests::{Client, TestApp, on_both};
use uuid::Uuid;

/// What an app gets of a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Got {
    /// It is refused.
    Closed,
    /// Nothing is there.
    Null,
    /// A list without anything in it.
    Empty,
    /// Something.
    Something,
}

impl Got {
    const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Null => "-",
            Self::Empty => "[]",
            Self::Something => "reads",
        }
    }
}

/// The types of the schema: what has fields, and what fields take.
#[derive(Default)]
struct Types {
    objects: BTreeMap<String, Vec<FieldDefinition>>,
    inputs: BTreeMap<String, Vec<InputValueDefinition>>,
    one_of: BTreeSet<String>,
    enums: BTreeMap<String, String>,
}

impl Types {
    fn of_the_schema() -> Self {
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
    fn ways(&self, field: &FieldDefinition, things: &[(&str, String)]) -> Vec<(String, String)> {
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

fn base(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => base(inner),
    }
}

/// What was found: by the field, and by the column of the scopes.
#[derive(Default)]
struct Found {
    got: BTreeMap<String, BTreeMap<usize, Got>>,
    reached: BTreeSet<String>,
}

impl Found {
    /// Whether what stands in the brackets of a name leads to nothing, with whatever scopes: it isn't there, or a list is
    /// empty.
    fn finds_nothing(&self, name: &str) -> bool {
        let Some((argued, _)) = name.split_once(')') else { return false };
        let finds = |below: &str| {
            let of_it = self.got.get(&format!("{argued}){below}"));
            of_it.map(|by_scope| by_scope.values().any(|got| *got == Got::Something))
        };
        !finds("").unwrap_or_default() || finds(".nodes") == Some(false)
    }
}

struct Walk<'a> {
    app: &'a TestApp,
    types: &'a Types,
    things: &'a [(&'a str, String)],
    client: &'a Client,
    column: usize,
}

/// Where the walk stands: how it came there, as a query and as people read it.
#[derive(Clone)]
struct Place {
    opening: String,
    shown: String,
    depth: usize,
    kinds: Vec<String>,
}

impl Walk<'_> {
    async fn from(&self, found: &mut Found, start: Place) {
        let mut places = vec![start];
        while let Some(place) = places.pop() {
            let kind = place.kinds.last().unwrap().clone();
            let mut below = Vec::new();
            for field in &self.types.objects[&kind] {
                for (what, arguments) in self.types.ways(field, self.things) {
                    below.extend(self.field(found, &place, field, &what, &arguments).await);
                }
            }
            places.extend(below.into_iter().rev());
        }
    }

    /// Asks for one field; the place below it, where there is something to ask further.
    async fn field(
        &self,
        found: &mut Found,
        place: &Place,
        field: &FieldDefinition,
        what: &str,
        arguments: &str,
    ) -> Option<Place> {
        let (name, kind) = (field.name.node.as_str(), base(&field.ty.node).to_owned());
        let is_object = self.types.objects.contains_key(&kind);
        let asked = format!("{name}{arguments}");
        let below = if is_object { " { __typename }" } else { "" };
        let query = format!("{}{asked}{below}{}", place.opening, " }".repeat(place.depth));
        let mut answer = self.client.send(&query, json!({})).await;
        while answer.code() == "RATE_LIMITED" {
            // A minute's budget is spent.
            self.app.advance(TimeDelta::minutes(1));
            answer = self.client.send(&query, json!({})).await;
        }
        assert!(["OK", "FORBIDDEN"].contains(&answer.code().as_str()), "{query}: {}", answer.body);
        let got = got(&answer.body);
        let what = if what.is_empty() { String::new() } else { format!("({what})") };
        let shown = format!("{}{name}{what}", place.shown);
        found.got.entry(shown.clone()).or_default().insert(self.column, got);
        // The nodes of edges are those that stand beside them.
        if got != Got::Something || !is_object || place.kinds.contains(&kind) || place.shown.ends_with("edges.") {
            return None;
        }
        // All lists tell alike which page it is.
        if kind == "PageInfo" && place.shown != "people." {
            return None;
        }
        found.reached.insert(kind.clone());
        let mut kinds = place.kinds.clone();
        kinds.push(kind);
        let opening = format!("{}{asked} {{ ", place.opening);
        Some(Place { opening, shown: format!("{shown}."), depth: place.depth + 1, kinds })
    }
}

fn got(body: &Value) -> Got {
    if body["errors"].is_array() {
        return Got::Closed;
    }
    let mut here: Vec<&Value> = vec![&body["data"]];
    let mut best = Got::Null;
    while let Some(value) = here.pop() {
        match value {
            Value::Object(fields) => here.extend(fields.values()),
            Value::Array(all) if all.is_empty() => best = best.max(Got::Empty),
            Value::Array(all) => here.extend(all),
            Value::Null => {}
            _ => best = Got::Something,
        }
    }
    best
}

/// Items, and whose they are.
async fn item(app: &TestApp, it: &World, of: steward_entities::id::AccountId, shared: bool) -> ItemId {
    let id = app.item(of, shared.then_some((it.id, it.workspace))).await;
    let row = item::ActiveModel { id: Set(id), visibility: Set(ItemVisibility::Public), ..Default::default() };
    row.update(&app.database).await.unwrap();
    id
}

/// What a token with only these scopes may change.
fn changes(scopes: Scopes) -> BTreeSet<&'static str> {
    let nil = Uuid::nil();
    let token = LiveToken {
        id: nil.into(),
        app: nil.into(),
        installation: nil.into(),
        organization: nil.into(),
        workspace: None,
        scopes,
        created_at: chrono::DateTime::UNIX_EPOCH,
        expires_at: chrono::DateTime::UNIX_EPOCH,
    };
    let caller = Caller::App(Box::new(token));
    let within = [Scope::Elsewhere, Scope::Organization(nil.into())];
    let may = |action: &ActionName| {
        within.iter().any(|scope| authorize(*action, &caller, *scope, chrono::DateTime::UNIX_EPOCH).is_ok())
    };
    ActionName::ALL.iter().filter(|action| may(action)).map(|action| action.as_str()).collect()
}

fn written(found: &Found, types: &Types, columns: &[String]) -> String {
    let mut text = String::from(
        "What an app's token reads of each field of the schema, by its scopes; who has none is refused as nobody is known.\n\
         Written by `STEWARD_WRITE_GENERATED=1 cargo test -p steward-tests app_people::matrix`, and reviewed like code.\n\n\
         reads   something is there          -    nothing is\n\
         closed  it is refused               []   a list without anything in it\n\n",
    );
    let row = |name: &str, cells: Vec<&str>| {
        let cells: Vec<String> = cells.into_iter().map(|cell| format!("{cell:<13}")).collect();
        format!("{name:<64}{}", cells.concat()).trim_end().to_owned()
    };
    writeln!(text, "{}", row("", columns.iter().map(String::as_str).collect())).unwrap();
    let mut shut = BTreeSet::new();
    let mut nothing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in found.got.keys() {
        let got: Vec<Got> =
            (0..columns.len()).map(|at| found.got[name].get(&at).copied().unwrap_or(Got::Null)).collect();
        if got.iter().all(|got| *got == Got::Closed) {
            shut.insert(name.split_once('(').map_or(name.as_str(), |(field, _)| field).to_owned());
        } else if let Some((field, what)) = name.split_once('(').filter(|_| found.finds_nothing(name)) {
            let (what, below) = what.split_once(')').unwrap();
            nothing.entry(field).or_default().extend(below.is_empty().then_some(what));
        } else {
            writeln!(text, "{}", row(name, got.iter().map(|got| got.word()).collect())).unwrap();
        }
    }
    for (field, what) in nothing {
        writeln!(text, "\nNothing is there under {field}:\n").unwrap();
        what.iter().for_each(|what| writeln!(text, "  {what}").unwrap());
    }
    let list = |text: &mut String, title: &str, all: Vec<String>| {
        writeln!(text, "\n{title}\n").unwrap();
        all.iter().for_each(|name| writeln!(text, "  {name}").unwrap());
    };
    list(&mut text, "Closed with every scope:", shut.into_iter().collect());
    let unreached = types.objects.keys().filter(|kind| !found.reached.contains(*kind) && *kind != "Query");
    let unreached: Vec<String> =
        unreached.filter(|kind| *kind != "Mutation" && !kind.ends_with("Payload")).cloned().collect();
    list(&mut text, "Nothing is read of these:", unreached);
    let mut may = Vec::new();
    for scope in AppScope::ALL {
        for action in changes([*scope].into_iter().collect()) {
            may.push(format!("{action}: {}", scope.as_str()));
        }
    }
    list(&mut text, "Changed with a scope:", may);
    text
}

on_both! {
    async fn what_an_app_reads_with_each_scope_is_what_was_reviewed(app: TestApp) {
        let it = World::new(&app).await;
        let hidden = it.managed(&app, "hidden").await;
        app.blocked(hidden.id, BlockKind::Suspension, Some(it.id)).await;
        let (stranger, others) = (app.person("stranger@home.example").await, app.organization("Others").await);
        let installation = it.installed(&app, json!({ "organization": {} })).await;
        let things = [
            ("of whom it manages", it.ana.id.to_string()),
            ("of a member", it.ben.id.to_string()),
            ("of who is hidden", hidden.id.to_string()),
            ("of a stranger", stranger.id.to_string()),
            ("its organization", it.id.to_string()),
            ("its workspace", it.workspace.to_string()),
            ("another organization", others.to_string()),
            ("another's workspace", app.workspace(others).await.to_string()),
            ("personal item, managed", item(&app, &it, it.ana.id, false).await.to_string()),
            ("personal item, member", item(&app, &it, it.ben.id, false).await.to_string()),
            ("item in its workspace", item(&app, &it, it.ben.id, true).await.to_string()),
            ("item of who is hidden", item(&app, &it, hidden.id, false).await.to_string()),
            ("item of a stranger", item(&app, &it, stranger.id, false).await.to_string()),
            ("its app", it.app.clone()),
            ("its installation", installation.as_str().unwrap().to_owned()),
        ];
        let types = Types::of_the_schema();
        let (mut found, mut columns) = (Found::default(), Vec::new());
        let sets = ALL.iter().map(std::slice::from_ref).chain([&ALL[..]]);
        for (column, scopes) in sets.enumerate() {
            let client = it.client(&app, &installation, scopes).await;
            columns.push(if scopes.len() == 1 { scopes[0].to_owned() } else { "all".to_owned() });
            let walk = Walk { app: &app, types: &types, things: &things, client: &client, column };
            let start = Place { opening: "{ ".to_owned(), shown: String::new(), depth: 1, kinds: vec!["Query".to_owned()] };
            walk.from(&mut found, start).await;
            app.advance(TimeDelta::minutes(1));
        }
        compare("app_fields.txt", &written(&found, &types, &columns));

        // None: the token is for one scope, and another is all that is left.
        let client = it.client(&app, &installation, &["READ_EMAIL"]).await;
        let narrower = it.on(json!({ "installationId": installation, "scopes": ["READ_NAME"] }));
        it.admin.client.done("updateInstallation", narrower, "").await;
        for field in &types.objects["Query"] {
            let name = field.name.node.as_str();
            for (_, arguments) in types.ways(field, &things) {
                let below = if types.objects.contains_key(base(&field.ty.node)) { "{ __typename }" } else { "" };
                let answer = client.send(&format!("{{ {name}{arguments} {below} }}"), json!({})).await;
                assert!(answer.code() == "UNAUTHENTICATED", "{name}: {}", answer.body);
                assert_eq!(answer.body["data"], Value::Null);
            }
        }
    }
}

#[test]
fn a_field_that_an_app_begins_to_read_changes_the_file() {
    let (types, columns) = (Types::of_the_schema(), vec!["READ_NAME".to_owned()]);
    let mut found = Found::default();
    let mut text = |got| {
        found.got.insert("person.email".to_owned(), BTreeMap::from([(0, got)]));
        written(&found, &types, &columns)
    };
    assert_ne!(text(Got::Null), text(Got::Something));
    let null = json!({ "data": { "person": { "email": null } } });
    let read = json!({ "data": { "people": { "nodes": [{ "email": null }, { "email": "ana@hofer.example" }] } } });
    let none = json!({ "data": { "people": { "nodes": [] } } });
    let closed = json!({ "data": null, "errors": [{ "message": "no" }] });
    for (body, word) in [(null, "-"), (read, "reads"), (none, "[]"), (closed, "closed")] {
        assert_eq!(got(&body).word(), word);
    }
    assert!(types.objects["Query"].iter().any(|field| types.ways(field, &[("a", "b".to_owned())])[0].0 == "a"));
}
