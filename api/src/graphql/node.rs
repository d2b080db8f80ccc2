//! `node(id:)` and `nodes(ids:)`: anything by its id alone, through the same readers as everywhere.

use crate::{
    accounts::graphql::Account,
    core::{Error, Result},
    graphql::{Viewer, error::read},
    organizations::graphql::Organization,
};
use async_graphql::{Context, ID, Interface, Object};
use std::{collections::HashMap, future::Future};
use steward_entities::id::AnyId;

/// How many nodes can be asked for at once.
const MOST: usize = 100;

/// What can be found by its id alone, many at once. What the viewer can't see isn't found.
pub trait Find: Sized {
    /// Its id.
    type Id;

    /// Those of these ids that the viewer sees.
    fn find(viewer: &Viewer, ids: &[Self::Id]) -> impl Future<Output = Result<Vec<(Self::Id, Self)>>> + Send;
}

macro_rules! nodes {
    ($($object:ident = $id:ident,)*) => {
        /// Anything that has an id.
        #[derive(Clone, Interface)]
        #[graphql(field(name = "id", ty = "ID", desc = "Its id."))]
        #[allow(clippy::large_enum_variant, reason = "it lives for one answer, and a box more would be one allocation more")]
        pub enum Node {
            $(
                #[allow(missing_docs, reason = "documented where it is defined")]
                $object($object),
            )*
        }

        /// What is found under these ids; one statement or a few for each kind.
        async fn find(viewer: &Viewer, ids: &[AnyId]) -> Result<HashMap<AnyId, Node>> {
            let mut found = HashMap::new();
            $({
                let of_kind: Vec<_> = ids
                    .iter()
                    .filter_map(|id| if let AnyId::$id(id) = id { Some(*id) } else { None })
                    .collect();
                if !of_kind.is_empty() {
                    let objects = <$object as Find>::find(viewer, &of_kind).await?;
                    found.extend(objects.into_iter().map(|(id, object)| (AnyId::$id(id), Node::from(object))));
                }
            })*
            Ok(found)
        }
    };
}

// Each kind of object that can be found by its id, with the kind of that id. Its `id` must be a `pub` resolver.
nodes! {
    Account = AccountId,
    Organization = OrganizationId,
}

/// Reads by id alone.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything by its id; null when there is nothing under it that you can see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id, with its prefix.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        let mut found = read(many(Viewer::of(ctx), &[id]).await)?;
        Ok(found.pop().flatten())
    }

    /// Several things by their ids, in that order; null in the place of what you can't see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids, 100 at most.")] ids: Vec<ID>,
    ) -> async_graphql::Result<Vec<Option<Node>>> {
        read(many(Viewer::of(ctx), &ids).await)
    }
}

async fn many(viewer: &Viewer, ids: &[ID]) -> Result<Vec<Option<Node>>> {
    if ids.len() > MOST {
        return Err(Error::BadRequest(format!("At most {MOST} ids can be read at once.")));
    }
    let ids: Vec<Option<AnyId>> = ids.iter().map(|id| id.parse().ok()).collect();
    let known: Vec<AnyId> = ids.iter().flatten().copied().collect();
    let found = find(viewer, &known).await?;
    Ok(ids.into_iter().map(|id| found.get(&id?).cloned()).collect())
}
