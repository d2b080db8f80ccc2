//! The doors at the top of a query. Most readers answer by who asks; an app's token opens a few doors alone, and what is
//! added behind another is closed to it until somebody opens it.

use crate::{
    app_people::graphql::is_open,
    core::apps::sight::NOT_FOR_APPS,
    graphql::{Viewer, error::top_level},
};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    parser::types::Field, registry::Registry, resolver_utils::resolve_container,
};
use std::borrow::Cow;

/// A root of the schema behind its doors.
#[derive(Default)]
pub struct Doors<T>(T);

impl<T: ObjectType> OutputType for Doors<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _field: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<T: ObjectType> ContainerType for Doors<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        if is_open(&Viewer::of(ctx).origin().caller, ctx.item.node.name.node.as_str()) {
            return self.0.resolve_field(ctx).await;
        }
        Err(ctx.set_error_path(top_level(NOT_FOR_APPS).into_server_error(ctx.item.pos)))
    }
}

impl<T: ObjectType> ObjectType for Doors<T> {}
