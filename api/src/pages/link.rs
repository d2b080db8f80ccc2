//! The last part of a page's address.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use std::convert::Infallible;

/// The secret text of a mailed link. What can't be read at all is empty, which is a link that doesn't work: such a visit
/// is answered by a page like any other.
pub struct Link(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Link {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(text)| text).unwrap_or_default()))
    }
}
