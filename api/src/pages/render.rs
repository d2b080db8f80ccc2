//! Pages as HTML: a typed view in, a whole document out.
//!
//! The templates lie in `api/templates/pages`, the texts by language. A page has no script, no image and nothing from
//! elsewhere; its one stylesheet is inlined, and [`content_security_policy`] allows that text alone. Forms are sent to
//! the page's own address, which says what they are about, so nothing has to be hidden in them.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::views::Page;
use crate::notices::content::{self, Sender};

const STYLE: &str = include_str!("../../templates/pages/style.css");

/// A page couldn't be rendered: its template is wrong, not the caller's input.
#[derive(Debug, thiserror::Error)]
#[error("the page {page} could not be rendered: {reason}")]
pub struct PageError {
    /// The template's name.
    page: &'static str,
    /// What minijinja said.
    reason: String,
}

macro_rules! pages {
    ($($name:literal),+) => {
        /// Every page in every language, and what the pages share.
        const TEMPLATES: &[(&str, &str)] = &[
            ("layout.html", include_str!("../../templates/pages/layout.html")),
            ("mark.html", include_str!("../../templates/pages/mark.html")),
            ("fields.html", include_str!("../../templates/pages/fields.html")),
            $((concat!("en/", $name, ".html"), include_str!(concat!("../../templates/pages/en/", $name, ".html"))),)+
        ];
    };
}

pages!(
    "notice",
    "sign_up",
    "email_change",
    "password_reset",
    "invitation",
    "membership",
    "account",
    "message",
    "parts",
    "sign_in",
    "forgotten",
    "overview",
    "control",
    "address",
    "notices",
    "sessions",
    "deactivate",
    "password",
    "profile",
    "memberships",
    "apps",
    "delete"
);

static ENVIRONMENT: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    content::set_value_rules(&mut environment);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
});

/// Renders a page in the language of `locale`, else in English. Values are escaped.
pub fn render<P: Page>(page: &P, locale: &str, sender: &Sender) -> Result<String, PageError> {
    let failed = |error: &Error| PageError { page: P::TEMPLATE, reason: format!("{error:#}") };
    let language = content::language(locale);
    let environment = ENVIRONMENT.as_ref().map_err(failed)?;
    let context = context! {
        language,
        style => STYLE,
        referrer => P::REFERRER,
        ..context! { ..serialized(page), ..serialized(sender) }
    };
    environment
        .get_template(&format!("{language}/{}.html", P::TEMPLATE))
        .and_then(|template| template.render(context))
        .map_err(|error| failed(&error))
}

fn serialized(value: &impl Serialize) -> minijinja::Value {
    minijinja::Value::from_serialize(value)
}

/// The `Content-Security-Policy` of every page: nothing from anywhere but the one stylesheet; forms only to us; no frames.
pub fn content_security_policy() -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Every header that belongs to a page, `Content-Type` included: its address holds a token, or it shows what is somebody's
/// own, so that nothing may keep the page, name it to others or frame it.
pub fn headers<P: Page>() -> [(&'static str, String); 6] {
    [
        ("content-type", "text/html; charset=utf-8".into()),
        ("content-security-policy", content_security_policy()),
        ("referrer-policy", P::REFERRER.into()),
        ("cache-control", "no-store".into()),
        ("x-content-type-options", "nosniff".into()),
        ("x-robots-tag", "noindex".into()),
    ]
}
