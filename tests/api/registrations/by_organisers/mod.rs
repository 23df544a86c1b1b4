//! What organisers do with registrations of others: reinstating, correcting addresses, attendance of many people.

mod address;
mod bulk_attendance;
mod reinstate;
