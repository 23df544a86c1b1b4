//! What the page that confirms an address says.

use serde::Serialize;

/// What the page that confirms an address says.
#[derive(Debug, Serialize)]
pub struct Confirm {
    /// The page's title.
    pub title: &'static str,
    /// What the button does.
    pub text: &'static str,
    /// Confirms.
    pub button: &'static str,
    /// Where the link is found.
    pub paste_hint: &'static str,
    /// What was pasted is no such link.
    pub paste_error: &'static str,
    /// After that.
    pub confirmed: &'static str,
    /// If it had been confirmed before.
    pub confirmed_before: &'static str,
    /// How to come back.
    pub keep_link: &'static str,
    /// The heading if the link does not work.
    pub expired: &'static str,
    /// Why.
    pub expired_text: &'static str,
    /// The heading if the seat is not to be had.
    pub not_registered: &'static str,
}

pub(super) const ENGLISH: Confirm = Confirm {
    title: "Confirm your registration",
    text: "You have asked to register. Press the button, and you are registered.",
    button: "Confirm my registration",
    paste_hint: "Copy the address of the link that confirms your address in the message that you received, and paste it here.",
    paste_error: "This is not a link that confirms an address. Copy the whole link from the message.",
    confirmed: "Your address is confirmed.",
    confirmed_before: "Your address was confirmed before.",
    keep_link: "We have sent you a message with the link to this page.",
    expired: "This link no longer works",
    expired_text: "Links that confirm an address work for 48 hours. This one has expired, has been used or is incomplete. After that, please register again.",
    not_registered: "You could not be registered",
};

pub(super) const SPANISH: Confirm = Confirm {
    title: "Confirme su inscripción",
    text: "Ha solicitado inscribirse. Pulse el botón para completar la inscripción.",
    button: "Confirmar mi inscripción",
    paste_hint: "Copie la dirección del enlace de confirmación del mensaje que recibió y péguela aquí.",
    paste_error: "Este no es un enlace de confirmación. Copie del mensaje el enlace completo.",
    confirmed: "Su dirección está confirmada.",
    confirmed_before: "Su dirección ya estaba confirmada.",
    keep_link: "Le hemos enviado un mensaje con el enlace a esta página.",
    expired: "Este enlace ya no funciona",
    expired_text: "Los enlaces de confirmación funcionan durante 48 horas. Este ha caducado, ya se ha usado o está incompleto. Pasado ese plazo, vuelva a inscribirse.",
    not_registered: "No ha sido posible inscribirle",
};

pub(super) const FRENCH: Confirm = Confirm {
    title: "Confirmez votre inscription",
    text: "Vous avez demandé à vous inscrire. Appuyez sur le bouton pour être inscrit(e).",
    button: "Confirmer mon inscription",
    paste_hint: "Copiez l’adresse du lien de confirmation dans le message que vous avez reçu et collez-la ici.",
    paste_error: "Ce n’est pas un lien de confirmation. Copiez le lien entier du message.",
    confirmed: "Votre adresse est confirmée.",
    confirmed_before: "Votre adresse était déjà confirmée.",
    keep_link: "Nous vous avons envoyé un message avec le lien vers cette page.",
    expired: "Ce lien ne fonctionne plus",
    expired_text: "Les liens de confirmation fonctionnent pendant 48 heures. Celui-ci a expiré, a été utilisé ou est incomplet. Passé ce délai, inscrivez-vous à nouveau.",
    not_registered: "L’inscription n’a pas été possible",
};

pub(super) const CATALAN: Confirm = Confirm {
    title: "Confirmeu la inscripció",
    text: "Heu demanat d’inscriure-us. Premeu el botó per completar la inscripció.",
    button: "Confirmar la meva inscripció",
    paste_hint: "Copieu l’adreça de l’enllaç de confirmació del missatge que vau rebre i enganxeu-la aquí.",
    paste_error: "Aquest no és un enllaç de confirmació. Copieu del missatge l’enllaç sencer.",
    confirmed: "La vostra adreça està confirmada.",
    confirmed_before: "La vostra adreça ja estava confirmada.",
    keep_link: "Us hem enviat un missatge amb l’enllaç a aquesta pàgina.",
    expired: "Aquest enllaç ja no funciona",
    expired_text: "Els enllaços de confirmació funcionen durant 48 hores. Aquest ha caducat, ja s’ha fet servir o està incomplet. Passat aquest termini, torneu-vos a inscriure.",
    not_registered: "No ha estat possible fer la inscripció",
};
