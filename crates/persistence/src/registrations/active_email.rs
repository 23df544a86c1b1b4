//! The text in the column `registrations.active_email`, whose unique index allows one active registration per event and
//! address.
//!
//! A confirmed or waitlisted registration stores the address itself. A pending request stores the address, a space and
//! a slot number, so that several requests may wait for one address, but no more than there are slots.

/// How many requests may be pending for one address at one event.
pub(crate) const MAX_PENDING: usize = 10;

/// The address within `active_email`. No address contains a space, so the text before the first one is the address.
pub(crate) fn address(active_email: &str) -> &str {
    active_email.split_once(' ').map_or(active_email, |(address, _)| address)
}

/// Every `active_email` that a pending request for the address may have.
pub(crate) fn pending_slots(address: &str) -> impl Iterator<Item = String> {
    (0..MAX_PENDING).map(move |number| format!("{address} {number}"))
}
