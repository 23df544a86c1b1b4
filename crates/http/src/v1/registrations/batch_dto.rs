//! A batch of registrations as callers send it, and its results as they see them.

use std::fmt;

use plenaria_domain::refusal::Refusal;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Schema};
use validator::{Validate, ValidationError};

use super::dto::RegistrationDto;
use super::request::CreateRegistration;
use crate::rules::refused;

/// The most registrations of a batch.
const MOST: usize = 500;

/// Registrations to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = BatchRegistrations)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used; the items are read one by one")]
pub(crate) struct BatchRegistrations {
    /// The registrations, each as for a single one.
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<CreateRegistration>,
    /// Whether all are made or none; false unless given.
    #[schema(example = false)]
    atomic: Option<bool>,
}

/// The same, its items as they came: a fault of one must not hide those of the others.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Batch {
    #[validate(custom(function = rule_items))]
    #[schema(required = true, value_type = Vec<serde_json::Value>)]
    pub(super) items: Items,
    pub(super) atomic: Option<bool>,
}

fn rule_items(items: &Items) -> Result<(), ValidationError> {
    let fits = (1..=MOST).contains(&items.0.len());
    if fits { Ok(()) } else { Err(refused(&Refusal::Length { min: 1, max: MOST })) }
}

/// The items of a batch as they came. Of a list that is too long only its beginning is kept, one item more than there may
/// be.
#[derive(Debug, Default, Serialize)]
pub(super) struct Items(pub(super) Vec<Box<RawValue>>);

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
        while items.len() <= MOST {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Items(items)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Items(items))
    }
}

/// What a batch came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResults {
    /// A result for each item, in their order.
    #[schema(max_items = 500)]
    pub(super) results: Vec<BatchResult>,
}

/// What one item of a batch came to: it has a registration or a problem.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BatchResult {
    /// Which item, from 0.
    #[schema(minimum = 0, maximum = 499, example = 0)]
    pub(super) index: usize,
    /// The status that a single registration would have had.
    #[schema(minimum = 200, maximum = 599, example = 201)]
    pub(super) status: u16,
    /// The registration, with its `manage_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RegistrationDto, required = false)]
    pub(super) registration: Option<Box<RawValue>>,
    /// Why it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = problem, required = false)]
    pub(super) problem: Option<Box<RawValue>>,
}

fn problem() -> RefOr<Schema> {
    Ref::from_schema_name("Problem").into()
}
