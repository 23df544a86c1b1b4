//! The embedded event: `<plenaria-event>` in somebody else's page.

use serde::Serialize;

use crate::words::Plural;

/// The embedded event.
#[derive(Debug, Serialize)]
pub struct Embed {
    /// The event does not exist, or is no longer public.
    pub event_missing: &'static str,
    /// The event could not be loaded.
    pub not_loaded: &'static str,
    /// A time in the reader’s own zone, after that in the event’s.
    pub your_time: &'static str,
    /// People attend online.
    pub online: &'static str,
    /// People attend online or in person.
    pub hybrid: &'static str,
    /// Before the names of the organisers.
    pub organised_by: &'static str,
    /// Before the topics.
    pub topics: &'static str,
    /// The heading of the programme.
    pub programme: &'static str,
    /// The programme is a draft.
    pub programme_draft: &'static str,
    /// The moderators of the whole event.
    pub moderated_by: &'static str,
    /// The role of a speaker, after the name.
    pub role_moderator: &'static str,
    /// The role of a speaker, after the name.
    pub role_host: &'static str,
    /// The role of a speaker, after the name.
    pub role_panelist: &'static str,
    /// Behind the title of a session that does not take place.
    pub session_cancelled: &'static str,
    /// The link to the event’s page.
    pub more: &'static str,
    /// The link to the calendar entry.
    pub calendar: &'static str,
    /// Behind the text of a link that opens another tab.
    pub new_tab: &'static str,
    /// The heading of the registration.
    pub registration: &'static str,
    /// People can register, and the number of seats has no limit.
    pub open: &'static str,
    /// Registration opens later.
    pub not_open: &'static str,
    /// The event is full, without a waiting list.
    pub full: &'static str,
    /// Registration has closed before the event.
    pub closed: &'static str,
    /// The event was cancelled.
    pub cancelled: &'static str,
    /// The event is running, and registration is closed.
    pub live: &'static str,
    /// The event is over.
    pub ended: &'static str,
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
    pub choose: &'static str,
    /// An answer.
    pub yes: &'static str,
    /// An answer.
    pub no: &'static str,
    /// An answer to a question that is optional.
    pub no_answer: &'static str,
    /// The button that sends the form.
    pub register: &'static str,
    /// The button that sends the form, when the event is full.
    pub join_waitlist: &'static str,
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
    /// The heading after registering.
    pub confirmed: &'static str,
    /// What it means.
    pub confirmed_text: &'static str,
    /// The heading after joining the waiting list.
    pub waitlisted: &'static str,
    /// What it means.
    pub waitlisted_text: &'static str,
    /// The heading when a mail asks to confirm the address.
    pub confirmation_sent: &'static str,
    /// What to do.
    pub confirmation_sent_text: &'static str,
    /// The link to the registration’s page.
    pub see_registration: &'static str,
    /// The button for a person who is registered already.
    pub resend: &'static str,
    /// After that button. It does not tell whether the address is registered.
    pub resent: &'static str,
    /// People can register, and this many seats are left.
    pub seats_left: Plural,
    /// People can register, and few seats are left.
    pub few_seats: Plural,
    /// The event is full, and people can join its waiting list.
    pub waitlist: Plural,
}

pub(super) const ENGLISH: Embed = Embed {
    event_missing: "This event does not exist, or is no longer public.",
    not_loaded: "The event cannot be shown at the moment.",
    your_time: "Your time: {time}",
    online: "Online",
    hybrid: "Online and in person",
    organised_by: "Organised by",
    topics: "Topics",
    programme: "Programme",
    programme_draft: "The programme may still change.",
    moderated_by: "Moderated by {names}",
    role_moderator: "moderator",
    role_host: "host",
    role_panelist: "panellist",
    session_cancelled: "cancelled",
    more: "More about this event",
    calendar: "Add to calendar",
    new_tab: "opens in a new tab",
    registration: "Registration",
    open: "Registration is open.",
    not_open: "Registration opens on {time}.",
    full: "The event is full.",
    closed: "Registration is closed.",
    cancelled: "The event has been cancelled.",
    live: "The event is taking place now. Registration is closed.",
    ended: "The event is over.",
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
    choose: "Please choose",
    yes: "Yes",
    no: "No",
    no_answer: "No answer",
    register: "Register",
    join_waitlist: "Join the waiting list",
    sending: "Sending…",
    errors: "Please correct these fields",
    not_sent: "You have not been registered",
    no_connection: "There is no connection. What you have typed is still here: please try again.",
    try_again: "Please try again in a minute.",
    confirmed: "You are registered",
    confirmed_text: "You have a seat. We have sent you a mail with everything you need.",
    waitlisted: "You are on the waiting list",
    waitlisted_text: "Your position is {position}. If a seat becomes free, you get it and a mail.",
    confirmation_sent: "Please confirm your address",
    confirmation_sent_text: "We have sent you a mail. Follow the link in it to complete your registration.",
    see_registration: "See or change your registration",
    resend: "Send me my link again",
    resent: "If this address is registered, a mail with the link is on its way.",
    seats_left: Plural {
        one: "Registration is open: {count} seat left.",
        other: "Registration is open: {count} seats left.",
    },
    few_seats: Plural { one: "Only {count} seat left.", other: "Only {count} seats left." },
    waitlist: Plural {
        one: "The event is full. {count} person is waiting; you can join the waiting list.",
        other: "The event is full. {count} people are waiting; you can join the waiting list.",
    },
};

pub(super) const SPANISH: Embed = Embed {
    event_missing: "Este evento no existe o ya no es público.",
    not_loaded: "El evento no se puede mostrar en este momento.",
    your_time: "Su hora: {time}",
    online: "En línea",
    hybrid: "En línea y presencial",
    organised_by: "Organiza",
    topics: "Temas",
    programme: "Programa",
    programme_draft: "El programa todavía puede cambiar.",
    moderated_by: "Modera: {names}",
    role_moderator: "moderación",
    role_host: "acogida",
    role_panelist: "panelista",
    session_cancelled: "cancelada",
    more: "Más sobre este evento",
    calendar: "Añadir al calendario",
    new_tab: "se abre en una pestaña nueva",
    registration: "Inscripción",
    open: "La inscripción está abierta.",
    not_open: "La inscripción se abre el {time}.",
    full: "El evento está completo.",
    closed: "La inscripción está cerrada.",
    cancelled: "El evento se ha cancelado.",
    live: "El evento se está celebrando ahora. La inscripción está cerrada.",
    ended: "El evento ha terminado.",
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
    choose: "Elija una opción",
    yes: "Sí",
    no: "No",
    no_answer: "Sin respuesta",
    register: "Inscribirse",
    join_waitlist: "Unirse a la lista de espera",
    sending: "Enviando…",
    errors: "Corrija estos campos",
    not_sent: "No se ha completado la inscripción",
    no_connection: "No hay conexión. Lo que ha escrito sigue aquí: inténtelo de nuevo.",
    try_again: "Inténtelo de nuevo dentro de un minuto.",
    confirmed: "Su inscripción está hecha",
    confirmed_text: "Tiene una plaza. Le hemos enviado un mensaje con todo lo que necesita.",
    waitlisted: "Está en la lista de espera",
    waitlisted_text: "Su posición es la {position}. Si queda libre una plaza, será suya y le enviaremos un mensaje.",
    confirmation_sent: "Confirme su dirección",
    confirmation_sent_text: "Le hemos enviado un mensaje. Siga el enlace que contiene para completar la inscripción.",
    see_registration: "Ver o cambiar su inscripción",
    resend: "Enviarme de nuevo mi enlace",
    resent: "Si esta dirección está inscrita, recibirá un mensaje con el enlace.",
    seats_left: Plural {
        one: "La inscripción está abierta: queda {count} plaza.",
        other: "La inscripción está abierta: quedan {count} plazas.",
    },
    few_seats: Plural { one: "Solo queda {count} plaza.", other: "Solo quedan {count} plazas." },
    waitlist: Plural {
        one: "El evento está completo. Hay {count} persona en espera; puede unirse a la lista de espera.",
        other: "El evento está completo. Hay {count} personas en espera; puede unirse a la lista de espera.",
    },
};

pub(super) const FRENCH: Embed = Embed {
    event_missing: "Cet événement n’existe pas ou n’est plus public.",
    not_loaded: "L’événement ne peut pas être affiché pour le moment.",
    your_time: "Votre heure : {time}",
    online: "En ligne",
    hybrid: "En ligne et sur place",
    organised_by: "Organisé par",
    topics: "Thèmes",
    programme: "Programme",
    programme_draft: "Le programme peut encore changer.",
    moderated_by: "Animé par {names}",
    role_moderator: "modération",
    role_host: "accueil",
    role_panelist: "intervention dans la table ronde",
    session_cancelled: "annulée",
    more: "En savoir plus sur cet événement",
    calendar: "Ajouter au calendrier",
    new_tab: "s’ouvre dans un nouvel onglet",
    registration: "Inscription",
    open: "Les inscriptions sont ouvertes.",
    not_open: "Les inscriptions ouvriront le {time}.",
    full: "L’événement est complet.",
    closed: "Les inscriptions sont closes.",
    cancelled: "L’événement a été annulé.",
    live: "L’événement a lieu en ce moment. Les inscriptions sont closes.",
    ended: "L’événement est terminé.",
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
    choose: "Veuillez choisir",
    yes: "Oui",
    no: "Non",
    no_answer: "Pas de réponse",
    register: "S’inscrire",
    join_waitlist: "Rejoindre la liste d’attente",
    sending: "Envoi en cours…",
    errors: "Veuillez corriger ces champs",
    not_sent: "Vous n’êtes pas inscrit",
    no_connection: "Il n’y a pas de connexion. Ce que vous avez saisi est conservé : veuillez réessayer.",
    try_again: "Veuillez réessayer dans une minute.",
    confirmed: "Votre inscription est enregistrée",
    confirmed_text: "Vous avez une place. Nous vous avons envoyé un message avec tout ce qu’il vous faut.",
    waitlisted: "Vous êtes sur la liste d’attente",
    waitlisted_text: "Votre position est la {position}. Si une place se libère, vous l’obtiendrez et recevrez un message.",
    confirmation_sent: "Veuillez confirmer votre adresse",
    confirmation_sent_text: "Nous vous avons envoyé un message. Suivez le lien qu’il contient pour terminer votre inscription.",
    see_registration: "Voir ou modifier votre inscription",
    resend: "M’envoyer à nouveau mon lien",
    resent: "Si cette adresse est inscrite, vous recevrez un message avec le lien.",
    seats_left: Plural {
        one: "Les inscriptions sont ouvertes : il reste {count} place.",
        other: "Les inscriptions sont ouvertes : il reste {count} places.",
    },
    few_seats: Plural { one: "Il ne reste que {count} place.", other: "Il ne reste que {count} places." },
    waitlist: Plural {
        one: "L’événement est complet. {count} personne attend ; vous pouvez rejoindre la liste d’attente.",
        other: "L’événement est complet. {count} personnes attendent ; vous pouvez rejoindre la liste d’attente.",
    },
};

pub(super) const CATALAN: Embed = Embed {
    event_missing: "Aquest esdeveniment no existeix o ja no és públic.",
    not_loaded: "Ara mateix no es pot mostrar l’esdeveniment.",
    your_time: "La vostra hora: {time}",
    online: "En línia",
    hybrid: "En línia i presencial",
    organised_by: "Organitza",
    topics: "Temes",
    programme: "Programa",
    programme_draft: "El programa encara pot canviar.",
    moderated_by: "Modera: {names}",
    role_moderator: "moderació",
    role_host: "acollida",
    role_panelist: "panelista",
    session_cancelled: "cancel·lada",
    more: "Més informació sobre aquest esdeveniment",
    calendar: "Afegeix al calendari",
    new_tab: "s’obre en una pestanya nova",
    registration: "Inscripció",
    open: "La inscripció és oberta.",
    not_open: "La inscripció s’obre el {time}.",
    full: "L’esdeveniment és ple.",
    closed: "La inscripció és tancada.",
    cancelled: "L’esdeveniment s’ha cancel·lat.",
    live: "L’esdeveniment s’està fent ara. La inscripció és tancada.",
    ended: "L’esdeveniment s’ha acabat.",
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
    choose: "Trieu una opció",
    yes: "Sí",
    no: "No",
    no_answer: "Sense resposta",
    register: "Inscriviu-me",
    join_waitlist: "Afegiu-me a la llista d’espera",
    sending: "S’està enviant…",
    errors: "Corregiu aquests camps",
    not_sent: "No s’ha completat la inscripció",
    no_connection: "No hi ha connexió. El que heu escrit continua aquí: torneu-ho a provar.",
    try_again: "Torneu-ho a provar d’aquí a un minut.",
    confirmed: "La vostra inscripció està feta",
    confirmed_text: "Teniu una plaça. Us hem enviat un missatge amb tot el que us cal.",
    waitlisted: "Sou a la llista d’espera",
    waitlisted_text: "La vostra posició és la {position}. Si queda lliure una plaça, serà vostra i us enviarem un missatge.",
    confirmation_sent: "Confirmeu la vostra adreça",
    confirmation_sent_text: "Us hem enviat un missatge. Seguiu l’enllaç que conté per completar la inscripció.",
    see_registration: "Vegeu o canvieu la vostra inscripció",
    resend: "Torneu-me a enviar l’enllaç",
    resent: "Si aquesta adreça està inscrita, rebreu un missatge amb l’enllaç.",
    seats_left: Plural {
        one: "La inscripció és oberta: queda {count} plaça.",
        other: "La inscripció és oberta: queden {count} places.",
    },
    few_seats: Plural { one: "Només queda {count} plaça.", other: "Només queden {count} places." },
    waitlist: Plural {
        one: "L’esdeveniment és ple. Hi ha {count} persona en espera; us podeu afegir a la llista d’espera.",
        other: "L’esdeveniment és ple. Hi ha {count} persones en espera; us podeu afegir a la llista d’espera.",
    },
};
