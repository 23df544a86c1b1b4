//! Cache of whole responses, looked up before the router runs: what crowds read while nothing changes.
//!
//! Each worker has a cache of its own, so that no request waits for a lock. The key is all that a response depends on: the
//! path with its query, the languages and codings that the caller accepts, and the event cache's generation. A response
//! also expires when the event's phase ends. Requests that differ only in headers (any `Accept-Language` makes another key)
//! share the bytes of one representation, and the bytes of all representations have a budget.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::rc::Rc;

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use foldhash::fast::RandomState;
use plenaria_domain::values::time::Instant;

use crate::middleware::route_patterns::RouteId;
use crate::request::negotiation;
use crate::response::compression::ContentCoding;
use crate::response::representation::{Cacheable, Representation};

/// How many responses a worker caches. When it is full, the cache is cleared.
const MAX_RESPONSES: usize = 1_024;
/// Responses with longer keys, in bytes, are not cached.
const MAX_KEY_LENGTH: usize = 512;

/// One worker's cached responses.
pub(crate) struct ResponseCache {
    hasher: RandomState,
    /// How many bytes the representations may have.
    max_bytes: usize,
    entries: RefCell<Entries>,
}

#[derive(Default)]
struct Entries {
    /// Responses by the hash of their keys.
    responses: HashMap<u64, CachedResponse>,
    /// What the responses share: representations by their id and coding.
    representations: HashMap<(u64, ContentCoding), Rc<Representation>>,
    /// How many bytes the representations have.
    bytes: usize,
}

struct CachedResponse {
    key: [Box<[u8]>; 3],
    generation: u64,
    until: Option<Instant>,
    coding: ContentCoding,
    representation: Rc<Representation>,
    route: Option<RouteId>,
}

/// The parts of the request that a response depends on; `None` if the request is not cacheable.
fn cache_key(request: &HttpRequest) -> Option<[&[u8]; 3]> {
    let value = |name: &HeaderName| {
        let mut lines = request.headers().get_all(name);
        let first = lines.next().map_or(&b""[..], |line| line.as_bytes());
        // Repeated headers are rare and not cached; the router handles them.
        lines.next().is_none().then_some(first)
    };
    let target = request.uri().path_and_query()?.as_str().as_bytes();
    let key = [target, value(&header::ACCEPT_LANGUAGE)?, value(&header::ACCEPT_ENCODING)?];
    (key.iter().map(|part| part.len()).sum::<usize>() <= MAX_KEY_LENGTH).then_some(key)
}

impl ResponseCache {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { hasher: RandomState::default(), max_bytes, entries: RefCell::default() }
    }

    fn hash(&self, key: &[&[u8]; 3]) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The response to this request, if it is cached and still valid, and its route as given to [`ResponseCache::insert`].
    pub(crate) fn get(
        &self,
        request: &HttpRequest,
        generation: u64,
        now: Instant,
    ) -> Option<(HttpResponse, Option<RouteId>)> {
        let key = cache_key(request)?;
        let entries = self.entries.borrow();
        let cached = entries.responses.get(&self.hash(&key))?;
        let is_valid = cached.generation == generation
            && cached.until.is_none_or(|until| now < until)
            && cached.key.iter().zip(key).all(|(cached, requested)| **cached == *requested)
            && negotiation::accepts(request, cached.representation.media_type());
        is_valid.then(|| (cached.representation.respond_with_coding(request, cached.coding), cached.route))
    }

    /// Caches a response that was made while the event cache had this generation.
    pub(crate) fn insert(&self, request: &HttpRequest, generation: u64, cacheable: Cacheable, route: Option<RouteId>) {
        let Some(key) = cache_key(request) else { return };
        let coding = ContentCoding::negotiated(request);
        let Cacheable { representation, until } = cacheable;
        let weight = representation.weight() as usize;
        if weight > self.max_bytes {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        let representation_key = (representation.id(), coding);
        let is_new = !entries.representations.contains_key(&representation_key);
        if is_new && entries.bytes + weight > self.max_bytes {
            *entries = Entries::default();
        }
        if entries.responses.len() >= MAX_RESPONSES {
            // The representations stay, so that callers who vary their headers cost other callers little.
            entries.responses.clear();
        }
        let Entries { representations, bytes, responses } = &mut *entries;
        let shared = representations.entry(representation_key).or_insert_with(|| {
            *bytes += weight;
            // Copied per worker: a shared reference count would bounce its cache line between cores.
            Rc::new(representation.unshared_copy(coding))
        });
        let cached = CachedResponse {
            key: key.map(Box::from),
            generation,
            until,
            coding,
            representation: Rc::clone(shared),
            route,
        };
        responses.insert(self.hash(&key), cached);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::representation::Caching;
    use actix_web::test::TestRequest;
    use std::sync::Arc;

    fn get(uri: &str, language: &str) -> HttpRequest {
        TestRequest::get().uri(uri).insert_header((header::ACCEPT_LANGUAGE, language)).to_http_request()
    }

    #[test]
    fn a_response_is_found_by_its_whole_key_until_it_expires() {
        let cache = ResponseCache::new(1_000_000);
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let representation = Arc::new(Representation::json(&1, &["en"], Caching::Programme).unwrap());
        let until = Some(at("2027-07-22T13:00:00Z"));
        cache.insert(&get("/v1/x?lang=en", "es"), 7, Cacheable { representation, until }, None);
        let before = at("2027-07-22T12:59:59Z");
        assert!(cache.get(&get("/v1/x?lang=en", "es"), 7, before).is_some());
        assert!(cache.get(&get("/v1/x", "es"), 7, before).is_none());
        assert!(cache.get(&get("/v1/x?lang=en", "fr"), 7, before).is_none());
        assert!(cache.get(&get("/v1/x?lang=en", "es"), 8, before).is_none());
        assert!(cache.get(&get("/v1/x?lang=en", "es"), 7, at("2027-07-22T13:00:00Z")).is_none());
        let html_only = TestRequest::get().uri("/v1/x?lang=en").insert_header((header::ACCEPT_LANGUAGE, "es"));
        let html_only = html_only.insert_header((header::ACCEPT, "text/html")).to_http_request();
        assert!(cache.get(&html_only, 7, before).is_none());
    }

    #[test]
    fn responses_share_their_representation_and_bytes_are_bounded() {
        let cache = ResponseCache::new(100_000);
        let long = |n: usize| Arc::new(Representation::json(&vec![n; 10_000], &["en"], Caching::Programme).unwrap());
        let weight = long(0).weight() as usize;
        let representation = long(1);
        for n in 0..600 {
            let cacheable = Cacheable { representation: Arc::clone(&representation), until: None };
            cache.insert(&get("/v1/x", &format!("x-{n}")), 0, cacheable, None);
        }
        assert_eq!((cache.entries.borrow().bytes, cache.entries.borrow().responses.len()), (weight, 600));
        assert!(cache.get(&get("/v1/x", "x-0"), 0, Instant::default()).is_some());
        for n in 0..100 {
            let cacheable = Cacheable { representation: long(n), until: None };
            cache.insert(&get(&format!("/v1/{n}"), "es"), 0, cacheable, None);
            assert!(cache.entries.borrow().bytes <= 100_000);
        }
        assert!(cache.get(&get("/v1/99", "es"), 0, Instant::default()).is_some());
        let huge = Representation::json(&vec![0; 100_000], &["en"], Caching::Programme).unwrap();
        let cacheable = Cacheable { representation: Arc::new(huge), until: None };
        cache.insert(&get("/v1/huge", "es"), 0, cacheable, None);
        assert!(cache.get(&get("/v1/huge", "es"), 0, Instant::default()).is_none());
    }

    #[test]
    fn the_number_of_responses_is_bounded() {
        let cache = ResponseCache::new(1_000_000);
        let representation = Arc::new(Representation::json(&1, &[], Caching::Programme).unwrap());
        for n in 0..MAX_RESPONSES * 2 {
            let cacheable = Cacheable { representation: Arc::clone(&representation), until: None };
            cache.insert(&get(&format!("/{n}"), "es"), 0, cacheable, None);
        }
        assert!(cache.entries.borrow().responses.len() <= MAX_RESPONSES);
        let long = get(&format!("/{}", "x".repeat(MAX_KEY_LENGTH)), "es");
        cache.insert(&long, 0, Cacheable { representation, until: None }, None);
        assert!(cache.get(&long, 0, Instant::default()).is_none());
    }
}
