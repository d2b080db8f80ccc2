//! The directory in the schema.

use crate::{
    core::Result as CoreResult,
    directory::read::{Directory, Listed},
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
    },
};
use async_graphql::{Context, ID, Object, OneofObject, Result};
use steward_entities::id::{OrganizationId, WorkspaceId};
use uuid::Uuid;

/// Whose directory: exactly one of these.
#[derive(OneofObject)]
pub enum DirectoryInput {
    /// That of a workspace of which you are a member.
    WorkspaceId(ID),
    /// That of the organization that manages your account.
    OrganizationId(ID),
}

impl DirectoryInput {
    fn read(&self) -> Directory {
        // An id that can't be one is that of nothing.
        match self {
            Self::WorkspaceId(id) => Directory::Workspace(id.parse().unwrap_or(WorkspaceId(Uuid::nil()))),
            Self::OrganizationId(id) => Directory::Organization(id.parse().unwrap_or(OrganizationId(Uuid::nil()))),
        }
    }
}

/// Somebody in a directory.
pub struct DirectoryPerson(pub Listed);

/// Somebody in a directory, as others who are in it see them.
#[Object]
impl DirectoryPerson {
    /// The id of their account.
    async fn account_id(&self) -> ID {
        self.0.account.id.to_string().into()
    }

    /// What they are called.
    async fn name(&self) -> &str {
        &self.0.account.display_name
    }

    /// Where they are reached.
    async fn email(&self) -> &str {
        &self.0.account.email
    }

    /// Where a picture of them is.
    async fn picture_url(&self) -> Option<&str> {
        self.0.picture_url.as_deref()
    }
}

impl crate::graphql::plain::Plain for DirectoryPerson {}

/// Reads of directories.
#[derive(Default)]
pub struct DirectoryQuery;

#[Object]
impl DirectoryQuery {
    /// The people of a workspace of which you are a member, or of the organization that manages your account: whose
    /// address is proved, and who aren't suspended, at rest, closed or about to be deleted. Null when you aren't one of them.
    async fn directory(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] of: DirectoryInput,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<DirectoryPerson>>> {
        let page = Page { first, after, last, before };
        read(directory(Viewer::of(ctx), of.read(), &page).await)
    }
}

async fn directory(viewer: &Viewer, of: Directory, page: &Page) -> CoreResult<Option<List<DirectoryPerson>>> {
    let rows = viewer.reader().directory(of, page).await?;
    Ok(rows.map(|rows| rows.connection(|listed| vec![listed.account.id.0.to_string()], DirectoryPerson)))
}
