//! What every type of text can do besides being parsed.

/// `Display`, `AsRef<str>` and `Serialize` for a type with `as_str()`.
macro_rules! shown_text {
    ($type:ident) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// What [`shown_text`] gives, and `FromStr`, `TryFrom<String>` and `Deserialize`, which all go through `parse`.
macro_rules! parsed_text {
    ($type:ident) => {
        $crate::core::text::parsed::shown_text!($type);

        impl std::str::FromStr for $type {
            type Err = $crate::core::text::TextError;

            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                Self::parse(raw)
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::core::text::TextError;

            fn try_from(raw: String) -> Result<Self, Self::Error> {
                Self::parse(&raw)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&raw).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(super) use {parsed_text, shown_text};
