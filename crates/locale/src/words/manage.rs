//! How people reach, change, cancel and erase their registration.

use serde::Serialize;

/// How people reach, change, cancel and erase their registration.
#[derive(Debug, Serialize)]
pub struct Manage {
    /// The label of the field for the link, without scripts.
    pub paste_label: &'static str,
    /// Where the link is found: `link`, the label that mails give it.
    pub paste_hint: &'static str,
    /// Shows the registration.
    pub paste_button: &'static str,
    /// What was pasted is no such link.
    pub paste_error: &'static str,
    /// Why the address cannot be changed.
    pub edit_email: &'static str,
    /// Stores the changes.
    pub save: &'static str,
    /// The question.
    pub cancel_title: &'static str,
    /// What happens then.
    pub cancel_text: &'static str,
    /// The same for a person on the waiting list.
    pub cancel_waitlisted_text: &'static str,
    /// The label of the reason.
    pub cancel_reason: &'static str,
    /// Who reads it.
    pub cancel_reason_hint: &'static str,
    /// Cancels.
    pub cancel_now: &'static str,
    /// Goes back.
    pub keep: &'static str,
    /// The question.
    pub erase_title: &'static str,
    /// What happens then.
    pub erase_text: &'static str,
    /// What else happens if the person is registered.
    pub erase_seat: &'static str,
    /// What stays.
    pub erase_keeps: &'static str,
    /// Erases.
    pub erase_now: &'static str,
    /// Goes back.
    pub erase_keep: &'static str,
    /// The heading after that.
    pub erased: &'static str,
    /// What that means.
    pub erased_text: &'static str,
    /// The heading if the link does not work.
    pub expired: &'static str,
    /// Why.
    pub expired_text: &'static str,
    /// The heading of the form.
    pub resend_title: &'static str,
    /// The label of the address.
    pub resend_email: &'static str,
    /// Which address.
    pub resend_email_hint: &'static str,
    /// The label of the event.
    pub resend_event: &'static str,
    /// No event was chosen.
    pub resend_event_error: &'static str,
    /// Requests the link.
    pub resend_button: &'static str,
    /// The heading after that.
    pub resent: &'static str,
    /// What happens.
    pub resent_text: &'static str,
    /// A rate limit: `seconds`.
    pub too_many_requests: &'static str,
    /// The program or its database does not respond.
    pub unavailable: &'static str,
}

pub(super) const ENGLISH: Manage = Manage {
    paste_label: "Link from the message",
    paste_hint: "Copy the address of the link “{link}” in the message that you received, and paste it here.",
    paste_button: "See my registration",
    paste_error: "This is not the link to a registration. Copy the whole link from the message.",
    edit_email: "Only the organisers can correct the e-mail address.",
    save: "Save changes",
    cancel_title: "Do you want to cancel your registration?",
    cancel_text: "Your seat is released at once, and may go to somebody who is waiting.",
    cancel_waitlisted_text: "You lose your place on the waiting list.",
    cancel_reason: "Reason (optional)",
    cancel_reason_hint: "The organisers can read it.",
    cancel_now: "Yes, cancel my registration",
    keep: "No, keep it",
    erase_title: "Do you want to erase your data?",
    erase_text: "We delete your name, your e-mail address and everything else that you told us about yourself for this event. This cannot be undone.",
    erase_seat: "Your registration is cancelled too, and your seat may go to somebody else.",
    erase_keeps: "Only figures without your name stay: that there was a registration, with its audience, country and language.",
    erase_now: "Yes, erase my data",
    erase_keep: "No, keep my data",
    erased: "Your data have been erased",
    erased_text: "Your registration no longer exists, and the links in earlier messages no longer work.",
    expired: "This link no longer works",
    expired_text: "It has expired, a newer one has replaced it, or it is incomplete. Links work until 30 days after the event.",
    resend_title: "Get a new link",
    resend_email: "Your e-mail address",
    resend_email_hint: "The one that you registered with.",
    resend_event: "Event",
    resend_event_error: "Choose the event.",
    resend_button: "Send me a new link",
    resent: "Look into your mailbox",
    resent_text: "If this address is registered for the event, a message with the link is on its way. At most one is sent in five minutes, so you may have it already.",
    too_many_requests: "There were too many requests. Please try again in {seconds} seconds.",
    unavailable: "This does not work at the moment. Please try again in a minute.",
};

pub(super) const SPANISH: Manage = Manage {
    paste_label: "Enlace del mensaje",
    paste_hint: "Copie la dirección del enlace «{link}» del mensaje que recibió y péguela aquí.",
    paste_button: "Ver mi inscripción",
    paste_error: "Este no es el enlace a una inscripción. Copie del mensaje el enlace completo.",
    edit_email: "Solo los organizadores pueden corregir la dirección de correo.",
    save: "Guardar los cambios",
    cancel_title: "¿Desea cancelar su inscripción?",
    cancel_text: "Su plaza quedará libre de inmediato y podrá pasar a otra persona que la espera.",
    cancel_waitlisted_text: "Perderá su puesto en la lista de espera.",
    cancel_reason: "Motivo (opcional)",
    cancel_reason_hint: "Los organizadores podrán leerlo.",
    cancel_now: "Sí, cancelar mi inscripción",
    keep: "No, mantenerla",
    erase_title: "¿Desea borrar sus datos?",
    erase_text: "Eliminaremos su nombre, su dirección de correo y todo lo demás que nos indicó para este evento. No se puede deshacer.",
    erase_seat: "También se cancelará su inscripción, y su plaza podrá pasar a otra persona.",
    erase_keeps: "Solo quedarán cifras sin su nombre: que hubo una inscripción, con su público, país e idioma.",
    erase_now: "Sí, borrar mis datos",
    erase_keep: "No, conservarlos",
    erased: "Se han borrado sus datos",
    erased_text: "Su inscripción ya no existe y los enlaces de los mensajes anteriores ya no funcionan.",
    expired: "Este enlace ya no funciona",
    expired_text: "Ha caducado, se ha sustituido por otro más reciente o está incompleto. Los enlaces funcionan hasta 30 días después del evento.",
    resend_title: "Recibir un enlace nuevo",
    resend_email: "Su dirección de correo electrónico",
    resend_email_hint: "La que usó para inscribirse.",
    resend_event: "Evento",
    resend_event_error: "Elija el evento.",
    resend_button: "Enviarme un enlace nuevo",
    resent: "Consulte su correo",
    resent_text: "Si esta dirección está inscrita en el evento, recibirá un mensaje con el enlace. Enviamos como máximo uno cada cinco minutos, así que quizá ya lo tenga.",
    too_many_requests: "Ha habido demasiadas solicitudes. Vuelva a intentarlo dentro de {seconds} segundos.",
    unavailable: "Ahora mismo no funciona. Vuelva a intentarlo dentro de un minuto.",
};

pub(super) const FRENCH: Manage = Manage {
    paste_label: "Lien du message",
    paste_hint: "Copiez l’adresse du lien «\u{a0}{link}\u{a0}» dans le message que vous avez reçu et collez-la ici.",
    paste_button: "Voir mon inscription",
    paste_error: "Ce n’est pas le lien d’une inscription. Copiez le lien entier du message.",
    edit_email: "Seuls les organisateurs peuvent corriger l’adresse e-mail.",
    save: "Enregistrer les modifications",
    cancel_title: "Voulez-vous annuler votre inscription\u{202f}?",
    cancel_text: "Votre place est libérée aussitôt et peut revenir à une personne qui attend.",
    cancel_waitlisted_text: "Vous perdez votre rang sur la liste d’attente.",
    cancel_reason: "Motif (facultatif)",
    cancel_reason_hint: "Les organisateurs pourront le lire.",
    cancel_now: "Oui, annuler mon inscription",
    keep: "Non, la garder",
    erase_title: "Voulez-vous effacer vos données\u{202f}?",
    erase_text: "Nous supprimons votre nom, votre adresse e-mail et tout ce que vous nous avez indiqué pour cet événement. C’est irréversible.",
    erase_seat: "Votre inscription est aussi annulée, et votre place peut revenir à une autre personne.",
    erase_keeps: "Seuls restent des chiffres sans votre nom\u{a0}: qu’il y a eu une inscription, avec son public, son pays et sa langue.",
    erase_now: "Oui, effacer mes données",
    erase_keep: "Non, les garder",
    erased: "Vos données ont été effacées",
    erased_text: "Votre inscription n’existe plus, et les liens des messages précédents ne fonctionnent plus.",
    expired: "Ce lien ne fonctionne plus",
    expired_text: "Il a expiré, un lien plus récent l’a remplacé, ou il est incomplet. Les liens fonctionnent jusqu’à 30 jours après l’événement.",
    resend_title: "Recevoir un nouveau lien",
    resend_email: "Votre adresse e-mail",
    resend_email_hint: "Celle avec laquelle vous vous êtes inscrit(e).",
    resend_event: "Événement",
    resend_event_error: "Choisissez l’événement.",
    resend_button: "M’envoyer un nouveau lien",
    resent: "Consultez votre messagerie",
    resent_text: "Si cette adresse est inscrite à l’événement, un message avec le lien est en route. Nous en envoyons un au plus toutes les cinq minutes\u{a0}: vous l’avez peut-être déjà.",
    too_many_requests: "Il y a eu trop de demandes. Veuillez réessayer dans {seconds} secondes.",
    unavailable: "Cela ne fonctionne pas pour le moment. Veuillez réessayer dans une minute.",
};

pub(super) const CATALAN: Manage = Manage {
    paste_label: "Enllaç del missatge",
    paste_hint: "Copieu l’adreça de l’enllaç «{link}» del missatge que vau rebre i enganxeu-la aquí.",
    paste_button: "Veure la meva inscripció",
    paste_error: "Aquest no és l’enllaç a una inscripció. Copieu del missatge l’enllaç sencer.",
    edit_email: "Només els organitzadors poden corregir l’adreça electrònica.",
    save: "Desar els canvis",
    cancel_title: "Voleu cancel·lar la vostra inscripció?",
    cancel_text: "La vostra plaça quedarà lliure de seguida i pot passar a algú de la llista d’espera.",
    cancel_waitlisted_text: "Perdreu el vostre lloc a la llista d’espera.",
    cancel_reason: "Motiu (opcional)",
    cancel_reason_hint: "Els organitzadors el podran llegir.",
    cancel_now: "Sí, cancel·lar la meva inscripció",
    keep: "No, mantenir-la",
    erase_title: "Voleu esborrar les vostres dades?",
    erase_text: "Eliminarem el vostre nom, la vostra adreça electrònica i tota la resta que ens vau indicar per a aquest esdeveniment. No es pot desfer.",
    erase_seat: "També es cancel·larà la inscripció, i la plaça pot passar a una altra persona.",
    erase_keeps: "Només quedaran xifres sense el vostre nom: que hi va haver una inscripció, amb el seu públic, país i llengua.",
    erase_now: "Sí, esborrar les meves dades",
    erase_keep: "No, conservar-les",
    erased: "S’han esborrat les vostres dades",
    erased_text: "La vostra inscripció ja no existeix i els enllaços dels missatges anteriors ja no funcionen.",
    expired: "Aquest enllaç ja no funciona",
    expired_text: "Ha caducat, n’hi ha un de més recent que el substitueix o està incomplet. Els enllaços funcionen fins a 30 dies després de l’esdeveniment.",
    resend_title: "Rebre un enllaç nou",
    resend_email: "La vostra adreça electrònica",
    resend_email_hint: "La que vau fer servir per inscriure-us.",
    resend_event: "Esdeveniment",
    resend_event_error: "Trieu l’esdeveniment.",
    resend_button: "Enviar-me un enllaç nou",
    resent: "Mireu el vostre correu",
    resent_text: "Si aquesta adreça està inscrita a l’esdeveniment, rebreu un missatge amb l’enllaç. N’enviem com a màxim un cada cinc minuts, així que potser ja el teniu.",
    too_many_requests: "Hi ha hagut massa sol·licituds. Torneu-ho a provar d’aquí a {seconds} segons.",
    unavailable: "Ara mateix no funciona. Torneu-ho a provar d’aquí a un minut.",
};
