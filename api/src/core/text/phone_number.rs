//! Telephone numbers.

use super::TextError;
use super::clean::{Lines, clean};
use super::parsed::parsed_text;

/// An international telephone number as ITU-T E.164 has it: `+`, then 7 to 15 digits, of which the first isn't 0.
///
/// Spaces, dots, hyphens, slashes and parentheses between the digits are taken and not kept. Whether anybody answers
/// isn't checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The most characters of what is given, with what stands between the digits.
    const MAX_GIVEN: usize = 40;
    /// The fewest digits: country, area and somebody in it.
    const FEWEST: usize = 7;
    /// The most digits (E.164).
    const MOST: usize = 15;

    /// Reads a number.
    ///
    /// # Errors
    /// When it doesn't begin with `+`, or isn't 7 to 15 digits and what people write between them.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = clean(raw, Lines::One, Self::MAX_GIVEN)?;
        let rest = text.strip_prefix('+').ok_or(TextError::NotAPhoneNumber)?;
        let mut number = String::from("+");
        for character in rest.chars() {
            match character {
                '0'..='9' => number.push(character),
                ' ' | '\u{a0}' | '\u{202f}' | '.' | '-' | '/' | '(' | ')' => {}
                _ => return Err(TextError::NotAPhoneNumber),
            }
        }
        let digits = number.len() - 1;
        if !(Self::FEWEST..=Self::MOST).contains(&digits) || number.starts_with("+0") {
            return Err(TextError::NotAPhoneNumber);
        }
        Ok(Self(number))
    }

    /// `+` and the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

parsed_text!(PhoneNumber);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn read() {
        for (raw, number) in [
            (" +43 512 5550-12 ", "+43512555012"),
            ("+1 (212) 555.0123", "+12125550123"),
            ("+49/30/1234567", "+49301234567"),
            ("+1234567", "+1234567"),
            ("+123456789012345", "+123456789012345"),
        ] {
            assert_eq!(PhoneNumber::parse(raw).as_ref().map(PhoneNumber::as_str), Ok(number), "{raw}");
        }
    }

    #[test]
    fn refused() {
        for raw in [
            "0512 555012",
            "+0512 555012",
            "+123456",
            "+1234567890123456",
            "+43 512 CALL",
            "++43512555012",
            "+٤٣٥١٢٥٥٥٠١٢",
            "43512555012",
            "+",
        ] {
            assert_eq!(PhoneNumber::parse(raw), Err(TextError::NotAPhoneNumber), "{raw}");
        }
        assert_eq!(PhoneNumber::parse(" "), Err(TextError::Empty));
        assert_eq!(PhoneNumber::parse("+43\n512555012"), Err(TextError::LineBreak));
    }

    proptest! {
        #[test]
        fn what_is_parsed_keeps_its_promises(raw in "\\+?[0-9 ().-]{0,45}|\\PC{0,20}") {
            if let Ok(number) = PhoneNumber::parse(&raw) {
                prop_assert!((8..=16).contains(&number.as_str().len()));
                prop_assert_eq!(PhoneNumber::parse(number.as_str()), Ok(number));
            }
        }
    }
}
