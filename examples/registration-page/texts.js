// The page's own texts. Everything else comes from the API in the same language: titles, labels, choices and problems.
const TEXTS = {
  en: {
    events: 'Events', register: 'Register', name: 'Full name', email: 'E-mail address', organisation: 'Organisation',
    position: 'Position', city: 'City', country: 'Country', audience: 'You are from', access_needs: 'Do you have access needs?',
    newsletter: 'Send me the newsletter', privacy: 'I accept the privacy notice', notice: 'Privacy notice', optional: 'optional',
    choose: 'Please choose', yes: 'Yes', no: 'No', seats: '{n} seats left', unlimited: 'There are seats left',
    waiting: 'Full: {n} people are on the waiting list. You can join it.', full: 'Full', closed: 'Registration is closed',
    not_open: 'Registration opens on {date}', ended: 'The event is over', cancelled: 'The event was cancelled',
    errors: 'Please correct these fields:', no_connection: 'There is no connection. Please try again.',
    confirmed: 'You have a seat. We have sent you a mail.', waitlisted: 'You are on the waiting list, in position {n}.',
    pending: 'Please confirm your address', check_mail: 'We have sent you a mail. Please follow the link in it to complete your registration.',
    cancelled_registration: 'Your registration is cancelled.', manage: 'See or change your registration', save: 'Save', saved: 'Saved.',
    cancel: 'Cancel my registration', reason: 'Reason', erase: 'Erase my data', erased: 'Your data are erased.',
    join: 'Join', confirm: 'Confirm my address', your_time: 'your time: {date}', no_token: 'Please use the link in the mail.',
    sure: 'This cannot be undone. Continue?', event: 'Event', resend: 'Send me the link again',
    resent: 'If this address is registered, a mail with the link is on its way.',
  },
  es: {
    events: 'Eventos', register: 'Inscribirse', name: 'Nombre completo', email: 'Correo electrónico', organisation: 'Organización',
    position: 'Cargo', city: 'Ciudad', country: 'País', audience: 'Usted procede de', access_needs: '¿Tiene necesidades de accesibilidad?',
    newsletter: 'Quiero recibir el boletín', privacy: 'Acepto el aviso de privacidad', notice: 'Aviso de privacidad', optional: 'opcional',
    choose: 'Elija', yes: 'Sí', no: 'No', seats: 'Quedan {n} plazas', unlimited: 'Quedan plazas',
    waiting: 'Completo: {n} personas están en la lista de espera. Puede unirse a ella.', full: 'Completo', closed: 'La inscripción está cerrada',
    not_open: 'La inscripción abre el {date}', ended: 'El evento ha terminado', cancelled: 'El evento se ha cancelado',
    errors: 'Corrija estos campos:', no_connection: 'No hay conexión. Inténtelo de nuevo.',
    confirmed: 'Tiene una plaza. Le hemos enviado un mensaje.', waitlisted: 'Está en la lista de espera, en la posición {n}.',
    pending: 'Confirme su dirección', check_mail: 'Le hemos enviado un mensaje. Siga el enlace para completar la inscripción.',
    cancelled_registration: 'Su inscripción está cancelada.', manage: 'Ver o cambiar su inscripción', save: 'Guardar', saved: 'Guardado.',
    cancel: 'Cancelar mi inscripción', reason: 'Motivo', erase: 'Borrar mis datos', erased: 'Sus datos se han borrado.',
    join: 'Entrar', confirm: 'Confirmar mi dirección', your_time: 'su hora: {date}', no_token: 'Use el enlace del mensaje.',
    sure: 'Esto no se puede deshacer. ¿Continuar?', event: 'Evento', resend: 'Enviarme de nuevo el enlace',
    resent: 'Si esta dirección está inscrita, recibirá un mensaje con el enlace.',
  },
  fr: {
    events: 'Événements', register: "S'inscrire", name: 'Nom complet', email: 'Adresse électronique', organisation: 'Organisation',
    position: 'Fonction', city: 'Ville', country: 'Pays', audience: 'Vous venez de', access_needs: "Avez-vous des besoins d'accessibilité ?",
    newsletter: "Je souhaite recevoir la lettre d'information", privacy: "J'accepte l'avis de confidentialité", notice: 'Avis de confidentialité', optional: 'facultatif',
    choose: 'Choisissez', yes: 'Oui', no: 'Non', seats: 'Il reste {n} places', unlimited: 'Il reste des places',
    waiting: "Complet : {n} personnes sont sur la liste d'attente. Vous pouvez la rejoindre.", full: 'Complet', closed: 'Les inscriptions sont closes',
    not_open: 'Les inscriptions ouvrent le {date}', ended: "L'événement est terminé", cancelled: "L'événement est annulé",
    errors: 'Veuillez corriger ces champs :', no_connection: "Il n'y a pas de connexion. Veuillez réessayer.",
    confirmed: 'Vous avez une place. Nous vous avons envoyé un message.', waitlisted: "Vous êtes sur la liste d'attente, en position {n}.",
    pending: 'Veuillez confirmer votre adresse', check_mail: "Nous vous avons envoyé un message. Suivez le lien pour terminer l'inscription.",
    cancelled_registration: 'Votre inscription est annulée.', manage: 'Voir ou modifier votre inscription', save: 'Enregistrer', saved: 'Enregistré.',
    cancel: 'Annuler mon inscription', reason: 'Raison', erase: 'Effacer mes données', erased: 'Vos données sont effacées.',
    join: 'Rejoindre', confirm: 'Confirmer mon adresse', your_time: 'votre heure : {date}', no_token: 'Utilisez le lien du message.',
    sure: 'Cette action est définitive. Continuer ?', event: 'Événement', resend: "M'envoyer à nouveau le lien",
    resent: 'Si cette adresse est inscrite, vous recevrez un message avec le lien.',
  },
  ca: {
    events: 'Esdeveniments', register: "Inscriure's", name: 'Nom complet', email: 'Adreça electrònica', organisation: 'Organització',
    position: 'Càrrec', city: 'Ciutat', country: 'País', audience: 'Veniu de', access_needs: "Teniu necessitats d'accessibilitat?",
    newsletter: 'Vull rebre el butlletí', privacy: "Accepto l'avís de privadesa", notice: 'Avís de privadesa', optional: 'opcional',
    choose: 'Trieu', yes: 'Sí', no: 'No', seats: 'Queden {n} places', unlimited: 'Queden places',
    waiting: "Complet: {n} persones són a la llista d'espera. Us hi podeu afegir.", full: 'Complet', closed: 'La inscripció és tancada',
    not_open: 'La inscripció obre el {date}', ended: "L'esdeveniment s'ha acabat", cancelled: "L'esdeveniment s'ha cancel·lat",
    errors: 'Corregiu aquests camps:', no_connection: 'No hi ha connexió. Torneu-ho a provar.',
    confirmed: 'Teniu una plaça. Us hem enviat un missatge.', waitlisted: "Sou a la llista d'espera, en la posició {n}.",
    pending: 'Confirmeu la vostra adreça', check_mail: "Us hem enviat un missatge. Seguiu l'enllaç per completar la inscripció.",
    cancelled_registration: 'La vostra inscripció està cancel·lada.', manage: 'Veure o canviar la vostra inscripció', save: 'Desar', saved: 'Desat.',
    cancel: 'Cancel·lar la meva inscripció', reason: 'Motiu', erase: 'Esborrar les meves dades', erased: "Les vostres dades s'han esborrat.",
    join: 'Entrar', confirm: 'Confirmar la meva adreça', your_time: 'la vostra hora: {date}', no_token: "Feu servir l'enllaç del missatge.",
    sure: 'Això no es pot desfer. Voleu continuar?', event: 'Esdeveniment', resend: "Torneu-me a enviar l'enllaç",
    resent: "Si aquesta adreça està inscrita, rebreu un missatge amb l'enllaç.",
  },
}

// The language of the page: that of the link (mails add one behind `#`), else the browser's first one that there is.
const fromLink = [location.search, location.hash].map((part) => new URLSearchParams(part.slice(1)).get('lang'))
const wanted = [...fromLink, ...navigator.languages].filter(Boolean).map((tag) => tag.split('-')[0].toLowerCase())
export const LANGUAGE = wanted.find((tag) => tag in TEXTS) ?? 'en'
document.documentElement.lang = LANGUAGE

export function text(key, values = {}) {
  return TEXTS[LANGUAGE][key].replace(/\{(\w+)\}/g, (_, name) => values[name])
}

// A date in the zone of the event, and in the reader's own zone if that differs.
export function dateIn(zone, instant) {
  const format = (timeZone) => new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'full', timeStyle: 'short', timeZone })
  const own = format().format(new Date(instant))
  const there = format(zone).format(new Date(instant))
  return own === there ? there : `${there} (${zone}; ${text('your_time', { date: own })})`
}
