//! Mails in Spanish.

use crate::words::mail::model::{Labels, Mail, Message, Messages, Sentences};

pub(in crate::words) const SPANISH: Mail = Mail { messages: MESSAGES, sentences: SENTENCES, labels: LABELS };

const MESSAGES: Messages = Messages {
    registered: Message {
        subject: "Inscripción confirmada: {title}",
        heading: "Su inscripción está confirmada",
        text: "Su inscripción en «{title}» está confirmada y tiene una plaza.\n\n{joining}\n\nSi no puede asistir, cancele la inscripción, por favor, para que otra persona pueda ocupar la plaza.",
    },
    waitlisted: Message {
        subject: "En lista de espera: {title}",
        heading: "Está en la lista de espera",
        text: "Ya no quedan plazas en «{title}». {seat}",
    },
    promoted: Message {
        subject: "Ya tiene plaza: {title}",
        heading: "Ya tiene plaza",
        text: "Ha quedado libre una plaza en «{title}» y es suya. Ya no está en la lista de espera.\n\n{joining}\n\nSi no puede asistir, cancele la inscripción, por favor, para que la siguiente persona de la lista pueda ocupar la plaza.",
    },
    cancelled: Message {
        subject: "Inscripción cancelada: {title}",
        heading: "Su inscripción está cancelada",
        text: "Su inscripción en «{title}» está cancelada. No tiene que hacer nada más.\n\nSi cambia de idea, puede volver a inscribirse mientras el plazo de inscripción esté abierto.",
    },
    confirm_address: Message {
        subject: "Confirme su dirección de correo: {title}",
        heading: "Confirme su dirección de correo",
        text: "Hemos recibido una inscripción en «{title}» con esta dirección de correo. Confirme que la dirección es suya. Hasta entonces no se le reserva ninguna plaza.\n\nEl enlace funciona durante 48 horas. Si no ha sido usted, no tiene que hacer nada: los datos se borrarán.",
    },
    already_registered: Message {
        subject: "Ya tiene una inscripción: {title}",
        heading: "Ya tiene una inscripción",
        text: "Hemos recibido otra inscripción en «{title}» con esta dirección de correo. Usted ya tiene una inscripción, así que no ha cambiado nada. Si no ha sido usted, puede ignorar este correo.",
    },
    manage_link: Message {
        subject: "Su inscripción: {title}",
        heading: "Su inscripción",
        text: "Aquí tiene el enlace a su inscripción en «{title}», tal como se ha solicitado. No lo comparta: cualquier persona que lo tenga puede cambiar y cancelar su inscripción.",
    },
    reminder: Message {
        subject: "Recordatorio: {title}",
        heading: "Nos vemos pronto",
        text: "«{title}» empieza pronto y usted tiene una plaza.\n\n{joining}\n\nSi no puede asistir, cancele la inscripción, por favor, para que otra persona pueda ocupar la plaza.",
    },
    follow_up: Message {
        subject: "Después del evento: {title}",
        heading: "Después del evento",
        text: "«{title}» ya se ha celebrado. Gracias por su interés.",
    },
    event_changed: Message {
        subject: "Cambios: {title}",
        heading: "El evento ha cambiado",
        text: "Su inscripción no ha cambiado.",
    },
    event_cancelled: Message {
        subject: "Cancelado: {title}",
        heading: "El evento se ha cancelado",
        text: "Lo sentimos: «{title}» se ha cancelado y no se celebrará. No tiene que hacer nada.",
    },
    event_reinstated: Message {
        subject: "Finalmente se celebrará: {title}",
        heading: "El evento finalmente se celebrará",
        text: "«{title}» se había cancelado, pero finalmente se celebrará. A continuación encontrará los datos actuales. Su inscripción no ha cambiado y no tiene que volver a inscribirse.",
    },
    registration_reinstated: Message {
        subject: "Su inscripción vuelve a ser válida: {title}",
        heading: "Su inscripción vuelve a ser válida",
        text: "Los organizadores han restablecido su inscripción en «{title}», que se había cancelado. {seat}\n\nSi no puede asistir, cancele la inscripción, por favor, para que otra persona pueda ocupar la plaza.",
    },
    address_changed: Message {
        subject: "Su inscripción tiene otra dirección de correo: {title}",
        heading: "Su inscripción tiene otra dirección de correo",
        text: "Los organizadores han corregido la dirección de correo de su inscripción en «{title}». A partir de ahora, todos los mensajes sobre ella se enviarán a esta dirección. El enlace a su inscripción que figura más abajo es nuevo; los enlaces de mensajes anteriores ya no funcionan. Por lo demás, su inscripción no ha cambiado.",
    },
    address_replaced: Message {
        subject: "Esta dirección de correo ya no se utiliza: {title}",
        heading: "Esta dirección de correo ya no se utiliza",
        text: "Los organizadores han corregido la dirección de correo de una inscripción en «{title}» que tenía esta dirección. A partir de ahora, los mensajes sobre ella se enviarán a otra dirección, y los enlaces de mensajes anteriores enviados a esta dirección ya no funcionan.\n\nSi no esperaba este cambio, póngase en contacto con los organizadores.",
    },
};

const SENTENCES: Sentences = Sentences {
    greeting: "Hola, {name}:",
    have_seat: "Tiene una plaza.",
    full_for_now: "En este momento no quedan plazas.",
    waiting: "Usted está en la lista de espera.",
    waiting_at: "Usted está en la lista de espera, en el puesto {position}.",
    when_free: "Si queda una plaza libre y es su turno, la obtendrá de inmediato y le enviaremos otro correo.",
    joining: "A partir del {time}, podrá entrar en el evento desde la página de su inscripción.",
    changed_time_and_programme: "Han cambiado la fecha o la hora y el programa de «{title}».",
    changed_time: "Ha cambiado la fecha o la hora de «{title}».",
    changed_programme: "Ha cambiado el programa de «{title}».",
    changed_place: "Ha cambiado el lugar de «{title}».",
    changed_place_too: "Tenga en cuenta que también ha cambiado el lugar.",
    more_changes: "Hay cambios en más sesiones.",
    attended: "Gracias por haber participado en «{title}».",
    why: "Recibe este correo porque su dirección se indicó en una inscripción en «{title}».",
    automated: "Este es un mensaje automático; las respuestas no se leen.",
    replies: "Este es un mensaje automático. Si responde, su mensaje llegará al contacto de los organizadores.",
};

const LABELS: Labels = Labels {
    colon: ":",
    when: "Cuándo",
    in_utc: "En UTC",
    place: "Dónde",
    online: "En línea",
    in_person: "Presencial",
    hybrid: "En línea o presencial",
    contact: "Contacto",
    changes: "Qué ha cambiado",
    before: "Antes",
    now: "Ahora",
    session_added: "Nueva",
    session_removed: "Ya no está en el programa",
    session_cancelled: "Cancelada",
    session_reinstated: "Finalmente se celebrará",
    submitted: "Estos son los datos de la inscripción. Confírmela solo si son los datos que usted indicó:",
    materials: "Materiales",
    surveys: "Cuéntenos su opinión",
    reason: "El motivo que indican los organizadores",
    name: "Nombre",
    organisation: "Organización",
    position: "Cargo",
    city: "Ciudad",
    country: "País",
    audience: "Público",
    access_needs: "Necesidades de accesibilidad",
    newsletter: "Noticias de los organizadores por correo electrónico",
    source: "Inscripción hecha por",
    yes: "sí",
    no: "no",
    manage: "Ver, cambiar o cancelar su inscripción",
    join: "Entrar en el evento o cambiar su inscripción",
    confirm: "Confirmar su dirección de correo",
    event_page: "La página del evento",
};
