//! Tests that personal data is removed: on request, and after the retention period.

mod erasure;
mod retention;
