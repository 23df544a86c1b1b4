//! Webhooks: endpoints, the deliveries queued for them, and a log of every attempt (`docs/decisions/0014-webhooks.md`).
//!
//! Every operation on an endpoint's deliveries (queueing changes, claiming what is due, recording results) holds the
//! lock of the endpoint's row, so that instances do not race however many there are.

pub(crate) mod claim;
mod deliveries;
pub(crate) mod delivery_state;
mod endpoints;
pub(crate) mod prune;
pub(crate) mod record;
pub(crate) mod rotate_secret;

pub use crate::webhooks::claim::{
    ClaimRequest, ClaimResult, ClaimedDelivery, DeliveryQueue, EndpointBacklog, RenderPayload,
};
pub(crate) use crate::webhooks::prune::erase_references;
pub use crate::webhooks::record::{DeliveryOutcome, DeliveryVerdict};
pub use crate::webhooks::rotate_secret::{RotateOutcome, RotateSecret};
pub use deliveries::{Attempt, Delivery, DeliveryContent, DeliveryFilter, EnqueueDelivery, EnqueueOutcome};
pub use endpoints::{
    CreateEndpoint, CreateOutcome, Endpoint, EndpointChanges, Precondition, RemoveEndpoint, UpdateEndpoint,
    UpdateOutcome,
};
