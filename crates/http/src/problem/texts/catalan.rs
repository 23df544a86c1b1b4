//! Catalan; it addresses people as “vós”.

use plenaria_domain::refusal::{Form, OutOfRange, Referent, Refusal, ValueType};

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
                "El cos no és JSON o una capçalera està mal formada. El detall indica on. Envieu JSON ben format en \
                 UTF-8.",
            ),
            Code::InvalidParameter => (
                "Un paràmetre no és vàlid",
                "Un paràmetre de la consulta no existeix, hi apareix dues vegades o té un valor que no pot tenir; o \
                 bé un cursor no correspon a aquesta llista amb aquests filtres. Després de canviar un filtre, \
                 torneu a començar per la primera pàgina, sense el cursor.",
            ),
            Code::Unauthenticated => (
                "Cal un testimoni d’accés",
                "Envieu la capçalera «Authorization: Bearer …» amb el manage_token de la inscripció, que va arribar \
                 en la resposta en inscriure’s; o bé, si és un client, amb un testimoni d’accés de /oauth/token.",
            ),
            Code::InvalidToken => (
                "El testimoni d’accés no és vàlid",
                "El testimoni ha caducat, es va emetre per a una altra cosa o s’ha malmès pel camí. Els testimonis \
                 per gestionar una inscripció són vàlids fins a 30 dies després de l’esdeveniment; els d’accés dels \
                 clients, 15 minuts.",
            ),
            Code::InsufficientScope => (
                "El testimoni d’accés no permet aquesta operació",
                "Al testimoni del client li falta el permís que indica required_scope. Demaneu un testimoni que \
                 l’inclogui.",
            ),
            Code::NotFound => (
                "Aquí no hi ha res",
                "No hi ha res en aquesta adreça, o no teniu permís per veure-ho. Els identificadors s’escriuen en \
                 minúscules i amb guionets; els slugs, en minúscules.",
            ),
            Code::MethodNotAllowed => {
                ("Aquest mètode no és possible aquí", "La capçalera Allow indica els mètodes que admet aquesta adreça.")
            }
            Code::NotAcceptable => (
                "No hi ha cap format acceptable",
                "La resposta no existeix en cap dels formats que admet la capçalera Accept. Ometeu Accept o \
                 permeteu-hi application/json. L’especificació (/openapi.json) indica els formats de cada adreça.",
            ),
            Code::RequestTimeout => (
                "La sol·licitud ha trigat massa a arribar",
                "El cos no ha arribat a temps, de manera que no s’ha fet res. Torneu-lo a enviar, si podeu amb una \
                 connexió millor.",
            ),
            Code::AlreadyRegistered => (
                "Aquesta adreça ja està inscrita",
                "Cada adreça electrònica té com a màxim una inscripció vigent per esdeveniment. El testimoni per \
                 gestionar-la es va lliurar en fer-la; si es cancel·la, se’n pot fer una altra.",
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
                "El camp available_from indica a partir de quan es dona l’adreça per unir-s’hi. Torneu-la a demanar llavors.",
            ),
            Code::IdempotencyInProgress => (
                "La primera sol·licitud amb aquesta clau encara està en curs",
                "Una altra sol·licitud amb la mateixa Idempotency-Key encara no ha rebut resposta. Espereu el que \
                 indiqui Retry-After i torneu a enviar la mateixa sol·licitud amb la mateixa clau: rebrà la resposta \
                 de la primera i res no es farà dues vegades.",
            ),
            Code::Conflict => (
                "La sol·licitud no és compatible amb l’estat actual",
                "El que es demana no és possible en l’estat actual. El detall indica per què, i retryable, si la mateixa \
                 sol·licitud pot tenir èxit més tard.",
            ),
            Code::CursorExpired => (
                "El cursor ja no porta enlloc",
                "Els canvis que segueixen aquest cursor ja no es conserven (es conserven 30 dies o més), o el servei \
                 es va restaurar d’una còpia de seguretat en què no figura; se’n pot haver perdut algun. Torneu a llegir les inscripcions dels vostres esdeveniments, tal com són \
                 ara, i seguiu /v1/changes sense cursor, que comença pel canvi més antic que es conserva.",
            ),
            Code::PreconditionFailed => (
                "Ha canviat mentrestant",
                "L’ETag d’If-Match no és l’actual, o «If-None-Match: *» s’ha trobat amb una cosa que ja existeix. No \
                 s’ha canviat res. La capçalera ETag de la resposta, si n’hi ha, és l’etiqueta actual. Torneu-ho a \
                 llegir i repetiu el canvi si encara té sentit.",
            ),
            Code::PayloadTooLarge => {
                ("El cos és massa gran", "Un cos ocupa com a màxim 256 KiB; un lot o una definició, 2 MiB.")
            }
            Code::UnsupportedMediaType => (
                "El tipus del cos no s’admet",
                "Envieu JSON en UTF-8 amb la capçalera «Content-Type: application/json»; per a PATCH també serveix \
                 «application/merge-patch+json».",
            ),
            Code::ValidationFailed => (
                "La sol·licitud no és vàlida",
                "La llista errors anomena cada camp que cal revisar: on és (un JSON Pointer), el codi del que falla \
                 i una frase per a les persones. No s’ha desat res.",
            ),
            Code::IdempotencyMismatch => (
                "La clau pertany a una altra sol·licitud",
                "La mateixa Idempotency-Key va arribar amb un altre cos en les últimes 24 hores. No s’ha fet res. \
                 Feu servir una clau nova per a una sol·licitud nova; per repetir l’anterior, envieu exactament el \
                 cos que tenia.",
            ),
            Code::PreconditionRequired => (
                "Cal If-Match",
                "Aquest canvi necessita la capçalera If-Match amb l’ETag que heu llegit, perquè no es perdi cap \
                 canvi fet mentrestant. Llegiu-ho primer i envieu el canvi amb el seu ETag. Per crear una cosa nova, \
                 envieu «If-None-Match: *».",
            ),
            Code::RateLimited => (
                "Massa sol·licituds",
                "Des de la vostra adreça, o amb el vostre testimoni, han arribat més sol·licituds de les que es \
                 permeten en un interval. Espereu els segons que indica Retry-After. Les capçaleres RateLimit-Policy \
                 i RateLimit indiquen quantes se’n permeten i quantes en queden, perquè un programa es pugui moderar \
                 a temps. No s’ha desat res.",
            ),
            Code::Internal => (
                "Alguna cosa ha fallat per la nostra banda",
                "Ha quedat registrat amb el request_id. Indiqueu-lo si ens escriviu sobre això.",
            ),
            Code::Overloaded => (
                "Hi ha massa activitat",
                "Esperen més sol·licituds de les que es poden atendre aviat. Espereu el que indiqui Retry-After; no \
                 s’ha desat res.",
            ),
            Code::DatabaseUnavailable => (
                "No es pot accedir a la base de dades",
                "Espereu el que indiqui Retry-After. Una inscripció que no s’ha respost amb 201 es pot tornar a \
                 enviar sense risc: cada adreça s’inscriu com a màxim una vegada.",
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
            Detail::QueryUnreadable => "No es pot llegir la consulta.".to_owned(),
            Detail::NotJson { cut_off: true, line, column } => {
                format!("El cos no és JSON: acaba massa aviat, a la línia {line}, columna {column}.")
            }
            Detail::NotJson { cut_off: false, line, column } => {
                format!("El cos no és JSON: està mal format, a la línia {line}, columna {column}.")
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
                "El client ja té una altra inscripció en aquest esdeveniment amb aquesta external_reference.".to_owned()
            }
            Detail::HoldsNoSeat { .. } => {
                "La inscripció no té plaça: només qui està confirmat pot haver assistit.".to_owned()
            }
            Detail::TooManyEndpoints { max } => {
                format!("Una organització pot tenir com a màxim {max} destinacions de webhooks.")
            }
            Detail::EndpointDisabled => {
                "La destinació està desactivada i no s’hi envia res. Poseu abans el seu status a active.".to_owned()
            }
            Detail::RegistrationCancelled => "La inscripció es va cancel·lar i ja no es pot canviar.".to_owned(),
            Detail::AtomicUnavailable => {
                "On les adreces es confirmen per correu no es pot prometre tot o res: ometeu atomic.".to_owned()
            }
            Detail::AddressNotConfirmed => "L’adreça de la inscripció encara no està confirmada.".to_owned(),
            Detail::NotConfirmed { .. } => {
                "Només s’hi pot unir qui té plaça, i la inscripció no està confirmada.".to_owned()
            }
            Detail::ConcurrentChange => {
                "Algú ha canviat el mateix al mateix temps. Torneu-ho a llegir i repetiu el canvi si encara té sentit."
                    .to_owned()
            }
            Detail::EventUnreadable => "No es pot llegir l’esdeveniment.".to_owned(),
            Detail::ShuttingDown => "Aquesta instància està a punt d’aturar-se: una altra respon.".to_owned(),
            Detail::SchemaBehind => {
                "L’esquema de la base de dades és anterior a aquest programa: executeu «plenaria migrate».".to_owned()
            }
        }
    }

    fn invalid_value(&self, error: &Refusal) -> String {
        match error {
            Refusal::Required => "Aquest camp és obligatori.".to_owned(),
            Refusal::UnknownField { nearest } => {
                format!("Aquest camp no es reconeix.{}", did_you_mean(nearest.as_deref()))
            }
            Refusal::Type { expected } => format!("Ha de ser {}.", value_type(*expected)),
            Refusal::Unquoted { expected, written } => {
                format!("Ha de ser {}. Sense cometes no és text: escriviu \"{written}\".", value_type(*expected))
            }
            Refusal::Length { min, max } => format!("La longitud ha d’estar entre {min} i {max}."),
            Refusal::Email => "Això no és una adreça electrònica.".to_owned(),
            Refusal::ControlCharacter => "No s’admeten caràcters de control.".to_owned(),
            Refusal::Format { expected } => form(*expected).to_owned(),
            Refusal::Choice { choices } if choices.is_empty() => "Aquí no hi ha res per triar.".to_owned(),
            Refusal::Choice { choices } => format!("Ha de ser un d’aquests valors: {}.", choices.join(", ")),
            Refusal::Range(range) => out_of_range(*range),
            Refusal::Consent => "Cal acceptar l’avís de privadesa.".to_owned(),
            Refusal::ReadOnly => "Aquest camp no es pot canviar.".to_owned(),
            Refusal::Token => "Aquest testimoni no és vàlid o ha caducat.".to_owned(),
            Refusal::ClientsOnly => "Només els clients amb un testimoni d’accés poden indicar aquest camp.".to_owned(),
            Refusal::PrivateAddress => {
                "Ha de ser una adreça pública: no s’envia res a adreces privades, locals o reservades.".to_owned()
            }
            Refusal::TimeZone => "No és una zona horària de la base de dades de la IANA.".to_owned(),
            Refusal::SkippedTime { zone } => {
                format!("Aquesta hora local no existeix a la zona {zone}: el canvi d’hora se la salta.")
            }
            Refusal::Duplicate(key) => format!("La clau «{key}» apareix aquí més d’una vegada."),
            Refusal::Reference { kind: Referent::Speaker, key } => format!("No hi ha ponents amb la clau «{key}»."),
        }
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
        Form::WallClock => "Ha de ser una data i hora local com 2027-07-22T15:00, sense desfasament horari.",
        Form::Instant => "Ha de ser un instant com 2027-07-22T13:00:00Z (RFC 3339).",
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
        OutOfRange::OpensTooLate => "La inscripció s’ha d’obrir abans de tancar-se.".to_owned(),
    }
}
