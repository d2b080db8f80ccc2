//! From the wire to a GraphQL request.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::Method;
use http::header::HeaderName;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::RequestError;
use super::media_type::is_json;
use super::request_body::{assemble, json, request};

/// The largest body, in bytes: 10,000 ids, the most that the API takes at once, are about 340,000.
pub const MAX_BODY: usize = 512 * 1024;

/// The header that a query by GET must carry, with any value: no form and no link can send it.
pub const CLIENT_HEADER: HeaderName = HeaderName::from_static("x-steward-client");

/// Reads a body to its end, and no further than [`MAX_BODY`].
///
/// # Errors
/// `BodyTooLarge` as soon as the limit is passed; `BodyUnreadable` when the connection breaks.
pub async fn read_body(body: Body) -> Result<Bytes, RequestError> {
    // A declared length is believed when it condemns: nothing needs to be read then.
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(RequestError::BodyTooLarge { limit: MAX_BODY });
    }
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(RequestError::BodyTooLarge { limit: MAX_BODY }),
        Err(_) => Err(RequestError::BodyUnreadable),
    }
}

/// Reads a request out of its head and its body. Nothing of the query itself is looked at: see [`super::prepare`].
///
/// # Errors
/// Everything that HTTP, JSON and the shape of a GraphQL request can get wrong, with a sentence that says so.
pub fn read_request(parts: &http::request::Parts, body: Bytes) -> Result<async_graphql::Request, RequestError> {
    match parts.method {
        Method::POST => {
            if !is_json(&parts.headers) {
                return Err(RequestError::UnsupportedMediaType);
            }
            let text = std::str::from_utf8(&body).map_err(|_| RequestError::NotUtf8 { place: "body" })?;
            if text.trim_start().is_empty() {
                return Err(RequestError::NotARequest("The body is empty: send a JSON object with `query`.".into()));
            }
            request(json(text, "The body")?)
        }
        Method::GET => {
            let named = parts.headers.get(&CLIENT_HEADER).is_some_and(|name| !name.as_bytes().trim_ascii().is_empty());
            if !named {
                return Err(RequestError::ClientHeaderMissing);
            }
            by_get(parts.uri.query().unwrap_or_default())
        }
        _ => Err(RequestError::MethodNotAllowed),
    }
}

/// The four parameters of a query by GET, each at most once; others are ignored.
fn by_get(parameters: &str) -> Result<async_graphql::Request, RequestError> {
    const NAMES: [&str; 4] = ["query", "operationName", "variables", "extensions"];
    let mut values: [Option<String>; 4] = Default::default();
    for parameter in parameters.split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let name = decoded(name)?;
        let Some(index) = NAMES.iter().position(|known| *known == name) else {
            continue;
        };
        let Some(slot) = values.get_mut(index) else { continue };
        if slot.replace(decoded(value)?).is_some() {
            return Err(RequestError::NotARequest(format!("The parameter `{name}` comes twice.").into()));
        }
    }
    let [query, operation_name, variables, extensions] = values;
    let query = query.ok_or_else(|| RequestError::NotARequest("The parameter `query` is missing.".into()))?;
    let read = |text: Option<String>, place| {
        text.filter(|text| !text.trim().is_empty()).map(|text| json(&text, place)).transpose()
    };
    assemble(query, operation_name, read(variables, "`variables`")?, read(extensions, "`extensions`")?)
}

/// Decodes one part of `application/x-www-form-urlencoded`, and refuses what isn't UTF-8 instead of mending it.
fn decoded(text: &str) -> Result<String, RequestError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let pair = (rest.next().and_then(hexadecimal), rest.next().and_then(hexadecimal));
                let (Some(high), Some(low)) = pair else {
                    return Err(RequestError::NotARequest("The address has a `%` without two digits.".into()));
                };
                bytes.push(high << 4 | low);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| RequestError::NotUtf8 { place: "address" })
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
