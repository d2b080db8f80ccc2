//! The one cookie: the token of the session that these pages have opened. Its name begins with `__Host-`, by which a
//! browser takes it from this very host alone, over a connection that nobody else reads (`https`, or this machine).

use crate::core::{Error, Result};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

/// Its name.
const NAME: &str = "__Host-steward";
/// Without an age: the browser forgets it when it is closed. `Strict`: no other site's link or form sends it.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The token in the cookie of a request.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<SecretString> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == NAME)?;
    (!token.is_empty()).then(|| token.to_owned().into())
}

/// What gives the browser the cookie.
///
/// # Errors
/// When the token has characters that no token of ours has.
pub fn with(token: &SecretString) -> Result<HeaderValue> {
    let value = format!("{NAME}={}; {ATTRIBUTES}", token.expose_secret());
    let mut value = HeaderValue::try_from(value).map_err(Error::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

/// What takes it away again.
#[must_use]
pub fn none() -> HeaderValue {
    HeaderValue::from_static("__Host-steward=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        token(&headers).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn the_token_is_read_from_the_cookie_of_this_name_alone() {
        let some = Some("st_abc".to_owned());
        assert_eq!(read(&["__Host-steward=st_abc"]), some);
        assert_eq!(read(&["a=b; __Host-steward=st_abc; c=d"]), some);
        assert_eq!(read(&["a=b", "__Host-steward=st_abc"]), some);
        for other in ["steward=st_abc", "__host-steward=st_abc", "__Secure-steward=st_abc", "__Host-steward=", "st_abc"]
        {
            assert_eq!(read(&[other]), None, "{other}");
        }
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn what_takes_it_away_names_the_same_cookie() {
        let given = with(&"st_abc".to_owned().into()).unwrap();
        let given = given.to_str().unwrap().replace("st_abc", "");
        assert_eq!(none().to_str().unwrap(), format!("{given}; Max-Age=0"));
    }
}
