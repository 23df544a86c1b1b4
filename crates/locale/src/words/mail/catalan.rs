//! Mails in Catalan.

use crate::words::mail::model::{Labels, Mail, Message, Messages, Sentences};

pub(in crate::words) const CATALAN: Mail = Mail { messages: MESSAGES, sentences: SENTENCES, labels: LABELS };

const MESSAGES: Messages = Messages {
    registered: Message {
        subject: "Inscripció confirmada: {title}",
        heading: "La vostra inscripció està confirmada",
        text: "La vostra inscripció a «{title}» està confirmada i teniu una plaça.\n\n{joining}\n\nSi no hi podeu assistir, cancel·leu la inscripció, si us plau, perquè una altra persona pugui ocupar la plaça.",
    },
    waitlisted: Message {
        subject: "En llista d’espera: {title}",
        heading: "Sou a la llista d’espera",
        text: "Ja no queden places per a «{title}». {seat}",
    },
    promoted: Message {
        subject: "Ja teniu plaça: {title}",
        heading: "Ja teniu plaça",
        text: "Ha quedat lliure una plaça per a «{title}» i és vostra. Ja no sou a la llista d’espera.\n\n{joining}\n\nSi no hi podeu assistir, cancel·leu la inscripció, si us plau, perquè la persona següent de la llista pugui ocupar la plaça.",
    },
    cancelled: Message {
        subject: "Inscripció cancel·lada: {title}",
        heading: "La vostra inscripció està cancel·lada",
        text: "La vostra inscripció a «{title}» està cancel·lada. No heu de fer res més.\n\nSi canvieu d’idea, us podeu tornar a inscriure mentre el termini d’inscripció estigui obert.",
    },
    confirm_address: Message {
        subject: "Confirmeu la vostra adreça de correu: {title}",
        heading: "Confirmeu la vostra adreça de correu",
        text: "Hem rebut una inscripció a «{title}» amb aquesta adreça de correu. Confirmeu que l’adreça és vostra. Fins aleshores no se us reserva cap plaça.\n\nL’enllaç funciona durant 48 hores. Si no heu estat vós, no heu de fer res: les dades s’esborraran.",
    },
    already_registered: Message {
        subject: "Ja teniu una inscripció: {title}",
        heading: "Ja teniu una inscripció",
        text: "Hem rebut una altra inscripció a «{title}» amb aquesta adreça de correu. Ja teniu una inscripció, de manera que no ha canviat res. Si no heu estat vós, podeu ignorar aquest correu.",
    },
    manage_link: Message {
        subject: "La vostra inscripció: {title}",
        heading: "La vostra inscripció",
        text: "Aquí teniu l’enllaç a la vostra inscripció a «{title}», tal com s’ha sol·licitat. No el compartiu: qualsevol persona que el tingui pot canviar i cancel·lar la vostra inscripció.",
    },
    reminder: Message {
        subject: "Recordatori: {title}",
        heading: "Ens veiem aviat",
        text: "«{title}» comença aviat i teniu una plaça.\n\n{joining}\n\nSi no hi podeu assistir, cancel·leu la inscripció, si us plau, perquè una altra persona pugui ocupar la plaça.",
    },
    follow_up: Message {
        subject: "Després de l’esdeveniment: {title}",
        heading: "Després de l’esdeveniment",
        text: "«{title}» ja s’ha celebrat. Gràcies pel vostre interès.",
    },
    event_changed: Message {
        subject: "Canvis: {title}",
        heading: "L’esdeveniment ha canviat",
        text: "La vostra inscripció no ha canviat.",
    },
    event_cancelled: Message {
        subject: "Cancel·lat: {title}",
        heading: "L’esdeveniment s’ha cancel·lat",
        text: "Ho sentim: «{title}» s’ha cancel·lat i no se celebrarà. No heu de fer res.",
    },
    event_reinstated: Message {
        subject: "Finalment se celebrarà: {title}",
        heading: "L’esdeveniment finalment se celebrarà",
        text: "«{title}» s’havia cancel·lat, però finalment se celebrarà. A continuació trobareu les dades actuals. La vostra inscripció no ha canviat i no cal que us torneu a inscriure.",
    },
    registration_reinstated: Message {
        subject: "La vostra inscripció torna a ser vàlida: {title}",
        heading: "La vostra inscripció torna a ser vàlida",
        text: "Els organitzadors han restablert la vostra inscripció a «{title}», que s’havia cancel·lat. {seat}\n\nSi no hi podeu assistir, cancel·leu la inscripció, si us plau, perquè una altra persona pugui ocupar la plaça.",
    },
    address_changed: Message {
        subject: "La vostra inscripció té una altra adreça de correu: {title}",
        heading: "La vostra inscripció té una altra adreça de correu",
        text: "Els organitzadors han corregit l’adreça de correu de la vostra inscripció a «{title}». A partir d’ara, tots els missatges sobre la inscripció s’enviaran a aquesta adreça. L’enllaç a la inscripció que trobareu a continuació és nou; els enllaços de missatges anteriors ja no funcionen. Per la resta, la vostra inscripció no ha canviat.",
    },
    address_replaced: Message {
        subject: "Aquesta adreça de correu ja no s’utilitza: {title}",
        heading: "Aquesta adreça de correu ja no s’utilitza",
        text: "Els organitzadors han corregit l’adreça de correu d’una inscripció a «{title}» que tenia aquesta adreça. A partir d’ara, els missatges sobre la inscripció s’enviaran a una altra adreça, i els enllaços de missatges anteriors enviats a aquesta adreça ja no funcionen.\n\nSi no esperàveu aquest canvi, poseu-vos en contacte amb els organitzadors.",
    },
};

const SENTENCES: Sentences = Sentences {
    greeting: "Hola, {name}:",
    have_seat: "Teniu una plaça.",
    full_for_now: "En aquest moment no queden places.",
    waiting: "Sou a la llista d’espera.",
    waiting_at: "Sou a la llista d’espera, al lloc {position}.",
    when_free: "Si queda una plaça lliure i és el vostre torn, l’obtindreu immediatament i us enviarem un altre correu.",
    joining: "A partir del {time}, podreu entrar a l’esdeveniment des de la pàgina de la vostra inscripció.",
    changed_time_and_programme: "Han canviat la data o l’hora i el programa de «{title}».",
    changed_time: "Ha canviat la data o l’hora de «{title}».",
    changed_programme: "Ha canviat el programa de «{title}».",
    changed_place: "Ha canviat el lloc de «{title}».",
    changed_place_too: "Tingueu en compte que també ha canviat el lloc.",
    more_changes: "Hi ha canvis en més sessions.",
    attended: "Gràcies per haver participat a «{title}».",
    why: "Rebeu aquest correu perquè la vostra adreça es va indicar en una inscripció a «{title}».",
    automated: "Aquest és un missatge automàtic; les respostes no es llegeixen.",
    replies: "Aquest és un missatge automàtic. Si responeu, el vostre missatge arribarà al contacte dels organitzadors.",
};

const LABELS: Labels = Labels {
    colon: ":",
    when: "Quan",
    in_utc: "En UTC",
    place: "On",
    online: "En línia",
    in_person: "Presencial",
    hybrid: "En línia o presencial",
    contact: "Contacte",
    changes: "Què ha canviat",
    before: "Abans",
    now: "Ara",
    session_added: "Nova",
    session_removed: "Ja no és al programa",
    session_cancelled: "Cancel·lada",
    session_reinstated: "Finalment se celebrarà",
    submitted: "Aquestes són les dades de la inscripció. Confirmeu-la només si són les dades que vau indicar:",
    materials: "Materials",
    surveys: "Digueu-nos què n’heu pensat",
    reason: "El motiu que indiquen els organitzadors",
    name: "Nom",
    organisation: "Organització",
    position: "Càrrec",
    city: "Ciutat",
    country: "País",
    audience: "Públic",
    access_needs: "Necessitats d’accessibilitat",
    newsletter: "Notícies dels organitzadors per correu electrònic",
    source: "Inscripció feta per",
    yes: "sí",
    no: "no",
    manage: "Veure, canviar o cancel·lar la vostra inscripció",
    join: "Entrar a l’esdeveniment o canviar la inscripció",
    confirm: "Confirmar la vostra adreça de correu",
    event_page: "La pàgina de l’esdeveniment",
};
