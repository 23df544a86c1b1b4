//! The addresses of the API's answers about an event.

/// The path of a part of the event with this slug.
pub(super) fn path(slug: &str, part: &str, tag: Option<&str>, parameters: &[(&str, &str)]) -> String {
    let parameters = parameters.iter().copied().chain(tag.map(|tag| ("lang", tag)));
    let query: Vec<_> = parameters.map(|(name, value)| format!("{name}={value}")).collect();
    let separator = if query.is_empty() { "" } else { "?" };
    format!("/v1/events/{slug}{part}{separator}{}", query.join("&"))
}
