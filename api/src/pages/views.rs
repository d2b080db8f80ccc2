//! What each page needs to know.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{notices::content::Fragment, pages::visit::Form};

/// A view with a template: the template's name is its file's, without language and ending.
pub trait Page: Serialize {
    /// The template's name.
    const TEMPLATE: &'static str;
    /// What the browser tells of the page's address to others, and to us. The address of a page that a mail led to is a
    /// secret, and is told to nobody; then forms come without the origin by which forged ones are told from ours.
    const REFERRER: &'static str = "no-referrer";
}

/// What is wrong with a form: for the name of a field, a sentence for people. Empty at first.
pub type FieldErrors = BTreeMap<&'static str, String>;

/// Whether the reader of a notice can still do something with it here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NoticeState {
    /// Not acknowledged yet: shows the button. The form sends `acknowledge=yes`.
    Open,
    /// Acknowledged, by this page or in the service.
    Acknowledged {
        /// When.
        acknowledged_at: Option<DateTime<Utc>>,
    },
    /// What it announced is over.
    Ended {
        /// Why, as the end of the sentence “This notice is no longer current: …”, with its full stop.
        ended_because: Option<String>,
    },
}

/// A notice, opened from its mail.
#[derive(Clone, Debug, Serialize)]
pub struct NoticePage {
    subject: String,
    body: String,
    #[serde(flatten)]
    state: NoticeState,
}

impl NoticePage {
    /// The page of a notice; what it says comes from `Content::fragment`, whose values are escaped.
    pub fn new(notice: Fragment, state: NoticeState) -> Self {
        Self { subject: notice.subject, body: notice.html, state }
    }
}

/// Completing a sign-up. Fields: `display_name`, `password`.
#[derive(Clone, Debug, Serialize)]
pub struct SignUpPage {
    /// The address that the link proved.
    pub email: String,
    /// The name given so far; may be empty.
    pub display_name: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// Confirming a new address. Sends `confirm=yes`.
#[derive(Clone, Debug, Serialize)]
pub struct EmailChangePage {
    /// The address in force.
    pub old_email: String,
    /// The address that the link proves.
    pub new_email: String,
    /// The organization that manages the account.
    pub managed_by: Option<String>,
    /// Whether its control ends with the change.
    pub releases: bool,
}

/// Setting a new password. Field: `new_password`.
#[derive(Clone, Debug, Serialize)]
pub struct PasswordResetPage {
    /// The account's address.
    pub email: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// Whether the invited address has an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "account", rename_all = "snake_case")]
pub enum InvitedAccount {
    /// None yet: the page asks for `display_name` and `password`, and makes one.
    New {
        /// The name given so far; may be empty.
        display_name: String,
    },
    /// It has one: the page asks for its `password`.
    Existing,
}

impl InvitedAccount {
    /// Whether there is one, before anything was typed in.
    #[must_use]
    pub const fn of(exists: bool) -> Self {
        if exists { Self::Existing } else { Self::New { display_name: String::new() } }
    }

    /// Keeps the name that was typed in, for the next try.
    pub fn keep_name(&mut self, form: &Form) {
        if let Self::New { display_name } = self {
            form.field("display_name").clone_into(display_name);
        }
    }
}

/// Accepting a role in an organization. Fields: those of [`InvitedAccount`].
#[derive(Clone, Debug, Serialize)]
pub struct InvitationPage {
    /// Where the role counts.
    pub organization: String,
    /// The role, as the API names it.
    pub role: String,
    /// Who invites: a name, or “the operators”.
    pub invited_by: String,
    /// The invited address.
    pub email: String,
    /// Whether the address has an account.
    #[serde(flatten)]
    pub account: InvitedAccount,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// Accepting or declining a membership. Fields: `answer` (`accept` or `decline`) and those of [`InvitedAccount`];
/// declining needs none of them.
#[derive(Clone, Debug, Serialize)]
pub struct MembershipPage {
    /// Whose workspace it is.
    pub organization: String,
    /// The workspace.
    pub workspace: String,
    /// The invited address.
    pub email: String,
    /// Whether the address has an account.
    #[serde(flatten)]
    pub account: InvitedAccount,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// Taking up or declining an account that administrators made. Fields: `answer` (`accept` or `decline`) and
/// `new_password`; declining needs none.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPage {
    /// Who made it.
    pub organization: String,
    /// The domain that makes it possible.
    pub domain: String,
    /// The account's address.
    pub email: String,
    /// The administrators' own words.
    pub message: Option<String>,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It worked.
    Done,
    /// It didn't.
    Trouble,
}

/// Where a message leads on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The page to sign in.
    SignIn,
    /// The reader's account.
    Account,
}

/// A page that only says something: done, expired, not found, too many tries.
#[derive(Clone, Debug, Serialize)]
pub struct MessagePage {
    /// The heading.
    pub title: String,
    /// What to say; the first paragraph is the message itself.
    pub paragraphs: Vec<String>,
    /// How it is meant.
    pub tone: Tone,
    /// Where the reader goes from here, if they like.
    pub next: Option<Next>,
}

impl MessagePage {
    /// It worked.
    pub fn done(title: &str, paragraphs: &[impl AsRef<str>]) -> Self {
        Self::new(Tone::Done, title, paragraphs)
    }

    /// It didn't work.
    pub fn trouble(title: &str, paragraphs: &[impl AsRef<str>]) -> Self {
        Self::new(Tone::Trouble, title, paragraphs)
    }

    /// The same with a way on to signing in.
    #[must_use]
    pub fn then_sign_in(self) -> Self {
        Self { next: Some(Next::SignIn), ..self }
    }

    /// The same with a way back to the reader's account.
    #[must_use]
    pub fn then_account(self) -> Self {
        Self { next: Some(Next::Account), ..self }
    }

    /// The link is used up, too old, or was never one of ours: all the same, so that nobody learns which.
    pub fn link_not_valid() -> Self {
        Self::trouble(
            "This link doesn't work any more",
            &[
                "It has been used, has expired, or was replaced by a newer one.",
                "Ask for a new link where you asked for this one.",
            ],
        )
    }

    /// There is no such page.
    pub fn not_found() -> Self {
        Self::trouble(
            "There is nothing here",
            &["This page doesn't exist.", "If you came by a link from a mail, check that it was copied whole."],
        )
    }

    /// Too many tries.
    pub fn too_many_tries() -> Self {
        Self::trouble("Please wait a little", &["There were too many tries.", "Wait a few minutes, then try again."])
    }

    /// It is our fault; the request's id helps to find it.
    pub fn internal_error(request_id: &str) -> Self {
        let reference = format!("If it goes on, tell us this number: {request_id}");
        Self::trouble("Something went wrong", &["This was our mistake, not yours. Please try again.", &*reference])
    }

    fn new(tone: Tone, title: &str, paragraphs: &[impl AsRef<str>]) -> Self {
        let paragraphs = paragraphs.iter().map(|text| text.as_ref().to_owned()).collect();
        Self { title: title.into(), paragraphs, tone, next: None }
    }
}

macro_rules! templates {
    ($($page:ty = $name:literal;)+) => { $( impl Page for $page { const TEMPLATE: &'static str = $name; } )+ };
}

templates! {
    NoticePage = "notice";
    SignUpPage = "sign_up";
    EmailChangePage = "email_change";
    PasswordResetPage = "password_reset";
    InvitationPage = "invitation";
    MembershipPage = "membership";
    AccountPage = "account";
    MessagePage = "message";
}
