//! What came of a form, told on the page that the browser is sent to. A cookie carries which of these sentences it is, for
//! this one time: no address can make a page say something, and reloading the page says nothing again.

use crate::core::{Error, Result};
use http::{HeaderMap, HeaderValue, header};

/// The cookie's name; see `cookie` for how it begins.
const COOKIE: &str = "__Host-steward_said";
/// Long enough for the way to the next page, in seconds.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=";

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Another address was asked for.
    AddressAsked,
    /// It isn't asked for any more.
    AddressTakenBack,
    /// An organization's control was accepted; the session is over.
    ControlAccepted,
    /// The account isn't going to be deleted.
    DeletionCanceled,
    /// A membership was accepted.
    MembershipAccepted,
    /// A membership was declined.
    MembershipDeclined,
    /// A workspace was left.
    MembershipLeft,
    /// There is a new password.
    PasswordChanged,
    /// The profile says what was typed in.
    ProfileSaved,
    /// The account isn't at rest any more.
    Reactivated,
    /// Another session has ended.
    SessionEnded,
    /// All other sessions have ended.
    SessionsEnded,
    /// This session has ended.
    SignedOut,
}

impl Said {
    const ALL: [Self; 13] = [
        Self::AddressAsked,
        Self::AddressTakenBack,
        Self::ControlAccepted,
        Self::DeletionCanceled,
        Self::MembershipAccepted,
        Self::MembershipDeclined,
        Self::MembershipLeft,
        Self::PasswordChanged,
        Self::ProfileSaved,
        Self::Reactivated,
        Self::SessionEnded,
        Self::SessionsEnded,
        Self::SignedOut,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::AddressAsked => "address_asked",
            Self::AddressTakenBack => "address_taken_back",
            Self::ControlAccepted => "control_accepted",
            Self::DeletionCanceled => "deletion_canceled",
            Self::MembershipAccepted => "membership_accepted",
            Self::MembershipDeclined => "membership_declined",
            Self::MembershipLeft => "membership_left",
            Self::PasswordChanged => "password_changed",
            Self::ProfileSaved => "profile_saved",
            Self::Reactivated => "reactivated",
            Self::SessionEnded => "session_ended",
            Self::SessionsEnded => "sessions_ended",
            Self::SignedOut => "signed_out",
        }
    }

    /// The sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AddressAsked => "Your new address is noted. It isn't in force yet: see below what it waits for.",
            Self::AddressTakenBack => "You have taken it back. Your account keeps its address.",
            Self::ControlAccepted => {
                "You have accepted: the organization manages your account from now on. All your sessions have ended, this \
                 one too. Your password is the same."
            }
            Self::DeletionCanceled => "Your account stays: its deletion is canceled.",
            Self::MembershipAccepted => "You have accepted. The organization now sees who you are.",
            Self::MembershipDeclined => "You have declined. The organization learns that, and nothing else about you.",
            Self::MembershipLeft => "You have left the workspace.",
            Self::PasswordChanged => {
                "Your password is changed. You are still signed in here; your other sessions have ended, and so have \
                 mailed links and changes of address that waited."
            }
            Self::ProfileSaved => "Your profile is saved.",
            Self::Reactivated => "Welcome back. You have reactivated your account.",
            Self::SessionEnded => "That session has ended.",
            Self::SessionsEnded => "You are signed in on this device alone.",
            Self::SignedOut => "You are signed out: on this device nobody is signed in here any more.",
        }
    }

    /// What a request brings, if it is to be told now.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, name) = pairs.find(|(named, _)| *named == COOKIE)?;
        Self::ALL.into_iter().find(|said| said.name() == name)
    }

    /// What gives it to the browser, for the next page.
    ///
    /// # Errors
    /// None that can come about: names are made of letters.
    pub fn next(self) -> Result<HeaderValue> {
        HeaderValue::try_from(format!("{COOKIE}={}; {ATTRIBUTES}60", self.name())).map_err(Error::internal)
    }

    /// What takes it away again, once it is told.
    ///
    /// # Errors
    /// None that can come about.
    pub fn told() -> Result<HeaderValue> {
        HeaderValue::try_from(format!("{COOKIE}=; {ATTRIBUTES}0")).map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Said> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, line.parse().unwrap());
        Said::of(&headers)
    }

    #[test]
    fn each_sentence_arrives_and_nothing_else_does() {
        for said in Said::ALL {
            let given = said.next().unwrap().to_str().unwrap().to_owned();
            let (pair, attributes) = given.split_once("; ").unwrap();
            assert_eq!(read(&format!("a=b; {pair}")), Some(said));
            assert_eq!(
                Said::told().unwrap().to_str().unwrap(),
                format!("{COOKIE}=; {}", attributes.replace("60", "0"))
            );
            assert_eq!(Said::ALL.iter().filter(|other| other.words() == said.words()).count(), 1);
        }
        for wrong in ["__Host-steward_said=You won", "__Host-steward_said=", "steward_said=reactivated", "reactivated"]
        {
            assert_eq!(read(wrong), None);
        }
    }
}
