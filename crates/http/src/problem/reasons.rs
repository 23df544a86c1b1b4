//! Why a request conflicts and why a value is invalid, for programs: the reasons of `conflict`, and the schema of the codes of
//! validation errors.

use plenaria_domain::validation::FieldCode;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::detail::Detail;
use crate::described_values;

macro_rules! reasons {
    ($($variant:ident $reason:literal $meaning:literal;)+) => {
        /// The rule that a request conflicts with. Reasons never change.
        #[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
        pub(crate) enum ConflictReason {
            $(#[doc = $meaning] #[serde(rename = $reason)] $variant),+
        }

        impl ConflictReason {
            /// All reasons, with what they mean.
            pub(in crate::problem) const MEANINGS: &'static [(&'static str, &'static str)] = &[$(($reason, $meaning)),+];
        }
    };
}

reasons! {
    ConcurrentChange "concurrent-change" "Another request changed the same resource at the same time.";
    DuplicateExternalReference "duplicate-external-reference"
        "The client has another registration for the event with this `external_reference`.";
    AmbiguousExternalReference "ambiguous-external-reference"
        "Several registrations have this `external_reference`. Name the registration by its id.";
    NotConfirmed "not-confirmed" "The registration has no seat.";
    AddressNotConfirmed "address-not-confirmed" "The address of the registration is not confirmed yet.";
    RegistrationCancelled "registration-cancelled" "The registration was cancelled, so it cannot be changed.";
    EventIsDraft "event-is-draft" "A draft can be neither cancelled nor reinstated.";
    TooManyEndpoints "too-many-endpoints" "The organisation has the maximum number of webhook endpoints.";
    EndpointDisabled "endpoint-disabled" "The webhook endpoint is disabled, so nothing is sent to it.";
    TooManyRows "too-many-rows" "More registrations match than fit into a spreadsheet.";
    AtomicUnavailable "atomic-unavailable" "A batch cannot be atomic where addresses are confirmed by mail.";
}

impl ConflictReason {
    /// The reason that a detail of a `conflict` stands for.
    pub(in crate::problem) const fn of(detail: &Detail) -> Option<Self> {
        Some(match detail {
            Detail::ConcurrentChange => Self::ConcurrentChange,
            Detail::DuplicateExternalReference => Self::DuplicateExternalReference,
            Detail::AmbiguousExternalReference => Self::AmbiguousExternalReference,
            Detail::HoldsNoSeat { .. } | Detail::NotConfirmed { .. } => Self::NotConfirmed,
            Detail::AddressNotConfirmed => Self::AddressNotConfirmed,
            Detail::RegistrationCancelled => Self::RegistrationCancelled,
            Detail::EventIsDraft => Self::EventIsDraft,
            Detail::TooManyEndpoints { .. } => Self::TooManyEndpoints,
            Detail::EndpointDisabled => Self::EndpointDisabled,
            Detail::TooManyRows { .. } => Self::TooManyRows,
            Detail::AtomicUnavailable => Self::AtomicUnavailable,
            Detail::Fields(_)
            | Detail::Parameter { .. }
            | Detail::QueryUnreadable
            | Detail::NotJson { .. }
            | Detail::NotYaml { .. }
            | Detail::YamlDocumentCount(_)
            | Detail::YamlTooComplex { .. }
            | Detail::BodyUnreadable
            | Detail::DuplicateField
            | Detail::IfMatchUnreadable
            | Detail::IdempotencyKeyUnreadable
            | Detail::EventUnreadable
            | Detail::SchemaBehind
            | Detail::ShuttingDown => return None,
        })
    }
}

impl PartialSchema for ConflictReason {
    fn schema() -> RefOr<Schema> {
        described_values::schema("The rule that a request conflicts with. Reasons never change.", Self::MEANINGS)
    }
}

impl ToSchema for ConflictReason {}

/// The codes of validation errors.
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct FieldCodeSchema;

impl PartialSchema for FieldCodeSchema {
    fn schema() -> RefOr<Schema> {
        let meanings: Vec<_> = FieldCode::ALL.iter().map(|code| (code.as_str(), code.meaning())).collect();
        described_values::schema("The code of a validation error. Codes never change.", &meanings)
    }
}

impl ToSchema for FieldCodeSchema {
    fn name() -> std::borrow::Cow<'static, str> {
        "FieldCode".into()
    }
}
