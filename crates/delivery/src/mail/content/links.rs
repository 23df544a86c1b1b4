//! The addresses in messages, and the tokens in them.
//!
//! They lead to the pages for people, except those of a registration where the operator has a page of their own. A token
//! is in the fragment, which browsers do not send, so that it appears in no server's log.

use std::sync::Arc;

use plenaria_domain::event::Event;
use plenaria_domain::registration::Registration;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Instant;

/// Signs a manage token for a registration of an event that ends at this time.
pub type ManageTokenSigner = Arc<dyn Fn(&Registration, Instant) -> Option<String> + Send + Sync>;
/// Signs a token that confirms the address of a registration that was requested at this time.
pub type TokenSigner = Arc<dyn Fn(RegistrationId, Instant) -> Option<String> + Send + Sync>;

/// The addresses and tokens of links in messages.
#[derive(Clone)]
pub struct Links {
    /// The API's public address, which says whether there are pages for people.
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

impl Links {
    /// The link to a registration; `None` if its token cannot be signed.
    pub(crate) fn registration(
        &self,
        registration: &Registration,
        event: &Event,
        language: MessageLanguage,
    ) -> Option<String> {
        let (id, token) = (registration.id, (self.manage_token)(registration, event.ends_at)?);
        let fragment = format!("registration={id}&token={token}");
        Some(self.link("/registration", &format!("/v1/registrations/{id}"), &fragment, event, language))
    }

    /// The link that confirms a registration's address; `None` if its token cannot be signed.
    pub(crate) fn confirmation(
        &self,
        registration: &Registration,
        event: &Event,
        language: MessageLanguage,
    ) -> Option<String> {
        let token = (self.confirmation_token)(registration.id, registration.created_at)?;
        let fragment = format!("confirmation_token={token}");
        Some(self.link("/confirm", "/v1/registrations/confirm", &fragment, event, language))
    }

    /// The event's page; `None` if the server has no pages, or the event is a draft.
    pub(crate) fn event_page(&self, event: &Event, language: MessageLanguage) -> Option<String> {
        let page = self.public_url.page_of(&event.definition.slug).filter(|_| event.is_public())?;
        Some(format!("{page}?lang={}", language.as_str()))
    }

    /// The operator's page, or the page at this path, or else the API's resource.
    fn link(&self, page: &str, resource: &str, fragment: &str, event: &Event, language: MessageLanguage) -> String {
        let (base, tag) = (&self.public_url, language.as_str());
        match &self.manage_url {
            Some(url) => format!("{url}#{fragment}&lang={tag}"),
            None if base.has_pages() => {
                format!("{base}{page}#{fragment}&event={}&lang={tag}", event.definition.slug)
            }
            None => format!("{base}{resource}#{fragment}&lang={tag}"),
        }
    }
}
