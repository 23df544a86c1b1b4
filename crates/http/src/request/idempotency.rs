//! `Idempotency-Key`: a repeated request has no second effect, and gets the first request's response.
//!
//! The store has the responses (see `plenaria_persistence::idempotency`); this module reads the header and makes HTTP
//! responses of them. Secrets are not stored: a handler that replays a response adds them again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use hmac::{Hmac, KeyInit as _, Mac as _};
use plenaria_persistence::idempotency::{ERASED_STATUS, Key, StoredResponse};
use sha2::Sha256;
use tokio::time::Instant;
use uuid::Uuid;

use crate::auth::Caller;
use crate::problem::{ApiError, Code, Detail};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// For how long after the start of a request its repetitions wait for it; later ones get 409.
const IN_PROGRESS_WAIT: Duration = Duration::from_secs(1);

/// Reads the key of a request with this body, if it has one. The same key of another caller is a different key.
pub(crate) fn read_key(request: &HttpRequest, caller: &Caller, body: &[u8]) -> Result<Option<Key>, ApiError> {
    let mut values = request.headers().get_all(&IDEMPOTENCY_KEY);
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().map(str::trim).filter(|_| values.next().is_none());
    let unquoted = text.map(|t| t.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(t));
    let valid = unquoted.filter(|t| (1..=255).contains(&t.len()) && t.bytes().all(|b| (b' '..=b'~').contains(&b)));
    let Some(key) = valid else {
        return Err(ApiError::new(Code::MalformedRequest).detail(Detail::IdempotencyKeyUnreadable));
    };
    let caller = match caller {
        // All anonymous callers share one scope, so that a retry over another network finds its response. Their keys
        // must therefore be random.
        Caller::Anonymous => "anonymous".to_owned(),
        Caller::Holder(holder) => format!("holder {}", holder.registration),
        Caller::Client(client) => format!("client {}", client.id),
    };
    // The digests are keyed with the caller's key, which is not stored, so that a body cannot be guessed from them.
    let scope = format!("{caller}\n{}\n{}", request.method(), request.path());
    Ok(Some(Key { key_digest: digest(key, scope.as_bytes()), body_digest: digest(key, body) }))
}

/// The key of an item of a batch with a key, so that each item is processed once even if the batch was interrupted.
pub(crate) fn item_key(batch: Key, index: usize, body: &[u8]) -> Key {
    Key { key_digest: item_key_digest(batch, index), body_digest: digest(&batch.key_digest.to_string(), body) }
}

/// The digest of an item's key.
pub(crate) fn item_key_digest(batch: Key, index: usize) -> Uuid {
    digest(&batch.key_digest.to_string(), format!("part {index}").as_bytes())
}

/// The first 16 bytes of an HMAC-SHA256.
fn digest(key: &str, message: &[u8]) -> Uuid {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Uuid::nil() };
    mac.update(message);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    Uuid::from_bytes(bytes)
}

/// The status and the headers of a stored response; the handler adds the body.
pub(crate) fn respond(stored: &StoredResponse, replayed: bool) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK));
    response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/json")));
    for (name, value) in [(header::LOCATION, &stored.location), (header::ETAG, &stored.etag)] {
        if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
            response.insert_header((name, value));
        }
    }
    if replayed {
        response.insert_header((IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true")));
    }
    response
}

/// The stored form of an error. Only errors with status 409 are stored: they depend on the state of the data, not on
/// the request alone or on a failure.
pub(crate) fn to_stored_error(error: &ApiError) -> Option<StoredResponse> {
    let body = (error.code().status() == StatusCode::CONFLICT).then(|| error.to_stored())?;
    Some(StoredResponse { status: 409, location: None, etag: None, body, registration: None })
}

/// The error in a stored response, if it is one. The response of an erased registration is a `not-found`.
pub(crate) fn stored_error(stored: &StoredResponse) -> Option<ApiError> {
    let error = match stored.status {
        ERASED_STATUS => ApiError::not_found(),
        400.. => ApiError::from_stored(&stored.body),
        _ => return None,
    };
    Some(error.header(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true")))
}

/// The start times of the requests with a key that this process is serving, by the key's digest.
#[derive(Debug, Default)]
pub(crate) struct InProgress(Mutex<HashMap<Uuid, Vec<Instant>>>);

/// Registers a request as in progress until it is dropped.
#[derive(Debug)]
pub(crate) struct InProgressGuard<'a> {
    requests: &'a InProgress,
    /// The key's digest and the start time; `None`: the request has no key.
    entry: Option<(Uuid, Instant)>,
}

impl InProgress {
    /// Registers a request. If one with the same key has been in progress for longer than [`IN_PROGRESS_WAIT`], returns
    /// 409 `idempotency-in-progress` with `Retry-After`: otherwise many repetitions could wait for one slow request.
    pub(crate) fn begin(&self, key: Option<Key>) -> Result<InProgressGuard<'_>, ApiError> {
        let Some(key) = key else { return Ok(InProgressGuard { requests: self, entry: None }) };
        let now = Instant::now();
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let started = requests.entry(key.key_digest).or_default();
        // Only the duration of each request counts, not their number: the response may be stored by now.
        if started.iter().any(|start| now.duration_since(*start) > IN_PROGRESS_WAIT) {
            return Err(ApiError::new(Code::IdempotencyInProgress)
                .fact(|facts| facts.retry_after = Some(1))
                .header(header::RETRY_AFTER, HeaderValue::from_static("1")));
        }
        started.push(now);
        Ok(InProgressGuard { requests: self, entry: Some((key.key_digest, now)) })
    }
}

impl Drop for InProgressGuard<'_> {
    fn drop(&mut self) {
        let Some((key, start)) = self.entry else { return };
        let mut requests = self.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(started) = requests.get_mut(&key) {
            if let Some(index) = started.iter().position(|other| *other == start) {
                started.swap_remove(index);
            }
            if started.is_empty() {
                requests.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use plenaria_domain::values::ids::RegistrationId;

    use crate::auth::caller::Holder;

    fn keyed(value: &str) -> HttpRequest {
        TestRequest::post().uri("/x").insert_header((IDEMPOTENCY_KEY, value)).to_http_request()
    }

    #[test]
    fn a_key_depends_on_caller_path_and_body() {
        let key_of = |value: &str, caller: &Caller, body: &str| {
            read_key(&keyed(value), caller, body.as_bytes()).unwrap().unwrap()
        };
        let first = key_of("abc", &Caller::Anonymous, "{}");
        assert_eq!(first, key_of("\"abc\"", &Caller::Anonymous, "{}"), "quotes are not part of the key");
        let other_body = key_of("abc", &Caller::Anonymous, "[]");
        assert!(first.key_digest == other_body.key_digest && first.body_digest != other_body.body_digest);
        let holder = &Caller::Holder(Holder {
            registration: RegistrationId::new(chrono::DateTime::UNIX_EPOCH),
            address_version: 0,
        });
        assert_ne!(first.key_digest, key_of("abc", holder, "{}").key_digest);
        assert!(read_key(&TestRequest::post().to_http_request(), &Caller::Anonymous, b"").unwrap().is_none());
    }

    #[test]
    fn an_invalid_key_is_an_error() {
        for bad in ["", "\"\"", "é", &"x".repeat(256)] {
            assert!(read_key(&keyed(bad), &Caller::Anonymous, b"").is_err(), "{bad}");
        }
        let twice = TestRequest::post()
            .append_header((IDEMPOTENCY_KEY, "a"))
            .append_header((IDEMPOTENCY_KEY, "b"))
            .to_http_request();
        assert!(read_key(&twice, &Caller::Anonymous, b"").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn late_repetitions_get_an_error() {
        let requests = InProgress::default();
        let key = Some(Key { key_digest: Uuid::nil(), body_digest: Uuid::nil() });
        let first = requests.begin(key).unwrap();
        let second = requests.begin(key).unwrap();
        tokio::time::advance(IN_PROGRESS_WAIT * 2).await;
        assert_eq!(requests.begin(key).unwrap_err().code(), Code::IdempotencyInProgress);
        drop((first, second));
        // Overlapping requests that are each fast enough never block a new one.
        let mut guard = requests.begin(key).unwrap();
        for _ in 0..5 {
            tokio::time::advance(IN_PROGRESS_WAIT / 2).await;
            guard = requests.begin(key).unwrap();
        }
        drop(guard);
        assert!(requests.begin(key).is_ok() && requests.0.lock().unwrap().is_empty());
    }
}
