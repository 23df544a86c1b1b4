//! Properties of the OpenAPI document itself.

use std::collections::HashSet;

use serde_json::{Value, json};

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

/// Examples of requests are sent by `tests/process/documentation/examples.rs`, which records them.
#[test]
fn every_request_body_has_an_example() {
    for (method, path, operation) in spec::operations() {
        for (media_type, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            assert!(content.get("example").is_some(), "{method} {path}: {media_type}");
        }
    }
}

#[test]
fn every_problem_code_has_an_example() {
    let schemas = &spec::DOCUMENT["components"]["schemas"];
    let shared =
        spec::DOCUMENT["components"]["examples"].as_object().unwrap().values().map(|example| &example["value"]);
    let examples: Vec<&Value> = shared.chain(schemas["Problem"]["examples"].as_array().unwrap()).collect();
    for code in schemas["ProblemCode"]["enum"].as_array().unwrap() {
        let example = examples.iter().find(|example| example["code"] == *code);
        spec::check_schema("Problem", example.unwrap_or_else(|| panic!("{code} has no example")));
    }
}

/// The description of a response with a problem names its codes, and each has an example there.
#[test]
fn responses_with_problems_have_examples() {
    for (method, path, operation) in spec::operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let content = &response["content"]["application/problem+json"];
            // The gateway's response has no code of this program.
            if !content.is_object() || response["description"].as_str().unwrap().contains("gateway") {
                continue;
            }
            let examples = content["examples"].as_object().unwrap_or_else(|| panic!("{method} {path} {status}"));
            for example in examples.values() {
                let value = &spec::resolved(example)["value"];
                assert_eq!(value["status"].to_string(), *status, "{method} {path}: {value}");
            }
        }
    }
}

/// Changes and messages are unions by `type`, with the same types of data.
#[test]
fn changes_and_messages_are_unions() {
    let schemas = &spec::DOCUMENT["components"]["schemas"];
    let variant = |union: &str, kind: &str| {
        let reference = schemas[union]["discriminator"]["mapping"][kind].as_str().unwrap_or_else(|| panic!("{kind}"));
        let reference = json!({"$ref": reference});
        let schema = spec::resolved(&reference);
        assert_eq!(schema["properties"]["type"]["const"], kind);
        schema["properties"]["data"].clone()
    };
    for kind in schemas["ChangeType"]["enum"].as_array().unwrap() {
        let kind = kind.as_str().unwrap();
        assert_eq!(variant("Change", kind), variant("WebhookPayload", kind));
    }
    let webhooks = spec::DOCUMENT["webhooks"].as_object().unwrap();
    let types: Vec<&str> =
        schemas["WebhookMessageType"]["enum"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(webhooks.keys().map(String::as_str).collect::<HashSet<_>>(), types.iter().copied().collect());
    for (name, webhook) in webhooks {
        let content = &webhook["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(content["example"]["type"], *name);
        spec::check_schema("WebhookPayload", &content["example"]);
        assert_eq!(content["schema"]["$ref"], schemas["WebhookPayload"]["discriminator"]["mapping"][name]);
    }
}
