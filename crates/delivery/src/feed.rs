//! Waits for the change feed.

use tokio::sync::watch;

/// Waits until the feed grows. Without a sequencer it never does.
pub(crate) async fn feed_growth(head: &mut watch::Receiver<i64>) {
    if head.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
