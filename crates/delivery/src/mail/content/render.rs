//! Renders one mail: texts in the recipient's language, calendar attachment and headers. It does no I/O.

use std::sync::Arc;
use std::time::SystemTime;

use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior, context};
use plenaria_domain::event::{Event, EventStatus};
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{MessageId, RegistrationId};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time;
use plenaria_domain::values::time::Instant;
use plenaria_formats::icalendar::{Method, Organiser};
use plenaria_locale::dates;

use crate::mail::content::branding::Colours;
use crate::mail::content::headers::{AutoSubmitted, ContentLanguage, ListId};
use crate::mail::content::materials;
use crate::mail::content::materials::Link;
use crate::mail::content::organisers_words;
use crate::mail::content::submitted_details;
use crate::mail::content::submitted_details::{DetailValue, Label};

/// The templates by name.
const TEMPLATES: [(&str, &str); 6] = [
    ("layout.txt", include_str!("templates/layout.txt")),
    ("layout.html", include_str!("templates/layout.html")),
    ("en.txt", include_str!("templates/en.txt")),
    ("es.txt", include_str!("templates/es.txt")),
    ("fr.txt", include_str!("templates/fr.txt")),
    ("ca.txt", include_str!("templates/ca.txt")),
];

/// Signs a manage token for a registration of an event that ends at this time.
pub type ManageTokenSigner = Arc<dyn Fn(&Registration, Instant) -> Option<String> + Send + Sync>;
/// Signs a token that confirms the address of a registration that was requested at this time.
pub type TokenSigner = Arc<dyn Fn(RegistrationId, Instant) -> Option<String> + Send + Sync>;

/// The addresses and tokens of links in messages.
#[derive(Clone)]
pub struct Links {
    /// The API's public address, without a trailing slash.
    pub public_url: PublicUrl,
    /// The front end's page for managing a registration, if there is one.
    pub manage_url: Option<String>,
    /// Signs a manage token.
    pub manage_token: ManageTokenSigner,
    /// Signs a token that confirms an address.
    pub confirmation_token: TokenSigner,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Why a message cannot be rendered. The texts contain no personal data.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template has an error.
    #[error("a template has an error: {}", .0.kind())]
    Template(#[from] minijinja::Error),
    /// The message cannot be assembled.
    #[error("the message cannot be assembled")]
    Message(#[from] lettre::error::Error),
    /// The recipient's address is not valid for mail.
    #[error("the recipient's address is not valid")]
    Address,
    /// The token for the link cannot be signed.
    #[error("the token for the link cannot be signed")]
    Token,
}

/// The content of a message.
#[derive(Clone, Copy, Debug)]
pub struct MailContent<'a> {
    /// The message's id; the same at every attempt.
    pub id: MessageId,
    /// The kind of message.
    pub kind: MessageKind,
    /// The address, if it is not the registration's current one.
    pub recipient: Option<&'a EmailAddress>,
    /// When the message's cause happened; the `Date` header.
    pub at: Instant,
    /// The parts of the event that changed: `time`, `programme`, `place`.
    pub changed: &'a [String],
    /// The event.
    pub event: &'a Event,
    /// The current registration.
    pub registration: &'a Registration,
}

/// Renders messages.
#[derive(Debug)]
pub struct MailRenderer {
    templates: Environment<'static>,
    from: Mailbox,
    links: Links,
    /// Precedes every subject.
    subject_prefix: &'static str,
}

/// What a person reads of a message.
#[derive(Clone, Debug)]
pub struct MailText {
    /// The recipient's address.
    pub to: String,
    /// The language.
    pub language: MessageLanguage,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub plain: String,
    /// The HTML.
    pub html: String,
    /// The link to the registration, or to its confirmation, if the message has one.
    pub link: Option<String>,
}

/// A rendered message: the form that is sent, and the texts in it.
#[derive(Debug)]
pub struct RenderedMail {
    /// The message as it is sent.
    pub message: Message,
    /// Its texts.
    pub text: MailText,
}

impl MailRenderer {
    /// A renderer of messages from this sender.
    ///
    /// # Errors
    /// A template has a syntax error; the tests load all of them.
    pub fn new(from: Mailbox, links: Links) -> Result<Self, RenderError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        Ok(Self { templates, from, links, subject_prefix: "" })
    }

    /// The same renderer, whose subjects begin with this text.
    #[must_use]
    pub const fn with_subject_prefix(mut self, prefix: &'static str) -> Self {
        self.subject_prefix = prefix;
        self
    }

    /// Renders a message.
    ///
    /// # Errors
    /// See [`RenderError`].
    pub fn render(&self, content: MailContent<'_>) -> Result<RenderedMail, RenderError> {
        let attendee = &content.registration.attendee;
        let language = attendee.language;
        let text = self.text(content, language)?;
        let slug = &content.event.definition.slug;
        let domain = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(mailbox(&attendee.name, recipient(content))?)
            .subject(text.subject.clone())
            .message_id(Some(format!("<{}@{domain}>", content.id)))
            .date(SystemTime::from(content.at))
            .header(AutoSubmitted)
            .header(ListId(format!("<{slug}.events.{domain}>")))
            .header(ContentLanguage(language));
        let mut parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, text.plain.clone()))
            .singlepart(part(ContentType::TEXT_HTML, text.html.clone()));
        if let Some((method, calendar)) = self.calendar(content, language) {
            let kind =
                format!("{}; method={}; charset=utf-8", plenaria_formats::icalendar::MEDIA_TYPE, method.as_str());
            let kind =
                ContentType::parse(&kind).map_err(|_| RenderError::Message(lettre::error::Error::NonAsciiChars))?;
            parts = parts.singlepart(part(kind, calendar));
        }
        Ok(RenderedMail { message: message.multipart(parts)?, text })
    }

    fn text(&self, content: MailContent<'_>, language: MessageLanguage) -> Result<MailText, RenderError> {
        let MailContent { kind, event, registration, .. } = content;
        let definition = &event.definition;
        let content_language = content_language(language, &definition.language);
        let title = definition.title.get(&content_language, &definition.language);
        let joins_from = definition.join.as_ref().map(|join| event.starts_at - time::minutes(join.minutes_before));
        let template = self.templates.get_template(&format!("{}.txt", language.as_str()))?;
        let mut blocks = template.render_captured(context! {
            title,
            name => isolated(&registration.attendee.name),
            position => registration.waitlist_position,
            changed => content.changed.to_vec(),
            attended => registration.attended_at.is_some(),
            waitlisted => registration.status == RegistrationStatus::Waitlisted,
            joins_from => joins_from.map(|at| dates::date_time(at, definition.time_zone, language)),
        })?;
        let mut block = |name: &str| blocks.with_state_mut(|state| state.render_block(name));
        let name = kind.as_str();
        let subject = format!("{}{}", self.subject_prefix, block(&format!("subject_{name}"))?);
        let words = organisers_words::text(kind, event, &content_language);
        let text = if words.is_some_and(|words| words.replaces_text) {
            String::new()
        } else {
            block(&format!("text_{name}"))?
        };
        let words_heading = if kind == MessageKind::EventCancelled { block("reason")? } else { String::new() };
        let words = words.map(|words| context! { heading => words_heading, paragraphs => paragraphs(words.text) });
        let mut rows = vec![
            (block("label_time")?, dates::period(event.starts_at, event.ends_at, definition.time_zone, language)),
            (block("label_utc")?, dates::period_in_utc(event.starts_at, event.ends_at, language)),
        ];
        if let Some(place) = &definition.place {
            rows.push((block("label_place")?, place.get(&content_language, &definition.language).to_owned()));
        }
        if let Some(contact) = organisers_words::contact(definition, &content_language) {
            rows.push((block("label_contact")?, contact));
        }
        let rows: Vec<Value> = rows.into_iter().map(|(label, value)| context! { label, value }).collect();
        let mut submitted: Vec<Value> = Vec::new();
        if content.kind == MessageKind::ConfirmAddress {
            for (label, value) in submitted_details::details(event, registration, &content_language) {
                let label = match label {
                    Label::Block(name) => block(name)?,
                    Label::Text(text) => text,
                };
                let value = match value {
                    DetailValue::Text(text) => isolated(&text),
                    DetailValue::YesNo(yes) => block(if yes { "word_yes" } else { "word_no" })?,
                };
                submitted.push(context! { label, value });
            }
        }
        let mut links: Vec<Value> = Vec::new();
        if content.kind == MessageKind::FollowUp {
            let (materials, surveys) = materials::links(definition, &content_language);
            for (heading, list) in [("materials", materials), ("surveys", surveys)] {
                let list = list.into_iter().map(|Link { label, url }| context! { label, url });
                let list: Vec<Value> = list.collect();
                if !list.is_empty() {
                    links.push(context! { heading => block(heading)?, list });
                }
            }
        }
        let submitted_heading = if submitted.is_empty() { String::new() } else { block("submitted")? };
        let link = self.link(content, language)?;
        let action = match &link {
            Some((name, url)) => Some(context! { label => block(name)?, url }),
            None => None,
        };
        let colours = Colours::of(definition);
        let context = context! {
            language => language.as_str(),
            subject => subject.clone(),
            title, words, rows, links, submitted, submitted_heading, action,
            paragraphs => paragraphs(&text),
            colours => context! { main => colours.main, text => colours.text },
            logo => definition.branding.as_ref().and_then(|branding| branding.logo_url.as_deref()),
            greeting => block("greeting")?,
            footer => block("footer")?,
            signature => self.signature(event),
        };
        let layout = |name: &str| self.templates.get_template(name)?.render(&context);
        let (plain, html) = (layout("layout.txt")?, layout("layout.html")?);
        let to = recipient(content).as_given().to_owned();
        Ok(MailText { to, language, subject, plain, html, link: link.map(|(_, url)| url) })
    }

    /// The signature: the event's organisers, or the sender's name.
    fn signature(&self, event: &Event) -> String {
        let organisers: Vec<&str> = event.definition.organisers.iter().map(|o| o.name.as_str()).collect();
        if organisers.is_empty() { self.from.name.clone().unwrap_or_default() } else { organisers.join(", ") }
    }

    /// The link, as the template block of its label and its address. The token is in the fragment, which browsers do not
    /// send, so that it appears in no server's log.
    fn link(
        &self,
        content: MailContent<'_>,
        language: MessageLanguage,
    ) -> Result<Option<(&'static str, String)>, RenderError> {
        let (id, tag) = (content.registration.id, language.as_str());
        let Links { public_url, manage_url, manage_token, confirmation_token } = &self.links;
        match content.kind {
            // Links to the registration are valid for a limited time after the event.
            MessageKind::Cancelled
            | MessageKind::EventCancelled
            | MessageKind::AddressReplaced
            | MessageKind::FollowUp => Ok(None),
            MessageKind::ConfirmAddress => {
                let token = confirmation_token(id, content.registration.created_at).ok_or(RenderError::Token)?;
                let page = manage_url.clone().unwrap_or_else(|| format!("{public_url}/v1/registrations/confirm"));
                Ok(Some(("action_confirm", format!("{page}#confirmation_token={token}&lang={tag}"))))
            }
            _ => {
                let token = manage_token(content.registration, content.event.ends_at).ok_or(RenderError::Token)?;
                let page = manage_url.clone().unwrap_or_else(|| format!("{public_url}/v1/registrations/{id}"));
                Ok(Some(("action_manage", format!("{page}#registration={id}&token={token}&lang={tag}"))))
            }
        }
    }

    /// The calendar attachment; none for people who never had a seat. A new address gets the invitation too. A former one
    /// gets no cancellation: it may belong to the same person, whose calendar would then lose the entry.
    fn calendar(&self, content: MailContent<'_>, language: MessageLanguage) -> Option<(Method, String)> {
        let method = match content.kind {
            MessageKind::Registered
            | MessageKind::Promoted
            | MessageKind::EventChanged
            | MessageKind::EventReinstated
            | MessageKind::RegistrationReinstated
            | MessageKind::AddressChanged => Method::Request,
            MessageKind::Cancelled | MessageKind::EventCancelled => Method::Cancel,
            _ => return None,
        };
        content.registration.confirmed_at?;
        let holds_seat = content.registration.status == RegistrationStatus::Confirmed;
        let takes_place = content.event.definition.status != EventStatus::Cancelled;
        if method == Method::Request && !(holds_seat && takes_place) {
            return None;
        }
        let name = self.signature(content.event);
        let address = self.from.email.to_string();
        let organiser = Organiser { name: &name, address: &address };
        let content_language = content_language(language, &content.event.definition.language);
        let MailContent { event, registration, .. } = content;
        let public_url = &self.links.public_url;
        let calendar = plenaria_formats::icalendar::invitation(
            method,
            event,
            registration,
            organiser,
            &content_language,
            public_url,
        );
        Some((method, calendar))
    }
}

/// The address that a message goes to.
fn recipient(content: MailContent<'_>) -> &EmailAddress {
    content.recipient.unwrap_or(&content.registration.attendee.email)
}

/// The paragraphs of a text, which blank lines separate.
fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).map(str::to_owned).collect()
}

/// The language of the event's texts in a message of this language.
fn content_language(language: MessageLanguage, own: &Language) -> Language {
    Language::parse(language.as_str()).unwrap_or_else(|_| own.clone())
}

/// Wraps a name with right-to-left letters in Unicode isolates, so that it does not reorder the text around it.
fn isolated(name: &str) -> String {
    let is_right_to_left = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    if name.contains(is_right_to_left) { format!("\u{2068}{name}\u{2069}") } else { name.to_owned() }
}

/// The recipient's mailbox, with the domain in ASCII (Punycode), which every server supports.
fn mailbox(name: &str, email: &EmailAddress) -> Result<Mailbox, RenderError> {
    let local = email.as_given().rsplit_once('@').map(|(local, _)| local);
    let domain = email.key().rsplit_once('@').map(|(_, domain)| domain);
    let (local, domain) = local.zip(domain).ok_or(RenderError::Address)?;
    let address = lettre::Address::new(local, domain).map_err(|_| RenderError::Address)?;
    Ok(Mailbox::new(Some(name.to_owned()), address))
}

fn part(kind: ContentType, body: String) -> SinglePart {
    SinglePart::builder().header(kind).body(body)
}
