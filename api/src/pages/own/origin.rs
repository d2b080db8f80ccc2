//! Whether a form comes from a page of ours. The cookie says who sends it; this says that they meant to.

use crate::core::{Error, Result};
use http::{HeaderMap, header};
use url::Url;

/// What a browser says of where a request comes from. No page can set it.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Lets a form of ours pass. Browsers say so in `Sec-Fetch-Site`; older ones, and all of them where the connection isn't
/// one that they trust, name the page's origin instead. Who says neither can't be told from a forger.
///
/// # Errors
/// `Forbidden` for what comes from elsewhere: a page of another site, or of another host of the same.
pub fn require_ours(headers: &HeaderMap, public_url: &Url) -> Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match text(SEC_FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => text(header::ORIGIN.as_str()) == Some(&*public_url.origin().ascii_serialization()),
    };
    let refusal = "This form didn't come from a page of ours, so nothing was done. Open the page here and try again.";
    if ours { Ok(()) } else { Err(Error::Forbidden(refusal)) }
}

/// Whether a link of another site was followed to here.
#[must_use]
pub fn is_led_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "cross-site")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_send_forms() {
        let public_url = Url::parse("https://accounts.example.com/").unwrap();
        let is_ours = |site: Option<&str>, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            for (name, value) in [(SEC_FETCH_SITE, site), ("origin", origin)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            require_ours(&headers, &public_url).is_ok()
        };
        let own = Some("https://accounts.example.com");
        assert!(is_ours(Some("same-origin"), own));
        assert!(
            is_ours(Some("same-origin"), Some("http://127.0.0.1:8080")),
            "the browser knows under which name it came"
        );
        assert!(is_ours(None, own));
        for site in ["cross-site", "same-site", "none", "SAME-ORIGIN", ""] {
            assert!(!is_ours(Some(site), own), "{site}");
        }
        for origin in [
            "null",
            "http://accounts.example.com",
            "https://accounts.example.com:8443",
            "https://accounts.example.com.evil.example",
            "https://evil.example",
            "",
        ] {
            assert!(!is_ours(None, Some(origin)), "{origin}");
        }
        assert!(!is_ours(None, None));
    }
}
