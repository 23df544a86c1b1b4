//! Catalan; it addresses people as “vós”.

use plenaria_domain::event::definition::advice::{Advice, AdviceKind};
use plenaria_domain::validation::{Form, InvalidValue, OutOfRange, Referent, ValueType, YamlError};

use super::words::{Wording, Words, after_colon};
use crate::problem::code::Code;
use crate::problem::detail::{Detail, ParameterError};

/// Catalan.
pub(super) struct Catalan;

impl Words for Catalan {
    fn wording(&self, code: Code) -> Wording {
        let (title, meaning) = match code {
            Code::MalformedRequest => (
                "No es pot llegir la sol·licitud",
                "El cos no és JSON vàlid o una capçalera està mal formada. El detall indica on. Envieu JSON ben format en \
                 UTF-8.",
            ),
            Code::InvalidParameter => (
                "Un paràmetre no és vàlid",
                "Un paràmetre de la consulta no existeix, hi apareix dues vegades o té un valor no vàlid, o bé un \
                 cursor correspon a una altra llista o a uns altres filtres. Després de canviar un filtre, torneu \
                 a començar per la primera pàgina, sense el cursor.",
            ),
            Code::Unauthenticated => (
                "Cal un testimoni d’accés",
                "Envieu la capçalera «Authorization: Bearer …» amb el manage_token de la inscripció, que figurava \
                 en la resposta en inscriure’s. Els clients envien un testimoni d’accés de /oauth/token.",
            ),
            Code::InvalidToken => (
                "El testimoni d’accés no és vàlid",
                "El testimoni ha caducat, serveix per a una altra cosa o està malmès. Un testimoni per gestionar \
                 una inscripció és vàlid fins a 30 dies després de l’esdeveniment; un testimoni d’accés d’un \
                 client, 15 minuts.",
            ),
            Code::InsufficientScope => (
                "El testimoni d’accés no permet aquesta operació",
                "Al testimoni del client li falta el permís que indica required_scope. Demaneu un testimoni amb \
                 aquest permís.",
            ),
            Code::NotFound => (
                "No s’ha trobat",
                "No existeix res en aquesta adreça, o no teniu permís per veure-ho. Els identificadors s’escriuen \
                 en minúscules i amb guionets; els slugs, en minúscules.",
            ),
            Code::MethodNotAllowed => {
                ("Aquest mètode no s’admet aquí", "La capçalera Allow indica els mètodes que admet aquesta adreça.")
            }
            Code::NotAcceptable => (
                "No hi ha cap format acceptable",
                "La resposta no existeix en cap dels formats que admet la capçalera Accept. Ometeu Accept o \
                 incloeu-hi application/json. L’especificació (/openapi.json) indica els formats de cada adreça.",
            ),
            Code::RequestTimeout => (
                "La sol·licitud ha trigat massa a arribar",
                "El cos no ha arribat a temps, de manera que no s’ha fet res. Torneu a enviar la sol·licitud, si \
                 és possible amb una connexió millor.",
            ),
            Code::AlreadyRegistered => (
                "Aquesta adreça ja està inscrita",
                "Cada adreça electrònica pot tenir una inscripció vigent per esdeveniment. La resposta en \
                 inscriure’s contenia el testimoni per gestionar-la, i …/registrations/resend torna a enviar \
                 l’enllaç. Per tornar a inscriure-us, cancel·leu abans aquesta inscripció.",
            ),
            Code::EventFull => (
                "No queden places",
                "L’esdeveniment no té places lliures ni llista d’espera. Pot quedar lliure una plaça si algú \
                 cancel·la.",
            ),
            Code::RegistrationNotOpen => ("La inscripció encara no s’ha obert", "El camp opens_at indica quan s’obre."),
            Code::RegistrationClosed => ("La inscripció s’ha tancat", "El camp closed_at indica quan es va tancar."),
            Code::EventCancelled => {
                ("L’esdeveniment s’ha cancel·lat", "Un esdeveniment cancel·lat no admet inscripcions.")
            }
            Code::EventEnded => (
                "L’esdeveniment s’ha acabat",
                "Un esdeveniment acabat no admet inscripcions, i les que té ja no es poden canviar ni cancel·lar.",
            ),
            Code::JoinNotOpen => (
                "Encara és massa d’hora per unir-s’hi",
                "El camp available_from indica a partir de quan està disponible l’adreça per unir-s’hi. Torneu-ho \
                 a provar llavors.",
            ),
            Code::IdempotencyInProgress => (
                "La primera sol·licitud amb aquesta clau encara està en curs",
                "Una altra sol·licitud amb la mateixa Idempotency-Key encara no ha acabat. Espereu el que indiqui \
                 Retry-After i torneu a enviar la mateixa sol·licitud amb la mateixa clau. Rebreu la resposta de \
                 la primera i res no es farà dues vegades.",
            ),
            Code::Conflict => (
                "La sol·licitud no és compatible amb l’estat actual",
                "La sol·licitud no és possible en l’estat actual. El detall indica per què, i retryable, si la \
                 mateixa sol·licitud pot tenir èxit més tard.",
            ),
            Code::CursorExpired => (
                "El cursor ha caducat",
                "Els canvis que segueixen aquest cursor ja no es conserven (es conserven almenys 30 dies), o el \
                 servei es va restaurar a partir d’una còpia de seguretat anterior al cursor. És possible que \
                 s’hagi perdut algun canvi. Torneu a llegir les inscripcions actuals dels vostres esdeveniments i \
                 seguiu després /v1/changes sense cursor, que comença pel canvi més antic que es conserva.",
            ),
            Code::PreconditionFailed => (
                "El recurs ha canviat",
                "L’ETag d’If-Match no és l’actual, o s’ha enviat «If-None-Match: *» i el recurs ja existeix. No \
                 s’ha canviat res. Si la resposta té la capçalera ETag, és l’etiqueta actual. Torneu a llegir el \
                 recurs i repetiu el canvi si encara té sentit.",
            ),
            Code::PayloadTooLarge => {
                ("El cos és massa gran", "Un cos ocupa com a màxim 256 KiB; un lot o una definició, 2 MiB.")
            }
            Code::UnsupportedMediaType => (
                "El tipus de contingut no s’admet",
                "Envieu JSON en UTF-8 amb la capçalera «Content-Type: application/json». Per a PATCH també \
                 serveix «application/merge-patch+json».",
            ),
            Code::ValidationFailed => (
                "La sol·licitud no és vàlida",
                "La llista errors conté tots els errors de validació: la posició del camp (un JSON Pointer), el \
                 codi de l’error i una frase per a les persones. No s’ha desat res.",
            ),
            Code::IdempotencyMismatch => (
                "La clau pertany a una altra sol·licitud",
                "La mateixa Idempotency-Key es va fer servir amb un altre cos en les últimes 24 hores. No s’ha \
                 fet res. Feu servir una clau nova per a una sol·licitud nova. Per repetir l’anterior, envieu \
                 exactament el mateix cos.",
            ),
            Code::PreconditionRequired => (
                "Cal If-Match",
                "Aquest canvi necessita la capçalera If-Match amb l’ETag que heu llegit, perquè no es perdin \
                 canvis fets mentrestant. Llegiu primer el recurs i envieu el canvi amb el seu ETag. Per crear un \
                 recurs nou, envieu «If-None-Match: *».",
            ),
            Code::RateLimited => (
                "Massa sol·licituds",
                "La vostra adreça o el vostre testimoni ha enviat més sol·licituds de les que permet el límit. \
                 Espereu els segons que indica Retry-After. Les capçaleres RateLimit-Policy i RateLimit indiquen \
                 el límit i quantes sol·licituds queden, perquè un programa es pugui moderar a temps. No s’ha \
                 desat res.",
            ),
            Code::Internal => (
                "Error intern",
                "Alguna cosa ha fallat al servidor. L’error ha quedat registrat amb el request_id. Indiqueu-lo si \
                 ens escriviu sobre això.",
            ),
            Code::Overloaded => (
                "El servei està sobrecarregat",
                "Esperen més sol·licituds de les que es poden atendre aviat. Espereu el que indiqui Retry-After. \
                 No s’ha desat res.",
            ),
            Code::DatabaseUnavailable => (
                "La base de dades no està disponible",
                "Espereu el que indiqui Retry-After i torneu-ho a provar. Una inscripció que no ha rebut la \
                 resposta 201 es pot repetir sense risc: cada adreça s’inscriu com a màxim una vegada.",
            ),
        };
        Wording { title, meaning }
    }

    fn detail(&self, detail: &Detail) -> String {
        match detail {
            Detail::Fields(1) => "Cal revisar 1 camp.".to_owned(),
            Detail::Fields(count) => format!("Cal revisar {count} camps."),
            Detail::Parameter { name, error } => match error {
                ParameterError::Unknown { suggestion } => {
                    format!("El paràmetre «{name}» no es reconeix aquí.{}", did_you_mean(suggestion.as_deref()))
                }
                ParameterError::Duplicate => format!("El paràmetre «{name}» hi apareix més d’una vegada."),
                ParameterError::InvalidCursor => {
                    format!("El paràmetre «{name}» no és un cursor d’aquesta llista amb aquests filtres.")
                }
                ParameterError::InvalidValue(error) => {
                    format!("El paràmetre «{name}»: {}", after_colon(&self.invalid_value(error)))
                }
            },
            Detail::QueryUnreadable => "No es pot descodificar la consulta.".to_owned(),
            Detail::NotJson { cut_off: true, line, column } => {
                format!("El cos no és JSON: acaba massa aviat, a la línia {line}, columna {column}.")
            }
            Detail::NotJson { cut_off: false, line, column } => {
                format!("El cos no és JSON: està mal format, a la línia {line}, columna {column}.")
            }
            Detail::NotYaml { line, column } => {
                format!("El cos no és YAML: no està ben format, a la línia {line}, columna {column}.")
            }
            Detail::YamlDocumentCount(count) => format!("El cos ha de ser un sol document YAML i en té {count}."),
            Detail::YamlTooComplex { line } => {
                format!("Amb els àlies expandits, el document YAML té massa valors, a la línia {line}.")
            }
            Detail::BodyUnreadable => "No es pot llegir el cos.".to_owned(),
            Detail::DuplicateField => "Un camp apareix més d’una vegada en el cos.".to_owned(),
            Detail::IfMatchUnreadable => {
                "If-Match ha de ser «*» o una llista d’etiquetes d’entitat entre cometes dobles.".to_owned()
            }
            Detail::IdempotencyKeyUnreadable => {
                "Idempotency-Key ha d’aparèixer una sola vegada, amb entre 1 i 255 caràcters ASCII imprimibles."
                    .to_owned()
            }
            Detail::DuplicateExternalReference => {
                "El client ja té una altra inscripció en aquest esdeveniment amb la mateixa external_reference.".to_owned()
            }
            Detail::AmbiguousExternalReference => {
                "Diverses inscripcions tenen aquest external_reference. Indiqueu la inscripció amb el seu id.".to_owned()
            }
            Detail::HoldsNoSeat { .. } => {
                "La inscripció no està confirmada, de manera que no es pot registrar l’assistència.".to_owned()
            }
            Detail::TooManyEndpoints { max } => {
                format!("Una organització pot tenir com a màxim {max} destinacions de webhooks.")
            }
            Detail::EndpointDisabled => {
                "La destinació està desactivada i no s’hi envia res. Poseu abans el seu status a active.".to_owned()
            }
            Detail::RegistrationCancelled => "La inscripció es va cancel·lar i ja no es pot canviar.".to_owned(),
            Detail::EventIsDraft => {
                "L’esdeveniment és un esborrany: no es pot cancel·lar ni restablir. Modifiqueu-ne la definició.".to_owned()
            }
            Detail::TooManyRows { max } => format!("Hi ha més de {max} inscripcions, que és el màxim que hi cap en un full. Useu csv o ndjson, o filtres."),
            Detail::AtomicUnavailable => {
                "Aquest esdeveniment confirma les adreces per correu, de manera que un lot no pot ser atòmic. Ometeu atomic.".to_owned()
            }
            Detail::AddressNotConfirmed => "L’adreça de la inscripció encara no està confirmada.".to_owned(),
            Detail::NotConfirmed { .. } => {
                "La inscripció no està confirmada, i només s’hi pot unir qui té plaça.".to_owned()
            }
            Detail::ConcurrentChange => {
                "Això s’ha canviat en un altre lloc al mateix temps. Torneu-ho a mirar i repetiu el vostre canvi \
                 si encara té sentit."
                    .to_owned()
            }
            Detail::EventUnreadable => "No es pot llegir l’esdeveniment.".to_owned(),
            Detail::ShuttingDown => "Aquesta instància s’està aturant. Envieu la sol·licitud a una altra.".to_owned(),
            Detail::SchemaBehind => {
                "L’esquema de la base de dades és anterior a aquest programa. Executeu «plenaria migrate».".to_owned()
            }
        }
    }

    fn invalid_value(&self, error: &InvalidValue) -> String {
        match error {
            InvalidValue::Required => "Aquest camp és obligatori.".to_owned(),
            InvalidValue::UnknownField { nearest } => {
                format!("Aquest camp no es reconeix.{}", did_you_mean(nearest.as_deref()))
            }
            InvalidValue::Type { expected } => format!("Ha de ser {}.", value_type(*expected)),
            InvalidValue::Unquoted { expected, written } => {
                format!("Ha de ser {}. Sense cometes no és text: escriviu \"{written}\".", value_type(*expected))
            }
            InvalidValue::Yaml(error) => yaml_error(*error).to_owned(),
            InvalidValue::Length { min, max } => format!("Ha de tenir entre {min} i {max} caràcters."),
            InvalidValue::ListLength { min, max } => format!("La llista ha de tenir entre {min} i {max} elements."),
            InvalidValue::Email => "Això no és una adreça electrònica.".to_owned(),
            InvalidValue::ControlCharacter => "No s’admeten caràcters de control.".to_owned(),
            InvalidValue::Format { expected } => form(*expected).to_owned(),
            InvalidValue::Choice { choices } if choices.is_empty() => "Aquí no hi ha res per triar.".to_owned(),
            InvalidValue::Choice { choices } => format!("Ha de ser un d’aquests valors: {}.", choices.join(", ")),
            InvalidValue::UnknownOption => "Trieu una de les opcions.".to_owned(),
            InvalidValue::Range(range) => out_of_range(*range),
            InvalidValue::Consent => "Cal acceptar l’avís de privadesa.".to_owned(),
            InvalidValue::ReadOnly => "Aquest camp no es pot canviar.".to_owned(),
            InvalidValue::Token => "Aquest testimoni no és vàlid o ha caducat.".to_owned(),
            InvalidValue::ClientsOnly => {
                "Només els clients amb un testimoni d’accés poden indicar aquest camp.".to_owned()
            }
            InvalidValue::OwnerOnly => "Només el propietari de l’esdeveniment pot canviar això.".to_owned(),
            InvalidValue::Taken => "Aquest nom ja està en ús.".to_owned(),
            InvalidValue::PrivateAddress => {
                "Ha de ser una adreça pública: no s’envia res a adreces privades, locals o reservades.".to_owned()
            }
            InvalidValue::TimeZone => "No és una zona horària de la base de dades de la IANA.".to_owned(),
            InvalidValue::SkippedTime { zone } => {
                format!("Aquesta hora local no existeix a la zona {zone}: el canvi d’hora se la salta.")
            }
            InvalidValue::Duplicate(key) => format!("La clau «{key}» apareix aquí més d’una vegada."),
            InvalidValue::Reference { kind: Referent::Speaker, key } => {
                format!("No hi ha ponents amb la clau «{key}».")
            }
            InvalidValue::Reference { kind: Referent::Room, key } => {
                format!("No hi ha sales amb la clau «{key}».")
            }
        }
    }

    fn advice(&self, advice: &Advice) -> String {
        let Advice { session, other, shared, .. } = advice;
        let shared = shared.as_deref().unwrap_or_default();
        let what = match advice.kind {
            AdviceKind::RoomOverlap => format!("coincideix amb «{other}» a la mateixa sala («{shared}»)"),
            AdviceKind::SpeakerOverlap => format!("coincideix amb «{other}», de la mateixa persona («{shared}»)"),
            AdviceKind::ParallelSession => format!("comença mentre «{other}» encara no ha acabat"),
        };
        format!("«{session}» {what}. No té «starts»: comença quan acaba la sessió anterior de la llista.")
    }

    fn retry(&self, retryable: bool) -> &'static str {
        if retryable {
            "La mateixa sol·licitud pot reeixir més endavant."
        } else {
            "La mateixa sol·licitud no reeixirà sense canvis."
        }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" Volíeu dir «{name}»?")).unwrap_or_default()
}

fn value_type(expected: ValueType) -> &'static str {
    match expected {
        ValueType::String => "una cadena de text",
        ValueType::Boolean => "true o false",
        ValueType::WholeNumber => "un nombre enter",
        ValueType::Number => "un nombre",
        ValueType::List => "una llista",
        ValueType::ListOfStrings => "una llista de cadenes de text",
        ValueType::Object => "un objecte",
        ValueType::Text => "una cadena de text, o un objecte amb una cadena per llengua",
    }
}

fn form(expected: Form) -> &'static str {
    match expected {
        Form::LanguageTag => "Ha de ser una etiqueta de llengua (BCP 47) com «es» o «pt-BR».",
        Form::CountryCode => "Ha de ser un codi de país (ISO 3166-1 alfa-2) com «ES».",
        Form::Slug => {
            "Ha de constar de paraules de lletres minúscules i xifres unides per guionets, i no pot ser un UUID."
        }
        Form::Id => "Ha de ser un identificador: un UUID de versió 7, en minúscules i amb guionets.",
        Form::Date => "Ha de ser una data com 2027-07-22.",
        Form::WallClock => "Ha de ser una data i hora local com 2027-07-22T15:00, sense desfasament horari.",
        Form::Instant => "Ha de ser un instant com 2027-07-22T13:00:00Z (RFC 3339).",
        Form::Colour => "Ha de ser un color com #0a7cc1.",
        Form::WebAddress => "Ha de ser una adreça que comenci per https:// o http://.",
        Form::WebhookAddress => {
            "Ha de ser una adreça que comenci per https://, sense nom d’usuari, contrasenya ni fragment."
        }
        Form::SingleLine => "Ha de ser una sola línia, sense salts de línia.",
        Form::NoWebAddress => "No pot contenir adreces web.",
    }
}

fn out_of_range(range: OutOfRange) -> String {
    match range {
        OutOfRange::Between { min, max } => format!("Ha d’estar entre {min} i {max}."),
        OutOfRange::WholeNumber { min, max } => format!("Ha de ser un nombre enter entre {min} i {max}."),
        OutOfRange::Year { first } => format!("L’any ha de ser {first} o posterior."),
        OutOfRange::TooLate { last } => format!("Això va més enllà de l’any {last}."),
        OutOfRange::SessionBeforeEvent => "Una sessió no pot començar abans que el seu esdeveniment.".to_owned(),
        OutOfRange::Future => "Això no pot ser en el futur.".to_owned(),
        OutOfRange::OpensTooLate => "La inscripció s’ha d’obrir abans de tancar-se.".to_owned(),
    }
}

const fn yaml_error(error: YamlError) -> &'static str {
    match error {
        YamlError::UnknownTag => "Aquí no s’admeten etiquetes de YAML.",
        YamlError::TagMismatch => "El valor no és del tipus que indica la seva etiqueta.",
        YamlError::NotFinite => "JSON no té aquest nombre. Escriviu el text entre cometes.",
        YamlError::RecursiveAlias => "Un àlies no pot formar part del valor al qual fa referència.",
        YamlError::NotMergeable => "Només es poden combinar objectes.",
        YamlError::KeyNotQuoted => "Una clau ha de ser text: escriviu-la entre cometes.",
        YamlError::KeyNotText => "Una clau ha de ser text.",
    }
}
