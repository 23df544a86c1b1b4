//! Mails in French.

use crate::words::mail::model::{Labels, Mail, Message, Messages, Sentences};

pub(in crate::words) const FRENCH: Mail = Mail { messages: MESSAGES, sentences: SENTENCES, labels: LABELS };

const MESSAGES: Messages = Messages {
    registered: Message {
        subject: "Inscription confirmée : {title}",
        heading: "Votre inscription est confirmée",
        text: "Votre inscription à « {title} » est confirmée et vous avez une place.\n\n{joining}\n\nSi vous ne pouvez pas venir, merci d’annuler votre inscription afin qu’une autre personne puisse avoir la place.",
    },
    waitlisted: Message {
        subject: "Sur la liste d’attente : {title}",
        heading: "Vous êtes sur la liste d’attente",
        text: "Il n’y a plus de place pour « {title} ». {seat}",
    },
    promoted: Message {
        subject: "Vous avez une place : {title}",
        heading: "Vous avez une place",
        text: "Une place s’est libérée pour « {title} » et elle est à vous. Vous n’êtes plus sur la liste d’attente.\n\n{joining}\n\nSi vous ne pouvez pas venir, merci d’annuler votre inscription afin que la personne suivante sur la liste puisse avoir la place.",
    },
    cancelled: Message {
        subject: "Inscription annulée : {title}",
        heading: "Votre inscription est annulée",
        text: "Votre inscription à « {title} » est annulée. Vous n’avez rien d’autre à faire.\n\nSi vous changez d’avis, vous pouvez vous réinscrire tant que les inscriptions sont ouvertes.",
    },
    confirm_address: Message {
        subject: "Confirmez votre adresse e-mail : {title}",
        heading: "Confirmez votre adresse e-mail",
        text: "Nous avons reçu une inscription à « {title} » avec cette adresse e-mail. Merci de confirmer que cette adresse est la vôtre. Aucune place ne vous est réservée avant cette confirmation.\n\nLe lien est valable 48 heures. Si ce n’était pas vous, vous n’avez rien à faire : les données seront supprimées.",
    },
    already_registered: Message {
        subject: "Vous avez déjà une inscription : {title}",
        heading: "Vous avez déjà une inscription",
        text: "Nous avons reçu une autre inscription à « {title} » avec cette adresse e-mail. Vous avez déjà une inscription, donc rien n’a changé. Si ce n’était pas vous, vous pouvez ignorer cet e-mail.",
    },
    manage_link: Message {
        subject: "Votre inscription : {title}",
        heading: "Votre inscription",
        text: "Voici le lien vers votre inscription à « {title} », comme demandé. Merci de ne pas le partager : toute personne qui dispose de ce lien peut modifier et annuler votre inscription.",
    },
    reminder: Message {
        subject: "Rappel : {title}",
        heading: "À bientôt",
        text: "« {title} » commence bientôt et vous avez une place.\n\n{joining}\n\nSi vous ne pouvez pas venir, merci d’annuler votre inscription afin qu’une autre personne puisse avoir la place.",
    },
    follow_up: Message {
        subject: "Après l’événement : {title}",
        heading: "Après l’événement",
        text: "L’événement « {title} » est terminé. Merci de votre intérêt.",
    },
    event_changed: Message {
        subject: "Changements : {title}",
        heading: "L’événement a changé",
        text: "Votre inscription n’a pas changé.",
    },
    event_cancelled: Message {
        subject: "Annulé : {title}",
        heading: "L’événement est annulé",
        text: "Nous sommes désolés : l’événement « {title} » a été annulé et n’aura pas lieu. Vous n’avez rien à faire.",
    },
    event_reinstated: Message {
        subject: "Aura finalement lieu : {title}",
        heading: "L’événement aura finalement lieu",
        text: "L’événement « {title} » avait été annulé, mais il aura finalement lieu. Vous trouverez ci-dessous les informations actuelles. Votre inscription n’a pas changé et vous n’avez pas à vous réinscrire.",
    },
    registration_reinstated: Message {
        subject: "Votre inscription est de nouveau valable : {title}",
        heading: "Votre inscription est de nouveau valable",
        text: "Les organisateurs ont rétabli votre inscription à « {title} », qui avait été annulée. {seat}\n\nSi vous ne pouvez pas venir, merci d’annuler votre inscription afin qu’une autre personne puisse avoir la place.",
    },
    address_changed: Message {
        subject: "Votre inscription a une nouvelle adresse e-mail : {title}",
        heading: "Votre inscription a une nouvelle adresse e-mail",
        text: "Les organisateurs ont corrigé l’adresse e-mail de votre inscription à « {title} ». Désormais, tous les messages à son sujet seront envoyés à cette adresse. Le lien vers votre inscription ci-dessous est nouveau ; les liens des messages précédents ne fonctionnent plus. Pour le reste, votre inscription n’a pas changé.",
    },
    address_replaced: Message {
        subject: "Cette adresse e-mail n’est plus utilisée : {title}",
        heading: "Cette adresse e-mail n’est plus utilisée",
        text: "Les organisateurs ont corrigé l’adresse e-mail d’une inscription à « {title} » qui avait cette adresse. Désormais, les messages à son sujet seront envoyés à une autre adresse, et les liens des messages précédents envoyés à cette adresse ne fonctionnent plus.\n\nSi vous ne vous attendiez pas à ce changement, merci de contacter les organisateurs.",
    },
};

const SENTENCES: Sentences = Sentences {
    greeting: "Bonjour {name},",
    have_seat: "Vous avez une place.",
    full_for_now: "Il n’y a plus de place pour le moment.",
    waiting: "Vous êtes sur la liste d’attente.",
    waiting_at: "Vous êtes sur la liste d’attente, au rang {position}.",
    when_free: "Si une place se libère et que c’est votre tour, vous l’obtiendrez immédiatement et nous vous enverrons un autre e-mail.",
    joining: "À partir du {time}, vous pourrez rejoindre l’événement depuis la page de votre inscription.",
    changed_time_and_programme: "La date ou l’heure et le programme de « {title} » ont changé.",
    changed_time: "La date ou l’heure de « {title} » a changé.",
    changed_programme: "Le programme de « {title} » a changé.",
    changed_place: "Le lieu de « {title} » a changé.",
    changed_place_too: "Veuillez noter que le lieu a changé lui aussi.",
    more_changes: "D’autres sessions ont changé.",
    attended: "Merci d’avoir participé à « {title} ».",
    why: "Vous recevez cet e-mail parce que votre adresse a été indiquée dans une inscription à « {title} ».",
    automated: "Ceci est un message automatique ; les réponses ne sont pas lues.",
    replies: "Ceci est un message automatique. Si vous répondez, votre message parviendra au contact des organisateurs.",
};

const LABELS: Labels = Labels {
    colon: " :",
    when: "Quand",
    in_utc: "En UTC",
    place: "Où",
    online: "En ligne",
    in_person: "Sur place",
    hybrid: "En ligne ou sur place",
    contact: "Contact",
    changes: "Ce qui a changé",
    before: "Avant",
    now: "Maintenant",
    session_added: "Nouvelle",
    session_removed: "N’est plus au programme",
    session_cancelled: "Annulée",
    session_reinstated: "Aura finalement lieu",
    submitted: "Voici les informations de l’inscription. Ne la confirmez que si ce sont bien celles que vous avez indiquées :",
    materials: "Ressources",
    surveys: "Donnez-nous votre avis",
    reason: "La raison indiquée par les organisateurs",
    name: "Nom",
    organisation: "Organisation",
    position: "Fonction",
    city: "Ville",
    country: "Pays",
    audience: "Public",
    access_needs: "Besoins d’accessibilité",
    newsletter: "Nouvelles des organisateurs par e-mail",
    source: "Inscription faite par",
    yes: "oui",
    no: "non",
    manage: "Voir, modifier ou annuler votre inscription",
    join: "Rejoindre l’événement ou modifier votre inscription",
    confirm: "Confirmer votre adresse e-mail",
    event_page: "La page de l’événement",
};
