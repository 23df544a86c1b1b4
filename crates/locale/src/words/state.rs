//! Whether people can register, and what came of it.

use serde::Serialize;

use crate::plurals::Plural;

/// Whether people can register, and what came of it.
#[derive(Debug, Serialize)]
pub struct State {
    /// The label of the part of a page that says it, for screen readers.
    pub heading: &'static str,
    /// Seats are left.
    pub open: &'static str,
    /// Few seats are left.
    pub few: &'static str,
    /// How many seats are left.
    pub seats: Plural,
    /// Until when people can register.
    pub closes: &'static str,
    /// The event is full, and has a waiting list.
    pub waitlist: &'static str,
    /// How a waiting list works.
    pub waitlist_text: &'static str,
    /// How many people are on the waiting list.
    pub waiting: Plural,
    /// The event is full.
    pub full: &'static str,
    /// What follows from it.
    pub full_text: &'static str,
    /// Registration opens later.
    pub not_open: &'static str,
    /// When it opens.
    pub opens: &'static str,
    /// Registration has closed.
    pub closed: &'static str,
    /// When it closed.
    pub closed_at: &'static str,
    /// The event was cancelled.
    pub cancelled: &'static str,
    /// The event is running.
    pub live: &'static str,
    /// What people do then.
    pub live_text: &'static str,
    /// The event is over.
    pub ended: &'static str,
    /// Where there are recordings and documents.
    pub ended_text: &'static str,
    /// The link to the form.
    pub register: &'static str,
    /// The link to the form of an event that is full.
    pub join_waitlist: &'static str,
    /// A message to confirm the address was sent.
    pub confirmation_sent: &'static str,
    /// What to do then.
    pub confirmation_sent_text: &'static str,
    /// Somebody has a seat.
    pub registered: &'static str,
    /// What comes next.
    pub registered_text: &'static str,
    /// Somebody is on the waiting list.
    pub waitlisted: &'static str,
    /// The place in the waiting list.
    pub position: &'static str,
    /// What comes next.
    pub waitlisted_text: &'static str,
    /// The address is registered already.
    pub already_registered: &'static str,
    /// What to do then.
    pub already_registered_text: &'static str,
}

pub(super) const ENGLISH: State = State {
    heading: "Registration",
    open: "Registration is open",
    few: "Few seats are left",
    seats: Plural { one: "{count} seat is left.", other: "{count} seats are left." },
    closes: "You can register until {time}.",
    waitlist: "The event is full, but there is a waiting list",
    waitlist_text: "A seat that becomes free goes to the first person on the list, who is told by e-mail.",
    waiting: Plural { one: "{count} person is on the list.", other: "{count} people are on the list." },
    full: "The event is full",
    full_text: "No seats are left, and there is no waiting list.",
    not_open: "Registration is not open yet",
    opens: "It opens on {time}.",
    closed: "Registration is closed",
    closed_at: "It closed on {time}.",
    cancelled: "This event has been cancelled",
    live: "The event is taking place now",
    live_text: "Registration is closed. If you are registered, the link in your e-mail leads to the event.",
    ended: "This event is over",
    ended_text: "Recordings and documents are under “{materials}”.",
    register: "Register",
    join_waitlist: "Join the waiting list",
    confirmation_sent: "Please confirm your e-mail address",
    confirmation_sent_text: "We have sent a message to {email}. You are registered only once you have followed the link in it and confirmed.",
    registered: "You are registered",
    registered_text: "We are sending a confirmation to {email}. Its link lets you see, change or cancel your registration.",
    waitlisted: "You are on the waiting list",
    position: "Your place in the list is {position}.",
    waitlisted_text: "If a seat becomes free for you, we will tell you at {email}.",
    already_registered: "This address is already registered",
    already_registered_text: "There is already a registration for {email}. We can send you its link again.",
};

pub(super) const SPANISH: State = State {
    heading: "Inscripción",
    open: "La inscripción está abierta",
    few: "Quedan pocas plazas",
    seats: Plural { one: "Queda {count} plaza.", other: "Quedan {count} plazas." },
    closes: "Puede inscribirse hasta el {time}.",
    waitlist: "No quedan plazas, pero hay lista de espera",
    waitlist_text: "Cada plaza que queda libre pasa a la primera persona de la lista, a quien avisamos por correo electrónico.",
    waiting: Plural { one: "Hay {count} persona en la lista.", other: "Hay {count} personas en la lista." },
    full: "No quedan plazas",
    full_text: "No quedan plazas y no hay lista de espera.",
    not_open: "La inscripción aún no está abierta",
    opens: "Se abre el {time}.",
    closed: "La inscripción está cerrada",
    closed_at: "Se cerró el {time}.",
    cancelled: "Este evento se ha cancelado",
    live: "El evento se está celebrando ahora",
    live_text: "La inscripción está cerrada. Si se ha inscrito, el enlace de su correo le lleva al evento.",
    ended: "Este evento ha terminado",
    ended_text: "Las grabaciones y los documentos están en «{materials}».",
    register: "Inscribirse",
    join_waitlist: "Apuntarse a la lista de espera",
    confirmation_sent: "Confirme su dirección de correo electrónico",
    confirmation_sent_text: "Hemos enviado un mensaje a {email}. La inscripción no será válida hasta que abra el enlace del mensaje y la confirme.",
    registered: "Su inscripción está confirmada",
    registered_text: "Le enviamos una confirmación a {email}. Con su enlace puede ver, cambiar o cancelar su inscripción.",
    waitlisted: "Está en la lista de espera",
    position: "Su puesto en la lista de espera es el {position}.",
    waitlisted_text: "Si queda una plaza libre para usted, le avisaremos en {email}.",
    already_registered: "Esta dirección ya está inscrita",
    already_registered_text: "Ya hay una inscripción para {email}. Podemos volver a enviarle su enlace.",
};

pub(super) const FRENCH: State = State {
    heading: "Inscription",
    open: "Les inscriptions sont ouvertes",
    few: "Il reste peu de places",
    seats: Plural { one: "Il reste {count} place.", other: "Il reste {count} places." },
    closes: "Vous pouvez vous inscrire jusqu’au {time}.",
    waitlist: "Complet, mais il y a une liste d’attente",
    waitlist_text: "Chaque place qui se libère revient à la première personne de la liste, qui en est informée par e-mail.",
    waiting: Plural { one: "Il y a {count} personne sur la liste.", other: "Il y a {count} personnes sur la liste." },
    full: "L’événement est complet",
    full_text: "Il n’y a plus de places, ni de liste d’attente.",
    not_open: "Les inscriptions ne sont pas encore ouvertes",
    opens: "Elles ouvrent le {time}.",
    closed: "Les inscriptions sont closes",
    closed_at: "Elles ont été closes le {time}.",
    cancelled: "Cet événement a été annulé",
    live: "L’événement est en cours",
    live_text: "Les inscriptions sont closes. Si vous êtes inscrit(e), le lien de votre e-mail mène à l’événement.",
    ended: "Cet événement est terminé",
    ended_text: "Les enregistrements et documents se trouvent sous «\u{a0}{materials}\u{a0}».",
    register: "S’inscrire",
    join_waitlist: "Rejoindre la liste d’attente",
    confirmation_sent: "Veuillez confirmer votre adresse e-mail",
    confirmation_sent_text: "Nous avons envoyé un message à {email}. Votre inscription ne vaut qu’une fois confirmée par le lien qu’il contient.",
    registered: "Votre inscription est enregistrée",
    registered_text: "Nous envoyons une confirmation à {email}. Son lien vous permet de voir, de modifier ou d’annuler votre inscription.",
    waitlisted: "Vous êtes sur la liste d’attente",
    position: "Votre rang sur la liste d’attente\u{a0}: {position}.",
    waitlisted_text: "Si une place se libère pour vous, nous vous préviendrons à {email}.",
    already_registered: "Cette adresse est déjà inscrite",
    already_registered_text: "Il existe déjà une inscription pour {email}. Nous pouvons vous renvoyer son lien.",
};

pub(super) const CATALAN: State = State {
    heading: "Inscripció",
    open: "La inscripció és oberta",
    few: "Queden poques places",
    seats: Plural { one: "Queda {count} plaça.", other: "Queden {count} places." },
    closes: "Us hi podeu inscriure fins al {time}.",
    waitlist: "No queden places, però hi ha llista d’espera",
    waitlist_text: "Cada plaça que queda lliure passa a la primera persona de la llista, a qui avisem per correu electrònic.",
    waiting: Plural { one: "Hi ha {count} persona a la llista.", other: "Hi ha {count} persones a la llista." },
    full: "No queden places",
    full_text: "No queden places i no hi ha llista d’espera.",
    not_open: "La inscripció encara no és oberta",
    opens: "S’obre el {time}.",
    closed: "La inscripció és tancada",
    closed_at: "Es va tancar el {time}.",
    cancelled: "Aquest esdeveniment s’ha cancel·lat",
    live: "L’esdeveniment té lloc ara",
    live_text: "La inscripció és tancada. Si us hi heu inscrit, l’enllaç del vostre correu us porta a l’esdeveniment.",
    ended: "Aquest esdeveniment s’ha acabat",
    ended_text: "Els enregistraments i documents són a «{materials}».",
    register: "Inscriure-s’hi",
    join_waitlist: "Apuntar-se a la llista d’espera",
    confirmation_sent: "Confirmeu la vostra adreça electrònica",
    confirmation_sent_text: "Hem enviat un missatge a {email}. La inscripció no serà vàlida fins que no obriu l’enllaç del missatge i la confirmeu.",
    registered: "Ja hi teniu plaça",
    registered_text: "Us enviem una confirmació a {email}. Amb el seu enllaç podeu veure, canviar o cancel·lar la inscripció.",
    waitlisted: "Sou a la llista d’espera",
    position: "El vostre lloc a la llista és el {position}.",
    waitlisted_text: "Si queda una plaça lliure per a vós, us avisarem a {email}.",
    already_registered: "Aquesta adreça ja està inscrita",
    already_registered_text: "Ja hi ha una inscripció per a {email}. Us en podem tornar a enviar l’enllaç.",
};
