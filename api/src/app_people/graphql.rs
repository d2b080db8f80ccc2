//! What apps read of people, in the schema.

use crate::{
    app_people::read::SeenThrough,
    apps::graphql::{AppScope, listed},
    core::{Caller, apps::sight::SeenPerson},
    graphql::{
        Viewer,
        error::read,
        page::{List, Page},
        plain::{Plain, Ready},
    },
};
use async_graphql::{Context, ID, Lookahead, Object, Result, Value};
use chrono::{DateTime, Utc};
use steward_entities::id::AccountId;

/// A person, as an app sees them.
pub struct AppPerson(pub SeenPerson);

/// A person, as an app sees them through its installation. What its scopes don't name is null, and what isn't known.
#[Object]
impl AppPerson {
    /// The id of their account.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What others call them: `READ_NAME`.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The first name: `READ_NAME`.
    async fn given_name(&self) -> Option<&str> {
        self.0.given_name.as_deref()
    }

    /// The last name: `READ_NAME`.
    async fn family_name(&self) -> Option<&str> {
        self.0.family_name.as_deref()
    }

    /// What friends and colleagues say: `READ_NAME`.
    async fn nickname(&self) -> Option<&str> {
        self.0.nickname.as_deref()
    }

    /// Their address: `READ_EMAIL`.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The language of their notices: `READ_PROFILE`.
    async fn locale(&self) -> Option<&str> {
        self.0.locale.as_deref()
    }

    /// What they do: `READ_PROFILE`.
    async fn job_title(&self) -> Option<&str> {
        self.0.job_title.as_deref()
    }

    /// Where in the organization: `READ_PROFILE`.
    async fn department(&self) -> Option<&str> {
        self.0.department.as_deref()
    }

    /// Where in it, more exactly: `READ_PROFILE`.
    async fn organization_unit(&self) -> Option<&str> {
        self.0.organization_unit.as_deref()
    }

    /// The time zone that they live in, as IANA names it: `READ_PROFILE`.
    async fn time_zone(&self) -> Option<&str> {
        self.0.time_zone.as_deref()
    }

    /// Where a picture of them is: `READ_PROFILE`.
    async fn picture_url(&self) -> Option<&str> {
        self.0.picture_url.as_deref()
    }

    /// Where in the world: `READ_PROFILE`, and only of people whom the organization manages.
    async fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// A telephone number: `READ_PROFILE`, and only of people whom the organization manages.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }
}

impl Plain for AppPerson {
    fn plain(&self, field: &str) -> Option<Value> {
        let it = &self.0;
        let value = match field {
            "id" => return Some(Value::String(it.id.to_string())),
            "name" => &it.name,
            "givenName" => &it.given_name,
            "familyName" => &it.family_name,
            "nickname" => &it.nickname,
            "email" => &it.email,
            "locale" => &it.locale,
            "jobTitle" => &it.job_title,
            "department" => &it.department,
            "organizationUnit" => &it.organization_unit,
            "timeZone" => &it.time_zone,
            "pictureUrl" => &it.picture_url,
            "location" => &it.location,
            "phone" => &it.phone,
            _ => return None,
        };
        Some(value.as_deref().map_or(Value::Null, Into::into))
    }
}

/// The fields that stand beside name, address and language.
const IN_PROFILES: [&str; 10] = [
    "givenName",
    "familyName",
    "nickname",
    "jobTitle",
    "department",
    "organizationUnit",
    "timeZone",
    "pictureUrl",
    "location",
    "phone",
];

/// Whether anything is asked of these people that stands in their profiles.
fn asks_profiles<'a>(people: impl IntoIterator<Item = Lookahead<'a>>) -> bool {
    people.into_iter().any(|person| IN_PROFILES.iter().any(|field| person.field(field).exists()))
}

/// The installation through which an app looks.
pub struct ViewerInstallation(SeenThrough);

/// The installation through which an app looks: where it is, and what it may.
#[Object]
impl ViewerInstallation {
    /// Its id, by which the app gets tokens.
    async fn id(&self) -> ID {
        self.0.token.installation.to_string().into()
    }

    /// The app.
    async fn app_id(&self) -> ID {
        self.0.token.app.to_string().into()
    }

    /// What the app is called.
    async fn app_name(&self) -> &str {
        &self.0.app.name
    }

    /// In which organization.
    async fn organization_id(&self) -> ID {
        self.0.token.organization.to_string().into()
    }

    /// On which workspace; null where it is on the whole organization.
    async fn workspace_id(&self) -> Option<ID> {
        self.0.token.workspace.map(|id| id.to_string().into())
    }

    /// What this token may right now.
    async fn scopes(&self) -> Vec<AppScope> {
        listed(self.0.token.scopes)
    }

    /// When this token ends by itself.
    async fn token_expires_at(&self) -> DateTime<Utc> {
        self.0.token.expires_at
    }
}

/// The viewer's part.
pub struct ViewerAppInstallation;

#[Object]
impl ViewerAppInstallation {
    /// For an app: the installation through which it looks, and what it may. Null for everybody else.
    async fn installation(&self, ctx: &Context<'_>) -> Result<Option<ViewerInstallation>> {
        Ok(read(Viewer::of(ctx).reader().own_installation().await)?.map(ViewerInstallation))
    }
}

/// What apps read of people.
#[derive(Default)]
pub struct AppPeopleQuery;

#[Object]
impl AppPeopleQuery {
    /// For apps: the people whom you see through your installation, in the order of their ids. Hidden are those who are
    /// suspended, at rest, closed or about to be deleted, who object to the app, and whom administrators keep from it. Null
    /// for everybody else.
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<AppPerson>>> {
        let list = ctx.look_ahead();
        let with_profiles = asks_profiles([list.field("nodes"), list.field("edges").field("node")]);
        let page = Page { first, after, last, before };
        let rows = read(Viewer::of(ctx).reader().people(&page, with_profiles).await)?;
        Ok(rows.map(|rows| rows.connection(|person| vec![person.id.0.to_string()], AppPerson)))
    }

    /// For apps: one of these people; null when there is none under this id that you see.
    async fn person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of their account.")] id: ID,
    ) -> Result<Option<Ready<AppPerson>>> {
        let Ok(id) = id.parse::<AccountId>() else {
            return Ok(None);
        };
        let with_profile = asks_profiles([ctx.look_ahead()]);
        let found = read(Viewer::of(ctx).reader().person(id, with_profile).await)?;
        Ok(found.map(|person| Ready(AppPerson(person))))
    }
}

/// What is open to an app's token at the top of a query. Whatever else there is, or comes, is closed to it before anything
/// looks for it; what is open is narrowed by the reader.
const OPEN: [&str; 8] = ["viewer", "people", "person", "items", "item", "__typename", "__schema", "__type"];

/// Whether this caller may ask for a field at the top of a query.
#[must_use]
pub fn is_open(caller: &Caller, field: &str) -> bool {
    caller.app().is_none() || OPEN.contains(&field)
}
