//! The texts of one line that differ only in their meaning and length.

/// Makes a type for one line of text with 1 to `$max` characters, and the tests of its promises.
macro_rules! line_of_text {
    ($(#[$documentation:meta])* $type:ident, $max:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            /// The most characters it can have.
            pub const MAX: usize = $max;

            /// Trims, normalizes and checks the text.
            ///
            /// # Errors
            /// When it is empty or too long, has a line break, or a character that is invisible or a control.
            pub fn parse(raw: &str) -> Result<Self, $crate::core::text::TextError> {
                use $crate::core::text::clean::{Lines, clean};
                clean(raw, Lines::One, Self::MAX).map(Self)
            }

            /// The text: trimmed, in NFC.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::core::text::parsed::parsed_text!($type);

        #[cfg(test)]
        mod tests {
            use super::$type;
            use $crate::core::text::TextError;

            #[test]
            fn length_is_1_to_max_characters() {
                let longest = "語".repeat($max);
                assert_eq!($type::parse(&longest).map(|text| text.to_string()), Ok(longest.clone()));
                assert_eq!($type::parse(&format!("{longest}語")), Err(TextError::TooLong { max: $max }));
                assert_eq!($type::parse("x").as_ref().map($type::as_str), Ok("x"));
                assert_eq!($type::parse(" "), Err(TextError::Empty));
            }

            #[test]
            fn it_is_one_line() {
                assert_eq!($type::parse("a\nb"), Err(TextError::LineBreak));
                assert_eq!($type::parse("a\tb"), Err(TextError::ControlCharacter('\t')));
            }

            #[test]
            fn json_is_parsed_too() {
                let parsed: $type = serde_json::from_str("\" <b>O’Neil</b> \"").expect("a valid text");
                assert_eq!(serde_json::to_string(&parsed).expect("a string"), "\"<b>O’Neil</b>\"");
                assert!(serde_json::from_str::<$type>("\"\"").is_err());
            }

            proptest::proptest! {
                #[test]
                fn what_is_parsed_keeps_its_promises(raw in ".*|\\PC{0,250}") {
                    if let Ok(text) = $type::parse(&raw) {
                        let length = text.as_str().chars().count();
                        proptest::prop_assert!((1..=$max).contains(&length));
                        proptest::prop_assert!(!text.as_str().chars().any(char::is_control));
                        proptest::prop_assert_eq!($type::parse(text.as_str()), Ok(text));
                    }
                }
            }
        }
    };
}

pub(super) use line_of_text;
