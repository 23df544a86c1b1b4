//! Converts the Markdown of guides.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// The title: the text of the first line, which is a heading.
pub(super) fn title(markdown: &str) -> &str {
    markdown.lines().next().unwrap_or_default().trim_start_matches("# ")
}

/// Whether a link leads to another file of the same folder or repository.
fn is_relative(target: &str) -> bool {
    !target.contains(':') && !target.starts_with(['#', '/'])
}

/// The text in which relative links are replaced by their labels, except those whose target is served.
pub(super) fn without_links_except(markdown: &str, is_served: impl Fn(&str) -> bool) -> String {
    let (mut text, mut written) = (String::with_capacity(markdown.len()), 0);
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        if is_relative(&dest_url) && !is_served(&dest_url) {
            let link = &markdown[range.clone()];
            let label = link.rsplit_once("](").map_or(link, |(label, _)| label.trim_start_matches('['));
            text.push_str(&markdown[written..range.start]);
            text.push_str(label);
            written = range.end;
        }
    }
    text.push_str(&markdown[written..]);
    text
}

/// The text as HTML. Headings have the ids that links to them use, and links lead to pages instead of Markdown.
pub(super) fn to_html(markdown: &str) -> String {
    let mut events: Vec<Event<'_>> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    for index in 0..events.len() {
        let (before, after) = events.split_at_mut(index + 1);
        match before.last_mut() {
            Some(Event::Start(Tag::Heading { id, .. })) => {
                let heading = after.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
                *id = Some(fragment(heading).into());
            }
            Some(Event::Start(Tag::Link { dest_url, .. })) if is_relative(dest_url) => {
                *dest_url = dest_url.replace(".md", "").into();
            }
            _ => {}
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
}

/// The id of a heading as Git hosts make it: lower case, hyphens for spaces, no punctuation.
fn fragment<'a>(heading: impl Iterator<Item = &'a Event<'a>>) -> String {
    let texts = heading.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        _ => None,
    });
    let letters = texts.flat_map(str::chars).filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    letters.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A guide\n\nSee [`one`](one.md#2-a-part), [the *other*](decisions/0001-x.md) and \
                        [a site](https://example.org/x.md).\n\n```\n[code](gone.md)\n```\n\n## 2. A `part`: more\n";

    #[test]
    fn links_lead_to_what_is_served() {
        let text = without_links_except(TEXT, |target| target.starts_with("one.md"));
        assert!(
            text.contains("[`one`](one.md#2-a-part), the *other* and [a site](https://example.org/x.md)."),
            "{text}"
        );
        assert!(text.contains("[code](gone.md)"), "code is not changed: {text}");
        assert_eq!(title(&text), "A guide");
    }

    #[test]
    fn headings_have_ids_and_links_lead_to_pages() {
        let page = to_html(TEXT);
        assert!(page.contains("<h1 id=\"a-guide\">"), "{page}");
        assert!(page.contains("<h2 id=\"2-a-part-more\">"), "{page}");
        assert!(page.contains("<a href=\"one#2-a-part\">") && page.contains("https://example.org/x.md"), "{page}");
    }
}
