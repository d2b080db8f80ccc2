//! Notices as people get them: subject, text, HTML.

use minijinja::{Value, context};
use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::{Content, LANGUAGES, NoticeKind, environment};

/// Who the mails and pages come from, the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sender {
    /// The name of the service, as people know it.
    #[serde(rename = "service")]
    pub service_name: String,
    /// Where the service is found; the root of every link.
    pub public_url: Url,
    /// How to reach the people who run the service, if they wish to be reached.
    pub support: Option<String>,
}

/// A notice, ready to be sent or stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line.
    pub subject: String,
    /// The text, in lines of any length, separated by `\n`.
    pub text: String,
    /// The same as a whole HTML document.
    pub html: String,
    /// SHA-256 of the stored form of the text, the one without the link, in hexadecimal.
    pub sha256_of_text: String,
}

/// What a notice says as a piece of HTML for its page: no greeting, no link, no small print. Values are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The subject: plain text, one line.
    pub subject: String,
    /// The body: HTML.
    pub html: String,
}

/// A notice couldn't be rendered: its template is wrong, not the caller's input.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template doesn't even parse.
    #[error("the templates of notices are broken: {0}")]
    Templates(String),
    /// A template asks for something that it isn't given.
    #[error("the notice {kind} could not be rendered: {source}")]
    Notice {
        /// Which notice.
        kind: NoticeKind,
        /// What minijinja said.
        source: minijinja::Error,
    },
}

/// The language to use for a locale: `de-AT` is served by `de`, an unknown one by the first of [`LANGUAGES`].
pub(crate) fn language(locale: &str) -> &'static str {
    let primary = locale.split(['-', '_']).next().unwrap_or_default();
    let fallback = LANGUAGES.first().copied().unwrap_or("en");
    LANGUAGES.iter().find(|language| language.eq_ignore_ascii_case(primary)).copied().unwrap_or(fallback)
}

impl Content {
    /// Renders the notice in the language of `locale`, else in English.
    ///
    /// `recipient_name` is whom the mail greets; an empty one isn't used, nor one that could be an advertisement. Without a `link` this is the stored form: in the link's place stands a neutral sentence, so that
    /// who may read the notice later can't use its link.
    pub fn render(
        &self,
        locale: &str,
        recipient_name: &str,
        link: Option<&Url>,
        sender: &Sender,
    ) -> Result<Rendered, RenderError> {
        let view = View { content: self, language: language(locale), recipient: self.greeted(recipient_name), sender };
        let subject = view.subject()?;
        let stored_text = view.text(None)?;
        let sha256_of_text = hexadecimal(&Sha256::digest(stored_text.as_bytes()));
        let text = if link.is_some() { view.text(link)? } else { stored_text };
        let body = view.body("html", "frame", link, false)?;
        let html =
            view.template(environment::SHELL.to_owned(), context! { body, subject, ..view.context(link, false) })?;
        Ok(Rendered { subject, text, html, sha256_of_text })
    }

    /// Renders what the notice says for its page.
    pub fn fragment(&self, locale: &str, sender: &Sender) -> Result<Fragment, RenderError> {
        let view = View { content: self, language: language(locale), recipient: None, sender };
        Ok(Fragment { subject: view.subject()?, html: view.body("page", self.kind().as_str(), None, true)? })
    }

    /// The name to greet. Strangers choose names, and ask for mails to addresses that nobody has proved: those greet
    /// nobody by name, and elsewhere a name that looks like an advertisement isn't used.
    fn greeted(&self, name: &str) -> Option<String> {
        let unproved = matches!(self.kind(), NoticeKind::SignUp | NoticeKind::EmailChangeConfirm);
        let name = environment::one_line(name).trim().to_owned();
        let lower = name.to_lowercase();
        let suspicious = ["://", "www.", "@"].iter().any(|mark| lower.contains(mark)) || name.chars().count() > 100;
        (!unproved && !name.is_empty() && !suspicious).then_some(name)
    }
}

/// A notice, a language, a reader.
struct View<'a> {
    content: &'a Content,
    language: &'static str,
    recipient: Option<String>,
    sender: &'a Sender,
}

impl View<'_> {
    fn subject(&self) -> Result<String, RenderError> {
        let subject = self.body("subject", self.content.kind().as_str(), None, false)?;
        Ok(subject.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn text(&self, link: Option<&Url>) -> Result<String, RenderError> {
        Ok(without_gaps(&self.body("text", "frame", link, false)?))
    }

    fn body(&self, form: &str, name: &str, link: Option<&Url>, on_page: bool) -> Result<String, RenderError> {
        let notice = environment::template_name(form, self.content.kind().as_str(), self.language);
        let withheld = environment::template_name(form, "withheld", self.language);
        let context = context! { notice, withheld, ..self.context(link, on_page) };
        self.template(environment::template_name(form, name, self.language), context)
    }

    fn context(&self, link: Option<&Url>, on_page: bool) -> Value {
        context! {
            language => self.language,
            recipient => self.recipient,
            link => link.map(Url::as_str),
            on_page,
            ..context! { ..Value::from_serialize(self.sender), ..Value::from_serialize(self.content) }
        }
    }

    fn template(&self, name: String, context: Value) -> Result<String, RenderError> {
        let of_notice = |source| RenderError::Notice { kind: self.content.kind(), source };
        environment::environment()?.get_template(&name).and_then(|template| template.render(context)).map_err(of_notice)
    }
}

/// Empty lines that a condition left behind are taken out: one at a time is enough.
fn without_gaps(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.trim().lines() {
        if !(line.is_empty() && result.ends_with("\n\n")) {
            result.push_str(line);
            result.push('\n');
        }
    }
    result
}

fn hexadecimal(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
