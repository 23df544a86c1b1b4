//! Tests of mail: sending, the budget of a mailbox, and the list of messages.

mod budget;
mod cancellation;
mod corrections;
mod delivery;
mod follow_up;
mod messages;
mod reinstatement;
