//! What administrators agree to when they install an app or give it more, and what they are shown before.

use crate::{
    accounts::list::{AccountFilter, AccountList, AccountOrder},
    core::{
        Code, Error, Refusal, Result, Tx,
        apps::{
            Scopes,
            rules::{Rules, hold, steady},
        },
        invalid, not_found,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use steward_entities::{
    app, app_installation,
    id::{AppInstallationId, OrganizationId, WorkspaceId},
};

/// Why something can't be done with an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstallationRefusal {
    /// It is there already, or where it would be part of another.
    #[error(
        "This app is installed there already: on the organization, or on a workspace of it. Uninstall it there first."
    )]
    Double,
    /// The approval doesn't go so far.
    #[error("The approval of this app in your organization doesn't include all of these scopes.")]
    BeyondApproval,
    /// It isn't finished, or over.
    #[error("This app isn't installed: it is only being installed, or is gone.")]
    NotInstalled,
    /// It is over.
    #[error("This installation is over, or about to be.")]
    IsOver,
    /// There is nothing that could be taken back.
    #[error("Nothing is on its way here. To remove the app, use uninstallApp.")]
    NothingToCancel,
    /// There is nothing that could be tried again.
    #[error("Nothing is left to do here. Where the app is gone, install it anew.")]
    NothingToRetry,
}

impl Refusal for InstallationRefusal {
    fn code(&self) -> Code {
        match self {
            Self::Double => Code::Conflict,
            Self::BeyondApproval => Code::AppNotAllowed,
            Self::NotInstalled | Self::IsOver | Self::NothingToCancel | Self::NothingToRetry => Code::InvalidState,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::Double => &["input", "target"],
            Self::BeyondApproval => &["input", "scopes"],
            Self::NotInstalled | Self::IsOver | Self::NothingToCancel | Self::NothingToRetry => {
                &["input", "installationId"]
            }
        }
    }
}

/// Refuses scopes that the app doesn't ask for, or may not get here. `named` is the field of the input by which the app is
/// found.
///
/// # Errors
/// `INVALID`, `APP_NOT_ALLOWED`, `INVALID_STATE`.
pub fn may_have(
    scopes: Scopes,
    app: &app::Model,
    rules: &Rules,
    now: DateTime<Utc>,
    named: &'static [&'static str],
) -> Result<()> {
    let most = rules.most(app, now).map_err(|closed| closed.at(named))?;
    let field = &["input", "scopes"];
    if scopes.is_empty() {
        return Err(invalid(field, "must name one scope at least"));
    }
    if !scopes.without(Scopes(app.scopes)).is_empty() {
        return Err(invalid(field, "names a scope that the app doesn't ask for"));
    }
    if scopes.without(most).is_empty() { Ok(()) } else { Err(InstallationRefusal::BeyondApproval.into()) }
}

/// An installation of an organization, locked.
///
/// # Errors
/// `NOT_FOUND` for `installationId`.
pub async fn lock(tx: &Tx<'_>, organization: OrganizationId, id: AppInstallationId) -> Result<app_installation::Model> {
    let own = app_installation::Column::OrganizationId.eq(organization);
    let found = tx.lock(app_installation::Entity::find_by_id(id).filter(own)).one(tx.db()).await?;
    found.ok_or_else(|| not_found(&["input", "installationId"]))
}

/// An installation, locked, and what holds for its app. Nobody else decides about apps there meanwhile.
pub struct Standing {
    /// The installation.
    pub installation: app_installation::Model,
    /// Which app.
    pub app: app::Model,
    /// What holds for it.
    pub rules: Rules,
}

impl Standing {
    /// Locks the organization, then the installation; the app before its installations, as whoever changes an app takes
    /// them.
    ///
    /// # Errors
    /// `NOT_FOUND` for `organizationId` or `installationId`.
    pub async fn begin(tx: &Tx<'_>, organization: OrganizationId, id: AppInstallationId) -> Result<Self> {
        hold(tx, organization).await?.ok_or_else(|| not_found(&["input", "organizationId"]))?;
        let own = app_installation::Column::OrganizationId.eq(organization);
        let known = app_installation::Entity::find_by_id(id).filter(own).one(tx.db()).await?;
        let known = known.ok_or_else(|| not_found(&["input", "installationId"]))?;
        let app = steady(tx, known.app_id).await?.ok_or_else(|| Error::internal("an installation is of no app"))?;
        let installation = lock(tx, organization, id).await?;
        let rules = Rules::of(tx.db(), organization, app.id).await?;
        Ok(Self { installation, app, rules })
    }
}

/// Everybody whom it concerns.
#[must_use]
pub fn concerned(organization: OrganizationId, workspace: Option<WorkspaceId>, now: DateTime<Utc>) -> AccountList {
    let filter = AccountFilter { workspace, ..AccountFilter::default() };
    AccountList { organization, filter, order: AccountOrder::Id, now, app: None }
}

/// How many people it concerns. For a large organization counting takes its time, so it is only done when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// All of them.
    pub all: i64,
    /// Those whose accounts the organization manages.
    pub managed: i64,
}

impl Count {
    /// As it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(tx: &Tx<'_>, organization: OrganizationId, workspace: Option<WorkspaceId>) -> Result<Self> {
        let all = concerned(organization, workspace, tx.now());
        let filter = AccountFilter { workspace, managed: Some(true), ..AccountFilter::default() };
        let managed = AccountList { filter, ..concerned(organization, workspace, tx.now()) };
        Ok(Self { all: all.count(tx.db()).await?, managed: managed.count(tx.db()).await? })
    }
}

/// What came of an installation or of a change of one.
#[derive(Serialize, Deserialize)]
pub struct Consented {
    /// The installation.
    pub installation: AppInstallationId,
    /// How many people it concerns; only when nothing is done.
    pub count: Option<Count>,
    /// What becomes visible that wasn't before.
    pub added: Scopes,
}
