//! The body of a batch of registrations, and the body of its response.

use std::fmt;

use plenaria_domain::validation::InvalidValue;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use validator::{Validate, ValidationError};

use super::request::CreateRegistration;
use crate::request::validation::to_validator_error;
use crate::schemas;
use crate::v1::registrations::dto::RegistrationWithToken;

const MAX_ITEMS: usize = 500;

/// The registrations to create.
#[derive(Deserialize, ToSchema)]
#[schema(as = BatchRegistrations)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used; the items are read individually")]
pub(crate) struct BatchRegistrations {
    /// The registrations, each as in a request for a single one.
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<CreateRegistration>,
    /// Whether either all or none are created; default: false.
    #[schema(example = false)]
    atomic: Option<bool>,
}

/// The same body with unparsed items, so that an invalid item does not hide the errors of the others.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Batch {
    #[validate(custom(function = rule_items))]
    #[schema(required = true, value_type = Vec<serde_json::Value>)]
    pub(crate) items: Items,
    pub(crate) atomic: Option<bool>,
}

pub(crate) fn rule_items(items: &Items) -> Result<(), ValidationError> {
    let fits = (1..=MAX_ITEMS).contains(&items.0.len());
    if fits { Ok(()) } else { Err(to_validator_error(&InvalidValue::ListLength { min: 1, max: MAX_ITEMS })) }
}

/// The unparsed items of a batch. Of a list that is too long only the first [`MAX_ITEMS`] + 1 items are stored.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Items(pub(crate) Vec<Box<RawValue>>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items, A::Error> {
        let mut items = Vec::new();
        while items.len() <= MAX_ITEMS {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Items(items)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Items(items))
    }
}

/// The results of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResults {
    /// A result for each item, in the order of the items.
    #[schema(max_items = 500)]
    pub(crate) results: Vec<BatchResult>,
}

/// The result of one item of a batch: a registration or a problem. Both are null with status 202, where the event asks to
/// confirm addresses.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BatchResult {
    /// The item's index, from 0.
    #[schema(minimum = 0, maximum = 499, example = 0)]
    pub(crate) index: usize,
    /// The status that a request for this single registration would have had.
    #[schema(minimum = 200, maximum = 599, example = 201)]
    pub(crate) status: u16,
    /// The registration, with its `manage_token`.
    #[schema(value_type = Option<RegistrationWithToken>)]
    pub(crate) registration: Option<Box<RawValue>>,
    /// Why it was not created.
    #[schema(schema_with = problem_schema)]
    pub(crate) problem: Option<Box<RawValue>>,
}

pub(crate) fn problem_schema() -> RefOr<Schema> {
    schemas::any_of_or_null("Why the item failed.", ["Problem"])
}
