//! Tests of mail: sending, the budget of a mailbox, and the list of messages.

mod budget;
mod delivery;
mod messages;
mod reinstatement;
