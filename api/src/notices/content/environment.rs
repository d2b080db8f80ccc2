//! The templates, read once, and the rules for values that go into them.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::{LANGUAGES, NoticeKind, markup, words};

/// The shell of an HTML mail: one for all languages.
pub(super) const SHELL: &str = "html/shell";

static ENVIRONMENT: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(build);

/// The environment with every template in it. Only a broken template makes an error, and tests render all of them.
pub(super) fn environment() -> Result<&'static Environment<'static>, super::RenderError> {
    ENVIRONMENT.as_ref().map_err(|error| super::RenderError::Templates(error.to_string()))
}

/// The name of a template: `html/control_asserted/en`.
pub(super) fn template_name(form: &str, name: &str, language: &str) -> String {
    format!("{form}/{name}/{language}")
}

/// The frame and the small print of a language.
fn frame(language: &str) -> Option<[(&'static str, &'static str); 2]> {
    match language {
        "en" => Some([
            ("frame", include_str!("../../../templates/notices/layout/en.txt")),
            ("withheld", include_str!("../../../templates/notices/layout/en.withheld.txt")),
        ]),
        _ => None,
    }
}

fn build() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_auto_escape_callback(|name| {
        if name.starts_with("html/") || name.starts_with("page/") { AutoEscape::Html } else { AutoEscape::None }
    });
    set_value_rules(&mut environment);
    environment.add_template(SHELL, include_str!("../../../templates/notices/layout/mail.html"))?;
    for language in LANGUAGES {
        let notices = NoticeKind::ALL.iter().filter_map(|kind| Some((kind.as_str(), kind.source(language)?)));
        for (name, source) in notices.chain(frame(language).into_iter().flatten()) {
            let sources = markup::split(source);
            environment.add_template_owned(template_name("subject", name, language), sources.subject)?;
            environment.add_template_owned(template_name("text", name, language), sources.text)?;
            environment.add_template_owned(template_name("html", name, language), sources.html)?;
            environment.add_template_owned(template_name("page", name, language), sources.page)?;
        }
    }
    Ok(environment)
}

/// How values are written, and the filters that put them into words; the pages follow the same rules.
pub(crate) fn set_value_rules(environment: &mut Environment<'static>) {
    environment.set_formatter(write_value);
    environment.add_filter("moment", moment);
    environment.add_filter("role", |state: &State, role: &str| words::role_name(&language(state), role));
    environment.add_filter("powers", |state: &State, role: &str| words::role_powers(&language(state), role));
    environment.add_filter("profile_field", |state: &State, field: &str| words::profile_field(&language(state), field));
    environment.add_filter("edit_operation", |state: &State, name: &str| words::edit_operation(&language(state), name));
    environment.add_filter("app_scope", |state: &State, name: &str| words::app_scope(&language(state), name));
    environment.add_filter("my_app_scope", |state: &State, name: &str, managed: bool| {
        words::my_app_scope(&language(state), name, managed)
    });
    environment.add_filter("sentence", sentence);
    environment.add_filter("lines", lines);
    environment.add_filter("linked", linked);
}

/// Writes a value: as one line, without what could reorder or hide its neighbours, and escaped in HTML.
fn write_value(output: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(string) if !value.is_safe() => {
            let line = one_line(string);
            let line = if state.auto_escape() == AutoEscape::Html { escape(&line) } else { line };
            output.write_str(&line).map_err(Error::from)
        }
        _ => minijinja::escape_formatter(output, state, value),
    }
}

/// Control characters and line breaks become spaces; marks that change the direction of writing disappear.
pub(super) fn one_line(string: &str) -> String {
    string
        .chars()
        .filter(|character| !matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
        .map(|character| {
            let breaks = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
            if breaks { ' ' } else { character }
        })
        .collect()
}

fn language(state: &State<'_, '_>) -> String {
    state.lookup("language").and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn moment(state: &State<'_, '_>, value: &str) -> Result<String, Error> {
    let moment: DateTime<Utc> = value
        .parse()
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, "not a moment in RFC 3339").with_source(error))?;
    Ok(words::moment(&language(state), moment))
}

/// A name at the beginning of a sentence: “the operators” becomes “The operators”, names stay as they are.
fn sentence(value: &str) -> String {
    value.strip_prefix("the ").map_or_else(|| value.to_owned(), |rest| format!("The {rest}"))
}

/// Text of several lines inside a quotation: each line stays one.
fn lines(state: &State<'_, '_>, value: &str) -> Value {
    let html = state.auto_escape() == AutoEscape::Html;
    let lines = value.lines().map(one_line).map(|line| if html { escape(&line) } else { line });
    let joined = lines.collect::<Vec<_>>().join(if html { "<br>\n" } else { "\n> " });
    Value::from_safe_string(joined)
}

/// An address of the web: in HTML a link to itself.
fn linked(state: &State<'_, '_>, value: &str) -> Value {
    let address = one_line(value);
    let web = address.starts_with("https://") || address.starts_with("http://");
    if state.auto_escape() == AutoEscape::Html && web {
        let escaped = escape(&address);
        Value::from_safe_string(format!("<a href=\"{escaped}\">{escaped}</a>"))
    } else {
        Value::from(address)
    }
}

/// Escapes for text and for attributes in quotation marks. Slashes mean nothing there, and links stay readable.
fn escape(string: &str) -> String {
    minijinja::HtmlEscape(string).to_string().replace("&#x2f;", "/")
}
