//! Markdown that organisers wrote, as HTML. Raw HTML is shown as text, links lead only to web and mail addresses, and pictures
//! are replaced by their descriptions.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The text as HTML. Its highest heading gets the level `top`, from 1 to 6, so that headings fit into the page's.
pub(crate) fn to_html(markdown: &str, top: usize) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, options).collect();
    let levels = events.iter().filter_map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => Some(*level as usize),
        _ => None,
    });
    let highest = levels.min().unwrap_or(1);
    let shifted = |level: HeadingLevel| {
        let level = (level as usize + top).saturating_sub(highest).clamp(1, 6);
        HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6)
    };
    // Only the innermost link counts: Markdown has no links within links.
    let mut is_link_kept = true;
    let safe = events.into_iter().filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock | Tag::Image { .. }) | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Heading { level, .. }) => {
            Some(Event::Start(Tag::Heading { level: shifted(level), id: None, classes: Vec::new(), attrs: Vec::new() }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(shifted(level)))),
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            is_link_kept = is_web_address(dest_url) || is_mail_address(dest_url);
            is_link_kept.then_some(event)
        }
        Event::End(TagEnd::Link) => is_link_kept.then_some(event),
        // Alignment would be an inline style, which the content security policy refuses.
        Event::Start(Tag::Table(columns)) => {
            Some(Event::Start(Tag::Table(vec![pulldown_cmark::Alignment::None; columns.len()])))
        }
        event => Some(event),
    });
    let mut page = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut page, safe);
    page
}

/// Whether a link leads to a page of the web.
pub(crate) fn is_web_address(url: &str) -> bool {
    has_scheme(url, "https://") || has_scheme(url, "http://")
}

fn is_mail_address(url: &str) -> bool {
    has_scheme(url, "mailto:")
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_harmless() {
        for (text, expected) in [
            (
                "A **word** and [a link](https://example.org/?a=1&b=2)",
                "<p>A <strong>word</strong> and <a href=\"https://example.org/?a=1&amp;b=2\">a link</a></p>\n",
            ),
            ("[mail](mailto:a@example.org)", "<p><a href=\"mailto:a@example.org\">mail</a></p>\n"),
            (
                "[run](javascript:alert(1)) [data](data:text/html,x) [here](/registration) [x](//example.org)",
                "<p>run data here x</p>\n",
            ),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a <img src=x onerror=alert(1)> b", "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>\n"),
            ("![a *picture*](https://example.org/x.png)", "<p>a <em>picture</em></p>\n"),
            ("# One\n\n### Two", "<h3>One</h3>\n<h5>Two</h5>\n"),
            ("## One", "<h3>One</h3>\n"),
            ("# One {#id .class}", "<h3>One {#id .class}</h3>\n"),
        ] {
            assert_eq!(to_html(text, 3), expected, "{text}");
        }
        assert!(!to_html("|a|\n|:-:|\n|b|", 3).contains("style"));
    }

    #[test]
    fn addresses_begin_with_their_scheme() {
        assert!(is_web_address("https://example.org") && is_web_address("HTTP://example.org"));
        assert!(!is_web_address("javascript:https://") && !is_web_address("https:") && !is_web_address("é"));
    }
}
