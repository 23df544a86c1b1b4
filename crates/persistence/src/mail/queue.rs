//! The handle on the mail queue; its operations are in the files beside this one.

use crate::database::store::Store;

/// The mail queue in a database. Its writes do not wake the sequencer, because they leave nothing in the outbox, and
/// they do not wait for the disk: work that a crash of the database loses is done again with the same message ids.
#[derive(Clone, Debug)]
pub struct MailQueue {
    pub(crate) store: Store,
}

impl MailQueue {
    /// Returns the queue in this store.
    pub fn new(store: &Store) -> Self {
        Self { store: store.without_write_notifications().with_async_commit() }
    }
}
