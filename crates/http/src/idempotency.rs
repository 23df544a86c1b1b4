//! `Idempotency-Key`: a request that comes again has no second effect, and gets the first one's answer.
//!
//! The store keeps the answers (see `plenaria_persistence::idempotency`); this is how they look over HTTP. Secrets are
//! not kept: who replays an answer puts them in again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use hmac::{Hmac, KeyInit as _, Mac as _};
use plenaria_persistence::idempotency::{GONE, Key, Recorded};
use sha2::Sha256;
use tokio::time::Instant;
use uuid::Uuid;

use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long a request waits for an equal one that came just before it; one that comes later is told to come back.
const PATIENCE: Duration = Duration::from_secs(1);

/// The key of a request with this body, if it has one. The same key of another caller is another key.
pub(crate) fn key(request: &HttpRequest, caller: &Caller, body: &[u8]) -> Result<Option<Key>, ApiError> {
    let mut values = request.headers().get_all(&KEY);
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().map(str::trim).filter(|_| values.next().is_none());
    let bare = text.map(|t| t.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(t));
    let good = bare.filter(|t| (1..=255).contains(&t.len()) && t.bytes().all(|b| (b' '..=b'~').contains(&b)));
    let Some(key) = good else {
        return Err(ApiError::new(Code::MalformedRequest).detail(Detail::IdempotencyKeyUnreadable));
    };
    let caller = match caller {
        // They have one name space, so that a retry over another network finds its answer; the key must therefore be a
        // random one.
        Caller::Anonymous => "anonymous".to_owned(),
        Caller::Holder(id) => format!("holder {id}"),
        Caller::Client(client) => format!("client {}", client.id),
    };
    // Digests keyed with the caller's own key, which is not kept: nobody can try out bodies on them.
    let scope = format!("{caller}\n{}\n{}", request.method(), request.path());
    Ok(Some(Key { id: digest(key, scope.as_bytes()), request: digest(key, body) }))
}

/// The key of one part of a request with a key, so that a part is done once even if the whole was interrupted.
pub(crate) fn of_part(whole: Key, index: usize, body: &[u8]) -> Key {
    Key { id: part_id(whole, index), request: digest(&whole.id.to_string(), body) }
}

/// The id of such a key.
pub(crate) fn part_id(whole: Key, index: usize) -> Uuid {
    digest(&whole.id.to_string(), format!("part {index}").as_bytes())
}

/// The first 16 bytes of an HMAC-SHA256.
fn digest(key: &str, message: &[u8]) -> Uuid {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Uuid::nil() };
    mac.update(message);
    let mut id = [0; 16];
    id.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    Uuid::from_bytes(id)
}

/// The first part of an answer that came before, or comes now for the first time.
pub(crate) fn respond(recorded: &Recorded, replayed: bool) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(StatusCode::from_u16(recorded.status).unwrap_or(StatusCode::OK));
    response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/json")));
    for (name, value) in [(header::LOCATION, &recorded.location), (header::ETAG, &recorded.etag)] {
        if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
            response.insert_header((name, value));
        }
    }
    if replayed {
        response.insert_header((REPLAYED, HeaderValue::from_static("true")));
    }
    response
}

/// What is kept of an error: only those that the state of things decides, which come with 409.
pub(crate) fn record_error(error: &ApiError) -> Option<Recorded> {
    let body = (error.code().status() == StatusCode::CONFLICT).then(|| error.record())?;
    Some(Recorded { status: 409, location: None, etag: None, body, registration: None })
}

/// The error that was kept, if it is one.
pub(crate) fn recorded_error(recorded: &Recorded) -> Option<ApiError> {
    let error = match recorded.status {
        GONE => ApiError::not_found(),
        400.. => ApiError::from_record(&recorded.body),
        _ => return None,
    };
    Some(error.header(REPLAYED, HeaderValue::from_static("true")))
}

/// The requests with a key that are being served here now: since when, each.
#[derive(Debug, Default)]
pub(crate) struct InProgress(Mutex<HashMap<Uuid, Vec<Instant>>>);

/// Says that a request is being served, until it is dropped.
#[derive(Debug)]
pub(crate) struct Guard<'a> {
    all: &'a InProgress,
    serving: Option<(Uuid, Instant)>,
}

impl InProgress {
    /// Begins to serve a request. An equal one that has been served for longer than a moment already makes this one
    /// come back later: it would only wait for the same, and very many may come.
    pub(crate) fn begin(&self, key: Option<Key>) -> Result<Guard<'_>, ApiError> {
        let Some(key) = key else { return Ok(Guard { all: self, serving: None }) };
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let serving = all.entry(key.id).or_default();
        // Those that came later say nothing: an answer may be there by now, however many still ask for it.
        if serving.iter().any(|since| now.duration_since(*since) > PATIENCE) {
            return Err(
                ApiError::new(Code::IdempotencyInProgress).header(header::RETRY_AFTER, HeaderValue::from_static("1"))
            );
        }
        serving.push(now);
        Ok(Guard { all: self, serving: Some((key.id, now)) })
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let Some((id, since)) = self.serving else { return };
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(serving) = all.get_mut(&id) {
            if let Some(place) = serving.iter().position(|other| *other == since) {
                serving.swap_remove(place);
            }
            if serving.is_empty() {
                all.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use plenaria_domain::ids::RegistrationId;

    fn keyed(value: &str) -> HttpRequest {
        TestRequest::post().uri("/x").insert_header((KEY, value)).to_http_request()
    }

    #[test]
    fn a_key_names_caller_path_and_body() {
        let key_of =
            |value: &str, caller: &Caller, body: &str| key(&keyed(value), caller, body.as_bytes()).unwrap().unwrap();
        let first = key_of("abc", &Caller::Anonymous, "{}");
        assert_eq!(first, key_of("\"abc\"", &Caller::Anonymous, "{}"), "quotes are no part of it");
        let other_body = key_of("abc", &Caller::Anonymous, "[]");
        assert!(first.id == other_body.id && first.request != other_body.request);
        let holder = &Caller::Holder(RegistrationId::new(chrono::DateTime::UNIX_EPOCH));
        assert_ne!(first.id, key_of("abc", holder, "{}").id);
        assert!(key(&TestRequest::post().to_http_request(), &Caller::Anonymous, b"").unwrap().is_none());
    }

    #[test]
    fn a_bad_key_is_refused() {
        for bad in ["", "\"\"", "é", &"x".repeat(256)] {
            assert!(key(&keyed(bad), &Caller::Anonymous, b"").is_err(), "{bad}");
        }
        let twice = TestRequest::post().append_header((KEY, "a")).append_header((KEY, "b")).to_http_request();
        assert!(key(&twice, &Caller::Anonymous, b"").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_is_told_to_come_back() {
        let all = InProgress::default();
        let key = Some(Key { id: Uuid::nil(), request: Uuid::nil() });
        let first = all.begin(key).unwrap();
        let second = all.begin(key).unwrap();
        tokio::time::advance(PATIENCE * 2).await;
        assert_eq!(all.begin(key).unwrap_err().code(), Code::IdempotencyInProgress);
        drop((first, second));
        // One after another, with never a gap between them, nobody is stuck.
        let mut serving = all.begin(key).unwrap();
        for _ in 0..5 {
            tokio::time::advance(PATIENCE / 2).await;
            serving = all.begin(key).unwrap();
        }
        drop(serving);
        assert!(all.begin(key).is_ok() && all.0.lock().unwrap().is_empty());
    }
}
