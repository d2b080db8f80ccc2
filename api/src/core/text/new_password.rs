//! A password that somebody chooses.

use std::collections::HashSet;
use std::sync::LazyLock;

use secrecy::{ExposeSecret, SecretString};
use zxcvbn::{Score, zxcvbn};

use super::TextError;
use super::given_password::normalize;
use super::own_words::{OwnWords, fold};

/// A password that may be set, by the rules of NIST SP 800-63B-4: 15 to 256 characters, any of Unicode (in NFC, spaces
/// included and not trimmed), no rules about kinds of characters; refused when it is well known, made of the account's
/// own words, or easy to guess by a known estimator. `Debug` shows nothing of it.
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

/// Passwords of 15 characters or more that are known to be in wide use.
const COMMON_LIST: &str = include_str!("../../../data/common_passwords.txt");

static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| {
    COMMON_LIST.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).map(fold).collect()
});

/// How many characters of a password the estimator reads at most.
///
/// It looks every part up in its dictionaries, and parts grow with the square of the length. What it doesn't read can
/// only make a password stronger, so a weak one never passes for that.
const MAX_ESTIMATED: usize = 64;

/// How many readings of digits and signs as letters the estimator may try over more than [`NewPassword::MIN`]
/// characters. It tries all, and their number multiplies: 64 characters with each sign of [`LOOK_ALIKES`] in them
/// have thousands.
const MAX_READINGS: usize = 32;

/// Signs that the estimator reads as one letter, for each letter that has several: a, c, g, i, l, s, t.
const LOOK_ALIKES: [&str; 7] = ["4@", "({[<", "69", "1!|", "1|7", "$5", "+7"];

impl NewPassword {
    /// The fewest characters, as long as there is no second factor (SP 800-63B-4, 3.1.1.2).
    pub const MIN: usize = 15;

    /// The most characters.
    pub const MAX: usize = super::given_password::MAX_CHARACTERS;

    /// Checks a password against the rules. `own_words` are what belongs to the account: the address's local part and
    /// domain labels, the person's name, names of organizations, the product's name; whole texts will do, they are
    /// taken apart here.
    ///
    /// It takes about 4 ms for a passphrase and 40 ms for the worst input known (8 s without the bounds of
    /// [`MAX_ESTIMATED`] and [`MAX_READINGS`]): run it where the hash runs, outside the runtime's threads.
    ///
    /// # Errors
    /// When it is too short, too long, has a control character, or is too easy to guess.
    pub fn parse(raw: &str, own_words: &[&str]) -> Result<Self, TextError> {
        let password = normalize(raw)?;
        if let Some(control) = password.chars().find(|character| character.is_control()) {
            return Err(TextError::ControlCharacter(control));
        }
        if password.chars().count() < Self::MIN {
            return Err(TextError::TooShort { min: Self::MIN });
        }
        if COMMON.contains(&fold(&password)) {
            return Err(TextError::CommonPassword);
        }
        let words = OwnWords::new(own_words);
        if words.make_up(&password) {
            return Err(TextError::OwnWords);
        }
        if zxcvbn(bounded(&password), &words.as_strs()).score() < Score::Three {
            return Err(TextError::WeakPassword);
        }
        Ok(Self(password.into()))
    }

    /// The password itself, for the hash alone.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The beginning of a password that is long enough to judge it by, and short enough to be judged quickly.
fn bounded(password: &str) -> &str {
    let ends = password.char_indices().map(|(index, character)| index + character.len_utf8()).enumerate();
    let fitting = ends.take(MAX_ESTIMATED).take_while(|(index, end)| {
        *index < NewPassword::MIN || password.get(..*end).is_some_and(|part| readings(part) <= MAX_READINGS)
    });
    fitting.last().and_then(|(_, end)| password.get(..end)).unwrap_or(password)
}

/// At most so many ways the estimator has to read signs as letters: one for each choice of a sign for each letter, and
/// twice as many for each sign that two letters have in common.
fn readings(text: &str) -> usize {
    let choices = LOOK_ALIKES.iter().map(|signs| signs.chars().filter(|sign| text.contains(*sign)).count().max(1));
    let shared = "1|7".chars().map(|sign| if text.contains(sign) { 2 } else { 1 });
    choices.chain(shared).product()
}

#[cfg(test)]
#[path = "new_password_tests.rs"]
mod tests;
