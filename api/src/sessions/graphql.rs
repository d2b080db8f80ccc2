//! Sessions in the schema.

use crate::{
    core::{
        Result as CoreResult, invalid,
        text::{EmailAddress, GivenPassword, Reason, UserAgent},
    },
    graphql::{
        Settled, Viewer,
        input::{id, text},
        settle,
    },
    payload,
    sessions::{
        reauthenticate::Reauthenticate,
        revoke_session::{RevokeSession, Which},
        revoke_sessions::RevokeSessions,
        sign_in::SignIn,
        sign_out::SignOut,
    },
};
use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use steward_entities::session;

/// A signed-in device.
pub struct Session(pub session::Model);

/// A signed-in device.
#[Object]
impl Session {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The device in plain words, such as “Firefox on Linux”, as far as it says what it is.
    async fn device(&self) -> String {
        UserAgent::lenient(&self.0.user_agent).device()
    }

    /// The device, as it named itself.
    async fn user_agent(&self) -> &str {
        &self.0.user_agent
    }

    /// The network address that it signed in from.
    async fn ip_address(&self) -> &str {
        &self.0.ip_address
    }

    /// When it signed in.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last used, kept to the minute.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Whether it is the one that sent this request.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        let person = Viewer::of(ctx).origin().caller.person();
        person.is_some_and(|person| person.session.id == self.0.id)
    }
}

/// The most sessions that one mutation names.
const MOST_SESSIONS: usize = 100;

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The account's address.
    email: String,
    /// Its password.
    password: String,
}

payload! {
    /// What came of `signIn`.
    SignInPayload {
        /// The session's token: send it as `Authorization: Bearer …`. It is shown this once.
        token: Option<String>,
    }
}

/// Where to sign out.
#[derive(InputObject, Default)]
pub struct SignOutInput {
    /// Whether all sessions of your account end, and not only the one of this request.
    #[graphql(default)]
    everywhere: bool,
}

payload! {
    /// What came of `signOut`.
    SignOutPayload {
        /// The session of this request, which has ended.
        session_id: Option<ID>,
    }
}

/// The password, once more.
#[derive(InputObject)]
pub struct ReauthenticateInput {
    /// The account's password.
    password: String,
}

payload! {
    /// What came of `reauthenticate`.
    ReauthenticatePayload {
        /// Until when this session may do what needs the password: roles, keys, claims, removal of domains, changes of
        /// address, `acceptControl`.
        reauthenticated_until: Option<DateTime<Utc>>,
    }
}

/// Which of your own sessions end: one, or all but this one.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    /// The session's id; left out with `allOthers`.
    session_id: Option<ID>,
    /// Whether all end but the one of this request, those too that were opened since you last looked.
    #[graphql(default)]
    all_others: bool,
}

payload! {
    /// What came of `revokeSession`.
    RevokeSessionPayload {
        /// The session that has ended; null with `allOthers`.
        session_id: Option<ID>,
        /// The sessions that have ended; with `allOthers` there may be none.
        session_ids: Vec<ID>,
    }
}

/// Whose sessions an administrator ends.
#[derive(InputObject)]
pub struct RevokeSessionsInput {
    /// Your organization, which manages the account.
    organization_id: ID,
    /// The person's account.
    account_id: ID,
    /// Which sessions, at most 100; without it all that are open.
    session_ids: Option<Vec<ID>>,
    /// Why; 1 to 500 characters. The person reads it, and the log keeps it.
    reason: String,
    /// Whether nothing is ended, and the answer only tells which sessions would be.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of `revokeSessions`.
    RevokeSessionsPayload {
        /// The account's id.
        account_id: Option<ID>,
        /// The sessions that have ended; with `dryRun` those that would.
        session_ids: Vec<ID>,
    }
}

/// Changes of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in with address and password. Unknown addresses and wrong passwords are answered alike.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Settled<SignInPayload> {
        settle(sign_in(Viewer::of(ctx), input).await)
    }

    /// Ends the session of this request, or all sessions of your account.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where; only here when left out.")] input: Option<SignOutInput>,
    ) -> Settled<SignOutPayload> {
        settle(sign_out(Viewer::of(ctx), input.unwrap_or_default()).await)
    }

    /// Gives the password again. For ten minutes this session may then do what would hurt most in a stranger's hands.
    async fn reauthenticate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Your password.")] input: ReauthenticateInput,
    ) -> Settled<ReauthenticatePayload> {
        settle(reauthenticate(Viewer::of(ctx), input).await)
    }

    /// Ends one of your own sessions, such as that of a lost telephone, or all but the one of this request.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RevokeSessionInput,
    ) -> Settled<RevokeSessionPayload> {
        settle(revoke_session(Viewer::of(ctx), input).await)
    }

    /// Ends sessions of an account that your organization manages. The password stays; the person is told.
    async fn revoke_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose sessions, and why.")] input: RevokeSessionsInput,
    ) -> Settled<RevokeSessionsPayload> {
        settle(revoke_sessions(Viewer::of(ctx), input).await)
    }
}

async fn sign_in(viewer: &Viewer, input: SignInInput) -> CoreResult<SignInPayload> {
    let email = text(&["input", "email"], EmailAddress::parse(&input.email))?;
    let password = text(&["input", "password"], GivenPassword::parse(&input.password))?;
    let done = viewer.perform(SignIn::new(email, password)).await?;
    Ok(SignInPayload { token: done.token.map(|token| token.expose_secret().to_owned()), ..Default::default() })
}

async fn sign_out(viewer: &Viewer, input: SignOutInput) -> CoreResult<SignOutPayload> {
    let everywhere = input.everywhere;
    let done = viewer.perform(SignOut { everywhere }).await?;
    Ok(SignOutPayload { session_id: Some(done.session.to_string().into()), ..Default::default() })
}

async fn reauthenticate(viewer: &Viewer, input: ReauthenticateInput) -> CoreResult<ReauthenticatePayload> {
    let password = text(&["input", "password"], GivenPassword::parse(&input.password))?;
    let done = viewer.perform(Reauthenticate::new(password)).await?;
    Ok(ReauthenticatePayload { reauthenticated_until: Some(done.until), ..Default::default() })
}

async fn revoke_session(viewer: &Viewer, input: RevokeSessionInput) -> CoreResult<RevokeSessionPayload> {
    let which = match (&input.session_id, input.all_others) {
        (Some(session), false) => Which::One(id(&["input", "sessionId"], session)?),
        (None, true) => Which::Others,
        _ => return Err(invalid(&["input", "sessionId"], "must be given, or allOthers be true, and not both")),
    };
    let sessions = viewer.perform(RevokeSession { which }).await?.sessions;
    let one = sessions.first().filter(|_| which != Which::Others);
    Ok(RevokeSessionPayload {
        session_id: one.map(|session| session.to_string().into()),
        session_ids: sessions.iter().map(|session| session.to_string().into()).collect(),
        ..Default::default()
    })
}

async fn revoke_sessions(viewer: &Viewer, input: RevokeSessionsInput) -> CoreResult<RevokeSessionsPayload> {
    let field = &["input", "sessionIds"];
    let sessions = input.session_ids.map(|given| {
        if given.is_empty() || given.len() > MOST_SESSIONS {
            return Err(invalid(field, "must have 1 to 100 ids; leave it out to end all sessions"));
        }
        given.iter().map(|given| id(field, given)).collect()
    });
    let action = RevokeSessions {
        organization: id(&["input", "organizationId"], &input.organization_id)?,
        account: id(&["input", "accountId"], &input.account_id)?,
        sessions: sessions.transpose()?,
        reason: text(&["input", "reason"], Reason::parse(&input.reason))?,
        dry_run: input.dry_run,
    };
    let done = viewer.perform(action).await?;
    Ok(RevokeSessionsPayload {
        account_id: Some(done.account.to_string().into()),
        session_ids: done.sessions.iter().map(|id| id.to_string().into()).collect(),
        ..Default::default()
    })
}
