//! What people read, in the languages of [`plenaria_domain::values::language::MessageLanguage`]: the words of pages and
//! mails, and how dates, numbers and names of countries are written.

pub mod countries;
pub mod dates;
pub mod fill;
pub mod languages;
mod locales;
pub mod numbers;
pub mod plurals;
pub mod words;
