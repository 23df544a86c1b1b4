//! French; it addresses people as “vous”.

use plenaria_domain::event::definition::advice::{Advice, AdviceKind};
use plenaria_domain::validation::{Form, InvalidValue, OutOfRange, Referent, ValueType, YamlError};

use super::words::{Wording, Words, after_colon};
use crate::problem::code::Code;
use crate::problem::detail::{Detail, ParameterError};

/// French.
pub(super) struct French;

impl Words for French {
    fn wording(&self, code: Code) -> Wording {
        let (title, meaning) = match code {
            Code::MalformedRequest => (
                "La requête est illisible",
                "Le corps n’est pas du JSON valide, ou un en-tête est mal formé. Le détail indique où. Envoyez du JSON bien \
                 formé en UTF-8.",
            ),
            Code::InvalidParameter => (
                "Un paramètre n’est pas valide",
                "Un paramètre de la requête est inconnu, apparaît deux fois ou a une valeur non valide, ou bien \
                 un curseur correspond à une autre liste ou à d’autres filtres. Après avoir changé un filtre, \
                 recommencez à la première page, sans le curseur.",
            ),
            Code::Unauthenticated => (
                "Un jeton est nécessaire",
                "Envoyez l’en-tête «\u{a0}Authorization: Bearer …\u{a0}» avec le manage_token de l’inscription, \
                 qui figurait dans la réponse lors de l’inscription. Un client envoie un jeton d’accès obtenu \
                 auprès de /oauth/token.",
            ),
            Code::InvalidToken => (
                "Le jeton n’est pas valide",
                "Le jeton a expiré, sert à autre chose ou est altéré. Un jeton pour gérer une inscription est \
                 valable jusqu’à 30 jours après l’événement, un jeton d’accès d’un client 15 minutes.",
            ),
            Code::InsufficientScope => (
                "Le jeton ne permet pas cette opération",
                "Il manque au jeton du client l’autorisation qu’indique required_scope. Demandez un jeton avec \
                 cette autorisation.",
            ),
            Code::NotFound => (
                "Introuvable",
                "Rien n’existe à cette adresse, ou vous n’y avez pas accès. Les identifiants s’écrivent en \
                 minuscules avec des traits d’union\u{a0}; les slugs, en minuscules.",
            ),
            Code::MethodNotAllowed => (
                "Cette méthode n’est pas admise ici",
                "L’en-tête Allow indique les méthodes que cette adresse accepte.",
            ),
            Code::NotAcceptable => (
                "Aucun format acceptable",
                "La réponse n’existe dans aucun des formats que l’en-tête Accept permet. Omettez Accept, ou \
                 permettez-y application/json. La spécification (/openapi.json) indique les formats de chaque \
                 adresse.",
            ),
            Code::RequestTimeout => (
                "La requête a mis trop de temps à arriver",
                "Le corps n’est pas arrivé à temps, donc rien n’a été fait. Renvoyez la requête, si possible avec \
                 une meilleure connexion.",
            ),
            Code::AlreadyRegistered => (
                "Cette adresse est déjà inscrite",
                "Une adresse peut avoir une inscription active par événement. La réponse lors de l’inscription \
                 contenait le jeton pour la gérer, et …/registrations/resend renvoie le lien. Pour vous inscrire à \
                 nouveau, annulez d’abord cette inscription.",
            ),
            Code::EventFull => (
                "Toutes les places sont prises",
                "L’événement n’a plus de place et n’a pas de liste d’attente. Une place peut se libérer si quelqu’un \
                 annule.",
            ),
            Code::RegistrationNotOpen => {
                ("Les inscriptions ne sont pas encore ouvertes", "Le champ opens_at indique quand elles ouvrent.")
            }
            Code::RegistrationClosed => {
                ("Les inscriptions sont closes", "Le champ closed_at indique quand elles ont été closes.")
            }
            Code::EventCancelled => ("L’événement a été annulé", "Un événement annulé ne prend pas d’inscriptions."),
            Code::EventEnded => (
                "L’événement est terminé",
                "Un événement terminé ne prend plus d’inscriptions, et les siennes ne peuvent plus être modifiées ni \
                 annulées.",
            ),
            Code::JoinNotOpen => (
                "Il est trop tôt pour rejoindre l’événement",
                "Le champ available_from indique à partir de quand l’adresse pour rejoindre l’événement est \
                 disponible. Réessayez à ce moment-là.",
            ),
            Code::IdempotencyInProgress => (
                "La première requête avec cette clé est encore en cours",
                "Une autre requête avec la même Idempotency-Key n’est pas encore terminée. Attendez le temps \
                 qu’indique Retry-After et renvoyez la même requête avec la même clé. Vous obtiendrez la réponse \
                 de la première, et rien ne sera fait deux fois.",
            ),
            Code::Conflict => (
                "La requête est incompatible avec l’état actuel",
                "La requête n’est pas possible dans l’état actuel. Le détail indique pourquoi, et retryable, si \
                 la même requête peut aboutir plus tard.",
            ),
            Code::CursorExpired => (
                "Le curseur a expiré",
                "Les changements qui suivent ce curseur ne sont plus conservés (ils le sont au moins 30 jours), \
                 ou le service a été restauré depuis une sauvegarde antérieure au curseur. Certains changements \
                 ont pu vous échapper. Relisez les inscriptions actuelles de vos événements, puis suivez \
                 /v1/changes sans curseur, qui commence par le plus ancien changement conservé.",
            ),
            Code::PreconditionFailed => (
                "La ressource a changé",
                "L’ETag de If-Match n’est pas l’actuel, ou «\u{a0}If-None-Match: *\u{a0}» a été envoyé et la \
                 ressource existe déjà. Rien n’a été modifié. Si la réponse a l’en-tête ETag, c’est l’étiquette \
                 actuelle. Relisez la ressource, et refaites la modification si elle a encore un sens.",
            ),
            Code::PayloadTooLarge => (
                "Le corps est trop volumineux",
                "Un corps fait au plus 256 Kio\u{a0}; un lot ou une définition, 2 Mio.",
            ),
            Code::UnsupportedMediaType => (
                "Le type de contenu n’est pas pris en charge",
                "Envoyez du JSON en UTF-8 avec l’en-tête «\u{a0}Content-Type: application/json\u{a0}». Pour \
                 PATCH, «\u{a0}application/merge-patch+json\u{a0}» convient aussi.",
            ),
            Code::ValidationFailed => (
                "La requête n’est pas valide",
                "La liste errors contient toutes les erreurs de validation\u{a0}: la position du champ (un JSON \
                 Pointer), le code de l’erreur et une phrase pour les personnes. Rien n’a été enregistré.",
            ),
            Code::IdempotencyMismatch => (
                "La clé appartient à une autre requête",
                "La même Idempotency-Key a été utilisée avec un autre corps dans les dernières 24 heures. Rien \
                 n’a été fait. Utilisez une nouvelle clé pour une nouvelle requête. Pour répéter l’ancienne, \
                 envoyez exactement le même corps.",
            ),
            Code::PreconditionRequired => (
                "If-Match est nécessaire",
                "Cette modification demande l’en-tête If-Match avec l’ETag que vous avez lu, afin que les \
                 modifications faites entre-temps ne soient pas perdues. Lisez d’abord la ressource, puis envoyez \
                 la modification avec son ETag. Pour créer une nouvelle ressource, envoyez «\u{a0}If-None-Match: \
                 *\u{a0}».",
            ),
            Code::RateLimited => (
                "Trop de requêtes",
                "Votre adresse ou votre jeton a envoyé plus de requêtes que la limite ne le permet. Attendez le \
                 nombre de secondes qu’indique Retry-After. Les en-têtes RateLimit-Policy et RateLimit indiquent \
                 la limite et le nombre de requêtes qui restent, pour qu’un programme puisse ralentir à temps. \
                 Rien n’a été enregistré.",
            ),
            Code::Internal => (
                "Erreur interne",
                "Une erreur s’est produite sur le serveur. Elle a été consignée sous le request_id. Indiquez-le \
                 si vous nous écrivez à ce sujet.",
            ),
            Code::Overloaded => (
                "Le service est surchargé",
                "Il y a plus de requêtes en attente que le service ne peut en traiter rapidement. Attendez le \
                 temps qu’indique Retry-After. Rien n’a été enregistré.",
            ),
            Code::DatabaseUnavailable => (
                "La base de données n’est pas disponible",
                "Attendez le temps qu’indique Retry-After, puis réessayez. Une inscription qui n’a pas reçu la \
                 réponse 201 peut être répétée sans risque\u{a0}: une adresse est inscrite une fois au plus.",
            ),
        };
        Wording { title, meaning }
    }

    fn detail(&self, detail: &Detail) -> String {
        match detail {
            Detail::Fields(count @ (0 | 1)) => format!("{count} champ est à revoir."),
            Detail::Fields(count) => format!("{count} champs sont à revoir."),
            Detail::Parameter { name, error } => match error {
                ParameterError::Unknown { suggestion } => {
                    format!("Le paramètre «\u{a0}{name}\u{a0}» n’est pas reconnu ici.{}", did_you_mean(suggestion.as_deref()))
                }
                ParameterError::Duplicate => format!("Le paramètre «\u{a0}{name}\u{a0}» apparaît plus d’une fois."),
                ParameterError::InvalidCursor => {
                    format!("Le paramètre «\u{a0}{name}\u{a0}» n’est pas un curseur de cette liste avec ces filtres.")
                }
                ParameterError::InvalidValue(error) => {
                    format!("Le paramètre «\u{a0}{name}\u{a0}»\u{a0}: {}", after_colon(&self.invalid_value(error)))
                }
            },
            Detail::QueryUnreadable => "Les paramètres de la requête ne peuvent pas être décodés.".to_owned(),
            Detail::NotJson { cut_off: true, line, column } => {
                format!(
                    "Le corps n’est pas du JSON\u{a0}: il se termine trop tôt, à la ligne {line}, colonne {column}."
                )
            }
            Detail::NotJson { cut_off: false, line, column } => {
                format!("Le corps n’est pas du JSON\u{a0}: il est mal formé, à la ligne {line}, colonne {column}.")
            }
            Detail::NotYaml { line, column } => {
                format!("Le corps n’est pas du YAML\u{a0}: il est mal formé, ligne {line}, colonne {column}.")
            }
            Detail::YamlDocumentCount(count) => format!("Le corps doit être un seul document YAML, et il en contient {count}."),
            Detail::YamlTooComplex { line } => {
                format!("Une fois ses alias développés, le document YAML a trop de valeurs, ligne {line}.")
            }
            Detail::BodyUnreadable => "Le corps est illisible.".to_owned(),
            Detail::DuplicateField => "Un champ apparaît plus d’une fois dans le corps.".to_owned(),
            Detail::IfMatchUnreadable => {
                "If-Match doit être «\u{a0}*\u{a0}» ou une liste d’étiquettes d’entité entre guillemets doubles."
                    .to_owned()
            }
            Detail::IdempotencyKeyUnreadable => {
                "Idempotency-Key doit apparaître une seule fois, avec de 1 à 255 caractères ASCII imprimables."
                    .to_owned()
            }
            Detail::DuplicateExternalReference => {
                "Le client a déjà une autre inscription à cet événement avec la même external_reference.".to_owned()
            }
            Detail::AmbiguousExternalReference => {
                "Plusieurs inscriptions ont cet external_reference. Indiquez l’inscription par son id.".to_owned()
            }
            Detail::HoldsNoSeat { .. } => {
                "L’inscription n’est pas confirmée, la participation ne peut donc pas être enregistrée.".to_owned()
            }
            Detail::TooManyEndpoints { max } => {
                format!("Une organisation peut avoir au plus {max} destinations de webhooks.")
            }
            Detail::EndpointDisabled => {
                "La destination est désactivée, rien ne lui est donc envoyé. Mettez d’abord son status à active."
                    .to_owned()
            }
            Detail::RegistrationCancelled => "L’inscription a été annulée et ne peut plus être modifiée.".to_owned(),
            Detail::EventIsDraft => {
                "L’événement est un brouillon\u{a0}: il ne peut être ni annulé ni rétabli. Modifiez sa définition.".to_owned()
            }
            Detail::TooManyRows { max } => format!("Il y a plus de {max} inscriptions, le maximum qu’une feuille peut contenir. Utilisez csv ou ndjson, ou des filtres."),
            Detail::AtomicUnavailable => {
                "Cet événement confirme les adresses par e-mail, un lot ne peut donc pas être atomique. Omettez atomic.".to_owned()
            }
            Detail::AddressNotConfirmed => "L’adresse de l’inscription n’est pas encore confirmée.".to_owned(),
            Detail::NotConfirmed { .. } => "L’inscription n’est pas confirmée, et seules les personnes qui ont une place peuvent rejoindre l’événement.".to_owned(),
            Detail::ConcurrentChange => {
                "Ceci a été modifié ailleurs au même moment. Vérifiez-le et refaites votre modification si elle a encore \
                 un sens."
                    .to_owned()
            }
            Detail::EventUnreadable => "L’événement est illisible.".to_owned(),
            Detail::ShuttingDown => "Cette instance est en train de s’arrêter. Envoyez la requête à une autre.".to_owned(),
            Detail::SchemaBehind => {
                "Le schéma de la base de données est antérieur à ce programme. Exécutez «\u{a0}plenaria \
                 migrate\u{a0}»."
                    .to_owned()
            }
        }
    }

    fn invalid_value(&self, error: &InvalidValue) -> String {
        match error {
            InvalidValue::Required => "Ce champ est obligatoire.".to_owned(),
            InvalidValue::UnknownField { nearest } => format!("Ce champ n’est pas reconnu.{}", did_you_mean(nearest.as_deref())),
            InvalidValue::Type { expected } => format!("Cette valeur doit être {}.", value_type(*expected)),
            InvalidValue::Unquoted { expected, written } => format!(
                "Cette valeur doit être {}. Sans guillemets, ce n’est pas du texte\u{a0}: écrivez \"{written}\".",
                value_type(*expected)
            ),
            InvalidValue::Yaml(error) => yaml_error(*error).to_owned(),
            InvalidValue::Length { min, max } => format!("Doit compter entre {min} et {max} caractères."),
            InvalidValue::ListLength { min, max } => format!("La liste doit compter entre {min} et {max} éléments."),
            InvalidValue::Email => "Ceci n’est pas une adresse e-mail.".to_owned(),
            InvalidValue::ControlCharacter => "Les caractères de contrôle ne sont pas admis.".to_owned(),
            InvalidValue::Format { expected } => form(*expected).to_owned(),
            InvalidValue::Choice { choices } if choices.is_empty() => "Il n’y a rien à choisir ici.".to_owned(),
            InvalidValue::Choice { choices } => {
                format!("Cette valeur doit être l’une de celles-ci\u{a0}: {}.", choices.join(", "))
            }
            InvalidValue::UnknownOption => "Choisissez l’une des options.".to_owned(),
            InvalidValue::Range(range) => out_of_range(*range),
            InvalidValue::Consent => "Il faut accepter l’avis de confidentialité.".to_owned(),
            InvalidValue::ReadOnly => "Ce champ ne peut pas être modifié.".to_owned(),
            InvalidValue::Token => "Ce jeton n’est pas valable ou a expiré.".to_owned(),
            InvalidValue::ClientsOnly => "Seul un client muni d’un jeton peut indiquer ce champ.".to_owned(),
            InvalidValue::OwnerOnly => "Seul le propriétaire de l’événement peut modifier ceci.".to_owned(),
            InvalidValue::Taken => "Ce nom est déjà pris.".to_owned(),
            InvalidValue::PrivateAddress => {
                "Cette valeur doit être une adresse publique\u{a0}: rien n’est envoyé aux adresses privées, locales ou réservées.".to_owned()
            }
            InvalidValue::TimeZone => "Ceci n’est pas un fuseau horaire de la base de données de l’IANA.".to_owned(),
            InvalidValue::SkippedTime { zone } => {
                format!("Cette heure locale n’existe pas dans le fuseau {zone}\u{a0}: le changement d’heure la saute.")
            }
            InvalidValue::Duplicate(key) => format!("La clé «\u{a0}{key}\u{a0}» apparaît ici plus d’une fois."),
            InvalidValue::Reference { kind: Referent::Speaker, key } => {
                format!("Il n’y a pas d’intervenant avec la clé «\u{a0}{key}\u{a0}».")
            }
            InvalidValue::Reference { kind: Referent::Room, key } => {
                format!("Il n’y a pas de salle avec la clé «\u{a0}{key}\u{a0}».")
            }
        }
    }

    fn advice(&self, advice: &Advice) -> String {
        let Advice { session, other, shared, .. } = advice;
        let shared = shared.as_deref().unwrap_or_default();
        let what = match advice.kind {
            AdviceKind::RoomOverlap => {
                format!("a lieu en même temps que «\u{a0}{other}\u{a0}» dans la même salle («\u{a0}{shared}\u{a0}»)")
            }
            AdviceKind::SpeakerOverlap => {
                format!("a lieu en même temps que «\u{a0}{other}\u{a0}», de la même personne («\u{a0}{shared}\u{a0}»)")
            }
            AdviceKind::ParallelSession => format!("commence alors que «\u{a0}{other}\u{a0}» n’est pas terminée"),
        };
        format!(
            "«\u{a0}{session}\u{a0}» {what}. Elle n’a pas de «\u{a0}starts\u{a0}»\u{a0}: elle commence quand la séance précédente de la liste se termine."
        )
    }

    fn retry(&self, retryable: bool) -> &'static str {
        if retryable {
            "La même requête peut aboutir plus tard."
        } else {
            "La même requête n’aboutira pas sans modification."
        }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" Vouliez-vous dire «\u{a0}{name}\u{a0}»\u{a0}?")).unwrap_or_default()
}

fn value_type(expected: ValueType) -> &'static str {
    match expected {
        ValueType::String => "une chaîne de caractères",
        ValueType::Boolean => "true ou false",
        ValueType::WholeNumber => "un nombre entier",
        ValueType::Number => "un nombre",
        ValueType::List => "une liste",
        ValueType::ListOfStrings => "une liste de chaînes de caractères",
        ValueType::Object => "un objet",
        ValueType::Text => "une chaîne de caractères, ou un objet avec une chaîne par langue",
    }
}

fn form(expected: Form) -> &'static str {
    match expected {
        Form::LanguageTag => {
            "Cette valeur doit être une étiquette de langue (BCP 47) comme «\u{a0}es\u{a0}» ou «\u{a0}pt-BR\u{a0}»."
        }
        Form::CountryCode => "Cette valeur doit être un code de pays (ISO 3166-1 alpha-2) comme «\u{a0}ES\u{a0}».",
        Form::Slug => {
            "Cette valeur doit se composer de mots en lettres minuscules et chiffres reliés par des traits \
             d’union, et ne peut pas être un UUID."
        }
        Form::Id => {
            "Cette valeur doit être un identifiant\u{a0}: un UUID de version 7, en minuscules et avec des traits \
             d’union."
        }
        Form::Date => "Ce doit être une date comme 2027-07-22.",
        Form::WallClock => {
            "Cette valeur doit être une date et heure locale comme 2027-07-22T15:00, sans décalage horaire."
        }
        Form::Instant => "Cette valeur doit être un instant comme 2027-07-22T13:00:00Z (RFC 3339).",
        Form::Colour => "Cette valeur doit être une couleur comme #0a7cc1.",
        Form::WebAddress => "Cette valeur doit être une adresse qui commence par https:// ou http://.",
        Form::WebhookAddress => {
            "Cette valeur doit être une adresse qui commence par https://, sans nom d’utilisateur, mot de passe \
             ni fragment."
        }
        Form::SingleLine => "Cette valeur doit tenir sur une seule ligne, sans saut de ligne.",
        Form::NoWebAddress => "Cette valeur ne peut pas contenir d’adresse web.",
    }
}

fn out_of_range(range: OutOfRange) -> String {
    match range {
        OutOfRange::Between { min, max } => format!("Cette valeur doit être comprise entre {min} et {max}."),
        OutOfRange::WholeNumber { min, max } => {
            format!("Cette valeur doit être un nombre entier compris entre {min} et {max}.")
        }
        OutOfRange::Year { first } => format!("L’année doit être {first} ou une année ultérieure."),
        OutOfRange::TooLate { last } => format!("Cette valeur dépasse l’année {last}."),
        OutOfRange::SessionBeforeEvent => "Une session ne peut pas commencer avant son événement.".to_owned(),
        OutOfRange::Future => "Cette valeur ne peut pas être dans le futur.".to_owned(),
        OutOfRange::OpensTooLate => "Les inscriptions doivent ouvrir avant de fermer.".to_owned(),
    }
}

const fn yaml_error(error: YamlError) -> &'static str {
    match error {
        YamlError::UnknownTag => "Les étiquettes YAML ne sont pas admises ici.",
        YamlError::TagMismatch => "La valeur n’est pas du type que son étiquette indique.",
        YamlError::NotFinite => "JSON n’a pas de tel nombre. Écrivez le texte entre guillemets.",
        YamlError::RecursiveAlias => "Un alias ne peut pas faire partie de la valeur qu’il désigne.",
        YamlError::NotMergeable => "Seuls des objets peuvent être fusionnés.",
        YamlError::KeyNotQuoted => "Une clé doit être du texte\u{a0}: écrivez-la entre guillemets.",
        YamlError::KeyNotText => "Une clé doit être du texte.",
    }
}
