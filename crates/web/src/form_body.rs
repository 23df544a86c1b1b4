//! Reads the bodies of forms (`application/x-www-form-urlencoded`).

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use crate::errors::PageError;

/// The fields of a form, in their order; an argument of handlers. Bytes that are not UTF-8 are replaced by U+FFFD.
#[derive(Debug)]
pub(crate) struct FormBody(Vec<(String, String)>);

impl FormBody {
    /// Reads a body.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The first value of a field; empty if the form does not have it.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default()
    }

    /// A form that was not sent, with these values.
    pub(crate) fn filled(values: Vec<(String, String)>) -> Self {
        Self(values)
    }

    /// Whether the form has text that was not sent as UTF-8.
    pub(crate) fn is_damaged(&self) -> bool {
        self.0.iter().any(|(name, value)| name.contains('\u{FFFD}') || value.contains('\u{FFFD}'))
    }

    /// The values of a field that occurs several times.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest for FormBody {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
        async move {
            let bytes: Bytes = plenaria_http::pages::receive_form(&request, payload.await?).await?;
            Ok(Self::parse(&bytes))
        }
        .boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_form() {
        let form = FormBody::parse(b"name=Ana+P%C3%A9rez&answers.diet=vegan&answers.diet=halal&=&x&%zz=%FF&name=other");
        assert_eq!(form.value("name"), "Ana Pérez");
        assert_eq!(form.values("answers.diet").collect::<Vec<_>>(), ["vegan", "halal"]);
        assert_eq!((form.value("x"), form.value("missing"), form.value("%zz")), ("", "", "\u{FFFD}"));
        assert!(form.is_damaged() && !FormBody::parse(b"").is_damaged());
    }
}
