//! Text that came from outside, parsed once and trusted by its type from then on.
//!
//! Every type has one `parse` (or, where nothing may fail, `lenient`); a value that exists keeps its promises. All of
//! them are in Unicode normalization form C, and lengths count Unicode scalar values unless "octets" is said.

mod clean;
mod consumer_mail;
pub mod device;
mod display_name;
mod domain_name;
mod email_address;
mod given_password;
mod item_title;
mod label;
mod line;
mod locale;
mod message;
mod new_password;
mod organization_name;
mod own_words;
mod parsed;
mod phone_number;
mod policy_url;
mod profile_text;
mod public_url;
mod reason;
mod time_zone;
mod user_agent;

pub use display_name::DisplayName;
pub use domain_name::DomainName;
pub use email_address::EmailAddress;
pub use given_password::GivenPassword;
pub use item_title::ItemTitle;
pub use label::Label;
pub use locale::Locale;
pub use message::Message;
pub use new_password::NewPassword;
pub use organization_name::OrganizationName;
pub use phone_number::PhoneNumber;
pub use policy_url::{PictureUrl, PolicyUrl};
pub use profile_text::ProfileText;
pub use public_url::PublicUrl;
pub use reason::Reason;
pub use time_zone::TimeZone;
pub use user_agent::UserAgent;

/// Why a text was refused.
///
/// The `Display` form is the sentence that a user of the API reads behind the name of the field. It never repeats a
/// password, and repeats other input only where that helps to correct it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    // Any text.
    #[error("must not be empty")]
    Empty,
    #[error("must have at least {min} characters")]
    TooShort { min: usize },
    #[error("must have at most {max} characters")]
    TooLong { max: usize },
    #[error("must be one line, without line breaks")]
    LineBreak,
    #[error("contains a control character ({})", code_point(*.0))]
    ControlCharacter(char),
    #[error("contains an invisible character ({})", code_point(*.0))]
    InvisibleCharacter(char),

    // E-mail addresses.
    #[error("must be an e-mail address like name@example.com, with exactly one @")]
    NotOneAt,
    #[error("must have at most 254 octets")]
    AddressTooLong,
    #[error("must have 1 to 64 octets before the @")]
    LocalPartLength,
    #[error("must not have a dot at the beginning, at the end or twice in a row before the @")]
    LocalPartDots,
    #[error("contains “{0}” before the @, which is not allowed there")]
    LocalPartCharacter(char),
    #[error("contains “{found}” before the @: write “{plain}” instead")]
    LocalPartCompatibility { found: char, plain: String },

    // Domain names.
    #[error("is not a valid domain name")]
    NotADomain,
    #[error("must be a bare domain name like example.com, without a scheme, port or path")]
    NotABareDomain,
    #[error("must be a domain name, not an IP address")]
    IpAddress,
    #[error("must be a full domain name like example.com, not a single label")]
    SingleLabel,
    #[error("must not have an empty label (two dots in a row, or a dot at the beginning)")]
    EmptyLabel,
    #[error("must have at most 63 octets in each label of the domain name")]
    LabelTooLong,
    #[error("must have at most 253 octets in the domain name")]
    DomainTooLong,
    #[error("must not contain a wildcard: the domain name alone stands for its subdomains too")]
    Wildcard,
    #[error("must not have an underscore in the domain name")]
    Underscore,
    #[error("example.{0} is fine, but {0} is a public suffix: nobody can own it")]
    PublicSuffix(String),
    #[error("{0} is a mail service for everybody: no organization can own the addresses there")]
    ConsumerMail(String),

    // Locales.
    #[error("must be one of {}", Locale::names())]
    UnknownLocale,

    // Profiles.
    #[error("must be the name of a time zone, such as Europe/Vienna or America/New_York")]
    UnknownTimeZone,
    #[error("must be an international telephone number: +, the country's code, and 7 to 15 digits in all")]
    NotAPhoneNumber,

    // Addresses of policies and pictures.
    #[error("must be an absolute address that begins with https://")]
    NotHttps,
    #[error("must not contain a user name or a password")]
    Credentials,
    #[error("is not a valid web address")]
    NotAUrl,
    #[error("must lie on the public internet, which {0} doesn't")]
    PrivateHost(String),

    // Passwords.
    #[error("is too easy to guess: it is a well-known password")]
    CommonPassword,
    #[error("is too easy to guess: it is made of words that belong to the account, like its name or e-mail address")]
    OwnWords,
    #[error("is too easy to guess: several unrelated words are both stronger and easier to remember")]
    WeakPassword,
}

impl TextError {
    /// The code of the API's error: a refused text is always `INVALID`.
    pub const fn code(&self) -> &'static str {
        "INVALID"
    }
}

/// A character by its number, since it can't be seen: `U+200B`.
fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sentences_behind_a_field() {
        assert_eq!(TextError::TooLong { max: 200 }.to_string(), "must have at most 200 characters");
        assert_eq!(TextError::ControlCharacter('\u{7}').to_string(), "contains a control character (U+0007)");
        assert_eq!(
            TextError::PublicSuffix("co.uk".into()).to_string(),
            "example.co.uk is fine, but co.uk is a public suffix: nobody can own it"
        );
        assert_eq!(
            TextError::UnknownLocale.to_string(),
            "must be one of en, de, es, fr, hu, it, ja, ko, nl, pl, pt, ru, zh"
        );
        assert_eq!(TextError::Empty.code(), "INVALID");
    }
}
