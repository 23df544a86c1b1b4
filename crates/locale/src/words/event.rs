//! The page of an event.

use serde::Serialize;

/// The page of an event.
#[derive(Debug, Serialize)]
pub struct Event {
    /// The label of the time.
    pub when: &'static str,
    /// The label of the place.
    pub place: &'static str,
    /// The event takes place online.
    pub online: &'static str,
    /// People attend in person.
    pub in_person: &'static str,
    /// People attend in person or online.
    pub hybrid: &'static str,
    /// The label of the spoken language.
    pub spoken: &'static str,
    /// The label of the price.
    pub price: &'static str,
    /// Attending is free.
    pub free: &'static str,
    /// The label of the organisers.
    pub organisers: &'static str,
    /// The heading of the description.
    pub about: &'static str,
    /// The heading of the topics.
    pub topics: &'static str,
    /// The heading of the audiences.
    pub audiences: &'static str,
    /// The heading of publications.
    pub publications: &'static str,
    /// The heading of recordings, slides and documents.
    pub materials: &'static str,
    /// The heading of the contact.
    pub contact: &'static str,
    /// The heading of the programme.
    pub programme: &'static str,
    /// The programme may still change.
    pub draft: &'static str,
    /// Which zone the times of a programme are in.
    pub times: &'static str,
    /// Scripts add the time in the reader’s zone.
    pub your_times: &'static str,
    /// What a script puts beside the time of an event.
    pub your_time: &'static str,
    /// The label of the moderators.
    pub moderators: &'static str,
    /// The heading of the speakers.
    pub speakers: &'static str,
    /// A role.
    pub speaker: &'static str,
    /// A role.
    pub moderator: &'static str,
    /// A role.
    pub host: &'static str,
    /// A role.
    pub panelist: &'static str,
    /// A kind of session.
    pub panel: &'static str,
    /// A kind of session.
    pub workshop: &'static str,
    /// A session that does not take place.
    pub session_cancelled: &'static str,
    /// The language of a session, if it is not that of the event.
    pub session_language: &'static str,
    /// The label of a session’s room, for screen readers.
    pub room: &'static str,
    /// The label of a session’s track, for screen readers.
    pub track: &'static str,
    /// The label of what opens an abstract.
    pub details: &'static str,
    /// The label of a speaker’s links, for screen readers.
    pub links: &'static str,
    /// Downloads the entry for a calendar.
    pub calendar: &'static str,
    /// Downloads one entry for each session.
    pub programme_calendar: &'static str,
    /// Shares the page.
    pub share: &'static str,
    /// Copies the page’s address.
    pub copy_link: &'static str,
    /// The address was copied.
    pub link_copied: &'static str,
    /// Shares the page by e-mail.
    pub by_mail: &'static str,
    /// None of the event’s texts is in the page’s language.
    pub not_translated: &'static str,
    /// Some of the event’s texts are not in the page’s language.
    pub partly_translated: &'static str,
    /// Announced when the state of the event changes while the page is open.
    pub state_changed: &'static str,
}

pub(super) const ENGLISH: Event = Event {
    when: "When",
    place: "Where",
    online: "Online",
    in_person: "In person",
    hybrid: "In person and online",
    spoken: "Language",
    price: "Price",
    free: "Free of charge",
    organisers: "Organised by",
    about: "About this event",
    topics: "Topics",
    audiences: "For whom",
    publications: "Publications",
    materials: "Materials",
    contact: "Contact",
    programme: "Programme",
    draft: "The programme may still change.",
    times: "Times are those of {zone}.",
    your_times: "The second time of each session is in your time zone, {zone}.",
    your_time: "{time} in your time zone",
    moderators: "Moderated by",
    speakers: "Speakers",
    speaker: "Speaker",
    moderator: "Moderator",
    host: "Host",
    panelist: "Panel",
    panel: "Panel discussion",
    workshop: "Workshop",
    session_cancelled: "Cancelled",
    session_language: "Language: {language}",
    room: "Room",
    track: "Track",
    details: "Details",
    links: "Links of {name}",
    calendar: "Add to calendar",
    programme_calendar: "Programme for calendars",
    share: "Share",
    copy_link: "Copy link",
    link_copied: "The link has been copied.",
    by_mail: "Send by e-mail",
    not_translated: "The organisers’ texts are not translated. Their language: {language}.",
    partly_translated: "Some texts are not translated. Their language: {language}.",
    state_changed: "News about registration: {state}.",
};

pub(super) const SPANISH: Event = Event {
    when: "Cuándo",
    place: "Dónde",
    online: "En línea",
    in_person: "Presencial",
    hybrid: "Presencial y en línea",
    spoken: "Idioma",
    price: "Precio",
    free: "Gratuito",
    organisers: "Organiza",
    about: "Sobre este evento",
    topics: "Temas",
    audiences: "A quién se dirige",
    publications: "Publicaciones",
    materials: "Materiales",
    contact: "Contacto",
    programme: "Programa",
    draft: "El programa aún puede cambiar.",
    times: "Horas de la zona horaria {zone}.",
    your_times: "La segunda hora de cada sesión es la de su zona horaria, {zone}.",
    your_time: "{time} en su zona horaria",
    moderators: "Modera",
    speakers: "Ponentes",
    speaker: "Ponente",
    moderator: "Moderación",
    host: "Presentación",
    panelist: "Mesa redonda",
    panel: "Mesa redonda",
    workshop: "Taller",
    session_cancelled: "Cancelada",
    session_language: "Idioma: {language}",
    room: "Sala",
    track: "Línea temática",
    details: "Detalles",
    links: "Enlaces de {name}",
    calendar: "Añadir al calendario",
    programme_calendar: "Programa para calendarios",
    share: "Compartir",
    copy_link: "Copiar enlace",
    link_copied: "El enlace se ha copiado.",
    by_mail: "Enviar por correo",
    not_translated: "Los textos de los organizadores no están traducidos. Su idioma: {language}.",
    partly_translated: "Algunos textos no están traducidos. Su idioma: {language}.",
    state_changed: "Novedad sobre la inscripción: {state}.",
};

pub(super) const FRENCH: Event = Event {
    when: "Quand",
    place: "Où",
    online: "En ligne",
    in_person: "Sur place",
    hybrid: "Sur place et en ligne",
    spoken: "Langue",
    price: "Prix",
    free: "Gratuit",
    organisers: "Organisé par",
    about: "À propos de cet événement",
    topics: "Thèmes",
    audiences: "Pour qui",
    publications: "Publications",
    materials: "Documents et enregistrements",
    contact: "Contact",
    programme: "Programme",
    draft: "Le programme peut encore changer.",
    times: "Heures du fuseau horaire {zone}.",
    your_times: "La deuxième heure de chaque séance est celle de votre fuseau horaire, {zone}.",
    your_time: "{time} dans votre fuseau horaire",
    moderators: "Modération",
    speakers: "Intervenants",
    speaker: "Intervention",
    moderator: "Modération",
    host: "Accueil",
    panelist: "Table ronde",
    panel: "Table ronde",
    workshop: "Atelier",
    session_cancelled: "Annulée",
    session_language: "Langue\u{a0}: {language}",
    room: "Salle",
    track: "Thème",
    details: "Détails",
    links: "Liens de {name}",
    calendar: "Ajouter à l’agenda",
    programme_calendar: "Programme pour agenda",
    share: "Partager",
    copy_link: "Copier le lien",
    link_copied: "Le lien a été copié.",
    by_mail: "Envoyer par e-mail",
    not_translated: "Les textes des organisateurs ne sont pas traduits. Leur langue\u{a0}: {language}.",
    partly_translated: "Certains textes ne sont pas traduits. Leur langue\u{a0}: {language}.",
    state_changed: "Du nouveau pour l’inscription\u{a0}: {state}.",
};

pub(super) const CATALAN: Event = Event {
    when: "Quan",
    place: "On",
    online: "En línia",
    in_person: "Presencial",
    hybrid: "Presencial i en línia",
    spoken: "Idioma",
    price: "Preu",
    free: "Gratuït",
    organisers: "Organitza",
    about: "Sobre aquest esdeveniment",
    topics: "Temes",
    audiences: "A qui s’adreça",
    publications: "Publicacions",
    materials: "Materials",
    contact: "Contacte",
    programme: "Programa",
    draft: "El programa encara pot canviar.",
    times: "Hores del fus horari {zone}.",
    your_times: "La segona hora de cada sessió és la del vostre fus horari, {zone}.",
    your_time: "{time} al vostre fus horari",
    moderators: "Modera",
    speakers: "Ponents",
    speaker: "Ponent",
    moderator: "Moderació",
    host: "Presentació",
    panelist: "Taula rodona",
    panel: "Taula rodona",
    workshop: "Taller",
    session_cancelled: "Cancel·lada",
    session_language: "Idioma: {language}",
    room: "Sala",
    track: "Línia temàtica",
    details: "Detalls",
    links: "Enllaços de {name}",
    calendar: "Afegir al calendari",
    programme_calendar: "Programa per a calendaris",
    share: "Compartir",
    copy_link: "Copiar l’enllaç",
    link_copied: "L’enllaç s’ha copiat.",
    by_mail: "Enviar per correu",
    not_translated: "Els textos dels organitzadors no estan traduïts. El seu idioma: {language}.",
    partly_translated: "Alguns textos no estan traduïts. El seu idioma: {language}.",
    state_changed: "Novetat sobre la inscripció: {state}.",
};
