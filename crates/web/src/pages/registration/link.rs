//! What a link in a mail carries behind `#`, and what the forms of these pages carry in hidden fields.

use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::slug::Slug;
use serde::Serialize;

use crate::form_body::FormBody;

/// A longer token is not one of ours.
const MAX_TOKEN: usize = 2_000;

/// The link to a registration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RegistrationLink {
    /// The registration's id.
    pub(crate) registration: String,
    /// The token of its holder.
    pub(crate) token: String,
    /// Where the link is from.
    #[serde(flatten)]
    pub(crate) origin: LinkOrigin,
}

/// The link in the mail that asks to confirm an address.
#[derive(Clone, Debug)]
pub(crate) struct ConfirmationLink {
    /// The token that confirms.
    pub(crate) token: String,
    /// Where the link is from.
    pub(crate) origin: LinkOrigin,
}

/// The event and the language of the mail that a link is from.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LinkOrigin {
    /// The event's slug; empty if it is not known.
    pub(crate) event: String,
    /// The language tag; empty if it is not known.
    pub(crate) lang: String,
}

impl RegistrationLink {
    /// The link in a form's hidden fields, or that in its field `link`, into which it was pasted.
    pub(crate) fn read(form: &FormBody) -> Option<Self> {
        let fields = unpack(form);
        let registration = RegistrationId::parse(fields.value("registration"))?.to_string();
        let token = token(fields.value("token"))?;
        Some(Self { registration, token, origin: LinkOrigin::read(form) })
    }
}

impl ConfirmationLink {
    /// The link in a form, as [`RegistrationLink::read`] reads it.
    pub(crate) fn read(form: &FormBody) -> Option<Self> {
        let token = token(unpack(form).value("confirmation_token"))?;
        Some(Self { token, origin: LinkOrigin::read(form) })
    }
}

impl LinkOrigin {
    /// The event and the language of a form. Without a pasted link, both are fields of the form itself.
    pub(crate) fn read(form: &FormBody) -> Self {
        let link = unpack(form);
        let value = |name| [form.value(name), link.value(name)].into_iter().find(|value| !value.is_empty());
        Self::new(value("event"), value("lang"))
    }

    /// The origin with these values. Any that is no slug, or no language tag, counts as unknown.
    pub(crate) fn new(event: Option<&str>, lang: Option<&str>) -> Self {
        let event = event.and_then(|slug| Slug::parse(slug).ok()).map(String::from).unwrap_or_default();
        let lang = lang.and_then(|tag| Language::parse(tag).ok()).map(String::from).unwrap_or_default();
        Self { event, lang }
    }

    /// The language tag.
    pub(crate) fn tag(&self) -> Option<&str> {
        Some(self.lang.as_str()).filter(|tag| !tag.is_empty())
    }
}

/// The fields behind `#` in the pasted link; those of the form if nothing was pasted. Mail programs break long lines, so
/// spaces and line breaks in the link are ignored.
fn unpack(form: &FormBody) -> FormBody {
    let pasted: String = form.value("link").split_whitespace().collect();
    if pasted.is_empty() {
        return form.clone();
    }
    let (_, fragment) = pasted.split_once('#').unwrap_or(("", &pasted));
    FormBody::parse(fragment.as_bytes())
}

/// A text that may be a token, and may be sent in a header.
fn token(text: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_well_formed = (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(is_token);
    is_well_formed.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019a0000-0000-7000-8000-000000000004";

    fn form(fields: &[(&str, &str)]) -> FormBody {
        let mut body = form_urlencoded::Serializer::new(String::new());
        FormBody::parse(body.extend_pairs(fields).finish().as_bytes())
    }

    #[test]
    fn a_link_is_read_from_hidden_fields_or_from_what_was_pasted() {
        let link =
            format!("https://events.example/registration#registration={ID}&token=a.b-c_d&event=city-night&lang=ca");
        let hidden = [("registration", ID), ("token", "a.b-c_d"), ("event", "city-night"), ("lang", "ca")];
        let wrapped = link.replace("&token", " \r\n&token");
        for fields in
            [&hidden[..], &[("link", &link)], &[("link", &wrapped)], &[("link", link.split('#').nth(1).unwrap())]]
        {
            let read = RegistrationLink::read(&form(fields)).unwrap();
            let RegistrationLink { registration, token, origin } = read;
            assert_eq!([&registration, &token, &origin.event, &origin.lang], [ID, "a.b-c_d", "city-night", "ca"]);
        }
        let switched = RegistrationLink::read(&form(&[("lang", "fr"), ("link", &link)])).unwrap();
        assert_eq!(switched.origin.tag(), Some("fr"), "the page's language takes precedence over the link's");
    }

    #[test]
    fn what_could_leave_its_place_in_a_request_is_no_link() {
        for (id, token) in
            [("../events/x", "a"), (ID, "a\r\nX: y"), (ID, ""), (ID, "é"), ("", "a"), (ID, &"a".repeat(2_001))]
        {
            assert!(RegistrationLink::read(&form(&[("registration", id), ("token", token)])).is_none(), "{id} {token}");
        }
        let origin = LinkOrigin::new(Some("../x"), Some("not a language"));
        assert_eq!((origin.event.as_str(), origin.tag()), ("", None));
        assert!(ConfirmationLink::read(&form(&[("link", "https://events.example/confirm")])).is_none());
        assert_eq!(ConfirmationLink::read(&form(&[("link", "/confirm#confirmation_token=x.y")])).unwrap().token, "x.y");
    }
}
