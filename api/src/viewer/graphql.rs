//! The viewer in the schema.

use crate::{
    accounts::{
        graphql::{Account, AccountAction, OrganizationSummary},
        view::AccountView,
    },
    app_objections::graphql::ViewerAppObjections,
    app_people::{graphql::ViewerAppInstallation, own::graphql::ViewerApps, read::SeenThrough},
    app_policies::graphql::ViewerAppRequests,
    claims::graphql::ViewerClaims,
    core::{Caller, powers::Ground},
    edit_restrictions::graphql::EditRestriction,
    email_changes::graphql::ViewerEmailChange,
    graphql::{Viewer as Request, error::read},
    items::graphql::ViewerItems,
    notices::graphql::ViewerNotices,
    organizations::graphql::{Organization, RoleName},
    sessions::graphql::Session,
    workspaces::graphql::ViewerMemberships,
};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};

/// What kind of caller you are. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ViewerKind {
    /// A person with a session.
    Person,
    /// An organization's script, with an API key.
    ApiKey,
    /// A service of the platform, with its key.
    Service,
    /// A third-party app, with a token of one of its installations.
    App,
}

/// Who you are to the service.
#[derive(SimpleObject)]
pub struct ViewerActor {
    /// What kind of caller.
    kind: ViewerKind,
    /// The id of the account, of the key, or of the app's installation.
    id: ID,
    /// The name of the person, of the key, or of the app.
    name: String,
    /// Whether you are an operator of the platform.
    operator: bool,
    /// Whether the account is limited right now: what remains are your notices and your rights.
    limited: bool,
}

/// An organization in which you have a role.
#[derive(SimpleObject)]
pub struct ViewerOrganization {
    /// The organization.
    organization: Organization,
    /// Your role in it.
    role: RoleName,
}

/// What gives an administrator power over an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Ground")]
pub enum PowerGround {
    /// The person is a member of one of the organization's workspaces.
    Membership,
    /// The organization manages the account.
    Managed,
}

/// Something that administrators of an organization may do to your account.
#[derive(SimpleObject)]
pub struct AdministratorPower {
    /// Whose administrators.
    organization: OrganizationSummary,
    /// What they may do.
    action: AccountAction,
    /// What gives them the power.
    ground: PowerGround,
}

/// You, as the service sees you.
pub struct Viewer {
    own: Option<AccountView>,
}

/// You: who you are, your account, your roles, and who has power over your account.
#[Object]
impl Viewer {
    /// Who you are to the service.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<ViewerActor>> {
        let request = Request::of(ctx);
        if let Caller::App(_) = request.origin().caller {
            return Ok(read(request.reader().own_installation().await)?.map(app));
        }
        Ok(actor(&request.origin().caller))
    }

    /// Your account; null for an API key.
    async fn account(&self) -> Option<Account> {
        self.own.clone().map(Account)
    }

    /// The organizations in which you have a role that is in force.
    async fn organizations(&self, ctx: &Context<'_>) -> Result<Vec<ViewerOrganization>> {
        let request = Request::of(ctx);
        let caller = &request.origin().caller;
        let rows = read(request.reader().organizations(&caller.organizations()).await)?;
        let with_role = rows.into_iter().filter_map(|row| {
            Some(ViewerOrganization { role: caller.role_in(row.id)?.into(), organization: row.into() })
        });
        Ok(with_role.collect())
    }

    /// The devices on which you are signed in; null for an API key.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        let Some(own) = &self.own else { return Ok(None) };
        let rows = read(Request::of(ctx).reader().sessions_of(own).await)?;
        Ok(rows.map(|rows| rows.into_iter().map(Session).collect()))
    }

    #[graphql(flatten)]
    async fn notices_part(&self) -> ViewerNotices {
        ViewerNotices
    }

    #[graphql(flatten)]
    async fn claims_part(&self) -> ViewerClaims {
        ViewerClaims
    }

    #[graphql(flatten)]
    async fn email_change_part(&self) -> ViewerEmailChange {
        ViewerEmailChange
    }

    #[graphql(flatten)]
    async fn app_objections_part(&self) -> ViewerAppObjections {
        ViewerAppObjections
    }

    #[graphql(flatten)]
    async fn app_requests_part(&self) -> ViewerAppRequests {
        ViewerAppRequests
    }

    #[graphql(flatten)]
    async fn apps_part(&self) -> ViewerApps {
        ViewerApps
    }

    #[graphql(flatten)]
    async fn installation_part(&self) -> ViewerAppInstallation {
        ViewerAppInstallation
    }

    #[graphql(flatten)]
    async fn items_part(&self) -> ViewerItems {
        ViewerItems
    }

    #[graphql(flatten)]
    async fn memberships_part(&self) -> ViewerMemberships {
        ViewerMemberships
    }

    /// What administrators have taken from your right to edit: by whom, why, and until when; null for an API key.
    async fn edit_restrictions(&self, ctx: &Context<'_>) -> Result<Option<Vec<EditRestriction>>> {
        let Some(own) = &self.own else { return Ok(None) };
        let shown = read(Request::of(ctx).reader().edit_restrictions_shown(own).await)?;
        Ok(shown.map(|all| all.into_iter().map(EditRestriction).collect()))
    }

    /// The organization that manages your account, and whom to ask there; null when none does.
    async fn managed_by(&self, ctx: &Context<'_>) -> Result<Option<OrganizationSummary>> {
        let Some(own) = &self.own else { return Ok(None) };
        Ok(read(Request::of(ctx).reader().manager(own).await)?.map(Into::into))
    }

    /// What administrators of organizations may do to your account, and what gives them the power; null for an API key.
    async fn administrator_powers(&self, ctx: &Context<'_>) -> Result<Option<Vec<AdministratorPower>>> {
        let Some(own) = &self.own else { return Ok(None) };
        let powers = read(Request::of(ctx).reader().administrator_powers(own).await)?;
        let shown = powers.into_iter().filter_map(|power| {
            Some(AdministratorPower {
                organization: power.organization.into(),
                action: AccountAction::of(power.act)?,
                ground: power.ground.into(),
            })
        });
        Ok(Some(shown.collect()))
    }
}

fn actor(caller: &Caller) -> Option<ViewerActor> {
    match caller {
        Caller::Person(person) => Some(ViewerActor {
            kind: ViewerKind::Person,
            id: person.account.id.to_string().into(),
            name: person.account.display_name.clone(),
            operator: caller.is_operator(),
            limited: person.limited,
        }),
        Caller::Key(key) => Some(ViewerActor {
            kind: ViewerKind::ApiKey,
            id: key.id.to_string().into(),
            name: key.name.clone(),
            operator: false,
            limited: false,
        }),
        Caller::Service(key) => Some(ViewerActor {
            kind: ViewerKind::Service,
            id: key.id.to_string().into(),
            name: key.name.clone(),
            operator: false,
            limited: false,
        }),
        Caller::App(_) | Caller::Nobody | Caller::System(_) => None,
    }
}

fn app(seen: SeenThrough) -> ViewerActor {
    ViewerActor {
        kind: ViewerKind::App,
        id: seen.token.installation.to_string().into(),
        name: seen.app.name,
        operator: false,
        limited: false,
    }
}

/// Reads of the viewer.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// You, as the service sees you; null without a credential.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        let request = Request::of(ctx);
        let is_known = !matches!(request.origin().caller, Caller::Nobody | Caller::System(_));
        is_known.then(|| Viewer { own: request.reader().own_view() })
    }
}
