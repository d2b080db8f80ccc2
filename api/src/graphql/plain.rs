//! Pages whose fields lie ready are written without the engine's machinery.
//!
//! The engine makes a future of every field of every row. Most of what a page is asked for needs no waiting: [`List`]
//! writes such a page at once, and leaves to the engine whatever has arguments, fragments, directives, or fields that
//! have to be loaded. What is written is the same either way, as both ask the same functions of the object.

use super::page::Total;
use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    connection::{Connection, PageInfo},
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
};
use std::borrow::Cow;

/// An object in lists.
pub trait Plain: ContainerType {
    /// The value of a field that lies ready; none for one that has to be resolved.
    fn plain(&self, _field: &str) -> Option<Value> {
        None
    }

    /// The same of a field with fields of its own, of which these are asked for.
    fn nested(&self, _field: &str, _below: &SelectionSet) -> Option<Value> {
        None
    }
}

/// An object that is written at once, where all that is asked of it lies ready.
pub struct Ready<T: Plain>(pub T);

impl<T: Plain + OutputType> OutputType for Ready<T> {
    fn type_name() -> Cow<'static, str> {
        <T as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <T as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match node(&self.0, &ctx.item.node) {
            Some(value) => Ok(value),
            None => self.0.resolve(ctx, field).await,
        }
    }
}

/// Several of them, or null in the place of one, as a list.
pub struct AllReady<T: Plain>(pub Vec<Option<Ready<T>>>);

impl<T: Plain + OutputType> OutputType for AllReady<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<Option<Ready<T>>>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<Option<Ready<T>>>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<Option<Ready<T>>>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let written =
            |one: &Option<Ready<T>>| one.as_ref().map_or(Some(Value::Null), |one| node(&one.0, &ctx.item.node));
        match self.0.iter().map(written).collect::<Option<Vec<_>>>() {
            Some(all) => Ok(Value::List(all)),
            None => self.0.resolve(ctx, field).await,
        }
    }
}

/// A connection whose total is counted only when it is asked for.
pub struct List<T: Plain>(pub(super) Connection<String, T, Total>);

impl<T: Plain> List<T> {
    /// The whole answer, where all that is asked for lies ready.
    fn ready(&self, selection: &SelectionSet) -> Option<Value> {
        object(selection, |name, below| match name {
            "edges" => self.each(|edge| {
                object(below, |name, below| match name {
                    "cursor" => leaf(below, || edge.cursor.as_str().into()),
                    "node" => node(&edge.node, below),
                    _ => None,
                })
            }),
            "nodes" => self.each(|edge| node(&edge.node, below)),
            "pageInfo" => self.page_info(below),
            _ => None,
        })
    }

    fn each(
        &self,
        written: impl Fn(
            &async_graphql::connection::Edge<String, T, async_graphql::connection::EmptyFields>,
        ) -> Option<Value>,
    ) -> Option<Value> {
        self.0.edges.iter().map(written).collect::<Option<Vec<_>>>().map(Value::List)
    }

    fn page_info(&self, selection: &SelectionSet) -> Option<Value> {
        let cursor = |edge: Option<
            &async_graphql::connection::Edge<String, T, async_graphql::connection::EmptyFields>,
        >| { edge.map_or(Value::Null, |edge| edge.cursor.as_str().into()) };
        object(selection, |name, below| match name {
            "hasPreviousPage" => leaf(below, || self.0.has_previous_page.into()),
            "hasNextPage" => leaf(below, || self.0.has_next_page.into()),
            "startCursor" => leaf(below, || cursor(self.0.edges.first())),
            "endCursor" => leaf(below, || cursor(self.0.edges.last())),
            "__typename" => leaf(below, || <PageInfo as OutputType>::type_name().into_owned().into()),
            _ => None,
        })
    }
}

/// An object with what is asked of it; none where that isn't all ready.
pub fn node<T: Plain>(node: &T, selection: &SelectionSet) -> Option<Value> {
    object(selection, |name, below| match name {
        "__typename" => leaf(below, || T::type_name().into_owned().into()),
        name if below.items.is_empty() => node.plain(name),
        name => node.nested(name, below),
    })
}

fn leaf(below: &SelectionSet, value: impl FnOnce() -> Value) -> Option<Value> {
    below.items.is_empty().then(value)
}

/// An object with the fields that were asked for, in their order. None where one of them isn't ready, or is asked for in
/// a way that is the engine's business: with arguments, directives, in a fragment, or twice under one name.
fn object(selection: &SelectionSet, value: impl Fn(&str, &SelectionSet) -> Option<Value>) -> Option<Value> {
    let mut fields: IndexMap<Name, Value> = IndexMap::with_capacity(selection.items.len());
    for item in &selection.items {
        let Selection::Field(field) = &item.node else { return None };
        let field = &field.node;
        if !field.arguments.is_empty() || !field.directives.is_empty() {
            return None;
        }
        let value = value(field.name.node.as_str(), &field.selection_set.node)?;
        if fields.insert(field.response_key().node.clone(), value).is_some() {
            return None;
        }
    }
    Some(Value::Object(fields))
}

impl<T: Plain> OutputType for List<T> {
    fn type_name() -> Cow<'static, str> {
        <Connection<String, T, Total> as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Connection<String, T, Total> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self.ready(&ctx.item.node) {
            Some(value) => Ok(value),
            None => self.0.resolve(ctx, field).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::page::Rows;
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

    struct Thing(i32);

    #[Object]
    impl Thing {
        async fn id(&self) -> i32 {
            self.0
        }

        async fn name(&self) -> String {
            format!("thing {}", self.0)
        }

        async fn slow(&self) -> i32 {
            self.0
        }

        async fn next(&self) -> Thing {
            Thing(self.0 + 1)
        }
    }

    impl Plain for Thing {
        fn plain(&self, field: &str) -> Option<Value> {
            match field {
                "id" => Some(self.0.into()),
                "name" => Some(format!("thing {}", self.0).into()),
                _ => None,
            }
        }

        fn nested(&self, field: &str, below: &SelectionSet) -> Option<Value> {
            (field == "next").then(|| node(&Thing(self.0 + 1), below)).flatten()
        }
    }

    struct Query;

    #[Object]
    impl Query {
        async fn things(&self) -> List<Thing> {
            let rows = Rows { rows: vec![1, 2], has_previous: false, has_next: true, all: None };
            rows.connection(|number| vec![number.to_string()], Thing)
        }

        async fn one(&self) -> Option<Ready<Thing>> {
            Some(Ready(Thing(7)))
        }
    }

    const FIELDS: &str = "__typename edges { cursor node { id other: name __typename } } nodes { name } \
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename }";

    #[tokio::test]
    async fn a_page_reads_the_same_whoever_writes_it() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let run = async |text: String| {
            let response = schema.execute(text).await;
            assert!(response.errors.is_empty(), "{:?}", response.errors);
            response.data.to_string()
        };
        let at_once = run(format!("{{ things {{ {} }} }}", FIELDS.replacen("__typename", "", 1))).await;
        // A fragment is the engine's business.
        let by_the_engine = run(format!("{{ things {{ ... {{ {} }} }} }}", FIELDS.replacen("__typename", "", 1))).await;
        assert_eq!(at_once, by_the_engine);
        assert!(run(format!("{{ things {{ {FIELDS} edges {{ node {{ slow }} }} }} }}")).await.contains("slow: 2"));
    }

    #[tokio::test]
    async fn an_object_reads_the_same_whoever_writes_it() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        for fields in ["__typename id next { other: name next { id } }", "id slow", "id next { slow }", "id id"] {
            let at_once = schema.execute(format!("{{ one {{ {fields} }} }}")).await;
            let by_the_engine = schema.execute(format!("{{ one {{ ... {{ {fields} }} }} }}")).await;
            assert!(at_once.errors.is_empty(), "{:?}", at_once.errors);
            assert_eq!(at_once.data.to_string(), by_the_engine.data.to_string());
        }
    }

    #[tokio::test]
    async fn fields_asked_for_twice_are_merged() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let response = schema.execute("{ things { nodes { id } nodes { name } } }").await;
        assert_eq!(
            response.data.to_string(),
            "{things: {nodes: [{id: 1, name: \"thing 1\"}, {id: 2, name: \"thing 2\"}]}}"
        );
    }
}
