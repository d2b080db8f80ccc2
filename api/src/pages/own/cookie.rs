//! The cookie: the token of a session that these pages have opened. Its name begins with `__Host-`, by which a browser
//! takes it from this very host alone, over a connection that nobody else reads (`https`, or this machine).
//!
//! The name goes on with a word of the session's own. So an answer that takes a cookie away takes that one: a late one
//! leaves the browser what it has been given meanwhile.

use crate::core::{
    Error, Result,
    secret::{hex, sha256},
};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

/// How the names begin.
const NAMES: &str = "__Host-steward-";
/// Without an age: the browser forgets it when it is closed. `Strict`: no other site's link or form sends it.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";
/// How many count. A browser has one, and a second where two answers have crossed.
const MOST: usize = 16;

/// The name of the cookie with this token.
#[must_use]
pub fn name(token: &str) -> String {
    format!("{NAMES}{}", word(token))
}

/// The session's own word: of its token, but not what the database knows that by.
#[must_use]
pub fn word(token: &str) -> String {
    let mark = sha256(format!("cookie {token}").as_bytes());
    hex(mark.get(..8).unwrap_or_default())
}

/// The tokens in the cookies of a request, the newest first: browsers send what they got first first.
#[must_use]
pub fn tokens(headers: &HeaderMap) -> Vec<SecretString> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let ours = pairs.filter(|(named, _)| named.starts_with(NAMES));
    let mut newest: Vec<(&str, &str)> = ours.collect();
    newest.reverse();
    newest.truncate(MOST);
    let tokens = newest.into_iter().filter(|(named, token)| *named == name(token));
    tokens.map(|(_, token)| token.to_owned().into()).collect()
}

/// The token that counts: the newest.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<SecretString> {
    tokens(headers).into_iter().next()
}

/// What gives the browser the cookie.
///
/// # Errors
/// When the token has characters that no token of ours has.
pub fn with(token: &SecretString) -> Result<HeaderValue> {
    let token = token.expose_secret();
    let mut value = HeaderValue::try_from(format!("{}={token}; {ATTRIBUTES}", name(token))).map_err(Error::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

/// What takes the cookie with this token away again, and no other.
///
/// # Errors
/// None that can come about: the name is made of digits and letters.
pub fn without(token: &SecretString) -> Result<HeaderValue> {
    let value = format!("{}=; {ATTRIBUTES}; Max-Age=0", name(token.expose_secret()));
    HeaderValue::try_from(value).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        tokens(&headers).iter().map(|token| token.expose_secret().to_owned()).collect()
    }

    #[test]
    fn tokens_are_read_from_cookies_of_their_own_names_alone() {
        let [old, new] = ["st_old", "st_new"].map(|token| format!("{}={token}", name(token)));
        assert_eq!(read(&[&new]), ["st_new"]);
        assert_eq!(read(&[&format!("a=b; {old}; c=d; {new}")]), ["st_new", "st_old"]);
        assert_eq!(read(&["a=b", &old, &new]), ["st_new", "st_old"]);
        let name = name("st_new");
        for other in [
            "__Host-steward=st_new",
            "__Host-steward-=st_new",
            &format!("{}=st_new", name.to_uppercase()),
            &format!("{name}="),
            &format!("{name}=st_old"),
            &name,
            "st_new",
        ] {
            assert_eq!(read(&[other]), Vec::<String>::new(), "{other}");
        }
        assert_eq!(read(&[]), Vec::<String>::new());
        let many: Vec<String> = (0..9).map(|at| format!("{}=st_{at}", super::name(&format!("st_{at}")))).collect();
        assert_eq!(read(&[&many.join("; ")]), ["st_8", "st_7", "st_6", "st_5", "st_4", "st_3", "st_2", "st_1", "st_0"]);
    }

    #[test]
    fn what_takes_a_cookie_away_names_the_same_one_and_never_the_token() {
        let token = "st_abc".to_owned().into();
        let given = with(&token).unwrap();
        let taken = without(&token).unwrap();
        assert_eq!(taken.to_str().unwrap(), format!("{}; Max-Age=0", given.to_str().unwrap().replace("st_abc", "")));
        assert_ne!(taken, without(&"st_abd".to_owned().into()).unwrap());
    }
}
