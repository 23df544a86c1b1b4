//! Spanish; it addresses people as “usted”, or not at all.

use plenaria_domain::event::definition::advice::{Advice, AdviceKind};
use plenaria_domain::validation::{Form, InvalidValue, OutOfRange, Referent, ValueType, YamlError};

use super::words::{Wording, Words, after_colon};
use crate::problem::code::Code;
use crate::problem::detail::{Detail, ParameterError};

/// Spanish.
pub(super) struct Spanish;

impl Words for Spanish {
    fn wording(&self, code: Code) -> Wording {
        let (title, meaning) = match code {
            Code::MalformedRequest => (
                "No se puede leer la solicitud",
                "El cuerpo no es JSON válido o una cabecera está mal formada. El detalle indica dónde. Envíe JSON bien \
                 formado en UTF-8.",
            ),
            Code::InvalidParameter => (
                "Un parámetro no es válido",
                "Un parámetro de la consulta no existe, aparece dos veces o tiene un valor no válido, o bien un \
                 cursor corresponde a otra lista o a otros filtros. Después de cambiar un filtro, empiece de \
                 nuevo por la primera página, sin el cursor.",
            ),
            Code::Unauthenticated => (
                "Se necesita un token",
                "Envíe la cabecera «Authorization: Bearer …» con el manage_token de la inscripción, que figuraba \
                 en la respuesta al inscribirse. Los clientes envían un token de acceso de /oauth/token.",
            ),
            Code::InvalidToken => (
                "El token no es válido",
                "El token ha caducado, sirve para otra cosa o está dañado. Un token para gestionar una \
                 inscripción es válido hasta 30 días después del evento; un token de acceso de un cliente, 15 \
                 minutos.",
            ),
            Code::InsufficientScope => (
                "El token no permite esta operación",
                "Al token del cliente le falta el permiso que indica required_scope. Solicite un token con ese \
                 permiso.",
            ),
            Code::NotFound => (
                "No encontrado",
                "No existe nada en esta dirección, o usted no tiene permiso para verlo. Los identificadores se \
                 escriben en minúsculas y con guiones; los slugs, en minúsculas.",
            ),
            Code::MethodNotAllowed => {
                ("Este método no se admite aquí", "La cabecera Allow indica los métodos que admite esta dirección.")
            }
            Code::NotAcceptable => (
                "No hay ningún formato aceptable",
                "La respuesta no existe en ninguno de los formatos que admite la cabecera Accept. Omita Accept o \
                 incluya en ella application/json. La especificación (/openapi.json) indica los formatos de cada \
                 dirección.",
            ),
            Code::RequestTimeout => (
                "La solicitud tardó demasiado en llegar",
                "El cuerpo no llegó a tiempo, así que no se ha hecho nada. Vuelva a enviar la solicitud, si es \
                 posible con una conexión mejor.",
            ),
            Code::AlreadyRegistered => (
                "Esta dirección ya está inscrita",
                "Cada dirección de correo puede tener una inscripción vigente por evento. La respuesta al \
                 inscribirse contenía el token para gestionarla, y …/registrations/resend vuelve a enviar el \
                 enlace. Para volver a inscribirse, cancele antes esa inscripción.",
            ),
            Code::EventFull => (
                "No quedan plazas",
                "El evento no tiene plazas libres ni lista de espera. Puede quedar libre una plaza si alguien \
                 cancela.",
            ),
            Code::RegistrationNotOpen => {
                ("La inscripción aún no se ha abierto", "El campo opens_at indica cuándo se abre.")
            }
            Code::RegistrationClosed => ("La inscripción se ha cerrado", "El campo closed_at indica cuándo se cerró."),
            Code::EventCancelled => ("El evento se ha cancelado", "Un evento cancelado no admite inscripciones."),
            Code::EventEnded => (
                "El evento ha terminado",
                "Un evento terminado no admite inscripciones, y las que tiene ya no se pueden cambiar ni cancelar.",
            ),
            Code::JoinNotOpen => (
                "Todavía no es posible unirse",
                "El campo available_from indica a partir de cuándo está disponible la dirección para unirse. \
                 Inténtelo de nuevo entonces.",
            ),
            Code::IdempotencyInProgress => (
                "La primera solicitud con esta clave sigue en curso",
                "Otra solicitud con la misma Idempotency-Key aún no ha terminado. Espere lo que indique \
                 Retry-After y vuelva a enviar la misma solicitud con la misma clave. Recibirá la respuesta de la \
                 primera y nada se hará dos veces.",
            ),
            Code::Conflict => (
                "La solicitud no es compatible con el estado actual",
                "La solicitud no es posible en el estado actual. El detalle indica por qué, y retryable, si la \
                 misma solicitud puede tener éxito más tarde.",
            ),
            Code::CursorExpired => (
                "El cursor ha caducado",
                "Los cambios que siguen a este cursor ya no se conservan (se conservan al menos 30 días), o el \
                 servicio se restauró a partir de una copia de seguridad anterior al cursor. Puede que se haya \
                 perdido algún cambio. Vuelva a leer las inscripciones actuales de sus eventos y siga después \
                 /v1/changes sin cursor, que empieza por el cambio más antiguo que se conserva.",
            ),
            Code::PreconditionFailed => (
                "El recurso ha cambiado",
                "El ETag de If-Match no es el actual, o se envió «If-None-Match: *» y el recurso ya existe. No se \
                 ha cambiado nada. Si la respuesta tiene la cabecera ETag, es la etiqueta actual. Vuelva a leer \
                 el recurso y repita el cambio si sigue teniendo sentido.",
            ),
            Code::PayloadTooLarge => (
                "El cuerpo es demasiado grande",
                "Un cuerpo ocupa como máximo 256 KiB; un lote o una definición, 2 MiB.",
            ),
            Code::UnsupportedMediaType => (
                "El tipo de contenido no se admite",
                "Envíe JSON en UTF-8 con la cabecera «Content-Type: application/json». Para PATCH también vale \
                 «application/merge-patch+json».",
            ),
            Code::ValidationFailed => (
                "La solicitud no es válida",
                "La lista errors contiene todos los errores de validación: la posición del campo (un JSON \
                 Pointer), el código del error y una frase para las personas. No se ha guardado nada.",
            ),
            Code::IdempotencyMismatch => (
                "La clave pertenece a otra solicitud",
                "La misma Idempotency-Key se usó con otro cuerpo en las últimas 24 horas. No se ha hecho nada. \
                 Use una clave nueva para una solicitud nueva. Para repetir la anterior, envíe exactamente el \
                 mismo cuerpo.",
            ),
            Code::PreconditionRequired => (
                "Se necesita If-Match",
                "Este cambio necesita la cabecera If-Match con el ETag que leyó, para que no se pierdan cambios \
                 hechos entretanto. Lea primero el recurso y envíe el cambio con su ETag. Para crear un recurso \
                 nuevo, envíe «If-None-Match: *».",
            ),
            Code::RateLimited => (
                "Demasiadas solicitudes",
                "Su dirección o su token ha enviado más solicitudes de las que permite el límite. Espere los \
                 segundos que indica Retry-After. Las cabeceras RateLimit-Policy y RateLimit indican el límite y \
                 cuántas solicitudes quedan, para que un programa pueda moderarse a tiempo. No se ha guardado \
                 nada.",
            ),
            Code::Internal => (
                "Error interno",
                "Algo ha fallado en el servidor. El error ha quedado registrado con el request_id. Indíquelo si \
                 nos escribe al respecto.",
            ),
            Code::Overloaded => (
                "El servicio está sobrecargado",
                "Esperan más solicitudes de las que se pueden atender en breve. Espere lo que indique \
                 Retry-After. No se ha guardado nada.",
            ),
            Code::DatabaseUnavailable => (
                "La base de datos no está disponible",
                "Espere lo que indique Retry-After y vuelva a intentarlo. Una inscripción que no recibió la \
                 respuesta 201 se puede repetir sin riesgo: cada dirección se inscribe como máximo una vez.",
            ),
        };
        Wording { title, meaning }
    }

    fn detail(&self, detail: &Detail) -> String {
        match detail {
            Detail::Fields(1) => "Hay 1 campo que revisar.".to_owned(),
            Detail::Fields(count) => format!("Hay {count} campos que revisar."),
            Detail::Parameter { name, error } => match error {
                ParameterError::Unknown { suggestion } => {
                    format!("El parámetro «{name}» no se reconoce aquí.{}", did_you_mean(suggestion.as_deref()))
                }
                ParameterError::Duplicate => format!("El parámetro «{name}» aparece más de una vez."),
                ParameterError::InvalidCursor => {
                    format!("El parámetro «{name}» no es un cursor de esta lista con estos filtros.")
                }
                ParameterError::InvalidValue(error) => {
                    format!("El parámetro «{name}»: {}", after_colon(&self.invalid_value(error)))
                }
            },
            Detail::QueryUnreadable => "No se puede descodificar la consulta.".to_owned(),
            Detail::NotJson { cut_off: true, line, column } => {
                format!("El cuerpo no es JSON: termina demasiado pronto, en la línea {line}, columna {column}.")
            }
            Detail::NotJson { cut_off: false, line, column } => {
                format!("El cuerpo no es JSON: está mal formado, en la línea {line}, columna {column}.")
            }
            Detail::NotYaml { line, column } => {
                format!("El cuerpo no es YAML: no está bien formado, en la línea {line}, columna {column}.")
            }
            Detail::YamlDocumentCount(count) => format!("El cuerpo debe ser un solo documento YAML y tiene {count}."),
            Detail::YamlTooComplex { line } => {
                format!("Con sus alias expandidos, el documento YAML tiene demasiados valores, en la línea {line}.")
            }
            Detail::BodyUnreadable => "No se puede leer el cuerpo.".to_owned(),
            Detail::DuplicateField => "Un campo aparece más de una vez en el cuerpo.".to_owned(),
            Detail::IfMatchUnreadable => {
                "If-Match debe ser «*» o una lista de etiquetas de entidad entre comillas dobles.".to_owned()
            }
            Detail::IdempotencyKeyUnreadable => {
                "Idempotency-Key debe aparecer una sola vez, con entre 1 y 255 caracteres ASCII imprimibles.".to_owned()
            }
            Detail::DuplicateExternalReference => {
                "El cliente ya tiene otra inscripción en este evento con la misma external_reference.".to_owned()
            }
            Detail::AmbiguousExternalReference => {
                "Varias inscripciones tienen este external_reference. Indique la inscripción con su id.".to_owned()
            }
            Detail::HoldsNoSeat { .. } => {
                "La inscripción no está confirmada, así que no se puede registrar la asistencia.".to_owned()
            }
            Detail::TooManyEndpoints { max } => {
                format!("Una organización puede tener como máximo {max} destinos de webhooks.")
            }
            Detail::EndpointDisabled => {
                "El destino está desactivado, así que no se le envía nada. Ponga antes su status en active.".to_owned()
            }
            Detail::RegistrationCancelled => "La inscripción se canceló y ya no se puede cambiar.".to_owned(),
            Detail::EventIsDraft => {
                "El evento es un borrador: no se puede cancelar ni restablecer. Modifique su definición.".to_owned()
            }
            Detail::TooManyRows { max } => format!(
                "Hay más de {max} inscripciones, que es lo máximo que cabe en una hoja. Use csv o ndjson, o filtros."
            ),
            Detail::AtomicUnavailable => {
                "Este evento confirma las direcciones por correo, así que un lote no puede ser atómico. Omita atomic."
                    .to_owned()
            }
            Detail::AddressNotConfirmed => "La dirección de la inscripción aún no está confirmada.".to_owned(),
            Detail::NotConfirmed { .. } => {
                "La inscripción no está confirmada, y solo puede unirse quien tiene plaza.".to_owned()
            }
            Detail::ConcurrentChange => {
                "Esto se cambió en otro lugar al mismo tiempo. Vuelva a mirarlo y repita su cambio si \
                 sigue teniendo sentido."
                    .to_owned()
            }
            Detail::EventUnreadable => "No se puede leer el evento.".to_owned(),
            Detail::ShuttingDown => "Esta instancia se está deteniendo. Envíe la solicitud a otra.".to_owned(),
            Detail::SchemaBehind => {
                "El esquema de la base de datos es anterior a este programa. Ejecute «plenaria migrate».".to_owned()
            }
        }
    }

    fn invalid_value(&self, error: &InvalidValue) -> String {
        match error {
            InvalidValue::Required => "Este campo es obligatorio.".to_owned(),
            InvalidValue::UnknownField { nearest } => {
                format!("Este campo no se reconoce.{}", did_you_mean(nearest.as_deref()))
            }
            InvalidValue::Type { expected } => format!("Debe ser {}.", value_type(*expected)),
            InvalidValue::Unquoted { expected, written } => {
                format!("Debe ser {}. Sin comillas no es texto: escriba \"{written}\".", value_type(*expected))
            }
            InvalidValue::Yaml(error) => yaml_error(*error).to_owned(),
            InvalidValue::Length { min, max } => format!("Debe tener entre {min} y {max} caracteres."),
            InvalidValue::ListLength { min, max } => format!("La lista debe tener entre {min} y {max} elementos."),
            InvalidValue::Email => "Esto no es una dirección de correo electrónico.".to_owned(),
            InvalidValue::ControlCharacter => "No se admiten caracteres de control.".to_owned(),
            InvalidValue::Format { expected } => form(*expected).to_owned(),
            InvalidValue::Choice { choices } if choices.is_empty() => "Aquí no hay nada que elegir.".to_owned(),
            InvalidValue::Choice { choices } => format!("Debe ser uno de estos valores: {}.", choices.join(", ")),
            InvalidValue::UnknownOption => "Elija una de las opciones.".to_owned(),
            InvalidValue::Range(range) => out_of_range(*range),
            InvalidValue::Consent => "Es necesario aceptar el aviso de privacidad.".to_owned(),
            InvalidValue::ReadOnly => "Este campo no se puede cambiar.".to_owned(),
            InvalidValue::Token => "Este token no es válido o ha caducado.".to_owned(),
            InvalidValue::ClientsOnly => "Solo los clientes con un token pueden indicar este campo.".to_owned(),
            InvalidValue::OwnerOnly => "Solo el propietario del evento puede cambiar esto.".to_owned(),
            InvalidValue::Taken => "Este nombre ya está en uso.".to_owned(),
            InvalidValue::PrivateAddress => {
                "Debe ser una dirección pública: no se envía nada a direcciones privadas, locales o reservadas."
                    .to_owned()
            }
            InvalidValue::TimeZone => "No es una zona horaria de la base de datos de la IANA.".to_owned(),
            InvalidValue::SkippedTime { zone } => {
                format!("Esta hora local no existe en la zona {zone}: el cambio de hora se la salta.")
            }
            InvalidValue::Duplicate(key) => format!("La clave «{key}» aparece aquí más de una vez."),
            InvalidValue::Reference { kind: Referent::Speaker, key } => {
                format!("No hay ponentes con la clave «{key}».")
            }
            InvalidValue::Reference { kind: Referent::Room, key } => {
                format!("No hay salas con la clave «{key}».")
            }
        }
    }

    fn advice(&self, advice: &Advice) -> String {
        let Advice { session, other, shared, .. } = advice;
        let shared = shared.as_deref().unwrap_or_default();
        let what = match advice.kind {
            AdviceKind::RoomOverlap => format!("coincide con «{other}» en la misma sala («{shared}»)"),
            AdviceKind::SpeakerOverlap => format!("coincide con «{other}», de la misma persona («{shared}»)"),
            AdviceKind::ParallelSession => format!("empieza mientras «{other}» aún no ha terminado"),
        };
        format!("«{session}» {what}. No tiene «starts»: empieza cuando termina la sesión anterior de la lista.")
    }

    fn retry(&self, retryable: bool) -> &'static str {
        if retryable {
            "La misma solicitud puede tener éxito más adelante."
        } else {
            "La misma solicitud no tendrá éxito sin cambios."
        }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" ¿Quería decir «{name}»?")).unwrap_or_default()
}

fn value_type(expected: ValueType) -> &'static str {
    match expected {
        ValueType::String => "una cadena de texto",
        ValueType::Boolean => "true o false",
        ValueType::WholeNumber => "un número entero",
        ValueType::Number => "un número",
        ValueType::List => "una lista",
        ValueType::ListOfStrings => "una lista de cadenas de texto",
        ValueType::Object => "un objeto",
        ValueType::Text => "una cadena de texto, o un objeto con una cadena por idioma",
    }
}

fn form(expected: Form) -> &'static str {
    match expected {
        Form::LanguageTag => "Debe ser una etiqueta de idioma (BCP 47) como «es» o «pt-BR».",
        Form::CountryCode => "Debe ser un código de país (ISO 3166-1 alfa-2) como «ES».",
        Form::Slug => {
            "Debe constar de palabras de letras minúsculas y cifras unidas por guiones, y no puede ser un UUID."
        }
        Form::Id => "Debe ser un identificador: un UUID de versión 7, en minúsculas y con guiones.",
        Form::Date => "Debe ser una fecha como 2027-07-22.",
        Form::WallClock => "Debe ser una fecha y hora local como 2027-07-22T15:00, sin desfase horario.",
        Form::Instant => "Debe ser un instante como 2027-07-22T13:00:00Z (RFC 3339).",
        Form::Colour => "Debe ser un color como #0a7cc1.",
        Form::WebAddress => "Debe ser una dirección que empiece por https:// o http://.",
        Form::WebhookAddress => {
            "Debe ser una dirección que empiece por https://, sin nombre de usuario, contraseña ni fragmento."
        }
        Form::SingleLine => "Debe ser una sola línea, sin saltos de línea.",
        Form::NoWebAddress => "No puede contener direcciones web.",
    }
}

fn out_of_range(range: OutOfRange) -> String {
    match range {
        OutOfRange::Between { min, max } => format!("Debe estar entre {min} y {max}."),
        OutOfRange::WholeNumber { min, max } => format!("Debe ser un número entero entre {min} y {max}."),
        OutOfRange::Year { first } => format!("El año debe ser {first} o posterior."),
        OutOfRange::TooLate { last } => format!("Esto va más allá del año {last}."),
        OutOfRange::SessionBeforeEvent => "Una sesión no puede empezar antes que su evento.".to_owned(),
        OutOfRange::Future => "Esto no puede estar en el futuro.".to_owned(),
        OutOfRange::OpensTooLate => "La inscripción debe abrirse antes de cerrarse.".to_owned(),
    }
}

const fn yaml_error(error: YamlError) -> &'static str {
    match error {
        YamlError::UnknownTag => "Aquí no se admiten etiquetas de YAML.",
        YamlError::TagMismatch => "El valor no es del tipo que indica su etiqueta.",
        YamlError::NotFinite => "JSON no tiene ese número. Escriba el texto entre comillas.",
        YamlError::RecursiveAlias => "Un alias no puede formar parte del valor al que se refiere.",
        YamlError::NotMergeable => "Solo se pueden combinar objetos.",
        YamlError::KeyNotQuoted => "Una clave debe ser texto: escríbala entre comillas.",
        YamlError::KeyNotText => "Una clave debe ser texto.",
    }
}
