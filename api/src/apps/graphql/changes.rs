//! Changes of the catalogue in the schema.

use super::{App, AppScope};
use crate::{
    apps::{
        listing::{Asked, WithSecret},
        register_app::{RegisterApp, Registered},
        retire_app::RetireApp,
        revoke_app_secret::RevokeAppSecret,
        rotate_app_secret::RotateAppSecret,
        rotate_app_webhook_secret::RotateAppWebhookSecret,
        update_app::UpdateApp,
    },
    core::{
        Result as CoreResult, invalid,
        text::{EmailAddress, Label, PublicUrl, Reason},
    },
    graphql::{
        Settled, Viewer,
        input::{change, id, optional, text},
        settle,
    },
    payload,
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use steward_entities::id::AppId;

/// Something that an app asks for.
#[derive(InputObject)]
pub struct AskedScopeInput {
    /// What it asks for.
    scope: AppScope,
    /// Why, for the people and their administrators; 1 to 500 characters.
    reason: String,
}

fn asked(given: &[AskedScopeInput]) -> CoreResult<Asked> {
    let field = &["input", "scopes"];
    let read = |asked: &AskedScopeInput| Ok((asked.scope.into(), text(field, Reason::parse(&asked.reason))?));
    let scopes = given.iter().map(read).collect::<CoreResult<_>>()?;
    Asked::new(scopes).ok_or_else(|| invalid(field, "must name one scope at least, and each of them once"))
}

/// An app for the catalogue.
#[derive(InputObject)]
pub struct RegisterAppInput {
    /// What it is called: one line of 1 to 100 characters. There is one app of each name.
    name: String,
    /// Who makes it: one line of 1 to 100 characters.
    vendor: String,
    /// Where it presents itself: a public `https` address.
    homepage_url: String,
    /// Where its vendor says what becomes of what it sees: a public `https` address.
    privacy_policy_url: String,
    /// Whom people ask about it.
    support_email: String,
    /// Where its vendor is told of what concerns it: a public `https` address.
    webhook_url: Option<String>,
    /// What it asks for, each with a reason; at least one.
    scopes: Vec<AskedScopeInput>,
}

/// What to change of an app. What you leave out stays; null takes the webhook away.
#[derive(InputObject)]
pub struct UpdateAppInput {
    /// Which app.
    app_id: ID,
    /// What it is called.
    name: Option<String>,
    /// Who makes it.
    vendor: Option<String>,
    /// Where it presents itself.
    homepage_url: Option<String>,
    /// Where its vendor says what becomes of what it sees.
    privacy_policy_url: Option<String>,
    /// Whom people ask about it.
    support_email: Option<String>,
    /// Where its vendor is told of what concerns it.
    webhook_url: MaybeUndefined<String>,
    /// All that it asks for from now on, each with a reason. Where the app is installed, more than before holds only once
    /// an administrator there agrees; less holds at once.
    scopes: Option<Vec<AskedScopeInput>>,
    /// The `version` that you have read; another one is refused as `STALE`.
    expected_version: Option<i64>,
}

/// Of which app to make a new secret.
#[derive(InputObject)]
pub struct RotateAppSecretInput {
    /// Which app.
    app_id: ID,
    /// When the secret that is used now ends. Left out, it lasts until `revokeAppSecret`, or the next rotation.
    old_secret_expires_at: Option<DateTime<Utc>>,
}

/// Of which app to make a new secret for webhooks.
#[derive(InputObject)]
pub struct RotateAppWebhookSecretInput {
    /// Which app.
    app_id: ID,
    /// Until when webhooks are signed by the secret of now as well; 90 days ahead at most. Left out, for a day.
    old_secret_expires_at: Option<DateTime<Utc>>,
}

/// Which secret to end.
#[derive(InputObject)]
pub struct RevokeAppSecretInput {
    /// Which secret, from `App.secrets`.
    app_secret_id: ID,
}

/// Which app to take out of use.
#[derive(InputObject)]
pub struct RetireAppInput {
    /// Which app.
    app_id: ID,
    /// Why; 1 to 500 characters.
    reason: String,
}

payload! {
    /// What came of `registerApp`.
    RegisterAppPayload {
        /// The app.
        app: Option<App>,
        /// Its secret, for its vendor: the `client_secret` at the token endpoint. It is shown this once.
        secret: Option<String>,
        /// The secret by which its vendor knows that a webhook is ours, as Standard Webhooks says: `whsec_…`. It is shown this
        /// once.
        webhook_secret: Option<String>,
        /// Whether this request was answered before, and the secrets were in that answer.
        secret_already_shown: bool,
    }
}

payload! {
    /// What came of `rotateAppWebhookSecret`.
    RotateAppWebhookSecretPayload {
        /// The app.
        app: Option<App>,
        /// Its new secret for webhooks, for its vendor. It is shown this once.
        webhook_secret: Option<String>,
        /// Whether this request was answered before, and `webhookSecret` was in that answer.
        secret_already_shown: bool,
    }
}

payload! {
    /// What came of `updateApp`.
    UpdateAppPayload {
        /// The app.
        app: Option<App>,
    }
}

payload! {
    /// What came of `rotateAppSecret`.
    RotateAppSecretPayload {
        /// The app.
        app: Option<App>,
        /// Its new secret, for its vendor. It is shown this once.
        secret: Option<String>,
        /// Whether this request was answered before, and `secret` was in that answer.
        secret_already_shown: bool,
    }
}

payload! {
    /// What came of `revokeAppSecret`.
    RevokeAppSecretPayload {
        /// The app.
        app: Option<App>,
    }
}

payload! {
    /// What came of `retireApp`.
    RetireAppPayload {
        /// The app.
        app: Option<App>,
    }
}

/// Changes of the catalogue.
#[derive(Default)]
pub struct AppMutation;

#[Object]
impl AppMutation {
    /// Takes a third-party app into the catalogue. Organizations decide whether they use it. For operators of the
    /// platform. Confirm your password first.
    async fn register_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The app, its vendor, and what it asks for.")] input: RegisterAppInput,
    ) -> Settled<RegisterAppPayload> {
        settle(register(Viewer::of(ctx), input).await)
    }

    /// Changes what the catalogue says of an app. For operators of the platform. Confirm your password first.
    async fn update_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateAppInput,
    ) -> Settled<UpdateAppPayload> {
        settle(update(Viewer::of(ctx), input).await)
    }

    /// Makes a new secret of an app. The one that is used now stays valid meanwhile, so that its vendor can change to the
    /// new one; any older one ends at once. For operators of the platform. Confirm your password first.
    async fn rotate_app_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, and until when its secret of now is valid.")] input: RotateAppSecretInput,
    ) -> Settled<RotateAppSecretPayload> {
        settle(rotate(Viewer::of(ctx), input).await)
    }

    /// Makes a new secret by which an app's vendor knows that a webhook is ours. For a time webhooks are signed by the one of
    /// now as well, so that the vendor can change to the new one; any older one ends at once. For operators of the platform.
    /// Confirm your password first.
    async fn rotate_app_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, and until when its secret of now is used as well.")]
        input: RotateAppWebhookSecretInput,
    ) -> Settled<RotateAppWebhookSecretPayload> {
        settle(rotate_for_webhooks(Viewer::of(ctx), input).await)
    }

    /// Ends a secret of an app, and what was got with it, at once. For operators of the platform. Confirm your password
    /// first.
    async fn revoke_app_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which secret.")] input: RevokeAppSecretInput,
    ) -> Settled<RevokeAppSecretPayload> {
        settle(revoke(Viewer::of(ctx), input).await)
    }

    /// Takes an app out of use for good, wherever it is; it stops at once. For operators of the platform. Confirm your
    /// password first.
    async fn retire_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, and why.")] input: RetireAppInput,
    ) -> Settled<RetireAppPayload> {
        settle(retire(Viewer::of(ctx), input).await)
    }
}

async fn shown(viewer: &Viewer, id: AppId) -> CoreResult<Option<App>> {
    Ok(viewer.reader().app(id).await?.map(App))
}

async fn register(viewer: &Viewer, input: RegisterAppInput) -> CoreResult<RegisterAppPayload> {
    let action = RegisterApp {
        name: text(&["input", "name"], Label::parse(&input.name))?,
        vendor: text(&["input", "vendor"], Label::parse(&input.vendor))?,
        homepage: text(&["input", "homepageUrl"], PublicUrl::parse(&input.homepage_url))?,
        privacy_policy: text(&["input", "privacyPolicyUrl"], PublicUrl::parse(&input.privacy_policy_url))?,
        support_email: text(&["input", "supportEmail"], EmailAddress::parse(&input.support_email))?,
        webhook: optional(&["input", "webhookUrl"], input.webhook_url.as_deref(), PublicUrl::parse)?,
        asked: asked(&input.scopes)?,
    };
    let Registered { client: WithSecret { app, secret, .. }, webhook } = viewer.perform(action).await?;
    Ok(RegisterAppPayload {
        app: shown(viewer, app).await?,
        secret_already_shown: secret.is_none(),
        secret: secret.map(|secret| secret.expose_secret().to_owned()),
        webhook_secret: webhook.secret.map(|secret| secret.expose_secret().to_owned()),
        ..Default::default()
    })
}

async fn update(viewer: &Viewer, input: UpdateAppInput) -> CoreResult<UpdateAppPayload> {
    let action = UpdateApp {
        app: id(&["input", "appId"], &input.app_id)?,
        name: input.name.map(|name| text(&["input", "name"], Label::parse(&name))).transpose()?,
        vendor: input.vendor.map(|vendor| text(&["input", "vendor"], Label::parse(&vendor))).transpose()?,
        homepage: input.homepage_url.map(|url| text(&["input", "homepageUrl"], PublicUrl::parse(&url))).transpose()?,
        privacy_policy: input
            .privacy_policy_url
            .map(|url| text(&["input", "privacyPolicyUrl"], PublicUrl::parse(&url)))
            .transpose()?,
        support_email: input
            .support_email
            .map(|email| text(&["input", "supportEmail"], EmailAddress::parse(&email)))
            .transpose()?,
        webhook: change(&["input", "webhookUrl"], &input.webhook_url, PublicUrl::parse)?,
        asked: input.scopes.as_deref().map(asked).transpose()?,
        expected_version: input.expected_version,
    };
    let app = viewer.perform(action).await?;
    Ok(UpdateAppPayload { app: shown(viewer, app).await?, ..Default::default() })
}

async fn rotate(viewer: &Viewer, input: RotateAppSecretInput) -> CoreResult<RotateAppSecretPayload> {
    let app = id(&["input", "appId"], &input.app_id)?;
    let done = viewer.perform(RotateAppSecret { app, old_ends_at: input.old_secret_expires_at }).await?;
    Ok(RotateAppSecretPayload {
        app: shown(viewer, app).await?,
        secret_already_shown: done.secret.is_none(),
        secret: done.secret.map(|secret| secret.expose_secret().to_owned()),
        ..Default::default()
    })
}

async fn rotate_for_webhooks(
    viewer: &Viewer,
    input: RotateAppWebhookSecretInput,
) -> CoreResult<RotateAppWebhookSecretPayload> {
    let app = id(&["input", "appId"], &input.app_id)?;
    let done = viewer.perform(RotateAppWebhookSecret { app, old_ends_at: input.old_secret_expires_at }).await?;
    Ok(RotateAppWebhookSecretPayload {
        app: shown(viewer, app).await?,
        secret_already_shown: done.secret.is_none(),
        webhook_secret: done.secret.map(|secret| secret.expose_secret().to_owned()),
        ..Default::default()
    })
}

async fn revoke(viewer: &Viewer, input: RevokeAppSecretInput) -> CoreResult<RevokeAppSecretPayload> {
    let secret = id(&["input", "appSecretId"], &input.app_secret_id)?;
    let app = viewer.perform(RevokeAppSecret { secret }).await?;
    Ok(RevokeAppSecretPayload { app: shown(viewer, app).await?, ..Default::default() })
}

async fn retire(viewer: &Viewer, input: RetireAppInput) -> CoreResult<RetireAppPayload> {
    let action = RetireApp {
        app: id(&["input", "appId"], &input.app_id)?,
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
    };
    let app = viewer.perform(action).await?;
    Ok(RetireAppPayload { app: shown(viewer, app).await?, ..Default::default() })
}
