//! The form to register, and what happens after it.

use serde::Serialize;

/// The form to register, and what happens after it.
#[derive(Debug, Serialize)]
pub struct Form {
    /// The heading of the form.
    pub title: &'static str,
    /// The heading of the form while only the waiting list is open.
    pub waitlist_title: &'static str,
    /// What the mark of required fields means.
    pub required_note: &'static str,
    /// The mark of a field that must be filled in.
    pub required: &'static str,
    /// The label of the name.
    pub name: &'static str,
    /// How the name is used.
    pub name_hint: &'static str,
    /// The label of the mail address.
    pub email: &'static str,
    /// How the address is used.
    pub email_hint: &'static str,
    /// The label of the organisation.
    pub organisation: &'static str,
    /// The label of the position in the organisation.
    pub position: &'static str,
    /// The label of the city.
    pub city: &'static str,
    /// The label of the country.
    pub country: &'static str,
    /// The label of the audience.
    pub audience: &'static str,
    /// The label of the access needs.
    pub access_needs: &'static str,
    /// Examples of access needs.
    pub access_needs_hint: &'static str,
    /// The label of the language of messages.
    pub language: &'static str,
    /// What the language of messages is not.
    pub language_hint: &'static str,
    /// The label of the newsletter.
    pub newsletter: &'static str,
    /// The label of the consent.
    pub privacy: &'static str,
    /// The label of the consent where there is no notice to read.
    pub privacy_without_notice: &'static str,
    /// The link to the privacy notice, which opens in another tab.
    pub privacy_link: &'static str,
    /// The version of the privacy notice.
    pub privacy_version: &'static str,
    /// The first choice of a list to choose from.
    pub no_choice: &'static str,
    /// The choice of no answer.
    pub no_answer: &'static str,
    /// The answer yes.
    pub yes: &'static str,
    /// The answer no.
    pub no: &'static str,
    /// The hint of a question with several answers.
    pub several_hint: &'static str,
    /// The button that registers.
    pub send: &'static str,
    /// The button that registers for the waiting list.
    pub waitlist_send: &'static str,
    /// The button while the form is being sent.
    pub busy: &'static str,
    /// When the form could not be sent.
    pub no_connection: &'static str,
    /// When what was sent cannot be read.
    pub unreadable: &'static str,
    /// When an earlier attempt with other content has arrived.
    pub earlier_attempt: &'static str,
    /// What was entered stays in the form, which may be sent later.
    pub kept: &'static str,
    /// The window's title while the form has errors.
    pub error_title: &'static str,
    /// The heading of the errors.
    pub summary: &'static str,
    /// When the name is missing.
    pub enter_name: &'static str,
    /// When the mail address is missing.
    pub enter_email: &'static str,
    /// When the mail address has no valid form.
    pub correct_email: &'static str,
    /// When the consent is missing.
    pub accept_privacy: &'static str,
    /// When a choice is missing or is not one of the options.
    pub choose: &'static str,
    /// When choices are missing or are not among the options.
    pub choose_some: &'static str,
    /// When an answer is missing.
    pub answer: &'static str,
    /// When that message does not arrive.
    pub confirmation_sent_check: &'static str,
    /// When the address has a registration already.
    pub sent_twice: &'static str,
    /// The button that leads to the registration.
    pub see_registration: &'static str,
    /// The link to the event.
    pub back_to_event: &'static str,
    /// The heading of the form that sends the link again.
    pub link_title: &'static str,
    /// What that form does.
    pub link_text: &'static str,
    /// The button of that form.
    pub link_send: &'static str,
    /// The heading after it.
    pub link_sent_title: &'static str,
    /// What happens then, whether or not there is a registration.
    pub link_sent: &'static str,
}

pub(super) const ENGLISH: Form = Form {
    title: "Register",
    waitlist_title: "Join the waiting list",
    required_note: "Fields marked “required” must be filled in. All others are up to you.",
    required: "required",
    name: "Full name",
    name_hint: "As you would like it to be written.",
    email: "E-mail address",
    email_hint: "Messages about your registration are sent to this address.",
    organisation: "Organisation",
    position: "Position",
    city: "City",
    country: "Country",
    audience: "Which group do you belong to?",
    access_needs: "What do you need in order to take part?",
    access_needs_hint: "For example captions, sign language or step-free access. Only the organisers see this.",
    language: "Language of messages to you",
    language_hint: "This does not change the language of the event.",
    newsletter: "Send me the organisers’ newsletter",
    privacy: "I have read the privacy notice and accept it",
    privacy_without_notice: "I agree that the organisers use these details for this event",
    privacy_link: "Privacy notice (opens in a new tab).",
    privacy_version: "Version of the notice: {version}.",
    no_choice: "Please choose",
    no_answer: "No answer",
    yes: "Yes",
    no: "No",
    several_hint: "You can choose several.",
    send: "Register",
    waitlist_send: "Join the waiting list",
    busy: "Sending…",
    no_connection: "The form could not be sent. What you entered is still here. Please check your connection and try again: nothing is done twice.",
    unreadable: "What was sent could not be read, and nothing was stored. Please fill in the form again.",
    earlier_attempt: "An earlier attempt has arrived, with what you had entered then. Please look into your mail before you send the form again.",
    kept: "What you entered is still here, so that you can try again later.",
    error_title: "To be corrected: {title}",
    summary: "Please correct this",
    enter_name: "Enter your name.",
    enter_email: "Enter your e-mail address.",
    correct_email: "Enter an e-mail address like name@example.org.",
    accept_privacy: "Tick this box in order to register.",
    choose: "Choose one of the options.",
    choose_some: "Choose at least one of the options.",
    answer: "Answer this question.",
    confirmation_sent_check: "If nothing arrives within a few minutes, look into the folder for unwanted mail, or check the address.",
    sent_twice: "If you have just sent the form twice, all is well: the first time was enough, and a message with your link is on its way.",
    see_registration: "See your registration",
    back_to_event: "Back to the event",
    link_title: "Already registered? Get your link again",
    link_text: "Enter the address with which you registered. The link with which you see, change or cancel your registration is sent to it.",
    link_send: "Send me my link",
    link_sent_title: "Please look into your mail",
    link_sent: "If {email} has a registration for this event, a message with the link arrives within a few minutes. At most one is sent in five minutes.",
};

pub(super) const SPANISH: Form = Form {
    title: "Inscripción",
    waitlist_title: "Apúntese a la lista de espera",
    required_note: "Los campos marcados como «obligatorio» deben rellenarse. Los demás son opcionales.",
    required: "obligatorio",
    name: "Nombre completo",
    name_hint: "Tal como desea que se escriba.",
    email: "Dirección de correo electrónico",
    email_hint: "A esta dirección se envían los mensajes sobre su inscripción.",
    organisation: "Organización",
    position: "Cargo",
    city: "Ciudad",
    country: "País",
    audience: "¿A qué grupo pertenece?",
    access_needs: "¿Qué necesita para poder participar?",
    access_needs_hint: "Por ejemplo, subtítulos, lengua de signos o un acceso sin escalones. Solo lo ven los organizadores.",
    language: "Idioma de los mensajes que reciba",
    language_hint: "Esto no cambia el idioma del evento.",
    newsletter: "Deseo recibir el boletín de los organizadores",
    privacy: "He leído el aviso de privacidad y lo acepto",
    privacy_without_notice: "Acepto que los organizadores utilicen estos datos para este evento",
    privacy_link: "Aviso de privacidad (se abre en otra pestaña).",
    privacy_version: "Versión del aviso: {version}.",
    no_choice: "Elija una opción",
    no_answer: "Sin respuesta",
    yes: "Sí",
    no: "No",
    several_hint: "Puede elegir varias.",
    send: "Inscribirme",
    waitlist_send: "Apuntarme a la lista de espera",
    busy: "Enviando…",
    no_connection: "No se ha podido enviar el formulario. Lo que ha escrito sigue aquí. Compruebe su conexión y vuelva a intentarlo: nada se hace dos veces.",
    unreadable: "No se ha podido leer lo que se envió, y no se ha guardado nada. Vuelva a rellenar el formulario.",
    earlier_attempt: "Un intento anterior sí llegó, con lo que había escrito entonces. Mire su correo antes de volver a enviar el formulario.",
    kept: "Lo que ha escrito sigue aquí para que pueda intentarlo más tarde.",
    error_title: "Hay que corregir: {title}",
    summary: "Corrija lo siguiente",
    enter_name: "Escriba su nombre.",
    enter_email: "Escriba su dirección de correo electrónico.",
    correct_email: "Escriba una dirección de correo electrónico como nombre@example.org.",
    accept_privacy: "Marque esta casilla para inscribirse.",
    choose: "Elija una de las opciones.",
    choose_some: "Elija al menos una de las opciones.",
    answer: "Responda a esta pregunta.",
    confirmation_sent_check: "Si no llega nada en unos minutos, mire en la carpeta de correo no deseado o compruebe la dirección.",
    sent_twice: "Si acaba de enviar el formulario dos veces, todo está en orden: la primera bastó, y un mensaje con su enlace está en camino.",
    see_registration: "Ver su inscripción",
    back_to_event: "Volver al evento",
    link_title: "¿Ya se ha inscrito? Reciba de nuevo su enlace",
    link_text: "Escriba la dirección con la que se inscribió. En ella recibirá el enlace para ver, cambiar o cancelar su inscripción.",
    link_send: "Enviarme el enlace",
    link_sent_title: "Mire su correo",
    link_sent: "Si {email} tiene una inscripción en este evento, en unos minutos llegará un mensaje con el enlace. Se envía como máximo uno cada cinco minutos.",
};

pub(super) const FRENCH: Form = Form {
    title: "Inscription",
    waitlist_title: "Rejoindre la liste d’attente",
    required_note: "Les champs marqués «\u{a0}obligatoire\u{a0}» doivent être remplis. Les autres sont facultatifs.",
    required: "obligatoire",
    name: "Nom complet",
    name_hint: "Tel que vous souhaitez le voir écrit.",
    email: "Adresse e-mail",
    email_hint: "Les messages concernant votre inscription sont envoyés à cette adresse.",
    organisation: "Organisation",
    position: "Fonction",
    city: "Ville",
    country: "Pays",
    audience: "À quel groupe appartenez-vous\u{202f}?",
    access_needs: "De quoi avez-vous besoin pour participer\u{202f}?",
    access_needs_hint: "Par exemple des sous-titres, la langue des signes ou un accès sans marches. Seuls les organisateurs le voient.",
    language: "Langue des messages que vous recevrez",
    language_hint: "Cela ne change pas la langue de l’événement.",
    newsletter: "Je souhaite recevoir la lettre d’information des organisateurs",
    privacy: "J’ai lu l’avis de confidentialité et je l’accepte",
    privacy_without_notice: "J’accepte que les organisateurs utilisent ces données pour cet événement",
    privacy_link: "Avis de confidentialité (s’ouvre dans un nouvel onglet).",
    privacy_version: "Version de l’avis\u{a0}: {version}.",
    no_choice: "Choisissez",
    no_answer: "Sans réponse",
    yes: "Oui",
    no: "Non",
    several_hint: "Vous pouvez en choisir plusieurs.",
    send: "M’inscrire",
    waitlist_send: "Rejoindre la liste d’attente",
    busy: "Envoi en cours…",
    no_connection: "Le formulaire n’a pas pu être envoyé. Votre saisie est toujours là. Vérifiez votre connexion et réessayez\u{a0}: rien ne sera fait deux fois.",
    unreadable: "Ce qui a été envoyé n’a pas pu être lu, et rien n’a été enregistré. Veuillez remplir à nouveau le formulaire.",
    earlier_attempt: "Une tentative précédente est bien arrivée, avec ce que vous aviez saisi alors. Consultez votre messagerie avant de renvoyer le formulaire.",
    kept: "Votre saisie est conservée ici pour que vous puissiez réessayer plus tard.",
    error_title: "À corriger\u{a0}: {title}",
    summary: "À corriger",
    enter_name: "Saisissez votre nom.",
    enter_email: "Saisissez votre adresse e-mail.",
    correct_email: "Saisissez une adresse e-mail comme nom@example.org.",
    accept_privacy: "Cochez cette case pour vous inscrire.",
    choose: "Choisissez l’une des options.",
    choose_some: "Choisissez au moins une des options.",
    answer: "Répondez à cette question.",
    confirmation_sent_check: "Si rien n’arrive d’ici quelques minutes, regardez dans le dossier des indésirables ou vérifiez l’adresse.",
    sent_twice: "Si vous venez d’envoyer le formulaire deux fois, tout va bien\u{a0}: la première a suffi, et un message avec votre lien est en route.",
    see_registration: "Voir votre inscription",
    back_to_event: "Retour à l’événement",
    link_title: "Déjà inscrit(e)\u{202f}? Recevez à nouveau votre lien",
    link_text: "Saisissez l’adresse avec laquelle vous vous êtes inscrit(e). Vous y recevrez le lien pour voir, modifier ou annuler votre inscription.",
    link_send: "M’envoyer mon lien",
    link_sent_title: "Consultez votre messagerie",
    link_sent: "Si {email} a une inscription à cet événement, un message avec le lien arrive d’ici quelques minutes. Un seul est envoyé toutes les cinq minutes au plus.",
};

pub(super) const CATALAN: Form = Form {
    title: "Inscripció",
    waitlist_title: "Apunteu-vos a la llista d’espera",
    required_note: "Els camps marcats com a «obligatori» s’han d’omplir. Els altres són opcionals.",
    required: "obligatori",
    name: "Nom complet",
    name_hint: "Tal com voleu que s’escrigui.",
    email: "Adreça electrònica",
    email_hint: "En aquesta adreça rebreu els missatges sobre la vostra inscripció.",
    organisation: "Organització",
    position: "Càrrec",
    city: "Ciutat",
    country: "País",
    audience: "A quin grup pertanyeu?",
    access_needs: "Què necessiteu per poder participar-hi?",
    access_needs_hint: "Per exemple, subtítols, llengua de signes o un accés sense esglaons. Només ho veuen els organitzadors.",
    language: "Idioma dels missatges que rebreu",
    language_hint: "Això no canvia l’idioma de l’esdeveniment.",
    newsletter: "Vull rebre el butlletí dels organitzadors",
    privacy: "He llegit l’avís de privadesa i l’accepto",
    privacy_without_notice: "Accepto que els organitzadors facin servir aquestes dades per a aquest esdeveniment",
    privacy_link: "Avís de privadesa (s’obre en una altra pestanya).",
    privacy_version: "Versió de l’avís: {version}.",
    no_choice: "Trieu una opció",
    no_answer: "Sense resposta",
    yes: "Sí",
    no: "No",
    several_hint: "En podeu triar més d’una.",
    send: "Inscriure-m’hi",
    waitlist_send: "Apuntar-me a la llista d’espera",
    busy: "S’està enviant…",
    no_connection: "No s’ha pogut enviar el formulari. El que heu escrit encara és aquí. Comproveu la connexió i torneu-ho a provar: res no es fa dues vegades.",
    unreadable: "No s’ha pogut llegir el que s’ha enviat, i no s’ha desat res. Torneu a omplir el formulari.",
    earlier_attempt: "Un intent anterior sí que va arribar, amb el que havíeu escrit llavors. Mireu el correu abans de tornar a enviar el formulari.",
    kept: "El que heu escrit continua aquí perquè ho pugueu tornar a provar més tard.",
    error_title: "Cal corregir: {title}",
    summary: "Corregiu això",
    enter_name: "Escriviu el vostre nom.",
    enter_email: "Escriviu la vostra adreça electrònica.",
    correct_email: "Escriviu una adreça electrònica com nom@example.org.",
    accept_privacy: "Marqueu aquesta casella per inscriure-us.",
    choose: "Trieu una de les opcions.",
    choose_some: "Trieu almenys una de les opcions.",
    answer: "Responeu aquesta pregunta.",
    confirmation_sent_check: "Si no arriba res en uns minuts, mireu la carpeta de correu no desitjat o comproveu l’adreça.",
    sent_twice: "Si acabeu d’enviar el formulari dues vegades, tot va bé: la primera va ser suficient, i un missatge amb el vostre enllaç és de camí.",
    see_registration: "Veure la vostra inscripció",
    back_to_event: "Tornar a l’esdeveniment",
    link_title: "Ja us heu inscrit? Torneu a rebre l’enllaç",
    link_text: "Escriviu l’adreça amb què us vau inscriure. Hi rebreu l’enllaç per veure, canviar o cancel·lar la vostra inscripció.",
    link_send: "Enviar-me l’enllaç",
    link_sent_title: "Mireu el vostre correu",
    link_sent: "Si {email} té una inscripció en aquest esdeveniment, en uns minuts arribarà un missatge amb l’enllaç. Se n’envia com a màxim un cada cinc minuts.",
};
