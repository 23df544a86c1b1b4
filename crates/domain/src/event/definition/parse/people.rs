//! Parses the organisers, the contact and the speakers of a definition.

use crate::event::attributes::{Contact, Organiser};
use crate::event::definition::limits;
use crate::event::definition::parse::node::Node;
use crate::event::definition::parse::object::Object;
use crate::event::speaker::{Link, SpeakerDefinition};
use crate::values::country::Country;
use crate::values::language::Language;

pub(crate) fn organiser(node: &Node<'_>) -> Option<Organiser> {
    let mut object = Object::of(node)?;
    let key = object.key();
    let name = object.required("name").and_then(|n| n.line(limits::LINE));
    let url = object.url("url");
    object.finish();
    Some(Organiser { key: key?, name: name?, url })
}

/// The contact; `None` if all of its fields are missing.
pub(crate) fn contact(node: &Node<'_>, language: &Language) -> Option<Contact> {
    let mut object = Object::of(node)?;
    let name = object.text("name", language, limits::LINE);
    let email = object.optional_string("email").and_then(|n| n.email());
    let url = object.url("url");
    object.finish();
    (name.is_some() || email.is_some() || url.is_some()).then_some(Contact { name, email, url })
}

pub(crate) fn speaker(node: &Node<'_>, language: &Language) -> Option<SpeakerDefinition> {
    let mut object = Object::of(node)?;
    let key = object.key();
    let name = object.required("name").and_then(|n| n.line(limits::SPEAKER_NAME));
    let honorific = object.text("honorific", language, limits::LINE);
    let position = object.text("position", language, limits::LINE);
    let organisation = object.text("organisation", language, limits::LINE);
    let city = object.text("city", language, limits::LINE);
    let country = object.string("country", Country::parse);
    let biography = object.paragraphs("biography", language, limits::PARAGRAPHS);
    let photo_url = object.url("photo_url");
    let links = object.list("links", limits::LINKS, |n| link(n, language));
    object.finish();
    Some(SpeakerDefinition {
        key: key?,
        name: name?,
        honorific,
        position,
        organisation,
        city,
        country: country.map(|c| c.as_str().to_owned()),
        biography,
        photo_url,
        links,
    })
}

fn link(node: &Node<'_>, language: &Language) -> Option<Link> {
    let mut object = Object::of(node)?;
    let label = object.required_text("label", language);
    let url = object.required("url").and_then(|n| n.url());
    object.finish();
    Some(Link { label: label?, url: url? })
}
