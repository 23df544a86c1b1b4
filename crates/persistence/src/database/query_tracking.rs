//! Tracks whether a request used the database.
//!
//! A response that is made from memory alone costs next to nothing, and the rate limits treat it so. Handlers that had to
//! declare this themselves would easily get it wrong, so the store records it whenever it hands out a connection pool.
//! Queries that run in other tasks, such as a load that several requests share, are not recorded.

use std::cell::Cell;

tokio::task_local! {
    static DATABASE_USED: Cell<bool>;
}

/// Runs the work, and returns its result with whether it used the database.
pub async fn track<T>(work: impl Future<Output = T>) -> (T, bool) {
    let tracked = async {
        let result = work.await;
        (result, DATABASE_USED.with(Cell::get))
    };
    DATABASE_USED.scope(Cell::new(false), tracked).await
}

/// Records that the current request uses the database. Outside of [`track`] this has no effect.
pub(crate) fn note_database_use() {
    let _ = DATABASE_USED.try_with(|used| used.set(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_without_queries_does_not_use_the_database() {
        assert_eq!(track(async { 7 }).await, (7, false));
        note_database_use();
        let used = async {
            note_database_use();
            7
        };
        assert_eq!(track(used).await, (7, true));
    }
}
