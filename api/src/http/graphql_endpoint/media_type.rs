//! What the caller can read, and what the caller sent.

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::RequestError;

/// The two media types that answers come in; both are JSON in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MediaType {
    /// `application/graphql-response+json`, whose status tells whether the request was refused.
    #[default]
    GraphqlResponse,
    /// `application/json`, for callers from before the specification.
    Json,
}

impl MediaType {
    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    fn subtype(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "graphql-response+json",
            Self::Json => "json",
        }
    }
}

/// Chooses by `Accept` (RFC 9110, section 12.5.1); where the caller has no preference, `GraphqlResponse`.
///
/// # Errors
/// `NotAcceptable` when the header names neither of the two.
pub fn negotiate(headers: &HeaderMap) -> Result<MediaType, RequestError> {
    if !headers.contains_key(ACCEPT) {
        return Ok(MediaType::default());
    }
    let ranges: Vec<Range> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect();
    let graphql = weight(&ranges, MediaType::GraphqlResponse);
    let json = weight(&ranges, MediaType::Json);
    match (graphql, json) {
        (0, 0) => Err(RequestError::NotAcceptable),
        (graphql, json) if json > graphql => Ok(MediaType::Json),
        _ => Ok(MediaType::GraphqlResponse),
    }
}

/// The weight of the most specific range that covers the type, in thousandths.
fn weight(ranges: &[Range], media: MediaType) -> u32 {
    ranges
        .iter()
        .filter_map(|range| Some((range.specificity(media)?, range.weight)))
        .max_by_key(|(specificity, _)| *specificity)
        .map_or(0, |(_, weight)| weight)
}

struct Range {
    kind: String,
    subtype: String,
    /// In thousandths.
    weight: u32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        let mut weight = 1_000;
        for parameter in parts {
            let Some((name, value)) = parameter.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("q") {
                weight = thousandths(value)?;
            } else if name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
                return None;
            }
        }
        Some(Self { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase(), weight })
    }

    fn specificity(&self, media: MediaType) -> Option<u8> {
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", "*") => Some(0),
            ("application", "*") => Some(1),
            ("application", subtype) if subtype == media.subtype() => Some(2),
            _ => None,
        }
    }
}

/// A quality of RFC 9110: from 0 to 1, with three digits at most.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let fraction: u32 = format!("{fraction:0<3}").parse().ok()?;
    let sum = whole.checked_mul(1_000)?.checked_add(fraction)?;
    (sum <= 1_000).then_some(sum)
}

/// Whether the body is declared as plain JSON in UTF-8: exactly one such header, and nothing that a form can declare.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut declared = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (declared.next(), declared.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else { return false };
    let mut parts = value.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    let utf8 = parts.filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
        !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    let plain =
        headers.get_all(CONTENT_ENCODING).iter().all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    essence.eq_ignore_ascii_case("application/json") && utf8 && plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(values: &[&'static str]) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT, HeaderValue::from_static(value));
        }
        negotiate(&headers).ok()
    }

    #[test]
    fn the_callers_wish_is_met() {
        const NEW: Option<MediaType> = Some(MediaType::GraphqlResponse);
        const OLD: Option<MediaType> = Some(MediaType::Json);
        let cases: &[(&[&str], Option<MediaType>)] = &[
            (&[], NEW),
            (&["*/*"], NEW),
            (&["application/*"], NEW),
            (&["application/json"], OLD),
            (&["Application/JSON; charset=UTF-8"], OLD),
            (&["application/graphql-response+json"], NEW),
            (&["application/json, application/graphql-response+json"], NEW),
            (&["application/json", "application/graphql-response+json"], NEW),
            (&["application/json, application/graphql-response+json;q=0.9"], OLD),
            (&["application/graphql-response+json;q=0, */*"], OLD),
            (&["application/json;q=0.1, */*;q=0.5"], NEW),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], NEW),
            (&["application/json, multipart/mixed"], OLD),
            (&["text/html"], None),
            (&["application/json;q=0"], None),
            (&["application/json;q=2"], None),
            (&["application/json;q=0.12345"], None),
            (&["application/json; charset=utf-16"], None),
            (&[""], None),
            (&["nonsense"], None),
        ];
        for (values, expected) in cases {
            assert_eq!(accept(values), *expected, "{values:?}");
        }
    }

    #[test]
    fn only_plain_json_is_json() {
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[("content-type", "application/json")], true),
            (&[("content-type", "Application/Json ; Charset=\"UTF-8\"")], true),
            (&[("content-type", "application/json"), ("content-encoding", "identity")], true),
            (&[], false),
            (&[("content-type", "application/json; charset=utf-16")], false),
            (&[("content-type", "application/json"), ("content-encoding", "gzip")], false),
            (&[("content-type", "application/json"), ("content-type", "text/plain")], false),
            (&[("content-type", "text/plain; application/json")], false),
            (&[("content-type", "application/json, text/plain")], false),
            (&[("content-type", "text/plain")], false),
            (&[("content-type", "application/x-www-form-urlencoded")], false),
            (&[("content-type", "multipart/form-data; boundary=x")], false),
            (&[("content-type", "application/graphql")], false),
            (&[("content-type", "application/jsonp")], false),
        ];
        for (values, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *values {
                headers.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_json(&headers), *expected, "{values:?}");
        }
    }
}
