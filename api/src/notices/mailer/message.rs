//! A mail as the bytes that travel.

use std::time::SystemTime;

use data_encoding::HEXLOWER;
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};

use super::{Mail, MailError, flowed};

/// The longest line of a mail, in octets (RFC 5322, section 2.1.1).
const LONGEST_LINE: usize = 998;

/// How much of the bytes a person should be able to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Safe for every mail server: quoted where it has to be.
    Travel,
    /// Readable as a file: not quoted where it can be avoided.
    File,
}

/// The mail's addresses, parsed.
#[derive(Debug)]
pub(super) struct Envelope {
    pub from: Address,
    pub to: Address,
}

/// A `To` that is no address will never be one; a wrong `From` is a setting that can be mended.
pub(super) fn envelope(mail: &Mail) -> Result<Envelope, MailError> {
    Ok(Envelope { from: sender(mail)?.email, to: recipient(mail)? })
}

fn sender(mail: &Mail) -> Result<Mailbox, MailError> {
    mail.from
        .parse()
        .map_err(|error| MailError::transient(format!("“{}” can't be the sender of mail: {error}", mail.from)))
}

fn recipient(mail: &Mail) -> Result<Address, MailError> {
    mail.to
        .parse()
        .map_err(|error| MailError::Permanent {
            code: 553, reason: format!("“{}” is no address: {error}", mail.to)
        })
}

/// The whole message: headers, text and HTML.
pub(super) fn bytes(mail: &Mail, form: Form) -> Result<Vec<u8>, MailError> {
    let message = Message::builder()
        .from(sender(mail)?)
        .to(Mailbox::new(None, recipient(mail)?))
        .subject(one_line(&mail.subject))
        .date(SystemTime::from(mail.date))
        .message_id(Some(message_id(mail)?))
        // Answering machines stay silent (RFC 3834).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .multipart(
            MultiPart::alternative()
                .boundary(boundary(mail))
                .singlepart(part("text/plain; charset=utf-8; format=flowed", flowed::flow(&mail.text), form)?)
                .singlepart(part("text/html; charset=utf-8", mail.html.clone(), form)?),
        )
        .map_err(MailError::transient)?;
    Ok(message.formatted())
}

/// What parts text and HTML: the same on every try, and not to be foreseen by who chose a name or a message in it.
fn boundary(mail: &Mail) -> String {
    let mut hash = Sha256::new();
    for part in [&mail.message_id, &mail.text, &mail.html] {
        hash.update(part.as_bytes());
    }
    format!("=_{}", HEXLOWER.encode(&hash.finalize()[..16]))
}

fn part(content_type: &str, content: String, form: Form) -> Result<SinglePart, MailError> {
    let content_type = ContentType::parse(content_type).map_err(MailError::transient)?;
    let body = match form {
        Form::Travel => Body::new(content),
        // The library would quote lines from 77 octets on, and break links in two: nobody could copy them.
        Form::File if content.lines().all(|line| line.len() <= LONGEST_LINE) => Body::dangerous_pre_encoded(
            content.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes(),
            ContentTransferEncoding::EightBit,
        ),
        Form::File => Body::new(content),
    };
    Ok(SinglePart::builder().header(content_type).body(body))
}

/// A header is one line: whatever could end it becomes a space.
fn one_line(value: &str) -> String {
    value.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn message_id(mail: &Mail) -> Result<String, MailError> {
    let id = &mail.message_id;
    let inner = id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or_default();
    let printable = inner.chars().all(|character| character.is_ascii_graphic() && !matches!(character, '<' | '>'));
    if printable && inner.contains('@') && inner.len() <= 200 {
        Ok(id.clone())
    } else {
        Err(MailError::transient(format!("“{id}” can't be the Message-ID of a mail")))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::notices::mailer) fn mail() -> Mail {
        Mail {
            message_id: "<ntc_01jd3x8f7kq2m4v9w0z5c6b7n8@steward.example>".into(),
            from: "Steward <steward@steward.example>".into(),
            to: "ana@hofer.example".into(),
            subject: "Grüße & more".into(),
            text: "Hello Ána,\n\nhttps://steward.example/pages/0123456789\n".into(),
            html: "<p>Hello Ána</p>\n".into(),
            date: "2026-11-21T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_file_can_be_read_as_it_is() {
        insta::assert_snapshot!(String::from_utf8(bytes(&mail(), Form::File).unwrap()).unwrap().replace("\r\n", "\n"));
    }

    #[test]
    fn a_long_link_stays_whole_in_a_file() {
        let link = format!("https://steward.example/{}", "x".repeat(200));
        let long = Mail { text: format!("Hello,\n\n{link}\n"), html: format!("<a href=\"{link}\">x</a>\n"), ..mail() };
        let written = String::from_utf8(bytes(&long, Form::File).unwrap()).unwrap();
        assert_eq!(written.matches(&link).count(), 2, "{written}");
        let too_long = Mail { html: "x".repeat(LONGEST_LINE + 1), ..mail() };
        assert!(bytes(&too_long, Form::File).unwrap().split(|byte| *byte == b'\n').all(|line| line.len() < 100));
    }

    #[test]
    fn what_travels_is_ascii_and_the_same_every_time() {
        let first = bytes(&mail(), Form::Travel).unwrap();
        assert!(first.is_ascii());
        assert_eq!(first, bytes(&mail(), Form::Travel).unwrap());
        // Who knows how one mail is parted doesn't know it for a mail with other words.
        let boundary = |mail: &Mail| super::boundary(mail);
        assert_ne!(boundary(&mail()), boundary(&Mail { text: format!("--{}", boundary(&mail())), ..mail() }));
    }

    #[test]
    fn no_value_adds_a_header() {
        let hostile = Mail { subject: "Hi\r\nBcc: all@example.org\r\n\r\n<b>".into(), ..mail() };
        let written = String::from_utf8(bytes(&hostile, Form::Travel).unwrap()).unwrap();
        assert!(written.lines().all(|line| !line.starts_with("Bcc:") && !line.starts_with("<b>")), "{written}");
        for to in
            ["ana@hofer.example\r\nBcc: all@example.org", "ana@hofer.example, b@c.example", "", "ana", "a b@c.example"]
        {
            let error = bytes(&Mail { to: to.into(), ..mail() }, Form::Travel).unwrap_err();
            assert!(matches!(error, MailError::Permanent { code: 553, .. }), "{to}: {error:?}");
        }
        for id in ["<a@b>\r\nBcc: all@example.org", "<a@b\r\n>", "a@b", "<>", "<a b@c>"] {
            let error = bytes(&Mail { message_id: id.into(), ..mail() }, Form::Travel).unwrap_err();
            assert!(matches!(error, MailError::Transient { .. }), "{id}: {error:?}");
        }
        let error = bytes(&Mail { from: "nobody".into(), ..mail() }, Form::Travel).unwrap_err();
        assert!(matches!(error, MailError::Transient { .. }), "{error:?}");
    }
}
