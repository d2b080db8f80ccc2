//! Why a request is refused before anything of it runs.
//!
//! Each reason has a status, a code for programs and a sentence for people; none shows what the program looks like
//! inside. Refusals of the work itself (what a mutation answers) are not here: they come with a status of 200.

use std::borrow::Cow;
use std::time::Duration;

use async_graphql::Pos;
use http::StatusCode;

/// The code of a request that breaks a rule of HTTP, of JSON or of GraphQL.
pub const BAD_REQUEST: &str = "BAD_REQUEST";
/// The code of a request that would cost too much.
pub const TOO_COMPLEX: &str = "TOO_COMPLEX";
/// The code of a caller who spent the budget of the minute.
pub const RATE_LIMITED: &str = "RATE_LIMITED";
/// The code of a credential that is missing, unknown or dead.
pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// The code of a fault on our side; the message never tells the cause.
pub const INTERNAL: &str = "INTERNAL";

/// What people read when the fault is ours.
pub const INTERNAL_MESSAGE: &str =
    "Something went wrong on our side. Please try again; if it stays, tell us the request id.";

/// Why a request is refused before anything of it runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Neither GET nor POST.
    #[error("This address answers GET and POST only.")]
    MethodNotAllowed,
    /// A mutation or a subscription by GET, which links and images can send.
    #[error("A {operation} can't be sent by GET: send it by POST.")]
    NeedsPost {
        /// `mutation` or `subscription`.
        operation: &'static str,
    },
    /// A subscription by a transport that gives one answer.
    #[error("Subscriptions run over WebSocket at /graphql/ws, with the protocol graphql-transport-ws.")]
    SubscriptionByRequest,
    /// A body that isn't declared as JSON in UTF-8; forms can't declare that.
    #[error("The body must be sent as `Content-Type: application/json`, in UTF-8 and without a content encoding.")]
    UnsupportedMediaType,
    /// The caller accepts nothing that this address can answer.
    #[error("This address answers in application/graphql-response+json or application/json; `Accept` names neither.")]
    NotAcceptable,
    /// A GET without the header that tells it from a link.
    #[error("A query by GET needs the header `X-Steward-Client` with the name of your program, or send it by POST.")]
    ClientHeaderMissing,
    /// The body is larger than the limit, in bytes.
    #[error("The body is too large: {limit} bytes are allowed.")]
    BodyTooLarge {
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The connection broke, or the body's framing is wrong.
    #[error("The body couldn't be read to its end.")]
    BodyUnreadable,
    /// Bytes that are not UTF-8, in the body or in the address.
    #[error("The {place} isn't valid UTF-8.")]
    NotUtf8 {
        /// `body` or `address`.
        place: &'static str,
    },
    /// A body, or a parameter, that JSON forbids.
    #[error("{place} isn't valid JSON: {problem} (line {line}, column {column}).")]
    InvalidJson {
        /// What was read: `The body`, or a parameter's name.
        place: Cow<'static, str>,
        /// What is wrong.
        problem: String,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// Well-formed, but not a GraphQL request.
    #[error("{0}")]
    NotARequest(Cow<'static, str>),
    /// A JSON array of requests.
    #[error("Send one request at a time: a list of requests isn't supported.")]
    Batch,
    /// `extensions.persistedQuery`, which could not be served.
    #[error("Persisted queries aren't supported: send the whole query.")]
    PersistedQuery,
    /// The text of the query breaks GraphQL's grammar.
    #[error("The query isn't valid GraphQL: {problem}.")]
    Syntax {
        /// What is wrong.
        problem: String,
        /// Where, the most important place first.
        locations: Vec<Pos>,
    },
    /// The document is well-formed, but can't be run as asked.
    #[error("{problem}")]
    Invalid {
        /// What is wrong, as a sentence.
        problem: String,
        /// Where, the most important place first.
        locations: Vec<Pos>,
    },
    /// A limit is passed; see [`crate::graphql::limits`] for each.
    #[error("The request is too complex: {what} {value}, and {limit} {} allowed.", if *.limit == 1 { "is" } else { "are" })]
    TooComplex {
        /// What was counted, up to the number: `its fields number`.
        what: &'static str,
        /// What was counted before counting stopped.
        value: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// The budget of the minute is spent.
    #[error("Too many requests in a short time. Try again in {} seconds.", .retry_after.as_secs().max(1))]
    RateLimited {
        /// After this time the same request fits.
        retry_after: Duration,
    },
    /// A credential is missing, unknown or dead.
    #[error("Sign in first: this request has no valid credential.")]
    Unauthenticated,
    /// A fault on our side; the cause is in the log under the request id.
    #[error("{INTERNAL_MESSAGE}")]
    Internal,
}

impl RequestError {
    /// The value of `extensions.code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooComplex { .. } => TOO_COMPLEX,
            Self::RateLimited { .. } => RATE_LIMITED,
            Self::Unauthenticated => UNAUTHENTICATED,
            Self::Internal => INTERNAL,
            _ => BAD_REQUEST,
        }
    }

    /// The status for `application/graphql-response+json`.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MethodNotAllowed | Self::NeedsPost { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Whether HTTP was right and GraphQL refuses: such answers have status 200 when the caller asked for plain
    /// `application/json` ("GraphQL over HTTP", section "application/json").
    #[must_use]
    pub fn is_graphql_refusal(&self) -> bool {
        matches!(
            self,
            Self::Syntax { .. } | Self::Invalid { .. } | Self::TooComplex { .. } | Self::SubscriptionByRequest
        )
    }

    /// Where in the query the fault lies, if it lies in the query.
    #[must_use]
    pub fn locations(&self) -> &[Pos] {
        match self {
            Self::Syntax { locations, .. } | Self::Invalid { locations, .. } => locations,
            _ => &[],
        }
    }

    /// The methods for the `Allow` header that comes with a status of 405.
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        match self {
            Self::MethodNotAllowed => Some("GET, POST"),
            Self::NeedsPost { .. } => Some("POST"),
            _ => None,
        }
    }
}
