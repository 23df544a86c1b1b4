//! A macro for enums whose variants each have a fixed string, as it appears in JSON and in the database.

/// Defines an enum with `ALL`, `as_str`, `description` and `parse`, and with serde implementations that use the same strings.
macro_rules! string_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// All variants, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The variant's string.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// What the variant means, in English: its documentation.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($vdoc),*).trim_ascii()),+ }
            }

            /// Parses a variant's string, which must match exactly.
            ///
            /// # Errors
            /// [`InvalidValue::Choice`](crate::validation::InvalidValue::Choice) with the strings of all variants.
            pub fn parse(text: &str) -> Result<Self, crate::validation::InvalidValue> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text).ok_or_else(|| {
                    crate::validation::InvalidValue::Choice {
                        choices: Self::ALL.iter().map(|v| v.as_str().to_owned()).collect(),
                    }
                })
            }
        }
    };
}

pub(crate) use string_enum;

/// The strings of an enum's variants.
pub(crate) fn names<T: Copy>(all: &[T], as_str: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().copied().map(as_str).collect()
}
