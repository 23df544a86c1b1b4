//! The guides for callers: those pages of the repository's `docs` that the program serves.

use std::sync::LazyLock;

use crate::operations::docs_pages::markdown;

/// A guide.
pub(super) struct Guide {
    /// Its file's name without the extension, which is its name under `/docs/` too.
    pub(super) name: &'static str,
    pub(super) title: String,
    /// One sentence about what it explains.
    pub(super) summary: &'static str,
    /// The text, whose links lead to other guides only.
    pub(super) markdown: String,
}

macro_rules! guides {
    ($($name:literal $summary:literal;)+) => {
        const SOURCES: &[(&str, &str, &str)] =
            &[$(($name, $summary, include_str!(concat!("../../../../../docs/", $name, ".md")))),+];
    };
}

// In the order in which they are listed.
guides! {
    "sandbox" "A server to develop against, with example events in every state and mail to read.";
    "pages" "The pages for people: what they show, how they work, and how they are run.";
    "front-end" "A registration page step by step: the form, validation errors, waiting lists, live seats and managing.";
    "live-seats" "Free seats as Server-Sent Events, in a browser and behind proxies.";
    "integrating" "Tokens, batches, retries, exports, the feed of changes and errors, step by step with curl.";
    "webhooks" "Receiving changes, verifying their signatures and keeping their order.";
    "errors" "Every problem and validation error: what it means, and what a program does about it.";
    "languages" "Which language a response has, and how to choose it.";
    "formats" "Calendars, frab schedules for conference apps, and schema.org for search engines.";
    "organising" "Publishing an event over HTTP, from the announcement to the statistics.";
    "definitions" "Every key of the document in which an event is written.";
}

/// All guides.
pub(super) static GUIDES: LazyLock<Vec<Guide>> = LazyLock::new(|| {
    let guide = |(name, summary, source): &(&'static str, &'static str, &'static str)| Guide {
        name,
        title: markdown::title(source).to_owned(),
        summary,
        markdown: markdown::without_links_except(source, is_guide),
    };
    SOURCES.iter().map(guide).collect()
});

/// Whether a link's target is a guide.
fn is_guide(target: &str) -> bool {
    let file = target.split('#').next().unwrap_or_default();
    SOURCES.iter().any(|(name, ..)| file.strip_suffix(".md") == Some(name))
}

impl Guide {
    /// The guide as HTML, with links to the other guides' pages.
    pub(super) fn html(&self) -> String {
        markdown::to_html(&self.markdown)
    }
}
