//! Values that are parsed once and cannot hold nonsense: ids, addresses, texts, languages and times.

pub mod country;
pub mod email;
pub mod ids;
pub mod language;
pub mod public_url;
pub mod slug;
pub mod text;
pub mod time;
pub mod time_zone;
pub mod wall_clock;
