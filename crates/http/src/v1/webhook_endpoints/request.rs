//! The bodies of requests that create or update a webhook endpoint, and their rules.

#![allow(clippy::option_option, reason = "a merge patch distinguishes an absent field from null")]

use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_domain::webhook::{self, AddressPolicy, EndpointStatus, EndpointUrl};
use plenaria_persistence::webhooks::EndpointChanges;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::request::validation::{changed_text, optional_text, to_validator_error};
use crate::v1::changes::dto::ChangeTypeDto;
use crate::v1::webhook_endpoints::dto::EndpointStatusDto;

/// A webhook endpoint to create.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CreateWebhookEndpoint {
    /// The address to send messages to: `https`, on the public internet, without user name, password or fragment.
    #[schema(required = true, min_length = 1, format = "uri", example = "https://hooks.example.org/plenaria")]
    pub(super) url: String,
    /// A description for people. A blank text is treated as null.
    #[serde(deserialize_with = "optional_text")]
    #[validate(custom(function = rule_description))]
    #[schema(max_length = 200, format = "untrimmed-line", example = "The CRM")]
    pub(super) description: Option<String>,
    /// The types of changes to send messages about, each at most once. Empty or absent: all.
    #[validate(custom(function = rule_types))]
    #[schema(max_items = 13, value_type = Option<BTreeSet<ChangeTypeDto>>, example = json!(["registration.created", "registration.cancelled"]))]
    pub(super) types: Option<Vec<String>>,
}

/// A change of a webhook endpoint (JSON Merge Patch, RFC 7396). Absent fields stay as they are, and `null` clears a field.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UpdateWebhookEndpoint {
    /// The new address for messages, including queued ones.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, format = "uri", example = "https://hooks.example.org/plenaria")]
    url: Option<String>,
    /// A description for people. A blank text clears it.
    #[serde(deserialize_with = "changed_text")]
    #[validate(custom(function = rule_description))]
    #[schema(value_type = Option<String>, max_length = 200, format = "untrimmed-line", example = "The CRM")]
    description: Option<Option<String>>,
    /// The types of changes to send messages about from now on. Empty or `null`: all.
    #[serde(deserialize_with = "nullable")]
    #[validate(custom(function = rule_types))]
    #[schema(max_items = 13, value_type = Option<BTreeSet<ChangeTypeDto>>, example = json!(["registration.created"]))]
    types: Option<Option<Vec<String>>>,
    /// `disabled` stops messages until the endpoint is `active` again. Then they continue where they stopped.
    #[serde(deserialize_with = "present")]
    #[validate(custom(function = rule_status))]
    #[schema(value_type = EndpointStatusDto, required = false, example = "active")]
    status: Option<String>,
}

/// Deserialises a field that may be absent but not `null`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Deserialises a field that may be absent or `null`, which differ.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

fn rule_description(value: &str) -> Result<(), ValidationError> {
    webhook::clean_description(value).map(drop).map_err(|error| to_validator_error(&error))
}

fn rule_types(names: &[String]) -> Result<(), ValidationError> {
    webhook::parse_change_types(names).map(drop).map_err(|error| to_validator_error(&error))
}

fn rule_status(value: &str) -> Result<(), ValidationError> {
    EndpointStatus::parse(value).map(drop).map_err(|error| to_validator_error(&error))
}

/// The validation error of an address, if it has one.
fn url_error(url: &str, policy: AddressPolicy) -> Vec<FieldError> {
    EndpointUrl::parse(url, policy).err().map(|error| FieldError::new("/url", error)).into_iter().collect()
}

impl CreateWebhookEndpoint {
    /// Validation errors that depend on the addresses that this server may send webhooks to.
    pub(super) fn url_errors(&self, policy: AddressPolicy) -> Vec<FieldError> {
        url_error(&self.url, policy)
    }
}

impl UpdateWebhookEndpoint {
    /// Validation errors that depend on the addresses that this server may send webhooks to.
    pub(super) fn url_errors(&self, policy: AddressPolicy) -> Vec<FieldError> {
        self.url.as_deref().map(|url| url_error(url, policy)).unwrap_or_default()
    }

    /// Converts a body that has passed validation.
    pub(super) fn into_change(self, policy: AddressPolicy) -> Result<EndpointChanges, InvalidValue> {
        let description = |text: Option<String>| text.map(|text| webhook::clean_description(&text)).transpose();
        let types = |names: Option<Vec<String>>| webhook::parse_change_types(&names.unwrap_or_default());
        Ok(EndpointChanges {
            url: self.url.map(|url| EndpointUrl::parse(&url, policy)).transpose()?,
            description: self.description.map(description).transpose()?,
            types: self.types.map(types).transpose()?,
            status: self.status.map(|status| EndpointStatus::parse(&status)).transpose()?,
        })
    }
}
