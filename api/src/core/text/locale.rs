//! The languages that Steward speaks.

use super::TextError;
use super::parsed::parsed_text;

/// The language in which a person is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Locale {
    En,
    De,
    Es,
    Fr,
    Hu,
    It,
    Ja,
    Ko,
    Nl,
    Pl,
    Pt,
    Ru,
    Zh,
}

impl Locale {
    /// All of them, English first, then in alphabetical order.
    pub const ALL: [Self; 13] = [
        Self::En,
        Self::De,
        Self::Es,
        Self::Fr,
        Self::Hu,
        Self::It,
        Self::Ja,
        Self::Ko,
        Self::Nl,
        Self::Pl,
        Self::Pt,
        Self::Ru,
        Self::Zh,
    ];

    /// Reads a BCP 47 tag in any case; whatever follows the language (`de-AT`, `zh-Hant-TW`) falls back to it.
    ///
    /// # Errors
    /// When the tag is malformed or its language isn't among [`Self::ALL`].
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let mut subtags = raw.trim().split('-');
        let language = subtags.next().unwrap_or_default();
        let well_formed =
            subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        Self::ALL
            .into_iter()
            .find(|locale| well_formed && locale.as_str().eq_ignore_ascii_case(language))
            .ok_or(TextError::UnknownLocale)
    }

    /// The language's tag of two lower-case letters (ISO 639-1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Hu => "hu",
            Self::It => "it",
            Self::Ja => "ja",
            Self::Ko => "ko",
            Self::Nl => "nl",
            Self::Pl => "pl",
            Self::Pt => "pt",
            Self::Ru => "ru",
            Self::Zh => "zh",
        }
    }

    /// All tags, for the sentence that names what is allowed.
    pub(super) fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

parsed_text!(Locale);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn falls_back_to_the_language() {
        for (raw, locale) in
            [("de-AT", Locale::De), ("PT-br", Locale::Pt), ("zh-Hant-TW", Locale::Zh), (" en ", Locale::En)]
        {
            assert_eq!(Locale::parse(raw), Ok(locale), "{raw}");
        }
        for locale in Locale::ALL {
            assert_eq!(Locale::parse(locale.as_str()), Ok(locale));
        }
    }

    #[test]
    fn refused() {
        for raw in ["", "sv", "deu", "de_AT", "de-", "de--AT", "de-abcdefghi", "de-AT;q=1", "*"] {
            assert_eq!(Locale::parse(raw), Err(TextError::UnknownLocale), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn any_region_falls_back(index in 0..Locale::ALL.len(), region in "[A-Z]{2}|[0-9]{3}") {
            let locale = Locale::ALL[index];
            prop_assert_eq!(Locale::parse(&format!("{locale}-{region}")), Ok(locale));
        }

        #[test]
        fn anything_else_is_refused_quietly(raw in ".*") {
            if let Ok(locale) = Locale::parse(&raw) {
                prop_assert!(raw.trim().to_ascii_lowercase().starts_with(locale.as_str()));
            }
        }
    }
}
