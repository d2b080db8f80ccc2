//! Errors as callers see them. The only place where the core's errors become GraphQL.

use crate::core::{Code, Error, Result};
use async_graphql::{ErrorExtensions, SimpleObject};

/// What kind of mistake a user error is, for programs. New values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(remote = "Code")]
pub enum UserErrorCode {
    /// The value can't be what it has to be; the message says what would be right.
    Invalid,
    /// There is nothing under this id that you can see.
    NotFound,
    /// It exists already, or something newer is in its place.
    Conflict,
    /// It has changed since you read it. Read it again and decide again.
    Stale,
    /// What it is applied to is not in a state that allows it.
    InvalidState,
    /// Your organization doesn't manage this account.
    NotManaged,
    /// An organization manages this account, and its administrators decide.
    Managed,
    /// The person holds powers in your organization that you lack.
    HigherRole,
    /// Nobody does this to themselves.
    #[graphql(name = "SELF")]
    OnSelf,
    /// An organization keeps at least one owner.
    LastOwner,
    /// The address lies outside the domains that your organization has proved.
    OutsideDomains,
    /// A legal hold covers it.
    Held,
    /// Administrators have restricted editing this; the message says whose, why and until when.
    EditRestricted,
    /// Your organization doesn't allow this app; the message says what to do.
    AppNotAllowed,
    /// There are as many of these as there can be; the message says what to do.
    LimitReached,
    /// Another organization has proved this domain.
    DomainTaken,
    /// The proof of the domain is missing. Where you asked to verify it, `lastCheck` says what was found, and what to do;
    /// elsewhere, prove the domain again first.
    DomainNotProven,
    /// The address and the password don't belong together.
    WrongCredentials,
    /// The link is wrong, has been used, or is too old. Ask for a new one.
    LinkInvalid,
}

/// Something in the input that you can mend.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The field it is about, as a path from `input` on; null when it is about no single field.
    pub field: Option<Vec<String>>,
    /// What is wrong and what to do, in a sentence for people.
    pub message: String,
    /// What is wrong, for programs.
    pub code: UserErrorCode,
}

/// The answer of a mutation: what changed, or what to mend.
pub trait Payload: Sized {
    /// The answer that names a mistake.
    fn refused(error: UserError) -> Self;
}

/// Declares the payload of a mutation. Each has `userErrors`, empty when it succeeded.
#[macro_export]
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Default, async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// What to mend in the input; empty when it succeeded.
            pub user_errors: Vec<$crate::graphql::UserError>,
        }

        impl $crate::graphql::error::Payload for $name {
            fn refused(error: $crate::graphql::UserError) -> Self {
                Self { user_errors: vec![error], ..Self::default() }
            }
        }
    };
}

/// Turns what came of a mutation into its payload, or into a top-level error.
pub fn settle<P: Payload>(result: Result<P>) -> Settled<P> {
    Some(match result {
        Ok(payload) => Ok(payload),
        Err(Error::Refused(refusal)) => Ok(P::refused(user_error(refusal.as_ref()))),
        Err(error) => Err(top_level(error)),
    })
}

/// What came of a mutation. Fields of `Mutation` are nullable: one that failed is null, beside its top-level error.
pub type Settled<P> = Option<async_graphql::Result<P>>;

/// A refusal as a user error.
#[must_use]
pub fn user_error(refusal: &dyn crate::core::Refusal) -> UserError {
    let field = refusal.field();
    UserError {
        field: (!field.is_empty()).then(|| field.iter().map(|&part| part.to_owned()).collect()),
        message: refusal.to_string(),
        code: refusal.code().into(),
    }
}

/// The code of an error that concerns the request itself.
#[must_use]
pub const fn code(error: &Error) -> &'static str {
    match error {
        Error::Refused(_) | Error::BadRequest(_) => "BAD_REQUEST",
        Error::Unauthenticated => "UNAUTHENTICATED",
        Error::Forbidden(_) => "FORBIDDEN",
        Error::ReauthenticationRequired => "REAUTHENTICATION_REQUIRED",
        Error::RateLimited { .. } => "RATE_LIMITED",
        Error::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
        Error::LeaseLost | Error::Internal(_) => "INTERNAL",
    }
}

/// An error that concerns the request itself. Of internal ones the endpoint shows the request's id alone; their cause is
/// logged here.
#[must_use]
pub fn top_level(error: Error) -> async_graphql::Error {
    let code = code(&error);
    let message = if code == "INTERNAL" {
        tracing::error!(%error, "a request failed");
        "Something went wrong on our side. Please try again.".to_owned()
    } else {
        error.to_string()
    };
    let retry_after = if let Error::RateLimited { retry_after } = error { Some(retry_after) } else { None };
    async_graphql::Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        if let Some(seconds) = retry_after {
            extensions.set("retryAfter", seconds);
        }
    })
}

/// Turns what came of a read into its answer; what the viewer can't see is null.
pub fn read<T>(result: Result<T>) -> async_graphql::Result<T> {
    result.map_err(top_level)
}
