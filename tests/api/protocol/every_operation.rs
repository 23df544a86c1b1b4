//! Every operation of the specification, first with a valid call and then with one mistake at a time. The list comes from
//! `openapi/v1.json`, so that no operation is forgotten: one without a valid call fails with a message that says what to
//! add to `tests/support/http/calls.rs`. The expected response follows from the operation's specification.

use crate::support::http::calls::Call;
use crate::support::http::response::TestResponse;
use crate::support::http::spec;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::webinar;

crate::on_both_engines!(
    valid_calls_succeed,
    without_credentials,
    with_a_wrong_token,
    with_another_holders_token,
    with_a_wrong_method,
    with_a_wrong_content_type,
    with_a_body_too_large,
    with_an_unknown_query_parameter,
    with_an_unacceptable_accept,
    with_an_unknown_path_parameter,
    twice_with_one_key,
    with_a_stale_tag,
    checks_run_in_order,
);

const CHALLENGE: &str = "Bearer realm=\"plenaria\"";
const INVALID_TOKEN: &str = "Bearer realm=\"plenaria\", error=\"invalid_token\"";

/// A valid call of every operation, on a server with the real webinar.
async fn calls(app: &TestApp) -> Vec<Call> {
    app.publish(&webinar()).await;
    Call::all(app).await
}

/// Asserts a problem document about this call.
#[track_caller]
fn expect(call: &Call, response: &TestResponse, status: u16, code: &str) {
    assert_eq!(response.status, status, "{call}: {}", response.body);
    assert_eq!(response.expect_problem(status, code)["instance"], call.path().split('?').next().unwrap_or_default());
}

async fn valid_calls_succeed(app: TestApp) {
    for call in calls(&app).await {
        let response = call.send(&app).await;
        assert!((200..300).contains(&response.status), "{call}: {}", response.body);
        let caching = response.header("cache-control").unwrap_or_else(|| panic!("{call}: no Cache-Control"));
        let secret = ["_token\":", "secret\":"].iter().any(|name| response.body.contains(name))
            && call.template != "/openapi.json";
        if secret || call.template.starts_with("/health/") {
            assert_eq!(caching, "no-store", "{call}");
        } else if call.is_event_stream() {
            assert_eq!(caching, "no-store, no-transform", "{call}");
        } else if call.needs_token() {
            assert_eq!(caching, "private, no-cache", "{call}");
        } else if call.is_read() {
            assert!(caching.starts_with("public, max-age="), "{call}: {caching}");
        } else {
            assert_eq!(caching, "no-store", "{call}");
        }
        if !call.is_read() {
            continue;
        }
        let tag = response.header("etag");
        let is_strong = tag.is_some_and(|tag| tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'));
        assert_eq!(
            is_strong,
            caching != "no-store" && !call.is_streamed(),
            "{call}: cacheable responses have a strong tag, unless they are streamed, and no others: {tag:?}"
        );
        assert_eq!(call.operation["responses"].get("304").is_some(), is_strong, "{call}: a tag makes 304 possible");
        let head = Call { method: "HEAD".to_owned(), ..call.clone() }.send(&app).await;
        assert_eq!(
            (head.status, head.header("etag"), head.body.as_str()),
            (response.status, tag, ""),
            "HEAD of {call}"
        );
        assert_eq!(head.header("cache-control"), Some(caching), "HEAD of {call}");
    }
}

async fn without_credentials(app: TestApp) {
    for call in calls(&app).await {
        let call = Call { authorization: None, ..call };
        let response = call.send(&app).await;
        if call.needs_token() {
            expect(&call, &response, 401, "unauthenticated");
            assert_eq!(response.header("www-authenticate"), Some(CHALLENGE), "{call}: the challenge names no error");
        } else {
            assert!((200..300).contains(&response.status), "{call}: {}", response.body);
        }
    }
}

async fn with_a_wrong_token(app: TestApp) {
    let (_, good, _) = {
        app.publish(&webinar()).await;
        app.registered(crate::support::server::sample_events::WEBINAR, "good@example.org").await
    };
    for call in Call::all(&app).await {
        let own = call.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
        let mut damaged = own.unwrap_or(&good).to_owned();
        let last_but = damaged.len() - 5;
        let other = if damaged.as_bytes()[last_but] == b'A' { "B" } else { "A" };
        damaged.replace_range(last_but..=last_but, other);
        let unsigned = damaged.rsplit_once('.').map(|(rest, _)| format!("{rest}.")).unwrap();
        let plain = Call { authorization: None, ..call.clone() };
        for token in ["garbage", "a.b.c", &damaged, &unsigned] {
            let call = Call { authorization: Some(format!("Bearer {token}")), ..call.clone() };
            let response = call.send(&app).await;
            // An invalid token is rejected also where a token is optional.
            if call.needs_token() || call.accepts_token() {
                expect(&call, &response, 401, "invalid-token");
                assert_eq!(response.header("www-authenticate"), Some(INVALID_TOKEN), "{call}");
            } else {
                let without = plain.send(&app).await;
                assert_eq!(
                    (response.status, response.header("etag")),
                    (without.status, without.header("etag")),
                    "{call}"
                );
            }
        }
        if call.needs_token() {
            let call = Call { authorization: Some("Basic YTpi".to_owned()), ..call };
            expect(&call, &call.send(&app).await, 401, "invalid-token");
        }
    }
}

async fn with_another_holders_token(app: TestApp) {
    for call in calls(&app).await.into_iter().filter(|call| call.another_token.is_some()) {
        let foreign = call.another_token.as_deref().unwrap();
        let call = Call { authorization: Some(format!("Bearer {foreign}")), ..call.clone() };
        expect(&call, &call.send(&app).await, 404, "not-found");
    }
}

/// The methods of a path as in `Allow`, sorted.
fn methods_of(template: &str) -> Vec<String> {
    let own = spec::operations().into_iter().filter(|(_, path, _)| path == template).map(|(method, ..)| method);
    let mut methods: Vec<String> = own.chain(["OPTIONS".to_owned()]).collect();
    if methods.iter().any(|method| method == "GET") {
        methods.push("HEAD".to_owned());
    }
    methods.sort_unstable();
    methods
}

fn allow(response: &TestResponse) -> Vec<String> {
    let mut methods: Vec<String> = response.header("allow").unwrap().split(", ").map(str::to_owned).collect();
    methods.sort();
    methods
}

async fn with_a_wrong_method(app: TestApp) {
    for call in calls(&app).await {
        let methods = methods_of(&call.template);
        let options = Call { method: "OPTIONS".to_owned(), authorization: None, body: None, ..call.clone() };
        let response = options.send(&app).await;
        assert_eq!((response.status, allow(&response), response.body.as_str()), (204, methods.clone(), ""), "{call}");
        for wrong in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"] {
            if methods.iter().any(|method| method == wrong) {
                continue;
            }
            let call = Call { method: wrong.to_owned(), ..call.clone() };
            let response = call.send(&app).await;
            expect(&call, &response, 405, "method-not-allowed");
            assert_eq!(allow(&response), methods, "{call}");
        }
    }
}

async fn with_a_wrong_content_type(app: TestApp) {
    for call in calls(&app).await.into_iter().filter(Call::has_request_body) {
        for wrong in
            [Some("text/plain"), Some("application/xml"), Some("application/json; charset=utf-16"), Some("x"), None]
        {
            let call = Call { content_type: wrong.map(str::to_owned), ..call.clone() };
            expect(&call, &call.send(&app).await, 415, "unsupported-media-type");
        }
        assert!((200..300).contains(&call.send(&app).await.status), "{call}: the rejected request had no effect");
    }
}

async fn with_a_body_too_large(app: TestApp) {
    for call in calls(&app).await.into_iter().filter(Call::has_request_body) {
        // Larger than the limit of any operation.
        let call = Call { body: Some(" ".repeat(2 * 1024 * 1024 + 1)), ..call };
        expect(&call, &call.send(&app).await, 413, "payload-too-large");
    }
}

async fn with_an_unknown_query_parameter(app: TestApp) {
    for call in calls(&app).await {
        for query in ["?no_such_parameter=1", "?=", "?a=%FF"] {
            let call = Call { query, ..call.clone() };
            expect(&call, &call.send(&app).await, 400, "invalid-parameter");
        }
    }
}

async fn with_an_unacceptable_accept(app: TestApp) {
    for call in calls(&app).await.into_iter().filter(Call::returns_body) {
        for accept in ["image/png", "application/json;q=0", "text/*;q=0, application/pdf"] {
            let call = Call { accept: Some(accept), ..call.clone() };
            expect(&call, &call.send(&app).await, 406, "not-acceptable");
        }
        assert!((200..300).contains(&call.send(&app).await.status), "{call}: the rejected request had no effect");
    }
}

async fn with_an_unknown_path_parameter(app: TestApp) {
    let long = "x".repeat(300);
    for call in calls(&app).await {
        for index in 0..call.path_parameters.len() {
            for unknown in [
                "nothing-like-this",
                "019a0000-0000-7000-8000-000000000000",
                "NOT_A_NAME",
                "%00",
                "a%20b",
                "%C3%A9",
                &long,
            ] {
                let mut call = call.clone();
                unknown.clone_into(&mut call.path_parameters[index].1);
                let response = call.send(&app).await;
                assert_eq!(response.status, 404, "{}: {}", call.path(), response.body);
                response.expect_problem(404, "not-found");
            }
        }
    }
}

async fn twice_with_one_key(app: TestApp) {
    for call in calls(&app).await.into_iter().filter(|call| call.method == "POST") {
        assert!(call.accepts_header("Idempotency-Key"), "{call}");
        let call = Call { header: Some(("idempotency-key", "one-key")), ..call };
        let (first, again) = (call.send(&app).await, call.send(&app).await);
        assert!((200..300).contains(&first.status), "{call}: {}", first.body);
        assert_eq!((first.status, &first.body), (again.status, &again.body), "{call}");
        assert_eq!((first.header("etag"), first.header("location")), (again.header("etag"), again.header("location")));
        let replayed = [&first, &again].map(|response| response.header("idempotency-replayed"));
        assert_eq!(replayed, [None, Some("true")], "{call}");
        let call = Call { header: Some(("idempotency-key", "é")), ..call };
        expect(&call, &call.send(&app).await, 400, "malformed-request");
    }
}

async fn with_a_stale_tag(app: TestApp) {
    for call in calls(&app).await.into_iter().filter(|call| call.accepts_header("If-Match")) {
        let stale = Call { header: Some(("if-match", "\"stale\"")), ..call.clone() };
        let response = stale.send(&app).await;
        expect(&stale, &response, 412, "precondition-failed");
        assert!(response.header("etag").is_some(), "{call}: the current tag");
        assert!((200..300).contains(&call.send(&app).await.status), "{call}: the rejected request had no effect");
    }
}

/// The mistakes that a call can have, in the order in which the server checks them.
#[derive(Clone, Copy, Debug)]
enum Mistake {
    Method,
    Credentials,
    PathParameter,
    Accept,
    ContentType,
    Query,
}

impl Mistake {
    /// The mistakes that are possible with this operation. `Accept` is checked before an effect, and for reads at the
    /// end.
    fn all(call: &Call) -> Vec<Self> {
        let accept = |at_the_end: bool| (call.is_read() == at_the_end && call.returns_body()).then_some(Self::Accept);
        let all = [
            Some(Self::Method),
            call.needs_token().then_some(Self::Credentials),
            (!call.path_parameters.is_empty()).then_some(Self::PathParameter),
            accept(false),
            call.has_request_body().then_some(Self::ContentType),
            Some(Self::Query),
            accept(true),
        ];
        all.into_iter().flatten().collect()
    }

    const fn status(self) -> u16 {
        match self {
            Self::Method => 405,
            Self::Credentials => 401,
            Self::PathParameter => 404,
            Self::Accept => 406,
            Self::ContentType => 415,
            Self::Query => 400,
        }
    }

    fn make(self, call: &mut Call) {
        match self {
            Self::Method => "TRACE".clone_into(&mut call.method),
            Self::Credentials => call.authorization = None,
            Self::PathParameter => "nothing-like-this".clone_into(&mut call.path_parameters[0].1),
            Self::Accept => call.accept = Some("image/png"),
            Self::ContentType => call.content_type = Some("text/plain".to_owned()),
            Self::Query => call.query = "?no_such_parameter=1",
        }
    }
}

/// Starts with all mistakes and corrects them one by one.
async fn checks_run_in_order(app: TestApp) {
    for valid in calls(&app).await {
        let mistakes = Mistake::all(&valid);
        for corrected in 0..mistakes.len() {
            let mut call = valid.clone();
            mistakes[corrected..].iter().for_each(|mistake| mistake.make(&mut call));
            let response = call.send(&app).await;
            assert_eq!(
                response.status,
                mistakes[corrected].status(),
                "{valid} with {:?}: {}",
                &mistakes[corrected..],
                response.body
            );
        }
        assert!((200..300).contains(&valid.send(&app).await.status), "{valid}: the rejected requests had no effect");
    }
}
