//! Time zones.

use super::TextError;
use super::parsed::parsed_text;

/// The name of a time zone in the IANA database, as it is written there: `Europe/Vienna`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Finds a zone by its name, in any case; links (`Asia/Calcutta`) are names too and stay what they are.
    ///
    /// # Errors
    /// When there is no zone of this name.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let name = raw.trim();
        let found = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name));
        found.copied().map(Self).ok_or(TextError::UnknownTimeZone)
    }

    /// Its name.
    pub fn as_str(&self) -> &'static str {
        self.0.name()
    }
}

parsed_text!(TimeZone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        for (raw, name) in
            [("Europe/Vienna", "Europe/Vienna"), (" america/new_york ", "America/New_York"), ("UTC", "UTC")]
        {
            assert_eq!(TimeZone::parse(raw).as_ref().map(TimeZone::as_str), Ok(name), "{raw}");
        }
        for zone in chrono_tz::TZ_VARIANTS {
            assert_eq!(TimeZone::parse(zone.name()).map(|zone| zone.as_str()), Ok(zone.name()));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for raw in ["", "Europe", "Europe/Innsbruck", "+01:00", "Vienna", "Europe/Vienna\n x", "../etc/passwd"] {
            assert_eq!(TimeZone::parse(raw), Err(TextError::UnknownTimeZone), "{raw}");
        }
    }
}
