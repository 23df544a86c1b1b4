//! Parses token requests and the client's credentials in them (RFC 6749, sections 2.3.1 and 3.2).

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::oauth::error::OAuthError;

/// A parsed form. Empty parameters count as missing, and unknown ones are ignored (section 3.2).
#[derive(Default)]
pub(crate) struct TokenRequest {
    pub(crate) grant_type: Option<String>,
    pub(crate) scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// A client's id and secret, not yet verified. There is no `Debug`, so that the secret is never printed.
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl TokenRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let unreadable = OAuthError::request("The body is not form-encoded UTF-8.");
        std::str::from_utf8(body).map_err(|_| unreadable)?;
        let mut form = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let field = match &*name {
                "grant_type" => &mut form.grant_type,
                "scope" => &mut form.scope,
                "client_id" => &mut form.client_id,
                "client_secret" => &mut form.client_secret,
                _ => continue,
            };
            if value.contains('\u{fffd}') {
                return Err(unreadable);
            }
            if field.is_some() {
                return Err(OAuthError::request("A parameter occurs more than once."));
            }
            *field = Some(value.into_owned());
        }
        for field in [&mut form.grant_type, &mut form.scope, &mut form.client_id, &mut form.client_secret] {
            if field.as_deref() == Some("") {
                *field = None;
            }
        }
        Ok(form)
    }

    /// The credentials, from HTTP Basic or from the form, but not from both.
    pub(crate) fn credentials(&mut self, request: &HttpRequest) -> Result<Credentials, OAuthError> {
        let (id, secret) = (self.client_id.take(), self.client_secret.take());
        if !request.headers().contains_key(header::AUTHORIZATION) {
            let (id, secret) = id.zip(secret).ok_or_else(OAuthError::client)?;
            return Ok(Credentials { id, secret });
        }
        if secret.is_some() {
            return Err(OAuthError::request("The client sends its secret in two ways."));
        }
        let basic = basic(request).ok_or_else(OAuthError::client)?;
        if id.is_some_and(|id| id != basic.id) {
            return Err(OAuthError::request("The client sends two different client_ids."));
        }
        Ok(basic)
    }
}

/// Credentials from HTTP Basic (RFC 7617), of which both parts are form-encoded.
fn basic(request: &HttpRequest) -> Option<Credentials> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let (scheme, encoded) = values.next()?.to_str().ok()?.split_once(' ')?;
    if values.next().is_some() || !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Credentials { id: form_decoded(id)?, secret: form_decoded(secret)? })
}

/// Decodes one form-encoded value, which must not contain a form's separators.
fn form_decoded(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    let mut pairs = url::form_urlencoded::parse(text.as_bytes());
    Some(pairs.next().map(|(value, _)| value.into_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::error::ErrorCode;
    use actix_web::test::TestRequest;

    fn read(body: &str, authorization: Option<&str>) -> Result<(String, String), ErrorCode> {
        let mut request = TestRequest::post();
        if let Some(value) = authorization {
            request = request.insert_header((header::AUTHORIZATION, value));
        }
        let mut form = TokenRequest::parse(body.as_bytes()).map_err(|error| error.code)?;
        let credentials = form.credentials(&request.to_http_request()).map_err(|error| error.code)?;
        Ok((credentials.id, credentials.secret))
    }

    #[test]
    fn credentials_come_from_basic_or_from_the_form() {
        let both = || Ok(("a b".to_owned(), "c:d".to_owned()));
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(read("client_id=a+b&client_secret=c%3Ad&x=y", None), both());
        assert_eq!(read("grant_type=x", Some(&basic("a+b:c%3Ad"))), both());
        assert_eq!(read("client_id=a%20b", Some(&basic("a%20b:c%3Ad"))), both());
        let (request, client) = (Err(ErrorCode::InvalidRequest), Err(ErrorCode::InvalidClient));
        assert_eq!(read("client_secret=x", Some(&basic("a:b"))), request, "two ways");
        assert_eq!(read("client_id=x", Some(&basic("a:b"))), request, "two ids");
        assert_eq!(read("client_id=a&client_id=a&client_secret=b", None), request, "twice");
        assert_eq!(read("client_id=%ff&client_secret=b", None), request, "not UTF-8");
        for bad in ["Bearer x", "Basic", "Basic !", &basic("no colon"), &basic("a&b=c:d")] {
            assert_eq!(read("", Some(bad)), client, "{bad}");
        }
        for bad in ["", "client_id=a", "client_secret=a", "client_id=a&client_secret="] {
            assert_eq!(read(bad, None), client, "{bad}");
        }
    }
}
