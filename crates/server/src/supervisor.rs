//! Runs background tasks and restarts those that fail.
//!
//! The rule: a task that panics or returns an error is logged, counted in `plenaria_background_task_restarts_total{task}`,
//! and restarted after a pause of 1 s, which doubles with each failure up to 1 min. The exception are essential tasks
//! ([`Supervisor::spawn_essential`]), which cannot be restarted because they own state that other parts depend on: if one
//! panics, the program stops and exits with an error, so that whatever started it starts it anew.
//!
//! [`Supervisor::stop`] ends all tasks. Dropping the supervisor aborts them.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// The pause before the first restart. It doubles with each further failure.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// The longest pause before a restart. A task that has run for this long without failing starts over with the first pause.
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// How long essential tasks may take to finish their work when the supervisor stops, and then all other tasks.
const STOP_GRACE: Duration = Duration::from_secs(30);

/// Why a task failed.
pub type TaskError = Box<dyn Error + Send + Sync>;

/// An essential task panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EssentialTaskFailed(pub &'static str);

impl std::fmt::Display for EssentialTaskFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the background task “{}” panicked", self.0)
    }
}

impl Error for EssentialTaskFailed {}

/// Tells a task that it is to end.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<bool>);

impl StopSignal {
    /// Waits until the supervisor stops.
    pub async fn requested(mut self) {
        // If the supervisor was dropped, the task is aborted anyway.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

/// Runs background tasks and restarts those that fail.
#[derive(Debug)]
pub struct Supervisor {
    tasks: JoinSet<()>,
    essential: JoinSet<()>,
    stopping: watch::Sender<bool>,
    /// The first essential task that panicked.
    failed: watch::Sender<Option<&'static str>>,
    restarts: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Default for Supervisor {
    fn default() -> Self {
        Self {
            tasks: JoinSet::new(),
            essential: JoinSet::new(),
            stopping: watch::Sender::new(false),
            failed: watch::Sender::new(None),
            restarts: Family::default(),
        }
    }
}

impl Supervisor {
    /// Registers the counter of restarts in a registry whose prefix is `plenaria`.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Restarts of background tasks that failed";
        registry.register("background_task_restarts", help, self.restarts.clone());
    }

    /// Spawns a task that runs for ever, and is cancelled at any of its await points when the supervisor stops. `start` makes
    /// its future, once for each start.
    pub fn spawn<F>(&mut self, name: &'static str, mut start: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.spawn_until_stopped(name, move |stop| {
            let task = start();
            async move {
                tokio::select! {
                    () = task => {}
                    () = stop.requested() => {}
                }
                Ok(())
            }
        });
    }

    /// Spawns a task that ends by itself when the supervisor stops, within 30 s. `start` makes its future, once for each
    /// start.
    pub fn spawn_until_stopped<F>(&mut self, name: &'static str, start: impl FnMut(StopSignal) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        // The counter exists from the start, so that rates have a beginning.
        let restarts = self.restarts.get_or_create_owned(&[("task", name)]);
        self.tasks.spawn(supervise(name, restarts, StopSignal(self.stopping.subscribe()), start));
    }

    /// Spawns a task that cannot be restarted. When the supervisor stops, it must end by itself within 30 s.
    pub fn spawn_essential(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let failed = self.failed.clone();
        self.essential.spawn(async move {
            if let Err(panic) = AssertUnwindSafe(task).catch_unwind().await {
                let panic = literal(&*panic);
                tracing::error!(task = name, panic, "an essential background task panicked; the program stops");
                failed.send_if_modified(|failed| failed.is_none() && failed.replace(name).is_none());
            }
        });
    }

    /// Returns a future that completes when an essential task has panicked.
    pub fn failure(&self) -> impl Future<Output = EssentialTaskFailed> + Send + use<> {
        let mut failed = self.failed.subscribe();
        async move {
            let name = failed.wait_for(Option::is_some).await.ok().and_then(|name| *name);
            match name {
                Some(name) => EssentialTaskFailed(name),
                // The supervisor was dropped, and no task failed.
                None => std::future::pending().await,
            }
        }
    }

    /// Waits for the essential tasks to finish, and then ends all others. Both may take 30 s; tasks that take longer are
    /// aborted.
    ///
    /// # Errors
    /// An essential task has panicked.
    pub async fn stop(mut self) -> Result<(), EssentialTaskFailed> {
        if timeout(STOP_GRACE, join_all(&mut self.essential)).await.is_err() {
            tracing::warn!("an essential background task did not finish in time");
        }
        self.stopping.send_replace(true);
        if timeout(STOP_GRACE, join_all(&mut self.tasks)).await.is_err() {
            tracing::warn!("background tasks did not end in time");
        }
        let failed = *self.failed.borrow();
        failed.map_or(Ok(()), |name| Err(EssentialTaskFailed(name)))
    }
}

async fn join_all(tasks: &mut JoinSet<()>) {
    // Panics are caught within the tasks.
    while tasks.join_next().await.is_some() {}
}

/// Runs a task again and again until it returns without an error or the supervisor stops.
async fn supervise<F>(
    name: &'static str,
    restarts: Counter,
    stop: StopSignal,
    mut start: impl FnMut(StopSignal) -> F + Send + 'static,
) where
    F: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    let mut backoff = FIRST_BACKOFF;
    loop {
        let started = Instant::now();
        let attempt = async { start(stop.clone()).await };
        let result = AssertUnwindSafe(attempt).catch_unwind().await;
        if started.elapsed() >= MAX_BACKOFF {
            backoff = FIRST_BACKOFF;
        }
        let restart_in_s = backoff.as_secs();
        match result {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                let error = &*error as &dyn Error;
                tracing::error!(task = name, error, restart_in_s, "a background task failed; it is restarted");
            }
            Err(panic) => {
                let panic = literal(&*panic);
                tracing::error!(task = name, panic, restart_in_s, "a background task panicked; it is restarted");
            }
        }
        restarts.inc();
        tokio::select! {
            () = sleep(backoff) => {}
            () = stop.clone().requested() => return,
        }
        backoff = (backoff * 2).min(MAX_BACKOFF);
    }
}

/// The message of a panic, if it is a literal of the source. A formatted message may contain personal data.
fn literal(panic: &(dyn Any + Send)) -> &'static str {
    panic.downcast_ref::<&'static str>().copied().unwrap_or("(a formatted message, which is not logged)")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn restarts(supervisor: &Supervisor, task: &'static str) -> u64 {
        supervisor.restarts.get_or_create_owned(&[("task", task)]).get()
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_restarted_and_counted() {
        let mut supervisor = Supervisor::default();
        let starts = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&starts);
        supervisor.spawn("flaky", move || {
            let start = counter.fetch_add(1, Ordering::Relaxed);
            async move {
                assert!(start > 0, "the first start fails");
                std::future::pending::<()>().await;
            }
        });
        sleep(FIRST_BACKOFF * 2).await;
        assert_eq!((starts.load(Ordering::Relaxed), restarts(&supervisor, "flaky")), (2, 1));
        supervisor.stop().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_keeps_failing_is_restarted_ever_more_rarely() {
        let mut supervisor = Supervisor::default();
        supervisor.spawn_until_stopped("broken", |_| async { Err("broken".into()) });
        sleep(Duration::from_millis(7_500)).await;
        // After 0, 1, 3 and 7 s.
        assert_eq!(restarts(&supervisor, "broken"), 4);
        let began = Instant::now();
        supervisor.stop().await.unwrap();
        assert!(began.elapsed() < FIRST_BACKOFF, "a stop does not wait for the next restart");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_all_tasks_within_the_grace() {
        let mut supervisor = Supervisor::default();
        let finished = Arc::new(AtomicU64::new(0));
        let (draining, essential) = (Arc::clone(&finished), Arc::clone(&finished));
        supervisor.spawn("endless", std::future::pending);
        supervisor.spawn_until_stopped("stuck", |_| std::future::pending());
        supervisor.spawn_until_stopped("draining", move |stop| {
            let finished = Arc::clone(&draining);
            async move {
                stop.requested().await;
                sleep(Duration::from_secs(5)).await;
                finished.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        });
        supervisor.spawn_essential("essential", async move {
            sleep(Duration::from_secs(5)).await;
            essential.fetch_add(1, Ordering::Relaxed);
        });
        let began = Instant::now();
        supervisor.stop().await.unwrap();
        assert_eq!(finished.load(Ordering::Relaxed), 2);
        assert!(began.elapsed() <= STOP_GRACE + Duration::from_secs(6), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_of_an_essential_task_is_reported() {
        let mut supervisor = Supervisor::default();
        supervisor.spawn_essential("desk", async { panic!("out of order") });
        assert_eq!(supervisor.failure().await, EssentialTaskFailed("desk"));
        assert_eq!(supervisor.stop().await, Err(EssentialTaskFailed("desk")));
    }
}
