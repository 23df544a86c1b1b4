//! The loop between the desk's queue and what serves its batches.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::time;

use crate::desk::queue::{DeskQueue, QueuedRequest};
use crate::desk::reply::Reply;
use crate::metrics::StoreMetrics;

/// The queue, as its server shares it with the transaction that serves a batch.
pub(crate) type SharedQueue = Arc<Mutex<DeskQueue>>;

/// Serves batches: the desk's worker, or a stand-in for it in tests.
pub(crate) trait BatchServer: Send {
    /// Waits for the next batch; `false` means that the desk has closed and all requests are served.
    fn next_batch(&mut self, queue: &SharedQueue) -> impl Future<Output = bool> + Send;

    /// Serves the queue's batch, and returns the replies in its order. Requests may join the batch meanwhile.
    fn serve(&mut self, queue: &SharedQueue) -> impl Future<Output = Vec<Reply>> + Send;
}

/// Serves requests until every sender is dropped and the queue is empty.
pub(crate) async fn serve_all(
    mut server: impl BatchServer,
    requests: mpsc::Receiver<QueuedRequest>,
    metrics: Option<Arc<StoreMetrics>>,
) {
    let queue = Arc::new(Mutex::new(DeskQueue::new(requests, metrics.clone())));
    while server.next_batch(&queue).await {
        let started_at = metrics.is_some().then(time::Instant::now);
        let replies = server.serve(&queue).await;
        let mut queue = queue.lock().await;
        if let Some((metrics, started_at)) = metrics.as_ref().zip(started_at) {
            let batch = queue.batch();
            let counted: Vec<_> = batch.iter().map(|request| &**request).zip(&replies).collect();
            metrics.desk.observe_batch(started_at, replies.len());
            metrics.registrations.count(&counted);
        }
        queue.reply(replies);
    }
}
