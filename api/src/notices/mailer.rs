//! The door through which mail leaves.
//!
//! A [`Mail`] is handed to a [`Mailer`] as often as it takes, with the same `Message-ID` on every try. The answer decides
//! what becomes of its delivery: done, tried again later, or given up. Given up is only what a server has refused for
//! good, for this recipient or this message; all else, wrong settings included, may be well again tomorrow.

mod file;
mod flowed;
mod memory;
mod message;
mod smtp;
mod smtp_url;

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use file::FileMailer;
pub use memory::MemoryMailer;
pub use smtp::SmtpMailer;
pub use smtp_url::SmtpUrlError;

/// One mail to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The `Message-ID`, in angle brackets: `<ntc_01j…@steward.example>`. The same on every try.
    pub message_id: String,
    /// The sender: `Steward <steward@steward.example>`, or an address alone.
    pub from: String,
    /// The recipient: an address alone.
    pub to: String,
    /// The subject: one line.
    pub subject: String,
    /// The text, in lines of any length.
    pub text: String,
    /// The same as an HTML document.
    pub html: String,
    /// The `Date` of the mail.
    pub date: DateTime<Utc>,
}

/// Why a mail wasn't accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server refuses this recipient or this message for good; another try would get the same answer.
    #[error("refused for good ({code}): {reason}")]
    Permanent {
        /// The reply code by RFC 5321, 500 to 599; 553 also for an address that can't be written in a mail at all.
        code: u16,
        /// What the server said.
        reason: String,
    },
    /// It may work later: the server said so, or didn't answer, or our settings are wrong.
    #[error("not delivered yet: {reason}")]
    Transient {
        /// What happened.
        reason: String,
    },
}

impl MailError {
    fn transient(reason: impl ToString) -> Self {
        Self::Transient { reason: reason.to_string() }
    }
}

/// A way to send mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a mail. `Ok` means that the next server has taken responsibility for it.
    ///
    /// A mail whose answer is lost is reported as [`MailError::Transient`] and may arrive twice, never not at all.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;

    /// Whether what this mailer accepts is on its way to a person. Mail that is written to files for trying out isn't: no
    /// notice period begins by it.
    fn reaches_people(&self) -> bool {
        true
    }

    /// Where the mail can be read afterwards, if this mailer keeps it in a file.
    fn location(&self, _mail: &Mail) -> Option<PathBuf> {
        None
    }
}
