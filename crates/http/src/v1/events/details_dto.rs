//! The representations of what an event and its sessions offer beside the programme: rooms, materials, contact and privacy notice.

use crate::schemas;
use plenaria_domain::event::{Branding, Contact, Event, Material, Room};
use plenaria_domain::values::text::Translated;
use serde::Serialize;
use utoipa::ToSchema;

/// A room, real or virtual.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Room)]
pub(crate) struct RoomDto {
    /// The key.
    #[schema(value_type = schemas::Slug)]
    key: String,
    /// The name.
    #[schema(max_length = 300, example = "Main hall")]
    name: String,
}

/// Something to read, watch or fill in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Material)]
pub(crate) struct MaterialDto {
    /// The text of the link.
    #[schema(max_length = 300, example = "Recording")]
    label: String,
    /// The address.
    #[schema(format = "uri", example = "https://video.example.org/recordings/internationalisation")]
    url: String,
    /// The kind.
    #[schema(value_type = schemas::MaterialKind)]
    kind: &'static str,
}

/// The look of the event's page and mails.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Branding)]
pub(crate) struct BrandingDto {
    /// The main colour: `#` and six hexadecimal digits. Pages lighten or darken it where text would be hard to read.
    #[schema(pattern = "^#[0-9a-f]{6}$", example = "#0a5c6b")]
    colour: Option<String>,
    /// The address of a logo.
    #[schema(format = "uri", example = "https://city.example.org/logo.svg")]
    logo_url: Option<String>,
}

impl From<&Branding> for BrandingDto {
    fn from(branding: &Branding) -> Self {
        Self { colour: branding.colour.clone(), logo_url: branding.logo_url.clone() }
    }
}

/// How people reach the organisers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(crate) struct ContactDto {
    /// The name of a person, a team or an office.
    #[schema(max_length = 300, example = "International relations office")]
    name: Option<String>,
    /// The e-mail address.
    #[schema(format = "email", max_length = 254, example = "events@metropolis.example.org")]
    email: Option<String>,
    /// The address of a page, for example with a form.
    #[schema(format = "uri", example = json!(null))]
    url: Option<String>,
}

/// The privacy notice that people accept when they register.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrivacyNotice)]
pub(crate) struct PrivacyNoticeDto {
    /// The address of the notice.
    #[schema(format = "uri", example = json!(null))]
    url: Option<String>,
    /// The version of the notice. It is stored with each registration.
    #[schema(max_length = 100, example = "2026-01")]
    version: String,
}

impl RoomDto {
    /// The room. Here and below, `text` selects the language.
    pub(crate) fn new(room: &Room, text: impl Fn(&Translated) -> String) -> Self {
        Self { key: room.key.to_string(), name: text(&room.name) }
    }
}

impl MaterialDto {
    pub(crate) fn new(material: &Material, text: impl Fn(&Translated) -> String) -> Self {
        Self { label: text(&material.label), url: material.url.clone(), kind: material.kind.as_str() }
    }
}

impl ContactDto {
    pub(crate) fn new(contact: &Contact, text: impl Fn(&Translated) -> String) -> Self {
        let Contact { name, email, url } = contact;
        Self { name: name.as_ref().map(text), email: email.clone(), url: url.clone() }
    }
}

impl PrivacyNoticeDto {
    /// The event's notice; `default_version` is the version of the installation's.
    pub(crate) fn new(event: &Event, default_version: &str) -> Self {
        let url = event.definition.privacy.as_ref().and_then(|privacy| privacy.notice_url.clone());
        Self { url, version: event.definition.privacy_version(default_version).to_owned() }
    }
}
