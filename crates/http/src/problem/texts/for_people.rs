//! The details of problems that people can meet while they register, join or manage their registration. A front end
//! shows them as they are, so they name what people see: no fields, headers or tokens. Hints for programs are in the
//! meaning of the problem, which the page about it shows.

use plenaria_domain::values::language::MessageLanguage;

use crate::problem::code::Code;

/// The sentence for people. None where the meaning of the problem is such a sentence already, and for problems that only
/// programs cause.
pub(super) fn sentence(language: MessageLanguage, code: Code) -> Option<&'static str> {
    let [english, spanish, french, catalan] = in_all(code)?;
    Some(match language {
        MessageLanguage::En => english,
        MessageLanguage::Es => spanish,
        MessageLanguage::Fr => french,
        MessageLanguage::Ca => catalan,
    })
}

/// The sentence in English, Spanish, French and Catalan.
const fn in_all(code: Code) -> Option<[&'static str; 4]> {
    let sentences = match code {
        Code::InvalidToken => [
            "Your access has expired or is not valid. If you followed a link in a message, you can ask for a new one.",
            "Su acceso ha caducado o no es válido. Si siguió el enlace de un mensaje, puede pedir uno nuevo.",
            "Votre accès a expiré ou n’est pas valable. Si vous avez suivi le lien d’un message, vous pouvez en demander un nouveau.",
            "El vostre accés ha caducat o no és vàlid. Si heu seguit l’enllaç d’un missatge, en podeu demanar un de nou.",
        ],
        Code::NotFound => [
            "Nothing exists at this address, or you are not allowed to see it. Check that the address is complete.",
            "No existe nada en esta dirección, o usted no tiene permiso para verlo. Compruebe que la dirección esté completa.",
            "Rien n’existe à cette adresse, ou vous n’y avez pas accès. Vérifiez que l’adresse est complète.",
            "No existeix res en aquesta adreça, o no teniu permís per veure-ho. Comproveu que l’adreça sigui completa.",
        ],
        Code::AlreadyRegistered => [
            "This address is already registered for the event. If you no longer have the message with your link, it can \
             be sent again.",
            "Esta dirección ya está inscrita en el evento. Si ya no tiene el mensaje con su enlace, se le puede enviar de \
             nuevo.",
            "Cette adresse est déjà inscrite à l’événement. Si vous n’avez plus le message avec votre lien, il peut vous \
             être renvoyé.",
            "Aquesta adreça ja està inscrita a l’esdeveniment. Si ja no teniu el missatge amb el vostre enllaç, se us pot \
             tornar a enviar.",
        ],
        Code::RegistrationNotOpen => [
            "Registration for this event has not opened yet. Please come back later.",
            "La inscripción en este evento aún no se ha abierto. Vuelva más adelante.",
            "Les inscriptions à cet événement ne sont pas encore ouvertes. Revenez plus tard.",
            "La inscripció en aquest esdeveniment encara no s’ha obert. Torneu més endavant.",
        ],
        Code::RegistrationClosed => [
            "Registration for this event has closed. It takes no more registrations.",
            "La inscripción en este evento se ha cerrado. Ya no se admiten inscripciones.",
            "Les inscriptions à cet événement sont closes. Il n’en prend plus.",
            "La inscripció en aquest esdeveniment s’ha tancat. Ja no s’admeten inscripcions.",
        ],
        Code::JoinNotOpen => [
            "The event cannot be joined yet. Please try again shortly before it begins.",
            "Todavía no es posible entrar en el evento. Vuelva a intentarlo poco antes de que empiece.",
            "Il n’est pas encore possible de rejoindre l’événement. Réessayez peu avant qu’il ne commence.",
            "Encara no és possible entrar a l’esdeveniment. Torneu-ho a provar poc abans que comenci.",
        ],
        Code::IdempotencyInProgress => [
            "The same request is still being processed. Please wait a moment.",
            "La misma solicitud todavía se está procesando. Espere un momento.",
            "La même demande est encore en cours de traitement. Patientez un instant.",
            "La mateixa sol·licitud encara s’està processant. Espereu un moment.",
        ],
        Code::Conflict => [
            "This is not possible as things are now.",
            "Esto no es posible en la situación actual.",
            "Ce n’est pas possible dans la situation actuelle.",
            "Això no és possible en la situació actual.",
        ],
        Code::ValidationFailed => [
            "Something that you entered needs attention. Nothing was stored.",
            "Hay que revisar algo de lo que ha escrito. No se ha guardado nada.",
            "Quelque chose dans votre saisie est à revoir. Rien n’a été enregistré.",
            "Cal revisar alguna cosa del que heu escrit. No s’ha desat res.",
        ],
        Code::RateLimited => [
            "There were too many requests in a short time. Nothing was stored. Please wait a moment, then try again.",
            "Ha habido demasiadas solicitudes en poco tiempo. No se ha guardado nada. Espere un momento y vuelva a \
             intentarlo.",
            "Il y a eu trop de demandes en peu de temps. Rien n’a été enregistré. Patientez un instant, puis réessayez.",
            "Hi ha hagut massa sol·licituds en poc temps. No s’ha desat res. Espereu un moment i torneu-ho a provar.",
        ],
        Code::Internal => [
            "Something went wrong on our side, and the error was recorded.",
            "Algo ha fallado por nuestra parte, y el error ha quedado registrado.",
            "Une erreur s’est produite de notre côté, et elle a été consignée.",
            "Alguna cosa ha fallat per part nostra, i l’error ha quedat registrat.",
        ],
        Code::Overloaded => [
            "The service is very busy. Nothing was stored. Please wait a moment, then try again.",
            "El servicio está muy solicitado. No se ha guardado nada. Espere un momento y vuelva a intentarlo.",
            "Le service est très sollicité. Rien n’a été enregistré. Patientez un instant, puis réessayez.",
            "El servei està molt sol·licitat. No s’ha desat res. Espereu un moment i torneu-ho a provar.",
        ],
        Code::DatabaseUnavailable => [
            "The service is unavailable for a moment. Please try again soon: nobody is registered twice.",
            "El servicio no está disponible en este momento. Vuelva a intentarlo pronto: nadie queda inscrito dos veces.",
            "Le service est momentanément indisponible. Réessayez bientôt\u{a0}: personne n’est inscrit deux fois.",
            "El servei no està disponible en aquest moment. Torneu-ho a provar aviat: ningú no queda inscrit dues vegades.",
        ],
        _ => return None,
    };
    Some(sentences)
}
