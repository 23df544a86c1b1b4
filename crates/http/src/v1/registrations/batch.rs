//! Registering up to 500 people with one request.
//!
//! With an `Idempotency-Key` every item has a key of its own, derived from the batch's, and its answer is kept under that
//! one; what is kept for the whole names the items and holds nobody's data. So a batch that was interrupted goes on where it
//! was when it comes again, and what is erased is erased from the kept answers too.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, post, web};
use futures_util::future::join_all;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::refusal::Fault;
use plenaria_domain::scope::Scope;
use plenaria_persistence::desk::{NewRegistration, Outcome};
use plenaria_persistence::desk_together::Together;
use plenaria_persistence::idempotency::{Key, Known, Once, Recorded};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::asking::Asking;
use super::batch_dto::{Batch, BatchRegistrations, BatchResult, BatchResults};
use super::pending;
use super::request::CreateRegistration;
use crate::auth::Caller;
use crate::envelope::RequestId;
use crate::negotiation::Wanted;
use crate::problem::{self, ApiError, Code, Detail};
use crate::query::{NoQuery, Query};
use crate::representation::Caching;
use crate::state::AppState;
use crate::{body, idempotency, reference};

/// The largest body.
const LIMIT: usize = 2 * 1024 * 1024;
/// The most faults that the results of one batch list.
const MOST_FAULTS: usize = 500;

/// Register several people
///
/// Up to 500 registrations by a client. Unless `atomic` is true they are independent: each has its own result, in the order of
/// the items, as if it had been sent alone. With `atomic` all are made or none: the first refusal is that of the whole (with
/// `index`), and pointers lead into the items (`/items/3/email`). An `Idempotency-Key` covers the whole batch.
#[utoipa::path(
    tag = "registrations",
    request_body = BatchRegistrations,
    responses(
        (status = 200, description = "A result for each item", body = BatchResults),
        (status = 409, description = "With `atomic`: what a single registration can be refused for; `conflict` where addresses are confirmed by mail"),
    ),
    security(("oauth2" = ["registrations:write"])),
)]
#[post("/events/{event}/registrations/batch")]
pub(crate) async fn create_registrations_batch(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<NoQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let received_at = state.clock.now();
    let client = Some(caller.clone().client(Scope::RegistrationsWrite)?);
    let entry = state.catalogue.public(&reference::event(&event)?).await?;
    let bytes = body::receive_up_to(&request, payload, LIMIT).await?;
    query.read()?;
    let body: Batch = body::parse(&bytes, |_| Vec::new())?;
    let key = idempotency::key(&request, &caller, &bytes)?;
    let asking = Asking { state, entry, client, received_at };
    let _serving = asking.state.in_progress.begin(key)?;
    let whole = Whole { request: &request, asking: &asking, key };
    if let Some(known) = whole.known().await? {
        return whole.replay(known).await;
    }
    let language = asking.language(&Wanted::of_header(&request));
    let read = |(index, raw): (usize, &RawValue)| {
        let item: CreateRegistration = body::parse(raw.get().as_bytes(), |item| asking.faults(item))?;
        let key = key.map(|key| idempotency::of_part(key, index, raw.get().as_bytes()));
        Ok((asking.request(item, language, key.filter(|_| !asking.confirms()))?, key))
    };
    let items = body.items.0.iter().map(|raw| &**raw).enumerate().map(read).collect();
    let items: Vec<Item> = share_faults(items);
    match body.atomic {
        Some(true) if asking.confirms() => Err(ApiError::new(Code::Conflict).detail(Detail::NotTogether)),
        Some(true) => whole.together(items).await,
        _ if asking.confirms() => whole.one_after_the_other(items).await,
        _ => whole.one_by_one(items).await,
    }
}

/// One who is to be registered, with the item's own key; or what is wrong with the item.
type Item = Result<(NewRegistration, Option<Key>), ApiError>;

/// A batch that is being answered.
struct Whole<'a> {
    request: &'a HttpRequest,
    asking: &'a Asking,
    key: Option<Key>,
}

/// What is kept of a batch's answer: the registrations themselves are kept with their items' keys.
#[derive(Deserialize)]
struct Kept {
    results: Vec<BatchResult>,
}

impl Whole<'_> {
    async fn known(&self) -> Result<Option<Known>, ApiError> {
        match self.key {
            Some(key) => Ok(self.asking.state.store.answer_to(key, self.asking.received_at).await?),
            None => Ok(None),
        }
    }

    /// Independent items: each through the desk, in their order, and all at once.
    async fn one_by_one(&self, items: Vec<Item>) -> Result<HttpResponse, ApiError> {
        let desk = &self.asking.state.desk;
        let answers = join_all(items.into_iter().map(async |item| match item {
            Ok((new, _)) => desk.register(new).await.map_err(|refused| self.asking.refused(refused)),
            Err(error) => Err(error),
        }));
        self.settled(answers.await).await
    }

    /// Independent items whose addresses are to be confirmed: one after the other, since there is no desk for them.
    async fn one_after_the_other(&self, items: Vec<Item>) -> Result<HttpResponse, ApiError> {
        let begun = Instant::now();
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            answers.push(match item {
                Ok((new, key)) => {
                    let settled = pending::ask(self.asking, new, key).await;
                    settled.map(|(recorded, _)| Outcome::Replayed(recorded))
                }
                Err(error) => Err(error),
            });
        }
        pending::rest(begun).await;
        self.settled(answers).await
    }

    /// The results of independent items.
    async fn settled(&self, answers: Vec<Result<Outcome, ApiError>>) -> Result<HttpResponse, ApiError> {
        self.asking.state.catalogue.seats_changed(self.asking.entry.event.id).await;
        // What failed for the moment is to be tried again when the batch comes again.
        let settled =
            answers.iter().all(|answer| !matches!(answer, Err(error) if error.code().status().is_server_error()));
        let results = answers.into_iter().enumerate().map(|(index, answer)| self.result(index, answer));
        let results: Vec<BatchResult> = results.collect::<Result<_, _>>()?;
        if let Some(key) = self.key.filter(|_| settled) {
            let kept = kept(&results)?;
            self.asking.state.store.keep_answer(key, &kept, self.asking.received_at).await?;
        }
        respond(results, false)
    }

    /// All items or none.
    async fn together(&self, items: Vec<Item>) -> Result<HttpResponse, ApiError> {
        let news = all_good(items)?;
        let record = {
            let asking = self.asking.clone();
            Arc::new(move |together: &Together| match together {
                Together::Registered(outcomes) => {
                    let made = |index| BatchResult { index, status: 201, registration: None, problem: None };
                    kept(&(0..outcomes.len()).map(made).collect::<Vec<_>>()).ok()
                }
                Together::Refused { index, refused } => {
                    idempotency::record_error(&asking.refused(refused.clone()).fact("index", *index))
                }
                _ => None,
            })
        };
        let once = self.key.map(|key| Once { key, record });
        let together = self.asking.state.store.register_together(news, once).await?;
        self.asking.state.catalogue.seats_changed(self.asking.entry.event.id).await;
        match together {
            Together::Registered(outcomes) => {
                let results = outcomes.into_iter().enumerate().map(|(index, made)| self.result(index, Ok(made)));
                respond(results.collect::<Result<_, _>>()?, false)
            }
            Together::Refused { index, refused } => Err(self.asking.refused(refused).fact("index", index)),
            Together::Replayed(recorded) => self.replay(Known::Answered(recorded)).await,
            Together::KeyOfAnother => self.replay(Known::OfAnother).await,
        }
    }

    /// The first answer again, put together from those of its items.
    async fn replay(&self, known: Known) -> Result<HttpResponse, ApiError> {
        let (Known::Answered(recorded), Some(key)) = (known, self.key) else {
            return Err(ApiError::new(Code::IdempotencyMismatch));
        };
        if let Some(error) = idempotency::recorded_error(&recorded) {
            return Err(error);
        }
        let unreadable = |error: serde_json::Error| ApiError::new(Code::Internal).cause(&error);
        let kept: Kept = serde_json::from_str(&recorded.body).map_err(unreadable)?;
        let made = kept.results.iter().filter(|result| result.problem.is_none());
        let keys = made.map(|result| idempotency::part_id(key, result.index)).collect();
        let mut answers = self.asking.state.store.answers_to(keys, self.asking.received_at).await?;
        let results = kept.results.into_iter().map(|result| match (&result.problem, result.index) {
            (Some(_), _) => Ok(result),
            (None, index) => match answers.remove(&idempotency::part_id(key, index)) {
                Some(answer) => self.result(index, Ok(Outcome::Replayed(answer))),
                // It has been erased since.
                None => self.result(index, Err(ApiError::not_found())),
            },
        });
        respond(results.collect::<Result<_, _>>()?, true)
    }

    /// One item's result.
    fn result(&self, index: usize, answer: Result<Outcome, ApiError>) -> Result<BatchResult, ApiError> {
        let made = match answer {
            Ok(Outcome::Registered { registration, recorded: None }) => {
                let token = self.asking.token(registration.id)?;
                let body = self.asking.show(*registration, Some(token));
                raw(serde_json::to_string(&body).unwrap_or_default())
            }
            Ok(Outcome::Registered { recorded: Some(recorded), .. } | Outcome::Replayed(recorded)) => {
                match (idempotency::recorded_error(&recorded), recorded.registration) {
                    (Some(error), _) => return Ok(self.refused(index, &error)),
                    (None, Some(id)) => raw(self.with_token(&recorded, id)?),
                    // What comes of it is told by mail.
                    (None, None) => {
                        return Ok(BatchResult { index, status: recorded.status, registration: None, problem: None });
                    }
                }
            }
            Err(error) => return Ok(self.refused(index, &error)),
        };
        Ok(BatchResult { index, status: 201, registration: made, problem: None })
    }

    /// A kept registration with its token again.
    fn with_token(&self, recorded: &Recorded, id: RegistrationId) -> Result<String, ApiError> {
        let rest = recorded.body.strip_suffix('}').unwrap_or_default();
        Ok(format!("{rest},\"manage_token\":\"{}\"}}", self.asking.token(id)?))
    }

    fn refused(&self, index: usize, error: &ApiError) -> BatchResult {
        let code = error.code();
        if code.status().is_server_error() {
            tracing::error!(index, code = code.as_str(), cause = error.logged_cause(), "an item of a batch failed");
        }
        let id = self.request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let document = problem::document(error, &self.asking.state.public_url, self.request, &id);
        BatchResult { index, status: code.status().as_u16(), registration: None, problem: raw(document) }
    }
}

/// Lets the items list at most [`MOST_FAULTS`] faults together; each faulty item lists one at least.
fn share_faults(items: Vec<Item>) -> Vec<Item> {
    let mut faulty = items.iter().filter(|item| item.is_err()).count();
    let mut left = MOST_FAULTS.max(faulty);
    let share = |item: Item| {
        item.map_err(|error| {
            faulty -= 1;
            let error = error.list_at_most(left - faulty);
            left -= error.faults().len().max(1);
            error
        })
    };
    items.into_iter().map(share).collect()
}

/// All items, if every one is good; else all faults, each with its way from the whole body.
fn all_good(items: Vec<Item>) -> Result<Vec<NewRegistration>, ApiError> {
    let (mut news, mut faults) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok((new, _)) => news.push(new),
            Err(error) if error.faults().is_empty() => return Err(error.fact("index", index)),
            Err(error) => faults.extend(
                error
                    .faults()
                    .iter()
                    .map(|fault| Fault::new(format!("/items/{index}{}", fault.pointer), fault.refusal.clone())),
            ),
        }
    }
    if faults.is_empty() { Ok(news) } else { Err(ApiError::validation(faults)) }
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}

/// What is kept of these results.
fn kept(results: &[BatchResult]) -> Result<Recorded, ApiError> {
    let without_data = results.iter().map(|result| BatchResult {
        index: result.index,
        status: result.status,
        registration: None,
        problem: result.problem.clone(),
    });
    let body = serde_json::to_string(&BatchResults { results: without_data.collect() });
    let body = body.map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    Ok(Recorded { status: 200, location: None, etag: None, body, registration: None })
}

fn respond(results: Vec<BatchResult>, replayed: bool) -> Result<HttpResponse, ApiError> {
    let body = serde_json::to_string(&BatchResults { results });
    let body = body.map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let shape = Recorded { status: 200, location: None, etag: None, body: String::new(), registration: None };
    let mut response = idempotency::respond(&shape, replayed);
    // The results carry the tokens to manage the registrations.
    Ok(response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header())).body(body))
}
