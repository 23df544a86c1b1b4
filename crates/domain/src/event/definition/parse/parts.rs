//! Parses the smaller parts of a definition: branding, privacy notice, audiences, publications, rooms and materials.

use crate::event::attributes::{Audience, Branding, Material, MaterialKind, Privacy, Publication, Room};
use crate::event::definition::limits;
use crate::event::definition::parse::node::Node;
use crate::event::definition::parse::object::Object;
use crate::validation::{Form, InvalidValue};
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::text::translated::Translated;

/// The branding; `None` if all of its fields are missing.
pub(crate) fn branding(node: &Node<'_>) -> Option<Branding> {
    let mut object = Object::of(node)?;
    let colour = object.string("colour", colour);
    let logo_url = object.url("logo_url");
    object.finish();
    (colour.is_some() || logo_url.is_some()).then_some(Branding { colour, logo_url })
}

/// A colour as `#` and six hexadecimal digits, in lower case.
fn colour(text: &str) -> Result<String, InvalidValue> {
    let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
    digits.map(|d| format!("#{}", d.to_ascii_lowercase())).ok_or(InvalidValue::Format { expected: Form::Colour })
}

/// The privacy notice; `None` if all of its fields are missing.
pub(crate) fn privacy(node: &Node<'_>) -> Option<Privacy> {
    let mut object = Object::of(node)?;
    let notice_url = object.url("notice_url");
    let version = object.optional_string("version").and_then(|n| n.line(limits::PRIVACY_VERSION));
    object.finish();
    (notice_url.is_some() || version.is_some()).then_some(Privacy { notice_url, version })
}

/// A key and a text in the field `name`: an audience, a room, or a choice of a question.
pub(crate) fn key_and_text(node: &Node<'_>, name: &'static str, language: &Language) -> Option<(Slug, Translated)> {
    let mut object = Object::of(node)?;
    let key = object.key();
    let text = object.required_text(name, language);
    object.finish();
    Some((key?, text?))
}

pub(crate) fn audience(node: &Node<'_>, language: &Language) -> Option<Audience> {
    key_and_text(node, "label", language).map(|(key, label)| Audience { key, label })
}

pub(crate) fn room(node: &Node<'_>, language: &Language) -> Option<Room> {
    key_and_text(node, "name", language).map(|(key, name)| Room { key, name })
}

pub(crate) fn publication(node: &Node<'_>, language: &Language) -> Option<Publication> {
    let mut object = Object::of(node)?;
    let title = object.required_text("title", language);
    let url = object.url("url");
    object.finish();
    Some(Publication { title: title?, url })
}

/// The materials of an event or of a session.
pub(crate) fn materials(object: &mut Object<'_>, language: &Language) -> Vec<Material> {
    object.list("materials", limits::MATERIALS, |n| material(n, language))
}

fn material(node: &Node<'_>, language: &Language) -> Option<Material> {
    let mut object = Object::of(node)?;
    let label = object.required_text("label", language);
    let url = object.required("url").and_then(|n| n.url());
    let kind = object.choice("kind", MaterialKind::Other, MaterialKind::parse);
    object.finish();
    Some(Material { label: label?, url: url?, kind: kind? })
}
