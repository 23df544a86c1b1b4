//! Streams of live seats (Server-Sent Events).
//!
//! A background task reads the seats of all events that have streams, with one statement at a time, however many streams
//! there are. When the seats of an event differ from those sent last, its streams send one message, whose bytes they share.
//! So a stream costs a connection, a timer and two pointers, and the database does not know how many there are.
//!
//! The id of a message is a number that grows: its upper bits say when it was made, its lower bits identify the content. A
//! reader that connects again, to any instance, names the last id that it received (`Last-Event-ID`), and gets a message at
//! once unless it knows the current content.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use actix_web::web::Bytes;
use futures_util::stream::{Stream, unfold};
use plenaria_domain::event::EventStatus;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::{Clock, Instant};
use plenaria_persistence::events::availability::Availability;
use plenaria_persistence::{Store, StoreError};
use prometheus_client::metrics::gauge::Gauge;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::time;

use crate::limits::concurrency::{ConcurrencyLimiter, ConcurrencyPermit};
use crate::limits::rate_limit::LimitKey;
use crate::problem::{ApiError, Code};

/// How often the seats are read: a little more than once a second, so that a change is known within a second.
const READ_INTERVAL: Duration = Duration::from_millis(900);
/// How long reading them may take before the streams go on without.
const READ_TIMEOUT: Duration = Duration::from_secs(3);
/// The most events that one statement reads.
const EVENTS_PER_STATEMENT: usize = 256;
/// The least time between two messages of a stream.
const MESSAGE_INTERVAL: Duration = Duration::from_millis(500);
/// A stream that has sent nothing for this long sends a comment, so that proxies keep it open and the system notices a reader
/// that has gone.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);
/// The most streams in this process. One takes about as much memory as an idle connection.
const MAX_STREAMS: usize = 5_000;
/// The most streams of one network address.
const MAX_STREAMS_PER_ADDRESS: usize = 20;
/// After how many milliseconds a reader connects again, unless the server stops.
const RETRY_MILLIS: u32 = 3_000;
/// The same when the server stops: at different times, so that the others do not get all its readers at once.
const RETRY_MILLIS_AFTER_STOP: std::ops::RangeInclusive<u32> = 1_000..=5_000;
/// The number of an id's lower bits, which identify the content. Two contents have the same ones once in 16 million cases.
const CONTENT_BITS: u32 = 24;
/// The unit of an id's upper bits, in milliseconds.
const TICK_MILLIS: i64 = 500;

/// Renders seats that were read at the first of two times, as they are at the second.
pub(crate) type Render = fn(&Availability, Instant, Instant) -> Rendering;

/// Seats as JSON.
pub(crate) struct Rendering {
    pub(crate) json: String,
    /// The same without what differs each time that the seats are read.
    pub(crate) content: String,
}

/// The streams of one process.
pub struct AvailabilityStreams {
    store: Store,
    clock: Clock,
    permits: ConcurrencyLimiter,
    /// The channels of events with streams. Those that no stream uses any more are removed at the next reading.
    channels: Channels,
    is_stopping: AtomicBool,
    /// The number of open streams, for metrics.
    open: Gauge,
}

/// The channels of events with streams.
#[derive(Default)]
struct Channels(Mutex<HashMap<EventId, Weak<Channel>>>);

/// What the streams of one event send.
struct Channel {
    event: EventId,
    render: Render,
    message: watch::Sender<Message>,
}

/// The newest message of an event.
#[derive(Clone, Debug)]
struct Message {
    id: u64,
    /// The message as it is sent.
    text: Bytes,
    read_at: Instant,
    /// Why the streams end after this message, if they do.
    end: Option<End>,
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The event is over.
    EventOver,
    /// The event was withdrawn: it is no longer public.
    Withdrawn,
    /// The server stops.
    ServerStops,
}

/// The response to a reader.
pub(crate) enum Opened {
    Stream(OpenStream),
    /// The event is over, and the reader knows it: it need not connect again.
    NothingToCome,
}

impl AvailabilityStreams {
    /// No streams yet. `open` counts them.
    pub fn new(store: Store, clock: Clock, open: Gauge) -> Self {
        let permits = ConcurrencyLimiter::new(MAX_STREAMS, MAX_STREAMS_PER_ADDRESS);
        Self { store, clock, permits, channels: Channels::default(), is_stopping: AtomicBool::new(false), open }
    }

    /// Reads the seats of events that have streams, until the process ends.
    pub async fn watch(self: Arc<Self>) {
        let mut ticks = time::interval(READ_INTERVAL);
        ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for channels in self.channels.in_use().chunks(EVENTS_PER_STATEMENT) {
                self.read(channels).await;
            }
        }
    }

    /// Reads the seats of some events, and sends those that have changed. Without an answer the streams stay as they are.
    async fn read(&self, channels: &[Arc<Channel>]) {
        let now = self.clock.now();
        let events: Vec<EventId> = channels.iter().map(|channel| channel.event).collect();
        match self.store.with_timeout(READ_TIMEOUT, self.store.availability_of_all(&events)).await {
            Ok(found) => {
                for channel in channels {
                    let availability = match found.get(&channel.event) {
                        Some(Some(availability)) => Some(availability),
                        // The row is damaged: the stream stays as it is.
                        Some(None) => continue,
                        None => None,
                    };
                    channel.message.send_if_modified(|message| message.replace(channel.render, availability, now));
                }
            }
            // The event cache logs that the database is unavailable.
            Err(StoreError::Unavailable(_)) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "seats for streams cannot be read");
            }
        }
    }

    /// Ends all streams, and those to come after their first message: their readers connect again, to another instance.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
        for channel in self.channels.in_use() {
            channel.message.send_modify(|message| message.end = message.end.or(Some(End::ServerStops)));
        }
    }

    /// Opens a stream for a reader at `address`, whose last message had `last_id`. `first` reads the seats if no stream has
    /// them.
    ///
    /// # Errors
    /// 503 if there are too many streams, in all or of this address; 404 if the event was withdrawn; errors of `first`.
    pub(crate) async fn open(
        &self,
        event: EventId,
        address: LimitKey,
        last_id: Option<u64>,
        render: Render,
        first: impl AsyncFnOnce(Instant) -> Result<(Availability, Instant), ApiError>,
    ) -> Result<Opened, ApiError> {
        let permit = self.permits.try_acquire(&[address]).map_err(|_| ApiError::new(Code::Overloaded))?;
        let channel = if let Some(channel) = self.channels.get(event) {
            channel
        } else {
            let now = self.clock.now();
            let (availability, read_at) = first(now).await?;
            let message = Message::new(render, &availability, read_at, now, 0);
            self.channels.insert(Channel { event, render, message: watch::Sender::new(message) })
        };
        let mut messages = channel.message.subscribe();
        let Message { id, text, mut end, .. } = messages.borrow_and_update().clone();
        let is_known = last_id.is_some_and(|last| content_of(last) == content_of(id));
        match end {
            Some(End::Withdrawn) => return Err(ApiError::not_found()),
            Some(End::EventOver) if is_known => return Ok(Opened::NothingToCome),
            _ => {}
        }
        // The channel may have been made after `stop` looked for channels.
        if self.is_stopping.load(Ordering::SeqCst) {
            end = end.or(Some(End::ServerStops));
        }
        let mut beginning = format!("retry: {RETRY_MILLIS}\n").into_bytes();
        beginning.extend_from_slice(if is_known { b": nothing has changed\n\n" } else { &text });
        if end == Some(End::ServerStops) {
            beginning.extend(farewell());
        }
        Ok(Opened::Stream(OpenStream {
            messages,
            next: Some(beginning.into()),
            last_id: id,
            last_sent: time::Instant::now(),
            has_ended: end.is_some(),
            _channel: channel,
            _permit: permit,
            _count: Count::new(&self.open),
        }))
    }
}

impl Channel {
    /// Whether new readers may use it. A reader that has stalled keeps a channel after its end, while the event may have
    /// been published again, or moved to a later time.
    fn is_usable(&self) -> bool {
        !matches!(self.message.borrow().end, Some(End::EventOver | End::Withdrawn))
    }
}

impl Channels {
    /// The channel of an event that has streams.
    fn get(&self, event: EventId) -> Option<Arc<Channel>> {
        self.lock().get(&event).and_then(Weak::upgrade).filter(|channel| channel.is_usable())
    }

    /// The channel, or the one that another reader has inserted in the meantime.
    fn insert(&self, channel: Channel) -> Arc<Channel> {
        let mut channels = self.lock();
        let other = channels.get(&channel.event).and_then(Weak::upgrade);
        if let Some(other) = other.filter(|other| other.is_usable()) {
            return other;
        }
        let channel = Arc::new(channel);
        channels.insert(channel.event, Arc::downgrade(&channel));
        channel
    }

    /// The channels that streams use. The others are removed.
    fn in_use(&self) -> Vec<Arc<Channel>> {
        let mut in_use = Vec::new();
        self.lock().retain(|_, channel| {
            in_use.extend(channel.upgrade());
            channel.strong_count() > 0
        });
        in_use
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventId, Weak<Channel>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Message {
    /// A message about seats that were read at `read_at`. Its id is greater than `last_id`.
    fn new(render: Render, availability: &Availability, read_at: Instant, now: Instant, last_id: u64) -> Self {
        let Rendering { json, content } = render(availability, read_at, now);
        let digest = Sha256::digest(content);
        let content = digest[..3].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let tick = u64::try_from(now.timestamp_millis() / TICK_MILLIS).unwrap_or_default();
        let id = tick.max((last_id >> CONTENT_BITS) + 1) << CONTENT_BITS | content;
        let text = format!("event: availability\nid: {id}\ndata: {json}\n\n").into();
        let end = match availability.window.status {
            EventStatus::Draft => Some(End::Withdrawn),
            _ if now >= availability.window.ends_at => Some(End::EventOver),
            _ => None,
        };
        Self { id, text, read_at, end }
    }

    /// Replaces this message if newly read seats differ from it; whether it did. `None`: the event no longer exists.
    fn replace(&mut self, render: Render, availability: Option<&Availability>, now: Instant) -> bool {
        if self.end.is_some() || now < self.read_at {
            return false;
        }
        let Some(availability) = availability else {
            self.end = Some(End::Withdrawn);
            return true;
        };
        let newer = Self::new(render, availability, now, now, self.id);
        if newer.end == Some(End::Withdrawn) || content_of(newer.id) == content_of(self.id) {
            (self.read_at, self.end) = (now, newer.end);
            return newer.end.is_some();
        }
        *self = newer;
        true
    }
}

/// What identifies the content of the message with this id.
const fn content_of(id: u64) -> u64 {
    id & ((1 << CONTENT_BITS) - 1)
}

/// What a stream sends last when the server stops.
fn farewell() -> Vec<u8> {
    format!(": the server stops\nretry: {}\n\n", rand::random_range(RETRY_MILLIS_AFTER_STOP)).into_bytes()
}

/// One stream.
pub(crate) struct OpenStream {
    messages: watch::Receiver<Message>,
    /// What is sent next, if it is known.
    next: Option<Bytes>,
    last_id: u64,
    /// When the last message was sent.
    last_sent: time::Instant,
    has_ended: bool,
    /// Keeps the channel among those that are read.
    _channel: Arc<Channel>,
    _permit: ConcurrencyPermit,
    _count: Count,
}

impl OpenStream {
    /// What it sends, made when the connection asks for it.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, async |mut stream| Some((Ok(stream.next().await?), stream)))
    }

    /// What the stream sends next; `None` at its end. A reader that is too slow misses messages and gets the newest.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        while !self.has_ended {
            match time::timeout(HEARTBEAT_INTERVAL, self.messages.changed()).await {
                Err(_) => return Some(Bytes::from_static(b": still here\n\n")),
                Ok(Err(_)) => return None,
                Ok(Ok(())) => {}
            }
            time::sleep_until(self.last_sent + MESSAGE_INTERVAL).await;
            let Message { id, text, end, .. } = self.messages.borrow_and_update().clone();
            self.has_ended = end.is_some();
            let is_new = content_of(id) != content_of(self.last_id);
            let farewell = if end == Some(End::ServerStops) { farewell() } else { Vec::new() };
            if is_new {
                (self.last_id, self.last_sent) = (id, time::Instant::now());
            }
            match (is_new, farewell.is_empty()) {
                (true, true) => return Some(text),
                (true, false) => return Some([&text[..], &farewell].concat().into()),
                (false, false) => return Some(farewell.into()),
                (false, true) => {}
            }
        }
        None
    }
}

/// Counts a stream as open until it is dropped.
struct Count(Gauge);

impl Count {
    fn new(open: &Gauge) -> Self {
        open.inc();
        Self(open.clone())
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests;
