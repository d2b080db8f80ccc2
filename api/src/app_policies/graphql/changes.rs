//! Changes of an organization's word on apps in the schema.

use super::{AppDecision, AppPolicyMode, AppRequest};
use crate::{
    app_policies::{
        answer_app_request::AnswerAppRequest, approve_app::ApproveApp, block_app::BlockApp,
        clear_app_decision::ClearAppDecision, request_app::RequestApp, set_app_policy::SetAppPolicy,
    },
    apps::graphql::{App, AppScope, scopes},
    core::{Result as CoreResult, text::Reason},
    graphql::{
        Settled, Viewer,
        input::{id, optional, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use steward_entities::id::{AppId, AppRequestId, OrganizationId};

/// What to say to apps about which nothing is decided.
#[derive(InputObject)]
pub struct SetAppPolicyInput {
    /// Your organization.
    organization_id: ID,
    /// The policy from now on. It holds at once, for apps that are installed too.
    mode: AppPolicyMode,
}

/// Which app to allow, how much of it, and until when.
#[derive(InputObject)]
pub struct ApproveAppInput {
    /// Your organization.
    organization_id: ID,
    /// The app.
    app_id: ID,
    /// The most that it may get, of what it asks for; left out, all.
    scopes: Option<Vec<AppScope>>,
    /// When the approval ends by itself. Then the app stops, until it is approved again or the decision is cleared.
    expires_at: Option<DateTime<Utc>>,
    /// Why, for the log and other administrators; up to 500 characters.
    reason: Option<String>,
}

/// Which app to refuse.
#[derive(InputObject)]
pub struct BlockAppInput {
    /// Your organization.
    organization_id: ID,
    /// The app.
    app_id: ID,
    /// Why, for the log and other administrators; up to 500 characters.
    reason: Option<String>,
}

/// About which app to decide nothing.
#[derive(InputObject)]
pub struct ClearAppDecisionInput {
    /// Your organization.
    organization_id: ID,
    /// The app.
    app_id: ID,
}

/// Which app to ask for.
#[derive(InputObject)]
pub struct RequestAppInput {
    /// The organization that manages your account, or of which you are a member.
    organization_id: ID,
    /// The app.
    app_id: ID,
    /// Why, for the administrators; up to 500 characters.
    reason: Option<String>,
}

/// What administrators say to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AppRequestOutcome {
    /// Yes. An app that isn't allowed yet is approved by that, with all that it asks for.
    Approved,
    /// No.
    Declined,
}

/// How to answer a request.
#[derive(InputObject)]
pub struct AnswerAppRequestInput {
    /// Your organization.
    organization_id: ID,
    /// The request.
    app_request_id: ID,
    /// Yes or no.
    outcome: AppRequestOutcome,
    /// Why, for the person and the log; 1 to 500 characters.
    reason: String,
}

payload! {
    /// What came of `setAppPolicy`.
    SetAppPolicyPayload {
        /// The policy.
        app_policy: Option<AppPolicyMode>,
    }
}

payload! {
    /// What came of `approveApp`.
    ApproveAppPayload {
        /// The decision.
        app_decision: Option<AppDecision>,
    }
}

payload! {
    /// What came of `blockApp`.
    BlockAppPayload {
        /// The decision.
        app_decision: Option<AppDecision>,
    }
}

payload! {
    /// What came of `clearAppDecision`.
    ClearAppDecisionPayload {
        /// The app, about which nothing is decided now.
        app: Option<App>,
    }
}

payload! {
    /// What came of `requestApp`.
    RequestAppPayload {
        /// The request.
        app_request: Option<AppRequest>,
    }
}

payload! {
    /// What came of `answerAppRequest`.
    AnswerAppRequestPayload {
        /// The request.
        app_request: Option<AppRequest>,
    }
}

/// Changes of an organization's word on apps.
#[derive(Default)]
pub struct AppPolicyMutation;

#[Object]
impl AppPolicyMutation {
    /// Decides about all third-party apps at once. For administrators of apps.
    async fn set_app_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The policy.")] input: SetAppPolicyInput,
    ) -> Settled<SetAppPolicyPayload> {
        settle(set_policy(Viewer::of(ctx), input).await)
    }

    /// Allows an app to be installed: all that it asks for or a part of it, for good or for a time. It is installed by
    /// `installApp`. For administrators of apps.
    async fn approve_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, how much of it, and until when.")] input: ApproveAppInput,
    ) -> Settled<ApproveAppPayload> {
        settle(approve(Viewer::of(ctx), input).await)
    }

    /// Refuses an app. Where it is installed it can do nothing from now on. For administrators of apps.
    async fn block_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, and why.")] input: BlockAppInput,
    ) -> Settled<BlockAppPayload> {
        settle(block(Viewer::of(ctx), input).await)
    }

    /// Takes back what was decided about one app; the policy decides from now on. For administrators of apps.
    async fn clear_app_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app.")] input: ClearAppDecisionInput,
    ) -> Settled<ClearAppDecisionPayload> {
        settle(clear(Viewer::of(ctx), input).await)
    }

    /// Asks the administrators of your organization for an app. They are told, and answer.
    async fn request_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, of whom, and why.")] input: RequestAppInput,
    ) -> Settled<RequestAppPayload> {
        settle(request(Viewer::of(ctx), input).await)
    }

    /// Answers somebody who has asked for an app; they read your reason. For administrators of apps.
    async fn answer_app_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what you say to it.")] input: AnswerAppRequestInput,
    ) -> Settled<AnswerAppRequestPayload> {
        settle(answer(Viewer::of(ctx), input).await)
    }
}

fn place(organization: &ID, app: &ID) -> CoreResult<(OrganizationId, AppId)> {
    Ok((id(&["input", "organizationId"], organization)?, id(&["input", "appId"], app)?))
}

fn reason(given: Option<&str>) -> CoreResult<Option<Reason>> {
    optional(&["input", "reason"], given, Reason::parse)
}

async fn decided(viewer: &Viewer, organization: OrganizationId, app: AppId) -> CoreResult<Option<AppDecision>> {
    Ok(viewer.reader().app_decision(organization, app).await?.map(AppDecision))
}

async fn requested(viewer: &Viewer, id: AppRequestId) -> CoreResult<Option<AppRequest>> {
    Ok(viewer.reader().app_request(id).await?.map(AppRequest))
}

async fn set_policy(viewer: &Viewer, input: SetAppPolicyInput) -> CoreResult<SetAppPolicyPayload> {
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    viewer.perform(SetAppPolicy { organization, mode: input.mode.into() }).await?;
    let app_policy = viewer.reader().app_policy(organization).await?.map(Into::into);
    Ok(SetAppPolicyPayload { app_policy, ..Default::default() })
}

async fn approve(viewer: &Viewer, input: ApproveAppInput) -> CoreResult<ApproveAppPayload> {
    let (organization, app) = place(&input.organization_id, &input.app_id)?;
    let scopes = input.scopes.as_deref().map(scopes);
    let (reason, expires_at) = (reason(input.reason.as_deref())?, input.expires_at);
    viewer.perform(ApproveApp { organization, app, scopes, reason, expires_at }).await?;
    Ok(ApproveAppPayload { app_decision: decided(viewer, organization, app).await?, ..Default::default() })
}

async fn block(viewer: &Viewer, input: BlockAppInput) -> CoreResult<BlockAppPayload> {
    let (organization, app) = place(&input.organization_id, &input.app_id)?;
    viewer.perform(BlockApp { organization, app, reason: reason(input.reason.as_deref())? }).await?;
    Ok(BlockAppPayload { app_decision: decided(viewer, organization, app).await?, ..Default::default() })
}

async fn clear(viewer: &Viewer, input: ClearAppDecisionInput) -> CoreResult<ClearAppDecisionPayload> {
    let (organization, app) = place(&input.organization_id, &input.app_id)?;
    let app = viewer.perform(ClearAppDecision { organization, app }).await?;
    Ok(ClearAppDecisionPayload { app: viewer.reader().app(app).await?.map(App), ..Default::default() })
}

async fn request(viewer: &Viewer, input: RequestAppInput) -> CoreResult<RequestAppPayload> {
    let (organization, app) = place(&input.organization_id, &input.app_id)?;
    let done = viewer.perform(RequestApp { organization, app, reason: reason(input.reason.as_deref())? }).await?;
    Ok(RequestAppPayload { app_request: requested(viewer, done).await?, ..Default::default() })
}

async fn answer(viewer: &Viewer, input: AnswerAppRequestInput) -> CoreResult<AnswerAppRequestPayload> {
    let action = AnswerAppRequest {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        request: id(&["input", "appRequestId"], &input.app_request_id)?,
        approves: input.outcome == AppRequestOutcome::Approved,
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
    };
    let done = viewer.perform(action).await?;
    Ok(AnswerAppRequestPayload { app_request: requested(viewer, done).await?, ..Default::default() })
}
