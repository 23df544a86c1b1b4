//! The specification itself.

use std::collections::HashSet;

use crate::support::spec;

#[test]
fn the_committed_document_is_the_generated_one() {
    let committed = include_str!("../../openapi/v1.json");
    assert!(
        committed == plenaria_http::openapi::text(),
        "openapi/v1.json is old: write it anew with `cargo run -- openapi > openapi/v1.json`"
    );
}

#[test]
fn every_operation_is_documented_in_full() {
    let mut ids = HashSet::new();
    for (method, path, operation) in spec::operations() {
        let at = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{at}: its id is another's too");
        assert!(operation["summary"].is_string() && operation["description"].is_string(), "{at}");
        assert!(operation["security"].is_array(), "{at}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].as_str().is_some_and(|d| !d.is_empty()), "{at} {status}");
            let expects_body = !matches!(status.as_str(), "304" | "204");
            assert_eq!(response["content"].is_object(), expects_body, "{at} {status}");
        }
    }
    assert_eq!(spec::DOCUMENT["openapi"], "3.1.0");
}
