//! Bodies of requests about webhook endpoints.

#![allow(clippy::option_option, reason = "a merge patch tells what is left out from what is null")]

use plenaria_domain::refusal::{Fault, Refusal};
use plenaria_domain::webhook::{self, EndpointStatus, EndpointUrl, Reach};
use plenaria_persistence::webhooks::Change;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::rules::{changed_text, optional_text, refused};
use crate::v1::changes::dto::ChangeTypeDto;

/// A webhook endpoint to be made.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CreateWebhookEndpoint {
    /// Where messages are to be sent: `https`, at a public address, without user name, password or fragment.
    #[schema(
        required = true,
        min_length = 1,
        max_length = 2000,
        format = "uri",
        example = "https://hooks.example.org/plenaria"
    )]
    pub(super) url: String,
    /// What people call it; blank, it is treated as null.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_description))]
    #[schema(max_length = 200, example = "The CRM")]
    pub(super) description: Option<String>,
    /// What it is to be told of, each type once; empty or left out: everything.
    #[validate(custom(function = rule_types))]
    #[schema(inline, max_items = 11, value_type = Option<Vec<ChangeTypeDto>>, example = json!(["registration.created", "registration.cancelled"]))]
    pub(super) types: Option<Vec<String>>,
}

/// What is to be changed of a webhook endpoint (JSON Merge Patch, RFC 7396): what is left out stays, `null` empties.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChangeWebhookEndpoint {
    /// Where messages are to be sent from now on, those that wait too.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 2000, format = "uri", example = "https://hooks.example.org/plenaria")]
    url: Option<String>,
    /// What people call it; blank, it is cleared.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_description))]
    #[schema(value_type = Option<String>, max_length = 200, example = "The CRM")]
    description: Option<Option<String>>,
    /// What it is to be told of from now on; empty or `null`: everything.
    #[serde(deserialize_with = "nullable")]
    #[validate(custom(function = rule_types))]
    #[schema(inline, max_items = 11, value_type = Option<Vec<ChangeTypeDto>>, example = json!(["registration.created"]))]
    types: Option<Option<Vec<String>>>,
    /// `disabled`: nothing is sent until it is `active` again; then it goes on where it stopped.
    #[serde(deserialize_with = "present")]
    #[validate(custom(function = rule_status))]
    #[schema(value_type = String, required = false, max_length = 8, pattern = "^(active|disabled)$", example = "active")]
    status: Option<String>,
}

/// A field that may be left out and cannot be `null`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A field that may be left out, which is not the same as `null`.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

fn rule_description(value: &str) -> Result<(), ValidationError> {
    webhook::description(value).map(drop).map_err(|r| refused(&r))
}

fn rule_types(names: &[String]) -> Result<(), ValidationError> {
    webhook::types(names).map(drop).map_err(|r| refused(&r))
}

fn rule_status(value: &str) -> Result<(), ValidationError> {
    EndpointStatus::parse(value).map(drop).map_err(|r| refused(&r))
}

/// The fault of an address, if it has one.
fn url_fault(url: &str, reach: Reach) -> Vec<Fault> {
    EndpointUrl::parse(url, reach).err().map(|refusal| Fault::new("/url", refusal)).into_iter().collect()
}

impl CreateWebhookEndpoint {
    /// What depends on where webhooks may be sent.
    pub(super) fn faults(&self, reach: Reach) -> Vec<Fault> {
        url_fault(&self.url, reach)
    }
}

impl ChangeWebhookEndpoint {
    /// What depends on where webhooks may be sent.
    pub(super) fn faults(&self, reach: Reach) -> Vec<Fault> {
        self.url.as_deref().map(|url| url_fault(url, reach)).unwrap_or_default()
    }

    /// The change, from a body that has been checked.
    pub(super) fn change(self, reach: Reach) -> Result<Change, Refusal> {
        let description = |text: Option<String>| text.map(|text| webhook::description(&text)).transpose();
        let types = |names: Option<Vec<String>>| webhook::types(&names.unwrap_or_default());
        Ok(Change {
            url: self.url.map(|url| EndpointUrl::parse(&url, reach)).transpose()?,
            description: self.description.map(description).transpose()?,
            types: self.types.map(types).transpose()?,
            status: self.status.map(|status| EndpointStatus::parse(&status)).transpose()?,
        })
    }
}
