//! Describes the messages that the server sends to webhook endpoints, as OpenAPI's `webhooks`: one for each type, with the
//! same schemas as in the feed of changes (`v1/changes/variants.rs`).

use chrono::DateTime;
use plenaria_domain::change::{Change, ChangePayload, ChangeType, Subject};
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::values::ids::{ChangeId, EventId, RegistrationId};
use plenaria_domain::values::time;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::v1::changes::variants::{self, Variant};

/// The API's URL in examples.
const PUBLIC_URL: &str = "https://api.plenaria.example.org";
/// The start of every example's id.
const ID: u128 = 0x019a_0000_0000_7000_8000_0000_0000_0000;
/// When the examples' changes happened, in seconds since 1970.
const SECONDS: i64 = 1_795_424_400;

/// Adds the messages, and the headers that each has.
pub(crate) fn apply(document: &mut Value) {
    let headers = headers();
    let references: Vec<Value> =
        headers.keys().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect();
    if let Some(parameters) = document["components"]["parameters"].as_object_mut() {
        parameters.extend(headers);
    }
    document["components"]["responses"]["WebhookReceived"] =
        json!({"description": "The message was received. Any other 2xx means the same"});
    document["components"]["responses"]["WebhookRefused"] =
        json!({"description": "The endpoint wants no more messages, and is disabled"});
    document["components"]["responses"]["WebhookFailed"] =
        json!({"description": "The message is sent again later, as with every other status"});
    let messages = variants::messages().map(|message| (message.name.to_owned(), webhook(&message, &references)));
    document["webhooks"] = Value::Object(messages.collect());
}

/// The headers by their names in the document.
fn headers() -> Map<String, Value> {
    let header = |name: &str, description: &str, schema: Value, example: &str| json!({"name": name, "in": "header", "required": true, "description": description, "schema": schema, "example": example});
    let all = json!({
        "WebhookId": header(
            "webhook-id",
            "The message's id, the same in every attempt: the `id` of the change in the feed. A receiver recognises duplicates by it.",
            json!({"type": "string", "format": "uuid"}),
            "019a0000-0000-7000-8000-000000000005",
        ),
        "WebhookTimestamp": header(
            "webhook-timestamp",
            "When this attempt was sent, in seconds since 1970-01-01T00:00:00Z.",
            json!({"type": "string", "maxLength": 20, "pattern": "^[0-9]+$"}),
            "1795424401",
        ),
        "WebhookSignature": header(
            "webhook-signature",
            "`v1,` and the HMAC-SHA256, in base64, of `webhook-id`, `webhook-timestamp` and the body, joined by full stops. The key \
             is the endpoint's secret, decoded from base64. For 24 hours after a rotation of the secret there are two signatures, \
             separated by a space.",
            json!({"type": "string", "maxLength": 200, "pattern": "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$"}),
            "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        ),
    });
    all.as_object().cloned().unwrap_or_default()
}

/// The message as a request to the endpoint.
fn webhook(message: &Variant, headers: &[Value]) -> Value {
    let schema = variants::reference(&message.schema("Payload"));
    let response = |name: &str| json!({"$ref": format!("#/components/responses/{name}")});
    json!({
        "post": {
            "tags": ["webhooks"],
            "operationId": format!("receive_{}", message.name.replace('.', "_")),
            "summary": message.name,
            "description": message.description,
            "parameters": headers,
            "requestBody": {
                "required": true,
                "content": {"application/json": {"schema": {"$ref": schema}, "example": example(message.name)}},
            },
            "responses": {
                "204": response("WebhookReceived"), "410": response("WebhookRefused"), "4XX": response("WebhookFailed"),
            },
            "security": [{}],
        },
    })
}

/// The body of a message.
fn example(kind: &str) -> Value {
    let occurred_at = DateTime::from_timestamp(SECONDS, 0).unwrap_or_default();
    let id = |number: u128| Uuid::from_u128(ID + number);
    let data = match ChangeType::parse(kind) {
        Err(_) => json!({"endpoint": {"id": id(6)}}),
        Ok(kind) => {
            let is_of_event = kind.as_str().starts_with("event.");
            let subject = if is_of_event {
                let changed = if kind == ChangeType::EventUpdated { vec!["starts".to_owned()] } else { Vec::new() };
                Subject::Event { changed }
            } else {
                registration(kind, RegistrationId(id(4)))
            };
            let change = Change {
                position: 1,
                id: ChangeId(id(5)),
                kind,
                occurred_at,
                sequence: if matches!(kind, ChangeType::RegistrationCreated | ChangeType::EventPublished) {
                    1
                } else {
                    2
                },
                event_id: EventId(id(1)),
                slug: "internationalisation-and-metropolitan-spaces-en".to_owned(),
                subject,
            };
            serde_json::to_value(ChangePayload::new(change, PUBLIC_URL)).unwrap_or_default()
        }
    };
    json!({"type": kind, "timestamp": time::rfc3339(occurred_at), "data": data})
}

/// The registration after a change of this type.
fn registration(kind: ChangeType, id: RegistrationId) -> Subject {
    let status = match kind {
        ChangeType::RegistrationCancelled | ChangeType::RegistrationErased => RegistrationStatus::Cancelled,
        ChangeType::RegistrationWaitlisted => RegistrationStatus::Waitlisted,
        _ => RegistrationStatus::Confirmed,
    };
    Subject::Registration { id, status, source: Some("public".to_owned()), external_reference: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::changes::variants::TEST_TYPE;

    #[test]
    fn every_message_is_described() {
        let mut document = json!({"components": {"parameters": {}}});
        apply(&mut document);
        let webhooks = document["webhooks"].as_object().unwrap();
        assert_eq!(webhooks.len(), ChangeType::ALL.len() + 1);
        assert_eq!(webhooks[TEST_TYPE]["post"]["parameters"].as_array().map(Vec::len), Some(3));
    }
}
