//! Deletions that vendors were asked for, in the schema.

use crate::{
    core::{Result as CoreResult, apps::clients::Credentials},
    data_deletions::confirm_data_deletion::ConfirmDataDeletion,
    graphql::{
        Settled, Viewer,
        error::read,
        input::id,
        page::{List, Page},
        settle,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{
    data_deletion,
    id::{AppInstallationId, OrganizationId},
    kinds,
};

/// The state of a deletion that a vendor was asked for. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DataDeletionStatus {
    /// The vendor has its time.
    Requested,
    /// The app has confirmed that it is deleted.
    Confirmed,
    /// The time is over, and the app has confirmed nothing.
    Overdue,
    /// Its reason is gone: the account is open again, or the app may see the person again.
    Withdrawn,
}

/// Why a vendor has to delete something. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::DataDeletionCause")]
pub enum DataDeletionCause {
    /// The installation is over.
    InstallationEnded,
    /// The account is closed for good.
    AccountTerminated,
    /// The account is erased.
    AccountErased,
    /// The app may not see the person any more: they have left where it is installed, administrators keep them from it, or
    /// their objection was upheld.
    OutOfSight,
}

/// A deletion that a vendor was asked for.
pub struct DataDeletion(pub data_deletion::Model);

/// What a vendor has to delete, and whether it says that it has.
#[Object]
impl DataDeletion {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its state.
    async fn status(&self) -> DataDeletionStatus {
        match &self.0 {
            data_deletion::Model { confirmed_at: Some(_), .. } => DataDeletionStatus::Confirmed,
            data_deletion::Model { withdrawn_at: Some(_), .. } => DataDeletionStatus::Withdrawn,
            data_deletion::Model { overdue_at: Some(_), .. } => DataDeletionStatus::Overdue,
            _ => DataDeletionStatus::Requested,
        }
    }

    /// Of which account; null where it is everything that came by the installation.
    async fn account_id(&self) -> Option<ID> {
        self.0.account_id.map(|id| id.to_string().into())
    }

    /// Why.
    async fn because(&self) -> DataDeletionCause {
        self.0.because.into()
    }

    /// When the vendor was asked.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// By when it has to be deleted.
    async fn deadline(&self) -> DateTime<Utc> {
        self.0.deadline
    }

    /// When the app confirmed that it is deleted.
    async fn confirmed_at(&self) -> Option<DateTime<Utc>> {
        self.0.confirmed_at
    }

    /// Whether the deadline has passed without word; it stays so where the app confirms later.
    async fn overdue(&self) -> bool {
        self.0.overdue_at.is_some()
    }
}

impl crate::graphql::plain::Plain for DataDeletion {}

/// The installation's part.
pub struct InstallationDataDeletions {
    /// Whose.
    pub organization: OrganizationId,
    /// Which.
    pub installation: AppInstallationId,
}

/// What the vendor of an app has to delete.
#[Object]
impl InstallationDataDeletions {
    /// What the app's vendor has to delete since the installation is over; null while it isn't, and where it never saw
    /// anything.
    async fn data_deletion(&self, ctx: &Context<'_>) -> Result<Option<DataDeletion>> {
        let found = Viewer::of(ctx).reader().data_deletion(self.organization, self.installation).await;
        Ok(read(found)?.map(DataDeletion))
    }

    /// What the app's vendor has to delete of single people whose accounts were closed for good, or whom the app may not see any
    /// more, oldest first.
    async fn account_data_deletions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Option<List<DataDeletion>>> {
        let page = Page { first, after, last, before };
        let found = Viewer::of(ctx).reader().account_data_deletions(self.organization, self.installation, &page).await;
        Ok(read(found)?.map(|rows| rows.connection(|row| vec![row.id.0.to_string()], DataDeletion)))
    }
}

/// What an app has deleted.
#[derive(InputObject)]
pub struct ConfirmDataDeletionInput {
    /// The app's id, as at the token endpoint.
    client_id: String,
    /// The app's secret, as at the token endpoint.
    client_secret: String,
    /// What came by this installation.
    installation_id: ID,
    /// Only what is known of this account. Left out, everything.
    account_id: Option<ID>,
}

payload! {
    /// What came of `confirmDataDeletion`.
    ConfirmDataDeletionPayload {
        /// Since when it is confirmed.
        confirmed_at: Option<DateTime<Utc>>,
    }
}

/// Changes of deletions.
#[derive(Default)]
pub struct DataDeletionMutation;

#[Object]
impl DataDeletionMutation {
    /// An app says that it has deleted what it was asked to delete: everything that came by an installation, or what it knows
    /// of one account. For apps, which prove themselves by id and secret: their tokens end with the installation. Said
    /// twice it is confirmed once.
    async fn confirm_data_deletion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who says so, and what is deleted.")] input: ConfirmDataDeletionInput,
    ) -> Settled<ConfirmDataDeletionPayload> {
        settle(confirm(Viewer::of(ctx), input).await)
    }
}

async fn confirm(viewer: &Viewer, input: ConfirmDataDeletionInput) -> CoreResult<ConfirmDataDeletionPayload> {
    let action = ConfirmDataDeletion {
        client: Credentials { id: input.client_id, secret: input.client_secret.into() },
        installation: id(&["input", "installationId"], &input.installation_id)?,
        account: input.account_id.map(|account| id(&["input", "accountId"], &account)).transpose()?,
    };
    let confirmed = viewer.perform(action).await?;
    Ok(ConfirmDataDeletionPayload { confirmed_at: Some(confirmed.at), ..Default::default() })
}
