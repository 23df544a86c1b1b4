//! Properties of the OpenAPI document itself.

use std::collections::{BTreeSet, HashSet};

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
        let schema = spec::DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap();
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

/// The schemas that these values refer to, directly or through others.
fn reachable<'a>(roots: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(name, child)| match child.as_str() {
                Some(reference) if name == "$ref" => found.push(reference.to_owned()),
                _ if name == "example" || name == "examples" => {}
                _ => references(child, found),
            }),
            Value::Array(all) => all.iter().for_each(|child| references(child, found)),
            _ => {}
        }
    }
    let (mut open, mut known) = (Vec::new(), BTreeSet::new());
    roots.into_iter().for_each(|root| references(root, &mut open));
    while let Some(reference) = open.pop() {
        let target = spec::DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap();
        if known.insert(reference) {
            references(target, &mut open);
        }
    }
    known.into_iter().filter_map(|name| Some(name.strip_prefix("#/components/schemas/")?.to_owned())).collect()
}

/// A program can rely on every field of a response: what may be absent is null. The exceptions are what only some problems say,
/// and definitions, which are as organisers write them.
#[test]
fn responses_have_all_their_fields() {
    let operations = spec::operations();
    let schemas = &spec::DOCUMENT["components"]["schemas"];
    for name in reachable(operations.iter().map(|(.., operation)| &operation["responses"])) {
        if name.starts_with("Definition") && schemas[&name]["additionalProperties"] == false
            || ["Problem", "FieldError"].contains(&name.as_str())
        {
            continue;
        }
        let parts = schemas[&name]["allOf"].as_array().into_iter().flatten().chain([&schemas[&name]]);
        for part in parts {
            for property in part["properties"].as_object().into_iter().flatten().map(|(property, _)| property) {
                let mut required = part["required"].as_array().into_iter().flatten();
                assert!(required.any(|other| other == property), "{name}.{property} is not required");
            }
        }
    }
}

/// Generators of clients take an optional property with a default for one that must be there.
#[test]
fn fields_of_requests_have_no_defaults() {
    let operations = spec::operations();
    for name in reachable(operations.iter().map(|(.., operation)| &operation["requestBody"])) {
        let properties = spec::DOCUMENT["components"]["schemas"][&name]["properties"].as_object();
        for (property, schema) in properties.into_iter().flatten() {
            assert!(schema.get("default").is_none(), "{name}.{property}");
        }
    }
}

/// Only responses that wait for a mail have `status: "confirmation_sent"`.
#[test]
fn a_confirmation_is_no_registration() {
    let schemas = &spec::DOCUMENT["components"]["schemas"];
    for name in ["ConfirmationSent", "LinkSent"] {
        assert_eq!(schemas[name]["properties"]["status"]["const"], "confirmation_sent", "{name}");
    }
    let statuses = schemas["RegistrationStatus"]["enum"].as_array().unwrap();
    assert!(!statuses.contains(&json!("confirmation_sent")));
    for (path, status) in [
        ("/v1/events/{event}/registrations", "201"),
        ("/v1/registrations/confirm", "200"),
        ("/v1/registrations/confirm", "201"),
    ] {
        let body = &spec::DOCUMENT["paths"][path]["post"]["responses"][status]["content"]["application/json"];
        assert_eq!(body["schema"]["$ref"], "#/components/schemas/RegistrationWithToken", "{path} {status}");
    }
}

#[test]
fn lists_of_values_are_those_of_the_program() {
    macro_rules! values {
        ($($name:literal: $list:ty),+ $(,)?) => {
            [$(($name, <$list>::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>())),+]
        };
    }
    let lists = values![
        "ActorKind": plenaria_domain::audit::ActorKind,
        "AttendanceMode": plenaria_domain::event::AttendanceMode,
        "AuditAction": plenaria_domain::audit::Action,
        "ChangeType": plenaria_domain::change::ChangeType,
        "DefinitionStatus": plenaria_domain::event::EventStatus,
        "MaterialKind": plenaria_domain::event::MaterialKind,
        "MessageKind": plenaria_domain::registration::message::MessageKind,
        "MessageLanguage": plenaria_domain::values::language::MessageLanguage,
        "MessageStatus": plenaria_domain::registration::message::MessageStatus,
        "OrganiserRole": plenaria_domain::event::ownership::OrganiserRole,
        "Phase": plenaria_domain::event::Phase,
        "ProgrammeStatus": plenaria_domain::event::programme::ProgrammeStatus,
        "QuestionKind": plenaria_domain::registration::answers::QuestionKind,
        "RegistrationStatus": plenaria_domain::registration::RegistrationStatus,
        "Scope": plenaria_domain::partner::scope::Scope,
        "SessionKind": plenaria_domain::event::session::SessionKind,
        "SessionStatus": plenaria_domain::event::session::SessionStatus,
        "SpeakerRole": plenaria_domain::event::session::SpeakerRole,
        "StatisticsChart": plenaria_domain::registration::statistics::Chart,
    ];
    for (name, values) in lists {
        assert_eq!(spec::DOCUMENT["components"]["schemas"][name]["enum"], json!(values), "{name}");
    }
}

/// Those who read it in a browser, and generators, load it whole.
#[test]
fn the_document_is_not_too_large() {
    let length = include_str!("../../../openapi/v1.json").len();
    assert!(length < 450_000, "{length} bytes");
}
