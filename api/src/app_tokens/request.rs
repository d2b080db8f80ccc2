//! What a client sends to the OAuth endpoints: a form, and who it is, in the `Authorization` header or in the form.

use crate::{app_tokens::answer::Refused, core::apps::clients::Credentials};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use std::collections::HashMap;
use url::form_urlencoded;

/// The most that a form can hold: far more than any real one.
pub const LONGEST: usize = 16 * 1024;

/// A form in which each name comes once. What has no value counts as absent (RFC 6749, 3.2).
#[derive(Debug)]
pub struct Form(HashMap<String, String>);

impl Form {
    /// Reads a body.
    ///
    /// # Errors
    /// `invalid_request` for what isn't a form, and for a name that comes twice.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refused::request("Send a form: Content-Type application/x-www-form-urlencoded."));
        }
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refused::request("A parameter comes twice."));
            }
        }
        fields.retain(|_, value| !value.is_empty());
        Ok(Self(fields))
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that can't be missing.
    ///
    /// # Errors
    /// `invalid_request` without it.
    pub fn needs(&self, name: &'static str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| Refused::request(format!("The parameter {name} is missing.")))
    }

    /// Who the client says that it is, in one of the two ways (RFC 6749, 2.3.1).
    ///
    /// # Errors
    /// `invalid_client` for none, `invalid_request` for both.
    pub fn client(&self, headers: &HeaderMap) -> Result<Credentials, Refused> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let (header, more) = (given.next(), given.next());
        if more.is_some() {
            return Err(Refused::request("There is more than one Authorization header."));
        }
        let Some(header) = header else {
            let (Some(id), Some(secret)) = (self.get("client_id"), self.get("client_secret")) else {
                return Err(Refused::client());
            };
            return Ok(Credentials { id: id.to_owned(), secret: secret.to_owned().into() });
        };
        if self.get("client_secret").is_some() {
            return Err(Refused::request("Authenticate in one way: in the header, or in the form."));
        }
        let (id, secret) = basic(header.to_str().unwrap_or_default()).ok_or_else(Refused::client)?;
        if self.get("client_id").is_some_and(|named| named != id) {
            return Err(Refused::request("The header and the form name different clients."));
        }
        Ok(Credentials { id, secret: secret.into() })
    }
}

/// Id and secret of a `Basic` header (RFC 7617), each of which is encoded as in a form before.
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| {
        let pair = format!("x={}", part.replace('&', "%26"));
        let (_, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
        Some(value.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn headers(authorization: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
        for value in authorization {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        headers
    }

    fn client(authorization: &[&str], body: &str) -> Result<(String, String), Refused> {
        let headers = headers(authorization);
        let found = Form::read(&headers, body.as_bytes()).unwrap().client(&headers)?;
        Ok((found.id, found.secret.expose_secret().to_owned()))
    }

    #[test]
    fn a_form_names_each_parameter_once() {
        let form = Form::read(&headers(&[]), b"grant_type=client_credentials&scope=&a=b+c%26").unwrap();
        assert_eq!(
            (form.get("grant_type"), form.get("scope"), form.get("a")),
            (Some("client_credentials"), None, Some("b c&"))
        );
        assert_eq!(form.needs("scope").unwrap_err(), Refused::request("The parameter scope is missing."));
        assert!(Form::read(&headers(&[]), b"scope=a&scope=a").is_err());
        assert!(Form::read(&HeaderMap::new(), b"a=b").is_err());
    }

    #[test]
    fn a_client_says_who_it_is_in_one_way() {
        let pair = |id: &str, secret: &str| Ok((id.to_owned(), secret.to_owned()));
        let header = format!("Basic {}", STANDARD.encode("app_1:s%2Bcr:et"));
        assert_eq!(client(&[&header], ""), pair("app_1", "s+cr:et"));
        assert_eq!(client(&[&header.replace("Basic", "bAsIc")], "client_id=app_1"), pair("app_1", "s+cr:et"));
        assert_eq!(client(&[], "client_id=app_1&client_secret=a%26b"), pair("app_1", "a&b"));
        for (authorization, body, refused) in [
            (vec![], "", Refused::client()),
            (vec![], "client_id=app_1", Refused::client()),
            (vec!["Bearer abc"], "", Refused::client()),
            (vec!["Basic !!!"], "", Refused::client()),
            (vec!["Basic YWJj"], "", Refused::client()),
            (
                vec![header.as_str(), header.as_str()],
                "",
                Refused::request("There is more than one Authorization header."),
            ),
            (
                vec![header.as_str()],
                "client_secret=x",
                Refused::request("Authenticate in one way: in the header, or in the form."),
            ),
            (
                vec![header.as_str()],
                "client_id=app_2",
                Refused::request("The header and the form name different clients."),
            ),
        ] {
            assert_eq!(client(&authorization, body), Err(refused), "{authorization:?} {body}");
        }
    }
}
