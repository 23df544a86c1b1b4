//! The page of a person's registration.

use serde::Serialize;

/// The page of a person's registration.
#[derive(Debug, Serialize)]
pub struct RegistrationPage {
    /// The page's title.
    pub title: &'static str,
    /// The heading of a confirmed registration.
    pub confirmed: &'static str,
    /// What that means.
    pub confirmed_text: &'static str,
    /// The heading on the waiting list.
    pub waitlisted: &'static str,
    /// The place on the waiting list: `position`.
    pub waitlist_position: &'static str,
    /// What happens next.
    pub waitlisted_text: &'static str,
    /// The waiting list of an event that has started.
    pub waitlisted_over: &'static str,
    /// The heading before the address is confirmed.
    pub pending: &'static str,
    /// What to do.
    pub pending_text: &'static str,
    /// The heading of a cancelled registration.
    pub cancelled: &'static str,
    /// When it was cancelled: `date`.
    pub cancelled_on: &'static str,
    /// Why it was cancelled: `reason`.
    pub reason: &'static str,
    /// The link to the event's form.
    pub register_again: &'static str,
    /// The heading of the event's date and place.
    pub event: &'static str,
    /// The label of the date.
    pub when: &'static str,
    /// The label of the place.
    pub place: &'static str,
    /// The place of an online event.
    pub online: &'static str,
    /// After the place of an event that is online too.
    pub hybrid: &'static str,
    /// The label of the organisers' contact.
    pub contact: &'static str,
    /// The link to the event's page.
    pub event_page: &'static str,
    /// When the event last changed: `date`.
    pub event_changed: &'static str,
    /// The event was cancelled.
    pub event_cancelled: &'static str,
    /// The event is over.
    pub event_ended: &'static str,
    /// The heading of recordings and other materials.
    pub materials: &'static str,
    /// The link to the room.
    pub join: &'static str,
    /// When that link appears: `date`.
    pub join_from: &'static str,
    /// Announced when the link appears.
    pub join_opened: &'static str,
    /// The heading of what the person has said.
    pub details: &'static str,
    /// The heading of the actions, for screen readers.
    pub actions: &'static str,
    /// Downloads the calendar entry.
    pub calendar: &'static str,
    /// Opens the form.
    pub edit: &'static str,
    /// After that.
    pub saved: &'static str,
    /// Back to the registration.
    pub back: &'static str,
    /// Opens the question.
    pub cancel: &'static str,
    /// After that.
    pub cancelled_now: &'static str,
    /// Opens the question.
    pub erase: &'static str,
    /// The heading if there is no such registration.
    pub gone: &'static str,
    /// Why.
    pub gone_text: &'static str,
}

pub(super) const ENGLISH: RegistrationPage = RegistrationPage {
    title: "Your registration",
    confirmed: "You are registered",
    confirmed_text: "You have a seat.",
    waitlisted: "You are on the waiting list",
    waitlist_position: "Your place on the waiting list: {position}",
    waitlisted_text: "As soon as a seat is free for you, it is yours, and you get a message.",
    waitlisted_over: "The event has started without a free seat for you.",
    pending: "Your address is not confirmed yet",
    pending_text: "Open the link in the message that we sent you. You are registered only after that.",
    cancelled: "Your registration is cancelled",
    cancelled_on: "Cancelled on {date}",
    reason: "Reason: {reason}",
    register_again: "Register again",
    event: "The event",
    when: "When",
    place: "Where",
    online: "Online",
    hybrid: "also online",
    contact: "Contact",
    event_page: "Programme and details",
    event_changed: "The organisers last changed the event on {date}. What you see here is current.",
    event_cancelled: "This event has been cancelled.",
    event_ended: "This event is over.",
    materials: "Materials",
    join: "Join the event",
    join_from: "You can join here from {date}.",
    join_opened: "You can join the event now.",
    details: "What you told us",
    actions: "What you can do",
    calendar: "Add to calendar",
    edit: "Change your details",
    saved: "Your changes have been saved.",
    back: "Back to your registration",
    cancel: "Cancel your registration",
    cancelled_now: "Your registration has been cancelled.",
    erase: "Erase your data",
    gone: "This registration does not exist any more",
    gone_text: "Its data have been erased.",
};

pub(super) const SPANISH: RegistrationPage = RegistrationPage {
    title: "Su inscripción",
    confirmed: "Su inscripción está confirmada",
    confirmed_text: "Tiene una plaza.",
    waitlisted: "Está en la lista de espera",
    waitlist_position: "Su puesto en la lista de espera: {position}",
    waitlisted_text: "En cuanto quede libre una plaza para usted, será suya y recibirá un mensaje.",
    waitlisted_over: "El evento ha empezado sin que quedara una plaza para usted.",
    pending: "Su dirección aún no está confirmada",
    pending_text: "Abra el enlace del mensaje que le enviamos. Hasta entonces, la inscripción no es válida.",
    cancelled: "Su inscripción está cancelada",
    cancelled_on: "Cancelada el {date}",
    reason: "Motivo: {reason}",
    register_again: "Volver a inscribirse",
    event: "El evento",
    when: "Cuándo",
    place: "Dónde",
    online: "En línea",
    hybrid: "también en línea",
    contact: "Contacto",
    event_page: "Programa e información",
    event_changed: "Los organizadores modificaron el evento por última vez el {date}. Lo que ve aquí está actualizado.",
    event_cancelled: "Este evento se ha cancelado.",
    event_ended: "Este evento ya ha terminado.",
    materials: "Materiales",
    join: "Entrar en el evento",
    join_from: "Podrá entrar desde aquí a partir del {date}.",
    join_opened: "Ya puede entrar en el evento.",
    details: "Lo que nos indicó",
    actions: "Qué puede hacer",
    calendar: "Añadir al calendario",
    edit: "Modificar sus datos",
    saved: "Se han guardado los cambios.",
    back: "Volver a su inscripción",
    cancel: "Cancelar su inscripción",
    cancelled_now: "Se ha cancelado su inscripción.",
    erase: "Borrar sus datos",
    gone: "Esta inscripción ya no existe",
    gone_text: "Se han borrado sus datos.",
};

pub(super) const FRENCH: RegistrationPage = RegistrationPage {
    title: "Votre inscription",
    confirmed: "Vous êtes inscrit(e)",
    confirmed_text: "Vous avez une place.",
    waitlisted: "Vous êtes sur la liste d’attente",
    waitlist_position: "Votre rang sur la liste d’attente\u{a0}: {position}",
    waitlisted_text: "Dès qu’une place se libère pour vous, elle est à vous et vous recevez un message.",
    waitlisted_over: "L’événement a commencé sans qu’une place se libère pour vous.",
    pending: "Votre adresse n’est pas encore confirmée",
    pending_text: "Ouvrez le lien du message que nous vous avons envoyé. Vous ne serez inscrit(e) qu’ensuite.",
    cancelled: "Votre inscription est annulée",
    cancelled_on: "Annulée le {date}",
    reason: "Motif\u{a0}: {reason}",
    register_again: "S’inscrire à nouveau",
    event: "L’événement",
    when: "Quand",
    place: "Où",
    online: "En ligne",
    hybrid: "aussi en ligne",
    contact: "Contact",
    event_page: "Programme et informations",
    event_changed: "Les organisateurs ont modifié l’événement pour la dernière fois le {date}. Ce que vous voyez ici est à jour.",
    event_cancelled: "Cet événement a été annulé.",
    event_ended: "Cet événement est terminé.",
    materials: "Documents",
    join: "Rejoindre l’événement",
    join_from: "Vous pourrez rejoindre l’événement ici à partir du {date}.",
    join_opened: "Vous pouvez maintenant rejoindre l’événement.",
    details: "Ce que vous nous avez indiqué",
    actions: "Ce que vous pouvez faire",
    calendar: "Ajouter à l’agenda",
    edit: "Modifier vos données",
    saved: "Vos modifications ont été enregistrées.",
    back: "Retour à votre inscription",
    cancel: "Annuler votre inscription",
    cancelled_now: "Votre inscription a été annulée.",
    erase: "Effacer vos données",
    gone: "Cette inscription n’existe plus",
    gone_text: "Ses données ont été effacées.",
};

pub(super) const CATALAN: RegistrationPage = RegistrationPage {
    title: "La vostra inscripció",
    confirmed: "La vostra inscripció està confirmada",
    confirmed_text: "Teniu una plaça.",
    waitlisted: "Sou a la llista d’espera",
    waitlist_position: "El vostre lloc a la llista d’espera: {position}",
    waitlisted_text: "Així que quedi lliure una plaça per a vós, serà vostra i rebreu un missatge.",
    waitlisted_over: "L’esdeveniment ha començat sense que quedés cap plaça per a vós.",
    pending: "La vostra adreça encara no està confirmada",
    pending_text: "Obriu l’enllaç del missatge que us hem enviat. Fins aleshores, la inscripció no és vàlida.",
    cancelled: "La vostra inscripció està cancel·lada",
    cancelled_on: "Cancel·lada el {date}",
    reason: "Motiu: {reason}",
    register_again: "Tornar a inscriure’s",
    event: "L’esdeveniment",
    when: "Quan",
    place: "On",
    online: "En línia",
    hybrid: "també en línia",
    contact: "Contacte",
    event_page: "Programa i informació",
    event_changed: "Els organitzadors van modificar l’esdeveniment per última vegada el {date}. El que veieu aquí és vigent.",
    event_cancelled: "Aquest esdeveniment s’ha cancel·lat.",
    event_ended: "Aquest esdeveniment ja ha acabat.",
    materials: "Materials",
    join: "Entrar a l’esdeveniment",
    join_from: "Hi podreu entrar des d’aquí a partir del {date}.",
    join_opened: "Ja podeu entrar a l’esdeveniment.",
    details: "El que ens vau indicar",
    actions: "Què podeu fer",
    calendar: "Afegir al calendari",
    edit: "Modificar les vostres dades",
    saved: "S’han desat els canvis.",
    back: "Tornar a la inscripció",
    cancel: "Cancel·lar la inscripció",
    cancelled_now: "S’ha cancel·lat la vostra inscripció.",
    erase: "Esborrar les vostres dades",
    gone: "Aquesta inscripció ja no existeix",
    gone_text: "Se n’han esborrat les dades.",
};
