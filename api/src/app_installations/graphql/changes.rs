//! Changes of installations in the schema.

use super::AppInstallation;
use crate::{
    app_installations::{
        cancel_installation::CancelInstallation,
        consent::{Consented, Count},
        install_app::InstallApp,
        retry_installation::RetryInstallation,
        uninstall_app::UninstallApp,
        update_installation::UpdateInstallation,
    },
    apps::graphql::{AppScope, AskedScope, asked, scopes},
    core::{Result as CoreResult, apps::contacts::Contacts, text::Reason},
    edit_restrictions::graphql::WholeOrganizationInput,
    graphql::{
        Settled, Viewer,
        input::{id, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, SimpleObject};
use steward_entities::id::{AppId, AppInstallationId, OrganizationId};

/// Where to install an app: exactly one of these.
#[derive(OneofObject)]
pub enum InstallationTargetInput {
    /// The whole organization: everybody whom it manages, and the members of its workspaces.
    Organization(WholeOrganizationInput),
    /// The members of this workspace.
    WorkspaceId(ID),
}

/// Which app to install, where, and with what.
#[derive(InputObject)]
pub struct InstallAppInput {
    /// Your organization.
    organization_id: ID,
    /// On what.
    target: InstallationTargetInput,
    /// The app.
    app_id: ID,
    /// What it may: of what it asks for, as far as its approval goes; at least one.
    scopes: Vec<AppScope>,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    dry_run: bool,
}

/// What an app may from now on.
#[derive(InputObject)]
pub struct UpdateInstallationInput {
    /// Your organization.
    organization_id: ID,
    /// The installation.
    installation_id: ID,
    /// All that it may; at least one.
    scopes: Vec<AppScope>,
    /// The `version` that you have read; another one is refused as `STALE`.
    expected_version: Option<i64>,
    /// Only plan: nothing is changed, nobody is told.
    #[graphql(default)]
    dry_run: bool,
}

/// Which app to remove.
#[derive(InputObject)]
pub struct UninstallAppInput {
    /// Your organization.
    organization_id: ID,
    /// The installation.
    installation_id: ID,
    /// Why, for the log; 1 to 500 characters.
    reason: String,
}

/// What to take back.
#[derive(InputObject)]
pub struct CancelInstallationInput {
    /// Your organization.
    organization_id: ID,
    /// The installation.
    installation_id: ID,
}

/// What should go on.
#[derive(InputObject)]
pub struct RetryInstallationInput {
    /// Your organization.
    organization_id: ID,
    /// The installation.
    installation_id: ID,
}

/// As what a vendor learns of somebody. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SharedContactKind {
    /// Who installs the app.
    Installer,
    /// Whom to ask about technical matters.
    Technical,
    /// Where bills go.
    Billing,
}

/// A contact that the app's vendor is told.
#[derive(SimpleObject)]
pub struct SharedContact {
    /// As what.
    kind: SharedContactKind,
    /// The name, where it is a person's.
    name: Option<String>,
    /// The address.
    email: String,
}

/// What would come of an installation, or of more scopes.
#[derive(SimpleObject)]
pub struct InstallationPlan {
    /// How many people it concerns. All of them would be told.
    affected: i64,
    /// Those of them whose accounts the organization manages. Of items the app would see also their personal ones.
    managed: i64,
    /// Those of them who are only members. Of items the app would see those in the organization's workspaces.
    members: i64,
    /// What becomes visible that wasn't before, or may be changed; with the reason that the app gives.
    added: Vec<AskedScope>,
    /// Whom the app's vendor learns of.
    contacts_shared: Vec<SharedContact>,
}

payload! {
    /// What came of `installApp`.
    InstallAppPayload {
        /// The installation; null for a dry run.
        installation: Option<AppInstallation>,
        /// What would come of it; for a dry run alone.
        plan: Option<InstallationPlan>,
    }
}

payload! {
    /// What came of `updateInstallation`.
    UpdateInstallationPayload {
        /// The installation; as it is, for a dry run.
        installation: Option<AppInstallation>,
        /// What would come of it; for a dry run alone.
        plan: Option<InstallationPlan>,
    }
}

payload! {
    /// What came of `uninstallApp`.
    UninstallAppPayload {
        /// The installation.
        installation: Option<AppInstallation>,
    }
}

payload! {
    /// What came of `cancelInstallation`.
    CancelInstallationPayload {
        /// The installation.
        installation: Option<AppInstallation>,
    }
}

payload! {
    /// What came of `retryInstallation`.
    RetryInstallationPayload {
        /// The installation.
        installation: Option<AppInstallation>,
    }
}

/// Changes of installations.
#[derive(Default)]
pub struct AppInstallationMutation;

#[Object]
impl AppInstallationMutation {
    /// Installs a third-party app, on the whole organization or on one workspace. Everybody whom it concerns is told which
    /// app, what it sees, and whom to ask; it sees nothing before. Its vendor learns who installs it, and the
    /// organization's technical and billing contacts. For administrators of apps.
    async fn install_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, where, and with what.")] input: InstallAppInput,
    ) -> Settled<InstallAppPayload> {
        settle(install(Viewer::of(ctx), input).await)
    }

    /// Agrees to other scopes of an app that is installed. More holds when everybody has been told of it, until then what
    /// was before; less holds at once. For administrators of apps.
    async fn update_installation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which installation, and what the app may.")] input: UpdateInstallationInput,
    ) -> Settled<UpdateInstallationPayload> {
        settle(update(Viewer::of(ctx), input).await)
    }

    /// Removes an app. It sees nothing from this moment on; the people are told. For administrators of apps.
    async fn uninstall_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which installation, and why.")] input: UninstallAppInput,
    ) -> Settled<UninstallAppPayload> {
        settle(uninstall(Viewer::of(ctx), input).await)
    }

    /// Takes back what is on its way: an app that is being installed, or couldn't be; or more scopes, of which people are
    /// still being told. For administrators of apps.
    async fn cancel_installation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which installation.")] input: CancelInstallationInput,
    ) -> Settled<CancelInstallationPayload> {
        settle(cancel(Viewer::of(ctx), input).await)
    }

    /// Has what isn't finished go on, from where it stopped: an app that couldn't be installed, or whatever seems to have
    /// stopped. Nobody is told twice. For administrators of apps.
    async fn retry_installation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which installation.")] input: RetryInstallationInput,
    ) -> Settled<RetryInstallationPayload> {
        settle(retry(Viewer::of(ctx), input).await)
    }
}

fn place(organization: &ID, installation: &ID) -> CoreResult<(OrganizationId, AppInstallationId)> {
    Ok((id(&["input", "organizationId"], organization)?, id(&["input", "installationId"], installation)?))
}

async fn shown(viewer: &Viewer, id: AppInstallationId) -> CoreResult<Option<AppInstallation>> {
    Ok(viewer.reader().app_installation(id).await?.map(AppInstallation))
}

fn contacts(shared: Contacts) -> Vec<SharedContact> {
    let contact = |kind, name, email: Option<String>| email.map(|email| SharedContact { kind, name, email });
    let (name, email) = shared.installer.unzip();
    let all = [
        contact(SharedContactKind::Installer, name, email),
        contact(SharedContactKind::Technical, None, shared.technical),
        contact(SharedContactKind::Billing, None, shared.billing),
    ];
    all.into_iter().flatten().collect()
}

/// What would come of it; none where it was done.
async fn plan(
    viewer: &Viewer,
    organization: OrganizationId,
    app: Option<AppId>,
    done: &Consented,
) -> CoreResult<Option<InstallationPlan>> {
    let Some(Count { all, managed }) = done.count else { return Ok(None) };
    let app = match app {
        Some(app) => viewer.reader().app(app).await?,
        None => viewer.reader().app_installation(done.installation).await?.map(|seen| seen.app),
    };
    Ok(Some(InstallationPlan {
        affected: all,
        managed,
        members: all - managed,
        added: app.map(|app| asked(&app, done.added)).unwrap_or_default(),
        contacts_shared: contacts(viewer.reader().contacts_shared(organization).await?),
    }))
}

async fn install(viewer: &Viewer, input: InstallAppInput) -> CoreResult<InstallAppPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let workspace = match &input.target {
        InstallationTargetInput::Organization(_) => None,
        InstallationTargetInput::WorkspaceId(workspace) => Some(id(&["input", "target", "workspaceId"], workspace)?),
    };
    let app = id(&["input", "appId"], &input.app_id)?;
    let (scopes, dry_run) = (scopes(&input.scopes), input.dry_run);
    let done = viewer.perform(InstallApp { organization, workspace, app, scopes, dry_run }).await?;
    let installation = if dry_run { None } else { shown(viewer, done.installation).await? };
    let plan = plan(viewer, organization, Some(app), &done).await?;
    Ok(InstallAppPayload { installation, plan, ..Default::default() })
}

async fn update(viewer: &Viewer, input: UpdateInstallationInput) -> CoreResult<UpdateInstallationPayload> {
    let (organization, installation) = place(&input.organization_id, &input.installation_id)?;
    let action = UpdateInstallation {
        organization,
        installation,
        scopes: scopes(&input.scopes),
        expected_version: input.expected_version,
        dry_run: input.dry_run,
    };
    let done = viewer.perform(action).await?;
    let plan = plan(viewer, organization, None, &done).await?;
    let installation = shown(viewer, installation).await?;
    Ok(UpdateInstallationPayload { installation, plan, ..Default::default() })
}

async fn uninstall(viewer: &Viewer, input: UninstallAppInput) -> CoreResult<UninstallAppPayload> {
    let (organization, installation) = place(&input.organization_id, &input.installation_id)?;
    let reason = text(&["input", "reason"], Reason::parse(&input.reason))?;
    let done = viewer.perform(UninstallApp { organization, installation, reason }).await?;
    Ok(UninstallAppPayload { installation: shown(viewer, done).await?, ..Default::default() })
}

async fn cancel(viewer: &Viewer, input: CancelInstallationInput) -> CoreResult<CancelInstallationPayload> {
    let (organization, installation) = place(&input.organization_id, &input.installation_id)?;
    let done = viewer.perform(CancelInstallation { organization, installation }).await?;
    Ok(CancelInstallationPayload { installation: shown(viewer, done).await?, ..Default::default() })
}

async fn retry(viewer: &Viewer, input: RetryInstallationInput) -> CoreResult<RetryInstallationPayload> {
    let (organization, installation) = place(&input.organization_id, &input.installation_id)?;
    let done = viewer.perform(RetryInstallation { organization, installation }).await?;
    Ok(RetryInstallationPayload { installation: shown(viewer, done).await?, ..Default::default() })
}
