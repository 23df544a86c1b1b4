//! Tells whether a request asked the database.
//!
//! A response that was made from memory alone costs next to nothing, and the rate limits treat it so. Whether one was is
//! easily got wrong if each handler has to say it, so the [`Store`](crate::Store) notes it itself whenever it hands out a
//! connection. What other tasks ask meanwhile, such as a load that several requests share, is not noted.

use std::cell::Cell;

tokio::task_local! {
    static ASKED: Cell<bool>;
}

/// Does the work, and says whether it asked the database.
pub async fn track<T>(work: impl Future<Output = T>) -> (T, bool) {
    let tracked = async {
        let result = work.await;
        (result, ASKED.with(Cell::get))
    };
    ASKED.scope(Cell::new(false), tracked).await
}

/// The database is about to be asked. Outside of [`track`] this does nothing.
pub(crate) fn note() {
    let _ = ASKED.try_with(|asked| asked.set(true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::store::DatabaseUrl;

    #[tokio::test]
    async fn whatever_asks_the_database_is_noted() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(directory.path().join("test.db"))).await.unwrap();
        assert_eq!(track(async { 7 }).await, (7, false));
        assert!(track(store.ping()).await.1);
        assert!(track(Box::pin(store.migrate())).await.1);
        assert!(track(store.catalogue_version()).await.1);
        assert!(track(store.write(|_| Box::pin(async { Ok(()) }))).await.1);
        assert!(track(store.look(|_| Box::pin(async { Ok(()) }))).await.1);
        assert!(!track(async { track(Box::pin(store.ping())).await.1 }).await.1, "each is tracked by itself");
        store.ping().await.unwrap();
    }
}
