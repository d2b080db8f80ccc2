//! Changes of whom apps don't see, in the schema.

use super::AppObjection;
use crate::{
    accounts::graphql::Account,
    app_objections::{
        decide_app_objection::DecideAppObjection, object_to_app::ObjectToApp, restore_app_access::RestoreAppAccess,
        revoke_app_access::RevokeAppAccess, withdraw_app_objection::WithdrawAppObjection,
    },
    core::{AccountAct, OnOne, Result as CoreResult, text::Reason},
    graphql::{
        Settled, Viewer,
        input::{id, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use steward_entities::id::{AppInstallationId, AppObjectionId};

/// To which app to object.
#[derive(InputObject)]
pub struct ObjectToAppInput {
    /// The installation by which the app concerns you.
    installation_id: ID,
    /// Why, for the administrators; 1 to 500 characters.
    reason: String,
}

/// Which objection to take back.
#[derive(InputObject)]
pub struct WithdrawAppObjectionInput {
    /// The objection.
    app_objection_id: ID,
}

/// What administrators say to an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AppObjectionOutcome {
    /// The app doesn't see the person, for as long as they leave it so.
    Uphold,
    /// The app sees the person again.
    Dismiss,
}

/// How to decide an objection.
#[derive(InputObject)]
pub struct DecideAppObjectionInput {
    /// Your organization.
    organization_id: ID,
    /// The objection.
    app_objection_id: ID,
    /// What you say to it.
    outcome: AppObjectionOutcome,
    /// Why, for the person and the log; 1 to 500 characters.
    reason: String,
}

macro_rules! access_inputs {
    ($($(#[$doc:meta])* $input:ident, $(#[$installation_doc:meta])*;)+) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $input {
            /// Your organization.
            organization_id: ID,
            /// The person's account: one that your organization manages, or of a member of one of its workspaces.
            account_id: ID,
            $(#[$installation_doc])*
            installation_id: ID,
            /// Why, for the person and the log; 1 to 500 characters.
            reason: String,
            /// Whether everything is checked, and nothing is changed or sent.
            #[graphql(default)]
            dry_run: bool,
        }

        impl $input {
            async fn run<A: AccountAct>(
                &self,
                viewer: &Viewer,
                act: impl FnOnce(AppInstallationId, Reason) -> A,
            ) -> CoreResult<Option<Account>> {
                let organization = id(&["input", "organizationId"], &self.organization_id)?;
                let account = id(&["input", "accountId"], &self.account_id)?;
                let installation = id(&["input", "installationId"], &self.installation_id)?;
                let reason = text(&["input", "reason"], Reason::parse(&self.reason))?;
                let act = act(installation, reason);
                let acted = viewer.perform(OnOne { organization, account, act, dry_run: self.dry_run }).await?;
                Ok(viewer.reader().account(acted.account).await?.map(Account))
            }
        }
    )+};
}

access_inputs! {
    /// Whom to keep from which app.
    RevokeAppAccessInput,
    /// An installation of the app. It is kept from seeing the person on each of them, and when it is installed anew.
    ;
    /// Whom to let which app see again.
    RestoreAppAccessInput,
    /// An installation of the app, whether it is over or not.
    ;
}

payload! {
    /// What came of `objectToApp`.
    ObjectToAppPayload {
        /// The objection.
        app_objection: Option<AppObjection>,
    }
}

payload! {
    /// What came of `withdrawAppObjection`.
    WithdrawAppObjectionPayload {
        /// The objection.
        app_objection: Option<AppObjection>,
    }
}

payload! {
    /// What came of `decideAppObjection`.
    DecideAppObjectionPayload {
        /// The objection.
        app_objection: Option<AppObjection>,
    }
}

payload! {
    /// What came of `revokeAppAccess`.
    RevokeAppAccessPayload {
        /// The account.
        account: Option<Account>,
    }
}

payload! {
    /// What came of `restoreAppAccess`.
    RestoreAppAccessPayload {
        /// The account.
        account: Option<Account>,
    }
}

/// Changes of whom apps don't see.
#[derive(Default)]
pub struct AppObjectionMutation;

#[Object]
impl AppObjectionMutation {
    /// Objects to an app of an organization that manages your account, or in whose workspaces you are a member. From this
    /// moment the app sees nothing of you; the administrators are told, and decide.
    async fn object_to_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which app, and why.")] input: ObjectToAppInput,
    ) -> Settled<ObjectToAppPayload> {
        settle(object(Viewer::of(ctx), input).await)
    }

    /// Takes back that you object to an app, also where the administrators have agreed. The app may see you again.
    async fn withdraw_app_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which objection.")] input: WithdrawAppObjectionInput,
    ) -> Settled<WithdrawAppObjectionPayload> {
        settle(withdraw(Viewer::of(ctx), input).await)
    }

    /// Decides whether an app may see somebody who objects to it; they read your reason. For administrators of apps.
    async fn decide_app_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which objection, and what you say to it.")] input: DecideAppObjectionInput,
    ) -> Settled<DecideAppObjectionPayload> {
        settle(decide(Viewer::of(ctx), input).await)
    }

    /// Keeps an app from seeing somebody, from this moment on. They are told, with your reason. For administrators of apps.
    async fn revoke_app_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, from which app, and why.")] input: RevokeAppAccessInput,
    ) -> Settled<RevokeAppAccessPayload> {
        let account = input.run(Viewer::of(ctx), |installation, reason| RevokeAppAccess { installation, reason }).await;
        settle(account.map(|account| RevokeAppAccessPayload { account, ..Default::default() }))
    }

    /// Lets an app see somebody again who was kept from it by `revokeAppAccess`. They are told, with your reason. Whoever
    /// objects to the app stays hidden. For administrators of apps.
    async fn restore_app_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, which app, and why.")] input: RestoreAppAccessInput,
    ) -> Settled<RestoreAppAccessPayload> {
        let account =
            input.run(Viewer::of(ctx), |installation, reason| RestoreAppAccess { installation, reason }).await;
        settle(account.map(|account| RestoreAppAccessPayload { account, ..Default::default() }))
    }
}

async fn objection(viewer: &Viewer, id: AppObjectionId) -> CoreResult<Option<AppObjection>> {
    Ok(viewer.reader().app_objection(id).await?.map(AppObjection))
}

async fn object(viewer: &Viewer, input: ObjectToAppInput) -> CoreResult<ObjectToAppPayload> {
    let installation = id(&["input", "installationId"], &input.installation_id)?;
    let reason = text(&["input", "reason"], Reason::parse(&input.reason))?;
    let done = viewer.perform(ObjectToApp { installation, reason }).await?;
    Ok(ObjectToAppPayload { app_objection: objection(viewer, done).await?, ..Default::default() })
}

async fn withdraw(viewer: &Viewer, input: WithdrawAppObjectionInput) -> CoreResult<WithdrawAppObjectionPayload> {
    let id = id(&["input", "appObjectionId"], &input.app_objection_id)?;
    let done = viewer.perform(WithdrawAppObjection { objection: id }).await?;
    Ok(WithdrawAppObjectionPayload { app_objection: objection(viewer, done).await?, ..Default::default() })
}

async fn decide(viewer: &Viewer, input: DecideAppObjectionInput) -> CoreResult<DecideAppObjectionPayload> {
    let action = DecideAppObjection {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        objection: id(&["input", "appObjectionId"], &input.app_objection_id)?,
        upholds: input.outcome == AppObjectionOutcome::Uphold,
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
    };
    let done = viewer.perform(action).await?;
    Ok(DecideAppObjectionPayload { app_objection: objection(viewer, done).await?, ..Default::default() })
}
