//! What came of a form, told on the page that the browser is sent to. A cookie carries which of these sentences it is, for
//! this one time: no address can make a page say something, and reloading the page says nothing again.
//!
//! It is for the session whose form it was, by whose word it goes on, and told to no other in the same browser. What has
//! ended a session is told where one signs in, and only there.

use crate::{
    core::{Error, Result},
    pages::own::cookie,
};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

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
    /// An app no longer sees the person, as they object to it.
    AppObjected,
    /// They don't object any more.
    AppObjectionWithdrawn,
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
    const ALL: [Self; 15] = [
        Self::AddressAsked,
        Self::AddressTakenBack,
        Self::AppObjected,
        Self::AppObjectionWithdrawn,
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
            Self::AppObjected => "app_objected",
            Self::AppObjectionWithdrawn => "app_objection_withdrawn",
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
            Self::AppObjected => {
                "You have objected: from now on the app sees nothing of you. The administrators decide, and you are told."
            }
            Self::AppObjectionWithdrawn => {
                "You have withdrawn your objection: it doesn't hide you from the app any more."
            }
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

    /// What a request brings that is to be told to whom this session is; it isn't, when it came of another one's form.
    #[must_use]
    pub fn to(session: &SecretString, headers: &HeaderMap) -> Option<Self> {
        Self::ALL.into_iter().find(|said| brought(headers) == Some(&*said.value(Some(session))))
    }

    /// What a request brings that is to be told where one signs in: what has ended a session.
    #[must_use]
    pub fn to_nobody(headers: &HeaderMap) -> Option<Self> {
        Self::ALL.into_iter().find(|said| brought(headers) == Some(&*said.value(None)))
    }

    /// Whether a request brings something, for whomever it is.
    #[must_use]
    pub fn is_brought(headers: &HeaderMap) -> bool {
        brought(headers).is_some()
    }

    /// What gives it to the browser, for the next page: of this session, or where one signs in.
    ///
    /// # Errors
    /// None that can come about: it is made of letters and digits.
    pub fn next(self, session: Option<&SecretString>) -> Result<HeaderValue> {
        HeaderValue::try_from(format!("{COOKIE}={}; {ATTRIBUTES}60", self.value(session))).map_err(Error::internal)
    }

    /// What takes it away again, once it is told.
    ///
    /// # Errors
    /// None that can come about.
    pub fn told() -> Result<HeaderValue> {
        HeaderValue::try_from(format!("{COOKIE}=; {ATTRIBUTES}0")).map_err(Error::internal)
    }

    fn value(self, session: Option<&SecretString>) -> String {
        session.map_or_else(
            || self.name().to_owned(),
            |token| format!("{}.{}", self.name(), cookie::word(token.expose_secret())),
        )
    }
}

/// The cookie's value, if it comes.
fn brought(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(named, _)| *named == COOKIE).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(line: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, line.parse().unwrap());
        headers
    }

    #[test]
    fn each_sentence_arrives_where_it_is_meant_to_and_nothing_else_does() {
        let [ana, ben] = ["st_ana", "st_ben"].map(|token| SecretString::from(token.to_owned()));
        for said in Said::ALL {
            for (to, anas, bens, nobodys) in [
                (Some(&ana), Some(said), None, None),
                (Some(&ben), None, Some(said), None),
                (None, None, None, Some(said)),
            ] {
                let given = said.next(to).unwrap().to_str().unwrap().to_owned();
                let (pair, attributes) = given.split_once("; ").unwrap();
                assert!(!pair.contains("st_"), "the token stays in its own cookie: {pair}");
                let brings = headers(&format!("a=b; {pair}"));
                assert!(Said::is_brought(&brings));
                let read = (Said::to(&ana, &brings), Said::to(&ben, &brings), Said::to_nobody(&brings));
                assert_eq!(read, (anas, bens, nobodys), "{pair}");
                assert_eq!(
                    Said::told().unwrap().to_str().unwrap(),
                    format!("{COOKIE}=; {}", attributes.replace("60", "0"))
                );
            }
            assert_eq!(Said::ALL.iter().filter(|other| other.words() == said.words()).count(), 1);
        }
        for wrong in ["__Host-steward_said=You won", "__Host-steward_said=", "steward_said=reactivated", "reactivated"]
        {
            assert_eq!((Said::to(&ana, &headers(wrong)), Said::to_nobody(&headers(wrong))), (None, None));
        }
    }
}
