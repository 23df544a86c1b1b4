//! Reads query parameters: only those that the operation documents, each at most once unless it is a list.
//!
//! They are read before the handler runs, but an error is returned only when the handler asks for them, so that 401,
//! 403 and 404 take precedence over it.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use plenaria_domain::validation::{InvalidValue, closest_match};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::convert::Infallible;
use std::future::{Ready, ready};
use utoipa::IntoParams;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::{RefOr, Schema};

use crate::problem::{ApiError, Code, Detail, ParameterError};
use crate::request::{deadline, language_preference};

/// The name of the parameter for the language of texts.
const LANGUAGE_PARAMETER: &str = "lang";

/// The query parameters of an operation, as the struct that documents them.
#[derive(Debug)]
pub(crate) struct Query<T>(Result<T, ApiError>);

impl<T> Query<T> {
    /// The parameters, or the first error in them. Every handler must call this, even one without parameters, after it
    /// has checked that the caller may see the resource.
    pub(crate) fn read(self) -> Result<T, ApiError> {
        self.0
    }
}

/// An operation without query parameters.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(crate) struct NoQuery {}

/// The language of an operation's texts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LanguageQuery {
    /// The language for texts (BCP 47); it takes precedence over `Accept-Language`.
    #[param(format = "language-tag", example = "es")]
    pub(crate) lang: Option<String>,
}

impl<T: IntoParams + DeserializeOwned + Default + 'static> FromRequest for Query<T> {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        deadline::bind_request(request);
        ready(Ok(Self(parse(request.query_string(), |tag| language_preference::remember_parameter(request, tag)))))
    }
}

/// Reads a query. `remember_language` gets the value of `lang` if the operation has that parameter, even if there are
/// errors.
fn parse<T: IntoParams + DeserializeOwned + Default>(
    query: &str,
    remember_language: impl FnOnce(&str),
) -> Result<T, ApiError> {
    if query.is_empty() {
        return Ok(T::default());
    }
    let parameters = T::into_params(|| None);
    let known: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let pairs: Vec<(String, String)> =
        actix_web::web::Query::<Vec<(String, String)>>::from_query(query).map_err(|_| unreadable())?.into_inner();
    if known.contains(&LANGUAGE_PARAMETER)
        && let Some((_, tag)) = pairs.iter().find(|(name, _)| name == LANGUAGE_PARAMETER)
    {
        remember_language(tag);
    }
    for (index, (name, value)) in pairs.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let suggestion = closest_match(name, known.iter().copied()).map(str::to_owned);
            let printable: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
            return Err(ApiError::parameter(&printable, ParameterError::Unknown { suggestion }));
        }
        if pairs[..index].iter().any(|(other, _)| other == name) && !is_list(&parameters, name) {
            return Err(ApiError::parameter(name, ParameterError::Duplicate));
        }
        if value.contains(char::is_control) {
            return Err(ApiError::invalid_parameter(name, InvalidValue::ControlCharacter));
        }
    }
    // Every field is text; the operation parses it and makes the error. The items of a list are joined by commas.
    let mut object = Map::new();
    for (name, value) in pairs {
        match object.get_mut(&name) {
            Some(Value::String(list)) => list.extend([",", &value]),
            _ => drop(object.insert(name, Value::String(value))),
        }
    }
    serde_json::from_value(Value::Object(object)).map_err(|_| unreadable())
}

/// Whether a parameter is a list, and may occur more than once.
fn is_list(parameters: &[Parameter], name: &str) -> bool {
    let parameter = parameters.iter().find(|parameter| parameter.name == name);
    parameter.is_some_and(|parameter| matches!(parameter.schema, Some(RefOr::T(Schema::Array(_)))))
}

fn unreadable() -> ApiError {
    ApiError::new(Code::InvalidParameter).detail(Detail::QueryUnreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_pass_and_each_once() {
        assert_eq!(parse::<LanguageQuery>("lang=es", |_| ()).unwrap().lang.as_deref(), Some("es"));
        assert!(parse::<NoQuery>("", |_| ()).is_ok());
        for bad in ["lnag=es", "lang=es&lang=fr", "lang=%00", "=", "lang=es&x"] {
            assert_eq!(parse::<LanguageQuery>(bad, |_| ()).unwrap_err().code(), Code::InvalidParameter, "{bad}");
        }
    }

    #[test]
    fn lists_may_be_repeated() {
        /// A list.
        #[derive(Debug, Default, Deserialize, IntoParams)]
        struct ListQuery {
            /// The list.
            #[param(value_type = Option<Vec<String>>)]
            types: Option<String>,
        }
        for query in ["types=a&types=b", "types=a,b"] {
            assert_eq!(parse::<ListQuery>(query, |_| ()).unwrap().types.as_deref(), Some("a,b"), "{query}");
        }
    }
}
