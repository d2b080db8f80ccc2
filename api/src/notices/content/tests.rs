//! Every notice in every language: complete, harmless, and as it was read and approved.

mod variants;

use std::collections::BTreeSet;

use url::Url;

use super::*;
use variants::{hostile, variants};

fn sender() -> Sender {
    Sender {
        service_name: "Steward".into(),
        public_url: Url::parse("https://steward.example/").unwrap(),
        support: Some("help@steward.example".into()),
    }
}

fn link() -> Url {
    Url::parse("https://steward.example/pages/0123456789abcdefghjkmnpqrstvwxyz").unwrap()
}

fn render(content: &Content, language: &str, name: &str) -> Rendered {
    let link = link();
    content.render(language, name, content.kind().link_purpose().map(|_| &link), &sender()).unwrap()
}

/// Tags open and close in order.
fn assert_balanced(html: &str, what: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split(['>', ' ', '\n']).next()) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{what}: </{name}> closes something else"),
            None if ["meta", "hr", "br", "!doctype"].contains(&tag) => {}
            None => open.push(tag),
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "{what}: left open");
}

#[test]
fn every_notice_renders_in_every_language() {
    for language in LANGUAGES {
        for content in variants() {
            let what = format!("{} in {language}", content.kind());
            let rendered = render(&content, language, "Ana Gruber");
            let fragment = content.fragment(language, &sender()).unwrap();
            for part in [&rendered.subject, &rendered.text, &rendered.html, &fragment.subject, &fragment.html] {
                assert!(!part.contains("{{") && !part.contains("{%") && !part.contains("**"), "{what}: {part}");
                assert!(!part.contains("undefined"), "{what}: {part}");
                assert!(!part.contains(" ."), "{what}: {part}");
            }
            assert!(rendered.subject.chars().count() < 90, "{what}: a subject of this length is cut off");
            assert!(
                !rendered.text.contains("\n\n\n") && !rendered.text.lines().any(|line| line.ends_with(' ')),
                "{what}"
            );
            let by_name = rendered.text.starts_with("Hello Ana Gruber,\n");
            // Anybody could send words of their own to any address if these greeted by name.
            assert_eq!(by_name, !matches!(content, Content::SignUp(_) | Content::EmailChangeConfirm(_)), "{what}");
            assert_balanced(&rendered.html, &what);
            assert_balanced(&fragment.html, &what);
        }
    }
}

#[test]
fn a_link_stands_where_the_kind_has_one_and_nowhere_else() {
    let link = link();
    for content in variants() {
        let kind = content.kind();
        let mailed = content.render("en", "Ana", Some(&link), &sender()).unwrap();
        let stored = content.render("en", "Ana", None, &sender()).unwrap();
        let fragment = content.fragment("en", &sender()).unwrap();
        assert_eq!(mailed.text.contains(link.as_str()), kind.link_purpose().is_some(), "{kind}");
        let token = link.path().rsplit('/').next().unwrap();
        assert_eq!(mailed.html.contains(token), kind.link_purpose().is_some(), "{kind}");
        for part in [&stored.text, &stored.html, &fragment.html] {
            assert!(!part.contains(token), "{kind}: {part}");
        }
        assert_eq!(stored.text.contains("only in the mail itself"), kind.link_purpose().is_some(), "{kind}");
        assert!(!fragment.html.contains("only in the mail itself"), "{kind}");
        assert_eq!(mailed.sha256_of_text, stored.sha256_of_text, "{kind}: the hash is of the stored form");
    }
}

#[test]
fn hostile_values_stay_values() {
    for content in variants() {
        let kind = content.kind();
        let rendered = render(&hostile(&content), "en", "<script>alert(1)</script>\r\nBcc: all@example.org");
        let fragment = hostile(&content).fragment("en", &sender()).unwrap();
        assert!(!rendered.subject.contains(['\r', '\n', '\u{202E}']), "{kind}: {:?}", rendered.subject);
        for html in [&rendered.html, &fragment.html] {
            assert!(!html.contains("<script") && !html.contains('\u{202E}'), "{kind}: {html}");
        }
        assert_balanced(&rendered.html, kind.as_str());
        for line in rendered.text.lines() {
            assert!(!line.starts_with("Bcc:") && !line.starts_with("=>") && !line.starts_with("##"), "{kind}: {line}");
        }
    }
}

#[test]
fn a_greeting_carries_no_advertisement() {
    let content = Content::sample(NoticeKind::PasswordReset);
    for name in ["", "  ", "Win at https://casino.example", "WWW.casino.example", "me@example.org", &"x".repeat(101)] {
        assert!(render(&content, "en", name).text.starts_with("Hello,\n"), "{name}");
    }
    assert!(render(&content, "en", " Ana\r\nGruber ").text.starts_with("Hello Ana  Gruber,\n"));
}

#[test]
fn an_unknown_language_falls_back() {
    let content = Content::sample(NoticeKind::SignUp);
    for locale in ["en-GB", "EN", "tlh", "", "../../etc"] {
        assert_eq!(render(&content, locale, "Ana"), render(&content, "en", "Ana"), "{locale}");
    }
}

#[test]
fn content_survives_storage() {
    for content in variants() {
        let json = serde_json::to_value(&content).unwrap();
        assert_eq!(json["kind"], content.kind().as_str());
        assert_eq!(content.kind().as_str().parse(), Ok(content.kind()));
        assert_eq!(serde_json::from_value::<Content>(json).unwrap(), content);
    }
    assert_eq!("control".parse::<NoticeKind>().unwrap_err().to_string(), "no notice is called “control”");
}

#[test]
fn every_template_belongs_to_a_notice() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/notices");
    let folders: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: BTreeSet<String> = NoticeKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
    expected.insert("layout".into());
    assert_eq!(folders, expected);
    for kind in NoticeKind::ALL {
        let languages = std::fs::read_dir(format!("{folder}/{kind}")).unwrap().count();
        assert_eq!(languages, LANGUAGES.len(), "{kind} has a file for each language and nothing else");
    }
}

/// What people read, one file for each kind: a changed word shows in review.
#[test]
fn texts_are_as_approved() {
    for kind in NoticeKind::ALL {
        let rendered = render(&Content::sample(*kind), "en", "Ana Gruber");
        insta::assert_snapshot!(kind.as_str(), format!("{}\n\n{}", rendered.subject, rendered.text));
    }
    let html = render(&Content::sample(NoticeKind::ControlAsserted), "en", "Ana Gruber").html;
    insta::assert_snapshot!("control_asserted_html", html);
}

/// What is kept of a notice to who was erased: it reads back, and tells of nobody.
#[test]
fn a_notice_to_who_was_erased_can_still_be_read() {
    for content in variants() {
        let mut json = serde_json::to_value(&content).unwrap();
        crate::core::account::erase::scrub(&mut json);
        for told in [samples::EMAIL, samples::PERSONAL, "Ana", "192.0.2.17", "Firefox"] {
            assert!(!json.to_string().contains(told), "{json}");
        }
        let kept: Content = serde_json::from_value(json).unwrap();
        assert_eq!(kept.kind(), content.kind());
        render(&kept, "en", "");
    }
}
