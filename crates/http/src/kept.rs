//! Answers that are given again without asking the router: what crowds read while nothing changes.
//!
//! Each worker has its own, so nobody waits for a lock. An answer is found by all that it depends on: the address, the
//! languages and codings that the caller likes, and the catalogue's generation; and it goes when the event's phase does.
//! However many ways there are to ask for one representation (any `Accept-Language` is another question), its bytes are kept
//! once, and all bytes have a budget.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::rc::Rc;

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use foldhash::fast::RandomState;
use plenaria_domain::time::Instant;

use crate::compression::Coding;
use crate::negotiation;
use crate::representation::{Keep, Representation};
use crate::routes::Route;

/// How many answers a worker keeps; with one more it begins anew.
const ANSWERS: usize = 1_024;
/// Longer questions are not kept.
const LONGEST: usize = 512;

/// One worker's answers.
pub(crate) struct KeptAnswers {
    hasher: RandomState,
    /// How many bytes they may have.
    budget: usize,
    kept: RefCell<Kept>,
}

#[derive(Default)]
struct Kept {
    answers: HashMap<u64, Answer>,
    /// What the answers share: each representation, by its name, in each coding that was asked for.
    representations: HashMap<(u64, Coding), Rc<Representation>>,
    /// How many bytes the representations have.
    bytes: usize,
}

struct Answer {
    question: [Box<[u8]>; 3],
    generation: u64,
    until: Option<Instant>,
    coding: Coding,
    representation: Rc<Representation>,
    route: Option<Route>,
}

/// What an answer depends on, as it stands in the request.
fn question(request: &HttpRequest) -> Option<[&[u8]; 3]> {
    let value = |name: &HeaderName| {
        let mut all = request.headers().get_all(name);
        let first = all.next().map_or(&b""[..], |v| v.as_bytes());
        // Several lines are rare, and somebody else's business.
        all.next().is_none().then_some(first)
    };
    let target = request.uri().path_and_query()?.as_str().as_bytes();
    let question = [target, value(&header::ACCEPT_LANGUAGE)?, value(&header::ACCEPT_ENCODING)?];
    (question.iter().map(|part| part.len()).sum::<usize>() <= LONGEST).then_some(question)
}

impl KeptAnswers {
    pub(crate) fn new(budget: usize) -> Self {
        Self { hasher: RandomState::default(), budget, kept: RefCell::default() }
    }

    fn hash(&self, question: &[&[u8]; 3]) -> u64 {
        self.hasher.hash_one(question)
    }

    /// The answer to this very question, if it still holds, and its route as it was given.
    pub(crate) fn answer(
        &self,
        request: &HttpRequest,
        generation: u64,
        now: Instant,
    ) -> Option<(HttpResponse, Option<Route>)> {
        let question = question(request)?;
        let kept = self.kept.borrow();
        let answer = kept.answers.get(&self.hash(&question))?;
        let holds = answer.generation == generation
            && answer.until.is_none_or(|until| now < until)
            && answer.question.iter().zip(question).all(|(kept, asked)| **kept == *asked)
            && negotiation::accepts(request, answer.representation.essence());
        holds.then(|| (answer.representation.respond_in(request, answer.coding), answer.route))
    }

    /// Keeps an answer that was made when the catalogue was of this generation, with its route if that matters to anybody.
    pub(crate) fn keep(&self, request: &HttpRequest, generation: u64, keep: Keep, route: Option<Route>) {
        let Some(question) = question(request) else { return };
        let coding = Coding::wanted(request);
        let representation = keep.representation;
        let weight = representation.weight() as usize;
        if weight > self.budget {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        let name = (representation.id(), coding);
        let is_new = !kept.representations.contains_key(&name);
        if is_new && kept.bytes + weight > self.budget {
            *kept = Kept::default();
        }
        if kept.answers.len() >= ANSWERS {
            // The representations stay, so that those who ask in ever other languages cost others little.
            kept.answers.clear();
        }
        let Kept { representations, bytes, answers } = &mut *kept;
        let shared = representations.entry(name).or_insert_with(|| {
            *bytes += weight;
            // What two workers count references to goes to and fro between their cores.
            Rc::new(representation.detached(coding))
        });
        let answer = Answer {
            question: question.map(Box::from),
            generation,
            until: keep.until,
            coding,
            representation: Rc::clone(shared),
            route,
        };
        answers.insert(self.hash(&question), answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representation::Caching;
    use actix_web::test::TestRequest;
    use std::sync::Arc;

    fn get(uri: &str, language: &str) -> HttpRequest {
        TestRequest::get().uri(uri).insert_header((header::ACCEPT_LANGUAGE, language)).to_http_request()
    }

    #[test]
    fn only_the_same_question_finds_an_answer_and_only_while_it_holds() {
        let kept = KeptAnswers::new(1_000_000);
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let representation = Arc::new(Representation::json(&1, &["en"], Caching::Programme).unwrap());
        let until = Some(at("2027-07-22T13:00:00Z"));
        kept.keep(&get("/v1/x?lang=en", "es"), 7, Keep { representation, until }, None);
        let before = at("2027-07-22T12:59:59Z");
        assert!(kept.answer(&get("/v1/x?lang=en", "es"), 7, before).is_some());
        assert!(kept.answer(&get("/v1/x", "es"), 7, before).is_none());
        assert!(kept.answer(&get("/v1/x?lang=en", "fr"), 7, before).is_none());
        assert!(kept.answer(&get("/v1/x?lang=en", "es"), 8, before).is_none());
        assert!(kept.answer(&get("/v1/x?lang=en", "es"), 7, at("2027-07-22T13:00:00Z")).is_none());
        let choosy = TestRequest::get().uri("/v1/x?lang=en").insert_header((header::ACCEPT_LANGUAGE, "es"));
        let choosy = choosy.insert_header((header::ACCEPT, "text/html")).to_http_request();
        assert!(kept.answer(&choosy, 7, before).is_none());
    }

    #[test]
    fn a_representation_is_kept_once_however_it_is_asked_for_and_bytes_are_bounded() {
        let kept = KeptAnswers::new(100_000);
        let long = |n: usize| Arc::new(Representation::json(&vec![n; 10_000], &["en"], Caching::Programme).unwrap());
        let weight = long(0).weight() as usize;
        let representation = long(1);
        for n in 0..600 {
            let keep = Keep { representation: Arc::clone(&representation), until: None };
            kept.keep(&get("/v1/x", &format!("x-{n}")), 0, keep, None);
        }
        assert_eq!((kept.kept.borrow().bytes, kept.kept.borrow().answers.len()), (weight, 600));
        assert!(kept.answer(&get("/v1/x", "x-0"), 0, Instant::default()).is_some());
        for n in 0..100 {
            let keep = Keep { representation: long(n), until: None };
            kept.keep(&get(&format!("/v1/{n}"), "es"), 0, keep, None);
            assert!(kept.kept.borrow().bytes <= 100_000);
        }
        assert!(kept.answer(&get("/v1/99", "es"), 0, Instant::default()).is_some());
        let huge = Representation::json(&vec![0; 100_000], &["en"], Caching::Programme).unwrap();
        kept.keep(&get("/v1/huge", "es"), 0, Keep { representation: Arc::new(huge), until: None }, None);
        assert!(kept.answer(&get("/v1/huge", "es"), 0, Instant::default()).is_none());
    }

    #[test]
    fn their_number_is_bounded() {
        let kept = KeptAnswers::new(1_000_000);
        let representation = Arc::new(Representation::json(&1, &[], Caching::Programme).unwrap());
        for n in 0..ANSWERS * 2 {
            let keep = Keep { representation: Arc::clone(&representation), until: None };
            kept.keep(&get(&format!("/{n}"), "es"), 0, keep, None);
        }
        assert!(kept.kept.borrow().answers.len() <= ANSWERS);
        let long = get(&format!("/{}", "x".repeat(LONGEST)), "es");
        kept.keep(&long, 0, Keep { representation, until: None }, None);
        assert!(kept.answer(&long, 0, Instant::default()).is_none());
    }
}
