//! Markdown that organisers wrote, as HTML. Raw HTML is shown as text, links lead only to web and mail addresses, and pictures
//! are replaced by their descriptions.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The HTML of a text has so many times its bytes at most, and some more: cells that a table's rows lack are filled in, so
/// that a short text could have an endless table. Only a text that is made for this purpose is cut off.
const MAX_GROWTH: usize = 8;
const ALWAYS_ALLOWED: usize = 8 * 1024;
/// A start or end tag, in bytes.
const TAG: usize = 5;
/// Elements within so many others are left out, and their texts kept.
const MAX_DEPTH: usize = 32;

/// The text as HTML. Its highest heading gets the level `top`, from 1 to 6, so that headings fit into the page's.
pub(crate) fn to_html(markdown: &str, top: usize) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = bounded(Parser::new_ext(markdown, options), markdown.len() * MAX_GROWTH + ALWAYS_ALLOWED);
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

/// The events up to about so many bytes of HTML, with an end for each start.
fn bounded<'a>(events: impl Iterator<Item = Event<'a>>, most: usize) -> Vec<Event<'a>> {
    let (mut kept, mut bytes, mut open, mut too_deep) = (Vec::new(), 0, Vec::new(), 0_usize);
    for event in events {
        bytes += match &event {
            Event::Start(Tag::Link { dest_url, title, .. }) => TAG + dest_url.len() + title.len(),
            Event::Start(_) | Event::End(_) => TAG,
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => text.len(),
            _ => 1,
        };
        if bytes > most {
            break;
        }
        match &event {
            Event::Start(_) if open.len() == MAX_DEPTH => {
                too_deep += 1;
                continue;
            }
            Event::End(_) if too_deep > 0 => {
                too_deep -= 1;
                continue;
            }
            Event::Start(tag) => open.push(tag.to_end()),
            Event::End(_) => _ = open.pop(),
            _ => {}
        }
        kept.push(event);
    }
    kept.extend(open.into_iter().rev().map(Event::End));
    kept
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
    fn short_texts_have_short_pages() {
        let table = |columns: usize, rows: &str, count: usize| {
            format!("{}\n{}\n{}", "|a".repeat(columns), "|-".repeat(columns), rows.repeat(count))
        };
        for text in [
            table(1_000, "|\n", 6_000),
            table(50, "|\n", 10_000),
            "> ".repeat(10_000),
            "+ ".repeat(10_000),
            format!("[a]: https://example.org/{}\n\n{}", "x".repeat(1_000), "[a] ".repeat(4_000)),
        ] {
            let page = to_html(&text, 3);
            assert!(page.len() <= 16 * text.len(), "{} of {}: {}", page.len(), text.len(), &text[..20]);
            for name in ["table", "tr", "td", "blockquote", "ul", "li", "a", "p"] {
                let starts = page.matches(&format!("<{name}>")).count() + page.matches(&format!("<{name} ")).count();
                assert_eq!(starts, page.matches(&format!("</{name}>")).count(), "{name}: {}", &text[..20]);
            }
        }
        // A full table has all of its cells.
        let page = to_html(&table(100, &format!("{}\n", "|1".repeat(100)), 90), 3);
        assert_eq!(page.matches("<td>1</td>").count(), 9_000);
        let deep = to_html(&format!("{}**deep** down", "> ".repeat(1_000)), 3);
        assert_eq!((deep.matches("<blockquote>").count(), deep.contains("deep down")), (MAX_DEPTH, true));
    }

    #[test]
    fn addresses_begin_with_their_scheme() {
        assert!(is_web_address("https://example.org") && is_web_address("HTTP://example.org"));
        assert!(!is_web_address("javascript:https://") && !is_web_address("https:") && !is_web_address("é"));
    }
}
