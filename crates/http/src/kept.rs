//! Answers that are given again without asking the router: what crowds read while nothing changes.
//!
//! Each worker has its own, so nobody waits for a lock. An answer is found by all that it depends on: the address, the
//! languages and codings that the caller likes, and the catalogue's generation; and it goes when the event's phase does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasher as _;

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
#[derive(Default)]
pub(crate) struct KeptAnswers {
    hasher: RandomState,
    answers: RefCell<HashMap<u64, Answer>>,
}

struct Answer {
    question: [Box<[u8]>; 3],
    generation: u64,
    until: Option<Instant>,
    coding: Coding,
    representation: Representation,
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
        let answers = self.answers.borrow();
        let answer = answers.get(&self.hash(&question))?;
        let holds = answer.generation == generation
            && answer.until.is_none_or(|until| now < until)
            && answer.question.iter().zip(question).all(|(kept, asked)| **kept == *asked)
            && negotiation::accepts(request, answer.representation.essence());
        holds.then(|| (answer.representation.respond_in(request, answer.coding), answer.route))
    }

    /// Keeps an answer that was made when the catalogue was of this generation, with its route if that matters to anybody.
    pub(crate) fn keep(&self, request: &HttpRequest, generation: u64, keep: Keep, route: Option<Route>) {
        let Some(question) = question(request) else { return };
        let mut answers = self.answers.borrow_mut();
        if answers.len() >= ANSWERS {
            answers.clear();
        }
        let coding = Coding::wanted(request);
        let answer = Answer {
            question: question.map(Box::from),
            generation,
            until: keep.until,
            coding,
            // What two workers count references to goes to and fro between their cores.
            representation: keep.representation.detached(coding),
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
        let kept = KeptAnswers::default();
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
    fn their_number_is_bounded() {
        let kept = KeptAnswers::default();
        let representation = Arc::new(Representation::json(&1, &[], Caching::Programme).unwrap());
        for n in 0..ANSWERS * 2 {
            let keep = Keep { representation: Arc::clone(&representation), until: None };
            kept.keep(&get(&format!("/{n}"), "es"), 0, keep, None);
        }
        assert!(kept.answers.borrow().len() <= ANSWERS);
        let long = get(&format!("/{}", "x".repeat(LONGEST)), "es");
        kept.keep(&long, 0, Keep { representation, until: None }, None);
        assert!(kept.answer(&long, 0, Instant::default()).is_none());
    }
}
