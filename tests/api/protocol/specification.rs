//! Properties of the OpenAPI document itself.

use std::collections::HashSet;

use crate::support::http::spec;

#[test]
fn the_committed_document_is_the_generated_one() {
    let committed = include_str!("../../../openapi/v1.json");
    assert!(
        committed == plenaria_http::openapi::text(),
        "openapi/v1.json is outdated: update it with `cargo run -- openapi > openapi/v1.json`"
    );
}

#[test]
fn every_operation_is_documented_in_full() {
    let mut ids = HashSet::new();
    for (method, path, operation) in spec::operations() {
        let at = format!("{method} {path}");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{at}: the operationId is not unique"
        );
        assert!(operation["summary"].is_string() && operation["description"].is_string(), "{at}");
        assert!(operation["security"].is_array(), "{at}");
        for status in ["401", "429", "500", "503"] {
            assert!(operation["responses"].get(status).is_some(), "{at}: {status}");
        }
        let keyed = operation["parameters"].to_string().contains("IdempotencyKey");
        // Requesting a token has no effect that a retry could repeat.
        let has_effect = method == "POST" && path != "/oauth/token";
        assert_eq!(keyed, has_effect, "{at}: every POST takes an Idempotency-Key, and nothing else does");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].as_str().is_some_and(|d| !d.is_empty()), "{at} {status}");
            let expects_body = !matches!(status.as_str(), "204" | "304" | "308");
            assert_eq!(response["content"].is_object(), expects_body, "{at} {status}");
            for header in ["Request-Id", "RateLimit", "RateLimit-Policy"] {
                assert!(response["headers"].get(header).is_some(), "{at} {status}: {header}");
            }
        }
    }
    assert_eq!(spec::DOCUMENT["openapi"], "3.1.0");
}
