//! The public address of the API, from which links are made.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The public address of the API, without a slash at the end, and whether it serves pages for people too. Clones share
/// the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    url: Arc<str>,
    has_pages: bool,
}

impl PublicUrl {
    /// The address `url`, with or without a slash at the end.
    #[must_use]
    pub fn new(url: &str, has_pages: bool) -> Self {
        Self { url: url.trim_end_matches('/').into(), has_pages }
    }

    /// Whether there are pages for people.
    #[must_use]
    pub const fn has_pages(&self) -> bool {
        self.has_pages
    }

    /// The address of the page for people of the event with this slug; `None` if there are no pages.
    #[must_use]
    pub fn page_of(&self, slug: impl fmt::Display) -> Option<String> {
        self.has_pages.then(|| format!("{}/events/{slug}", self.url))
    }
}

impl Deref for PublicUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_a_page_only_where_there_are_pages() {
        let on = PublicUrl::new("https://api.example.org/", true);
        assert_eq!(on.page_of("some-event").as_deref(), Some("https://api.example.org/events/some-event"));
        assert_eq!(PublicUrl::new("https://api.example.org", false).page_of("some-event"), None);
        assert_eq!((&*on, on.to_string().as_str()), ("https://api.example.org", "https://api.example.org"));
    }
}
