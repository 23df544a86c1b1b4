//! The embedded event: `<plenaria-event>` in somebody else's page.

use serde::Serialize;

/// The embedded event.
#[derive(Debug, Serialize)]
pub struct Embed {
    /// The event does not exist, or is no longer public.
    pub event_missing: &'static str,
    /// The event could not be loaded.
    pub not_loaded: &'static str,
    /// The link to the event’s page.
    pub more: &'static str,
    /// Behind the text of a link that opens another tab.
    pub new_tab: &'static str,
    /// A field.
    pub name: &'static str,
    /// A field.
    pub email: &'static str,
    /// A field.
    pub organisation: &'static str,
    /// A field.
    pub position: &'static str,
    /// A field.
    pub city: &'static str,
    /// A field.
    pub country: &'static str,
    /// A field: one of the groups that the event is for.
    pub audience: &'static str,
    /// A field.
    pub access_needs: &'static str,
    /// What the field of access needs is for.
    pub access_needs_hint: &'static str,
    /// A field: the language of mails.
    pub language: &'static str,
    /// A box to tick.
    pub newsletter: &'static str,
    /// A box to tick.
    pub privacy: &'static str,
    /// The link to the privacy notice.
    pub privacy_notice: &'static str,
    /// Behind the label of a field that may stay empty.
    pub optional: &'static str,
    /// The first entry of a list, which chooses nothing.
    pub no_choice: &'static str,
    /// An answer.
    pub yes: &'static str,
    /// An answer.
    pub no: &'static str,
    /// An answer to a question that is optional.
    pub no_answer: &'static str,
    /// The button while the form is being sent.
    pub sending: &'static str,
    /// The heading of the errors in fields.
    pub errors: &'static str,
    /// The heading after another failure.
    pub not_sent: &'static str,
    /// There was no response.
    pub no_connection: &'static str,
    /// A failure that has no better explanation.
    pub try_again: &'static str,
    /// The link to the registration’s page.
    pub see_registration: &'static str,
    /// The button for a person who is registered already.
    pub resend: &'static str,
    /// After that button. It does not tell whether the address is registered.
    pub resent: &'static str,
}

pub(super) const ENGLISH: Embed = Embed {
    event_missing: "This event does not exist, or is no longer public.",
    not_loaded: "The event cannot be shown at the moment.",
    more: "More about this event",
    new_tab: "opens in a new tab",
    name: "Full name",
    email: "E-mail address",
    organisation: "Organisation",
    position: "Position",
    city: "City",
    country: "Country",
    audience: "Which group do you belong to?",
    access_needs: "Access needs",
    access_needs_hint: "What you need in order to take part, for example captions.",
    language: "Language of our messages",
    newsletter: "Send me the organisers’ newsletter",
    privacy: "I accept the privacy notice",
    privacy_notice: "Read the privacy notice",
    optional: "optional",
    no_choice: "Please choose",
    yes: "Yes",
    no: "No",
    no_answer: "No answer",
    sending: "Sending…",
    errors: "Please correct these fields",
    not_sent: "You have not been registered",
    no_connection: "There is no connection. What you have typed is still here: please try again.",
    try_again: "Please try again in a minute.",
    see_registration: "See or change your registration",
    resend: "Send me my link again",
    resent: "If this address is registered, a mail with the link is on its way.",
};

pub(super) const SPANISH: Embed = Embed {
    event_missing: "Este evento no existe o ya no es público.",
    not_loaded: "El evento no se puede mostrar en este momento.",
    more: "Más sobre este evento",
    new_tab: "se abre en una pestaña nueva",
    name: "Nombre completo",
    email: "Correo electrónico",
    organisation: "Organización",
    position: "Cargo",
    city: "Ciudad",
    country: "País",
    audience: "¿A qué grupo pertenece?",
    access_needs: "Necesidades de accesibilidad",
    access_needs_hint: "Lo que necesita para participar; por ejemplo, subtítulos.",
    language: "Idioma de nuestros mensajes",
    newsletter: "Deseo recibir el boletín de los organizadores",
    privacy: "Acepto el aviso de privacidad",
    privacy_notice: "Leer el aviso de privacidad",
    optional: "opcional",
    no_choice: "Elija una opción",
    yes: "Sí",
    no: "No",
    no_answer: "Sin respuesta",
    sending: "Enviando…",
    errors: "Corrija estos campos",
    not_sent: "No se ha completado la inscripción",
    no_connection: "No hay conexión. Lo que ha escrito sigue aquí: inténtelo de nuevo.",
    try_again: "Inténtelo de nuevo dentro de un minuto.",
    see_registration: "Ver o cambiar su inscripción",
    resend: "Enviarme de nuevo mi enlace",
    resent: "Si esta dirección está inscrita, recibirá un mensaje con el enlace.",
};

pub(super) const FRENCH: Embed = Embed {
    event_missing: "Cet événement n’existe pas ou n’est plus public.",
    not_loaded: "L’événement ne peut pas être affiché pour le moment.",
    more: "En savoir plus sur cet événement",
    new_tab: "s’ouvre dans un nouvel onglet",
    name: "Nom complet",
    email: "Adresse électronique",
    organisation: "Organisation",
    position: "Fonction",
    city: "Ville",
    country: "Pays",
    audience: "À quel groupe appartenez-vous ?",
    access_needs: "Besoins d’accessibilité",
    access_needs_hint: "Ce dont vous avez besoin pour participer, par exemple des sous-titres.",
    language: "Langue de nos messages",
    newsletter: "Je souhaite recevoir la lettre d’information des organisateurs",
    privacy: "J’accepte l’avis de confidentialité",
    privacy_notice: "Lire l’avis de confidentialité",
    optional: "facultatif",
    no_choice: "Veuillez choisir",
    yes: "Oui",
    no: "Non",
    no_answer: "Pas de réponse",
    sending: "Envoi en cours…",
    errors: "Veuillez corriger ces champs",
    not_sent: "Vous n’êtes pas inscrit",
    no_connection: "Il n’y a pas de connexion. Ce que vous avez saisi est conservé : veuillez réessayer.",
    try_again: "Veuillez réessayer dans une minute.",
    see_registration: "Voir ou modifier votre inscription",
    resend: "M’envoyer à nouveau mon lien",
    resent: "Si cette adresse est inscrite, vous recevrez un message avec le lien.",
};

pub(super) const CATALAN: Embed = Embed {
    event_missing: "Aquest esdeveniment no existeix o ja no és públic.",
    not_loaded: "Ara mateix no es pot mostrar l’esdeveniment.",
    more: "Més informació sobre aquest esdeveniment",
    new_tab: "s’obre en una pestanya nova",
    name: "Nom complet",
    email: "Adreça electrònica",
    organisation: "Organització",
    position: "Càrrec",
    city: "Ciutat",
    country: "País",
    audience: "A quin grup pertanyeu?",
    access_needs: "Necessitats d’accessibilitat",
    access_needs_hint: "El que necessiteu per participar-hi; per exemple, subtítols.",
    language: "Idioma dels nostres missatges",
    newsletter: "Vull rebre el butlletí dels organitzadors",
    privacy: "Accepto l’avís de privacitat",
    privacy_notice: "Llegiu l’avís de privacitat",
    optional: "opcional",
    no_choice: "Trieu una opció",
    yes: "Sí",
    no: "No",
    no_answer: "Sense resposta",
    sending: "S’està enviant…",
    errors: "Corregiu aquests camps",
    not_sent: "No s’ha completat la inscripció",
    no_connection: "No hi ha connexió. El que heu escrit continua aquí: torneu-ho a provar.",
    try_again: "Torneu-ho a provar d’aquí a un minut.",
    see_registration: "Vegeu o canvieu la vostra inscripció",
    resend: "Torneu-me a enviar l’enllaç",
    resent: "Si aquesta adreça està inscrita, rebreu un missatge amb l’enllaç.",
};
