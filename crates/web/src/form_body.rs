//! Reads the bodies of forms (`application/x-www-form-urlencoded`).

use std::collections::HashMap;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, error, web};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use crate::errors::PageError;

/// A form with more fields is refused: no page has so many.
const MAX_FIELDS: usize = 10_000;

/// The fields of a form by their names, the values of each in their order; an argument of handlers. Bytes that are not
/// UTF-8 are replaced by U+FFFD.
#[derive(Clone, Debug)]
pub(crate) struct FormBody(HashMap<String, Vec<String>>);

impl FormBody {
    /// Reads a body.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self::filled(form_urlencoded::parse(bytes).into_owned())
    }

    /// The first value of a field; empty if the form does not have it.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default()
    }

    /// A form that was not sent, with these values.
    pub(crate) fn filled(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut fields: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in values {
            fields.entry(name).or_default().push(value);
        }
        Self(fields)
    }

    /// Whether the form has text that was not sent as UTF-8.
    pub(crate) fn is_damaged(&self) -> bool {
        let is_damaged = |text: &String| text.contains('\u{FFFD}');
        self.0.iter().any(|(name, values)| is_damaged(name) || values.iter().any(is_damaged))
    }

    /// The values of a field that occurs several times.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }
}

impl FromRequest for FormBody {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
        async move {
            let bytes: Bytes = plenaria_http::pages::receive_form(&request, payload.await?).await?;
            if bytes.split(|byte| *byte == b'&').nth(MAX_FIELDS).is_some() {
                return Err(error::ErrorBadRequest("the form has too many fields").into());
            }
            Ok(Self::parse(&bytes))
        }
        .boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ContentType;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn any_bytes_are_a_form() {
        let form = FormBody::parse(b"name=Ana+P%C3%A9rez&answers.diet=vegan&answers.diet=halal&=&x&%zz=%FF&name=other");
        assert_eq!(form.value("name"), "Ana Pérez");
        assert_eq!(form.values("answers.diet").collect::<Vec<_>>(), ["vegan", "halal"]);
        assert_eq!((form.value("x"), form.value("missing"), form.value("%zz")), ("", "", "\u{FFFD}"));
        assert!(form.is_damaged() && !FormBody::parse(b"").is_damaged());
        assert!(FormBody::parse(b"%FF=").is_damaged());
    }

    #[actix_web::test]
    async fn a_form_has_so_many_fields_at_most() {
        for (fields, is_read) in [(MAX_FIELDS, true), (MAX_FIELDS + 1, false)] {
            let request = TestRequest::post().insert_header(ContentType::form_url_encoded());
            let (request, mut payload) = request.set_payload(vec!["a=1"; fields].join("&")).to_http_parts();
            let form = FormBody::from_request(&request, &mut payload).await;
            assert_eq!(form.map(|form| form.values("a").count()).ok(), is_read.then_some(fields));
        }
    }
}
