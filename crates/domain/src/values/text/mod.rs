//! Text: cleans what people enter, folds it for searches, finds web addresses in it, and holds texts in several
//! languages.

pub(crate) mod characters;
pub(crate) mod cleaning;
pub(crate) mod direction;
pub mod folding;
pub mod links;
pub(crate) mod translated;

pub use crate::values::text::cleaning::{clean, clean_multiline, is_blank, trim};
pub use crate::values::text::links::has_web_address;
pub use crate::values::text::translated::Translated;
