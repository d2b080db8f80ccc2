//! The one error of the product.
//!
//! A *refusal* is what the caller can mend by another input: each feature has an enum of its own. What concerns the
//! request itself is a variant here. What went wrong on our side is `Internal`, which is logged once and never shown.

use sea_orm::DbErr;

/// The code of a refusal, as callers see it in `userErrors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
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
    OnSelf,
    /// An organization keeps at least one owner.
    LastOwner,
    /// The address lies outside the domains that your organization has proved.
    OutsideDomains,
    /// A legal hold covers it.
    Held,
    /// Administrators have restricted editing this; the message says whose, why and until when.
    EditRestricted,
    /// Your organization doesn't allow this app.
    AppNotAllowed,
    /// There are as many of these as there can be; the message says what to do.
    LimitReached,
    /// Another organization has proved this domain.
    DomainTaken,
    /// The proof of the domain wasn't found; `lastCheck` says what was.
    DomainNotProven,
    /// The address and the password don't belong together.
    WrongCredentials,
    /// The link is wrong, has been used, or is too old. Ask for a new one.
    LinkInvalid,
}

/// A refusal that the caller can mend by another input.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    /// Its code.
    fn code(&self) -> Code;

    /// Which field of the input it is about, from `input` on; empty where it is about no single one.
    fn field(&self) -> &'static [&'static str];
}

/// What can come of a request besides its answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller can mend it by another input.
    #[error("{0}")]
    Refused(Box<dyn Refusal>),
    /// Nobody is signed in, or the credential is no longer valid.
    #[error("Sign in first: this needs a session or an API key that is still valid.")]
    Unauthenticated,
    /// The caller lacks the permission, whatever the target.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The password must be given again first.
    #[error("Confirm your password first: call reauthenticate, then try again within ten minutes.")]
    ReauthenticationRequired,
    /// Tried too often.
    #[error("Too many tries. Please wait {retry_after} seconds and try again.")]
    RateLimited {
        /// Seconds until the next try can succeed.
        retry_after: i64,
    },
    /// The request itself is wrong.
    #[error("{0}")]
    BadRequest(String),
    /// An `Idempotency-Key` came again with another request.
    #[error("This Idempotency-Key was used with another request in the last 24 hours. Use a new key.")]
    IdempotencyKeyReused,
    /// A job's lease went to another worker.
    #[error("another worker has taken over this job")]
    LeaseLost,
    /// Something went wrong on our side.
    #[error("{0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Something went wrong on our side.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

impl<R: Refusal> From<R> for Error {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// Shorthand for what most of the code returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The refusals that every feature knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Common {
    /// Nothing under this id, for this caller.
    #[error("There is nothing under this id that you can see.")]
    NotFound(&'static [&'static str]),
    /// A text that isn't what it has to be.
    #[error("{1}")]
    Invalid(&'static [&'static str], String),
    /// It has changed since it was read.
    #[error("This has changed since you read it. Read it again and decide again.")]
    Stale,
}

impl Refusal for Common {
    fn code(&self) -> Code {
        match self {
            Self::NotFound(_) => Code::NotFound,
            Self::Invalid(..) => Code::Invalid,
            Self::Stale => Code::Stale,
        }
    }

    fn field(&self) -> &'static [&'static str] {
        match self {
            Self::NotFound(field) | Self::Invalid(field, _) => field,
            Self::Stale => &["input", "expectedVersion"],
        }
    }
}

/// Nothing under the id in this field.
pub fn not_found(field: &'static [&'static str]) -> Error {
    Common::NotFound(field).into()
}

/// A value in this field that isn't what it has to be; `why` completes “This value …”.
pub fn invalid(field: &'static [&'static str], why: impl std::fmt::Display) -> Error {
    Common::Invalid(field, format!("This value {why}.")).into()
}
