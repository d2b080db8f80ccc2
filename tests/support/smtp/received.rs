//! What the mail server has taken.

use mail_parser::MessageParser;

/// A mail as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The sender's address of the envelope.
    pub from: String,
    /// The recipients' addresses of the envelope.
    pub to: Vec<String>,
    /// The message, dots unstuffed, lines ended by CRLF.
    pub bytes: Vec<u8>,
}

impl Received {
    /// A header's decoded text; the first, if it is there more than once.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = MessageParser::default().parse(&self.bytes)?;
        let value = message.header(name)?;
        value.as_text().map(str::to_owned).or_else(|| message.header_raw(name).map(|raw| raw.trim().to_owned()))
    }

    /// The decoded text.
    pub fn text(&self) -> Option<String> {
        Some(MessageParser::default().parse(&self.bytes)?.body_text(0)?.into_owned())
    }

    /// The decoded HTML.
    pub fn html(&self) -> Option<String> {
        Some(MessageParser::default().parse(&self.bytes)?.body_html(0)?.into_owned())
    }
}
