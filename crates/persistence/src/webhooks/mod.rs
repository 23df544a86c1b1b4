//! Webhooks: endpoints, the deliveries queued for them, and a log of every attempt (`docs/decisions/0014-webhooks.md`).
//!
//! Every operation on an endpoint's deliveries (queueing changes, claiming what is due, recording results) holds the
//! lock of the endpoint's row, so that instances do not race however many there are.

mod deliveries;
pub(crate) mod delivery_state;
mod endpoints;
mod outgoing;
mod recording;
mod removal;
mod rotation;

pub use deliveries::{Attempt, Delivery, DeliveryContent, DeliveryFilter, EnqueueDelivery, EnqueueOutcome};
pub use endpoints::{
    CreateEndpoint, CreateOutcome, Endpoint, EndpointChanges, Precondition, RemoveEndpoint, UpdateEndpoint,
    UpdateOutcome,
};
pub use outgoing::{ClaimRequest, ClaimResult, ClaimedDelivery, DeliveryQueue, EndpointBacklog, RenderPayload};
pub use recording::{DeliveryOutcome, DeliveryVerdict};
pub(crate) use removal::erase_references;
pub use rotation::{RotateOutcome, RotateSecret};
