//! Every page: complete, harmless, usable without script and under the strict policy.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use url::Url;

use super::{render::*, samples, views::*};
use crate::notices::content::{Content, ControlAsserted, LANGUAGES, Sample, Sender};

fn sender() -> Sender {
    Sender {
        service_name: "Steward".into(),
        public_url: Url::parse("https://steward.example/").unwrap(),
        support: Some("help@steward.example".into()),
    }
}

/// The values of an attribute, wherever it stands.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_page_renders_in_every_language() {
    for language in LANGUAGES {
        for (name, html) in samples::pages(language, &sender()).unwrap() {
            assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{language}\">")), "{name}");
            for forbidden in ["{{", "{%", "undefined", "<script", "<img", " style=\"\"", " src=", " onclick", "@import"]
            {
                assert!(!html.contains(forbidden), "{name} contains {forbidden}");
            }
            for part in ["<main>", "<h1>", "name=\"viewport\"", "<title>"] {
                assert_eq!(html.matches(part).count(), 1, "{name}: {part}");
            }
        }
    }
}

#[test]
fn the_policy_allows_the_styles_that_pages_have_and_no_others() {
    let policy = content_security_policy();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for part in ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    for (name, html) in samples::pages("en", &sender()).unwrap() {
        let style = html.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
        let hash = BASE64_STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{name}: the stylesheet isn't the one that is allowed");
        assert_eq!(html.matches("<style>").count(), 1, "{name}");
        // A hash allows an element, never a style attribute.
        assert_eq!(attributes(&html, "style"), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn every_field_has_a_label_and_its_explanations_exist() {
    for (name, html) in samples::pages("en", &sender()).unwrap() {
        let ids = attributes(&html, "id");
        let choices = html.split("<select").skip(1);
        let inputs = html.split("<input").skip(1).filter(|rest| !rest.starts_with(" type=\"hidden\""));
        for input in inputs.chain(choices).map(|rest| rest.split('>').next().unwrap()) {
            let id = attributes(input, "id")[0];
            assert!(html.contains(&format!("<label for=\"{id}\">")), "{name}: {id} has no label");
            for described_by in attributes(input, "aria-describedby").iter().flat_map(|ids| ids.split(' ')) {
                assert!(ids.contains(&described_by), "{name}: {described_by} doesn't exist");
            }
        }
        for form in html.split("<form").skip(1) {
            let own =
                form.starts_with(" method=\"post\">") || form.starts_with(" method=\"post\" action=\"/sign-out\">");
            assert!(own, "{name}: forms go to the page's own address, or out");
        }
    }
}

#[test]
fn forms_of_pages_that_somebody_gets_signed_in_say_for_whom_they_were_made() {
    let hidden = format!("<input type=\"hidden\" name=\"made_for\" value=\"{}\">", super::own::samples::MADE_FOR);
    let mut marked = 0;
    for (name, html) in samples::pages("en", &sender()).unwrap() {
        let is_signed = html.contains("action=\"/sign-out\"");
        for form in html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
            assert_eq!(form.matches(&hidden).count(), usize::from(is_signed), "{name}: {form}");
            marked += usize::from(is_signed);
        }
    }
    assert!(marked > 20, "{marked}");
}

#[test]
fn an_error_stands_at_its_field_and_is_announced() {
    let errors = FieldErrors::from([("new_password", "Too <short>.".to_owned())]);
    let html = render(&PasswordResetPage { email: "ana@a.example".into(), errors }, "en", &sender()).unwrap();
    assert!(html.contains("<p class=\"error\" id=\"new_password-error\">Too &lt;short&gt;.</p>"), "{html}");
    assert!(html.contains("aria-invalid=\"true\" aria-describedby=\"new_password-error new_password-hint\""), "{html}");
    assert!(html.contains("role=\"alert\"") && html.contains("<title>Please check: Set a new password"), "{html}");
}

#[test]
fn no_password_is_ever_put_back_into_a_form() {
    for (name, html) in samples::pages("en", &sender()).unwrap() {
        for input in html.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if input.contains("type=\"password\"") {
                assert_eq!(attributes(input, "value"), Vec::<&str>::new(), "{name}");
            }
        }
    }
}

#[test]
fn hostile_values_stay_values() {
    let hostile = "\"><script>alert(1)</script>\u{202E}";
    let notice = ControlAsserted { organization: hostile.into(), message: Some(hostile.into()), ..Sample::sample() };
    let invited = || InvitedAccount::New { display_name: hostile.into() };
    let pages = [
        render(
            &NoticePage::new(
                Content::from(notice).fragment("en", &sender()).unwrap(),
                NoticeState::Ended { ended_because: Some(hostile.into()) },
            ),
            "en",
            &sender(),
        ),
        render(
            &InvitationPage {
                organization: hostile.into(),
                role: hostile.into(),
                invited_by: hostile.into(),
                email: hostile.into(),
                account: invited(),
                errors: FieldErrors::from([("display_name", hostile.to_owned())]),
            },
            "en",
            &sender(),
        ),
        render(
            &MembershipPage {
                organization: hostile.into(),
                workspace: hostile.into(),
                email: hostile.into(),
                account: invited(),
                errors: FieldErrors::new(),
            },
            "en",
            &sender(),
        ),
        render(&MessagePage::trouble(hostile, &[hostile]), "en", &sender()),
    ];
    for page in pages {
        let html = page.unwrap();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains('\u{202E}'), "{html}");
        assert!(!html.contains("&amp;lt;"), "escaped twice: {html}");
    }
}

#[test]
fn only_an_open_notice_has_a_button() {
    for (name, html) in samples::pages("en", &sender()).unwrap() {
        if name.starts_with("notice") {
            assert_eq!(html.contains("<button"), name == "notice_open", "{name}");
        }
    }
}

/// WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text, in light and in dark.
#[test]
fn text_has_contrast() {
    let style = include_str!("../../templates/pages/style.css");
    let palettes: Vec<&str> = style.split("--ground:").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(palettes.len(), 2);
    for palette in palettes {
        let palette = format!("--ground:{palette}");
        let color = |name: &str| {
            let hex = palette.split(&format!("{name}: #")).nth(1).unwrap().get(..6).unwrap();
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
        };
        for (front, back) in [
            ("--text", "--card"),
            ("--quiet", "--card"),
            ("--quiet", "--ground"),
            ("--accent", "--card"),
            ("--danger", "--card"),
            ("--on-accent", "--accent"),
        ] {
            let (one, other) = (color(front), color(back));
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= 4.5, "{front} on {back}: {contrast:.2}");
        }
    }
}
