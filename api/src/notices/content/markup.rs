//! One source, two forms: the text of a notice, and its HTML.
//!
//! A template is plain text with minijinja in it and a little structure, by line:
//!
//! | line | in HTML |
//! | --- | --- |
//! | `Subject: …` (the first one) | the subject, not in the body |
//! | `## …` | a heading |
//! | `- …` | an item of a list |
//! | `> …` | a quotation |
//! | `=> …` | the mail's secret link, under this label |
//! | `---` | a line across |
//! | `{% … %}` alone | stays what it is |
//! | anything else | a paragraph, until an empty line |
//!
//! and `**…**` for strong words. The structure is read from the source, before values come in: no name, reason or
//! message can make a heading, a link or a list.

/// A template's source, split into what minijinja gets to see.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sources {
    /// The subject; empty when the source has none.
    pub subject: String,
    /// The body as text.
    pub text: String,
    /// The body as HTML for mail programs, which want styles where they are used.
    pub html: String,
    /// The body as HTML for a page, which has a stylesheet and allows no styles beside it.
    pub page: String,
}

/// Where the link stands. A stored copy says that there was one; the notice's own page, being where it leads, nothing.
const LINK_AS_TEXT: &str =
    "{% if link %}\nLABEL:\n{{ link }}\n{% elif not on_page %}\n{% include withheld %}\n\n{% endif %}\n";
const LINK_AS_HTML: &str = "{% if link %}\n<p style=\"margin:24px 0 8px\"><a href=\"{{ link }}\" style=\"display:inline-block;padding:12px 20px;\
     border-radius:6px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none\">LABEL</a></p>\n\
     <p style=\"margin:0 0 24px;font-size:13px;word-break:break-all\">{{ link }}</p>\n\
     {% elif not on_page %}\n{% include withheld %}\n{% endif %}\n";

/// Splits a source. Never fails: a line that is nothing special belongs to a paragraph.
pub(super) fn split(source: &str) -> Sources {
    let (subject, body) = match source.strip_prefix("Subject: ") {
        Some(rest) => rest.split_once('\n').unwrap_or((rest, "")),
        None => ("", source),
    };
    let html = as_html(body);
    Sources { subject: subject.trim().replace("**", ""), text: as_text(body), page: without_styles(&html), html }
}

fn as_text(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    for line in body.lines().map(str::trim_end) {
        if let Some(label) = line.strip_prefix("=> ") {
            text.push_str(&LINK_AS_TEXT.replace("LABEL", label));
        } else {
            text.push_str(&line.strip_prefix("## ").unwrap_or(line).replace("**", ""));
            text.push('\n');
        }
    }
    text
}

/// What a line is part of, and what has to be closed after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    None,
    Paragraph,
    List,
    Quotation,
}

impl Block {
    const fn opening(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Paragraph => "<p>",
            Self::List => "<ul style=\"padding-left:22px\">\n",
            Self::Quotation => {
                "<blockquote style=\"margin:12px 0;padding:2px 0 2px 14px;border-left:3px solid #8a94a6\"><p style=\"margin:4px 0\">"
            }
        }
    }

    const fn closing(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Paragraph => "</p>\n",
            Self::List => "</ul>\n",
            Self::Quotation => "</p></blockquote>\n",
        }
    }
}

fn as_html(body: &str) -> String {
    let mut html = String::with_capacity(body.len() * 2);
    let mut open = Block::None;
    let mut lines = body.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let statement = line.starts_with("{%") && line.ends_with("%}");
        let (block, content) = if line.is_empty() || line == "---" || line.starts_with("## ") || line.starts_with("=> ")
        {
            (Block::None, line)
        } else if let Some(item) = line.strip_prefix("- ") {
            (Block::List, item)
        } else if let Some(quoted) = line.strip_prefix("> ") {
            (Block::Quotation, quoted)
        } else if statement {
            // Items may depend on a condition, so a statement doesn't end their list; and a loop over items begins it.
            let begins = line.starts_with("{% for ") && lines.peek().is_some_and(|next| next.starts_with("- "));
            (if open == Block::List || begins { Block::List } else { Block::None }, line)
        } else {
            (Block::Paragraph, line)
        };
        if block != open {
            html.push_str(open.closing());
            html.push_str(block.opening());
            open = block;
        } else if matches!(open, Block::Paragraph | Block::Quotation) {
            html.push('\n');
        }
        if statement {
            html.push_str(line);
            html.push('\n');
        } else if let Some(heading) = content.strip_prefix("## ") {
            html.push_str(&format!("<h2 style=\"margin:28px 0 8px;font-size:17px\">{}</h2>\n", strong(heading)));
        } else if let Some(label) = content.strip_prefix("=> ") {
            html.push_str(&LINK_AS_HTML.replace("LABEL", label));
        } else if content == "---" {
            html.push_str("<hr style=\"margin:32px 0 16px;border:0;border-top:1px solid #8a94a6\">\n");
        } else if block == Block::List {
            html.push_str(&format!("<li style=\"margin:4px 0\">{}</li>\n", strong(content)));
        } else {
            html.push_str(&strong(content));
        }
    }
    html.push_str(open.closing());
    html
}

fn without_styles(html: &str) -> String {
    let mut parts = html.split(" style=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('"').map_or("", |(_, after)| after))
}

/// `**…**` as `<strong>`, within one line.
fn strong(line: &str) -> String {
    line.split("**").enumerate().fold(String::with_capacity(line.len()), |mut html, (index, part)| {
        match index {
            0 => {}
            odd if odd % 2 == 1 => html.push_str("<strong>"),
            _ => html.push_str("</strong>"),
        }
        html.push_str(part);
        html
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_the_first_line() {
        let sources = split("Subject: Your **new** role\n\nHello\n");
        assert_eq!(sources.subject, "Your new role");
        assert_eq!(sources.text, "\nHello\n");
        assert_eq!(sources.html, "<p>Hello</p>\n");
    }

    #[test]
    fn each_line_finds_its_block() {
        let sources = split(
            "One **two**\nthree\n\n{% if x %}\n> said\n> so\n\n{% endif %}\n- a\n{% if y %}\n- b\n{% endif %}\n\nEnd",
        );
        assert_eq!(
            sources.html,
            "<p>One <strong>two</strong>\nthree</p>\n{% if x %}\n\
             <blockquote style=\"margin:12px 0;padding:2px 0 2px 14px;border-left:3px solid #8a94a6\"><p style=\"margin:4px 0\">said\nso</p></blockquote>\n\
             {% endif %}\n<ul style=\"padding-left:22px\">\n<li style=\"margin:4px 0\">a</li>\n{% if y %}\n<li style=\"margin:4px 0\">b</li>\n{% endif %}\n</ul>\n\
             <p>End</p>\n"
        );
        assert!(sources.text.starts_with("One two\nthree\n"));
        assert!(sources.page.contains("\n<blockquote><p>said\nso</p></blockquote>\n"), "{}", sources.page);
    }
}
