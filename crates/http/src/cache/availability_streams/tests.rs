//! Tests of messages and streams, in simulated time.

use std::net::IpAddr;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use plenaria_domain::event::registration_window::RegistrationWindow;
use plenaria_domain::registration::seats::Seats;

use super::*;

fn at(seconds: i64) -> Instant {
    Instant::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

/// So many of ten seats are taken, at an event that ends after 1,000 seconds.
fn taken(confirmed: u32) -> Availability {
    let seats = Seats { capacity: Some(10), waitlist: false, confirmed, waitlisted: 0 };
    let window =
        RegistrationWindow { status: EventStatus::Published, opens_at: None, closes_at: at(900), ends_at: at(1_000) };
    Availability { seats, window }
}

/// The number of people, and whether the event is over.
fn render(availability: &Availability, read_at: Instant, now: Instant) -> Rendering {
    let status = if now >= availability.window.ends_at { "ended" } else { "open" };
    let content = format!("{{\"status\":\"{status}\",\"confirmed\":{}}}", availability.seats.confirmed);
    Rendering { json: format!("{{\"as_of\":\"{read_at}\",{}", &content[1..]), content }
}

fn first() -> Message {
    Message::new(render, &taken(1), at(0), at(0), 0)
}

/// A channel with a message, and a stream that has sent it.
fn open() -> (Arc<Channel>, OpenStream) {
    let event = EventId::new(at(0));
    let channel = Arc::new(Channel { event, render, message: watch::Sender::new(first()) });
    let limiter = ConcurrencyLimiter::new(1, 1);
    let stream = OpenStream {
        messages: channel.message.subscribe(),
        next: None,
        last_id: channel.message.borrow().id,
        last_sent: time::Instant::now(),
        has_ended: false,
        _channel: Arc::clone(&channel),
        _permit: limiter.try_acquire(&[LimitKey::Address(IpAddr::from([127, 0, 0, 1]))]).unwrap(),
        _count: Count::new(&Gauge::default()),
    };
    (channel, stream)
}

fn publish(channel: &Channel, confirmed: u32, seconds: i64) {
    channel.message.send_if_modified(|message| message.replace(render, Some(&taken(confirmed)), at(seconds)));
}

#[test]
fn ids_grow_and_identify_the_content_on_any_instance() {
    let mut message = first();
    assert!(!message.replace(render, Some(&taken(1)), at(1)), "the same seats are no news");
    let before = message.id;
    assert!(message.replace(render, Some(&taken(2)), at(1)));
    assert!(message.id > before && content_of(message.id) != content_of(before));
    let second = message.id;
    assert!(message.replace(render, Some(&taken(1)), at(1)), "within the same half second");
    assert!(message.id > second && content_of(message.id) == content_of(before));
    let elsewhere = Message::new(render, &taken(1), at(7), at(8), 0);
    assert_eq!(content_of(elsewhere.id), content_of(message.id), "another instance, at another time");
    let behind = message.clone();
    assert!(!message.replace(render, Some(&taken(3)), at(0)), "what was read earlier is ignored");
    assert_eq!(message.id, behind.id);
    assert!(i64::try_from(message.id).is_ok(), "an id fits into 64 bits with a sign");
}

#[test]
fn messages_end_with_the_event() {
    let mut message = first();
    assert!(!message.replace(render, Some(&taken(1)), at(999)));
    assert!(message.replace(render, Some(&taken(1)), at(1_000)));
    assert_eq!(message.end, Some(End::EventOver));
    let text = String::from_utf8(message.text.to_vec()).unwrap();
    assert!(text.contains("\"status\":\"ended\"") && text.ends_with("\n\n"), "{text}");
    let mut message = first();
    let mut draft = taken(1);
    draft.window.status = EventStatus::Draft;
    assert!(message.replace(render, Some(&draft), at(1)));
    assert_eq!((message.end, message.id), (Some(End::Withdrawn), first().id), "a draft's seats are not sent");
    let mut message = first();
    assert!(message.replace(render, None, at(1)) && message.end == Some(End::Withdrawn));
}

#[tokio::test(start_paused = true)]
async fn a_stream_sends_changes_and_heartbeats() {
    let (channel, stream) = open();
    let mut stream = Box::pin(stream.into_stream());
    let started = time::Instant::now();
    assert_eq!(stream.next().await.unwrap().unwrap(), ": still here\n\n");
    assert_eq!(started.elapsed().as_secs(), 15);
    publish(&channel, 2, 1);
    let text = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.contains("\"confirmed\":2"), "{text}");
    // Two more changes at once: the newest is sent, half a second after the last message.
    publish(&channel, 3, 2);
    publish(&channel, 4, 3);
    let sent = time::Instant::now();
    let text = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.contains("\"confirmed\":4"), "{text}");
    assert_eq!(sent.elapsed(), MESSAGE_INTERVAL);
    // There and back again is no change.
    publish(&channel, 5, 4);
    publish(&channel, 4, 5);
    channel.message.send_modify(|message| message.end = Some(End::ServerStops));
    let text = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.contains(": the server stops\nretry: "), "{text}");
    assert!(stream.next().await.is_none());
}

#[test]
fn new_readers_do_not_get_a_channel_that_has_ended() {
    let channels = Channels::default();
    let event = EventId::new(at(0));
    let new = || Channel { event, render, message: watch::Sender::new(first()) };
    for end in [End::EventOver, End::Withdrawn] {
        // A stalled stream holds it.
        let old = channels.insert(new());
        assert!(Arc::ptr_eq(&old, &channels.insert(new())), "a channel in use is kept");
        assert!(channels.get(event).is_some_and(|found| Arc::ptr_eq(&found, &old)));
        old.message.send_modify(|message| message.end = Some(end));
        assert!(channels.get(event).is_none(), "{end:?}");
        let replacement = channels.insert(new());
        assert!(!Arc::ptr_eq(&old, &replacement), "{end:?}");
        assert!(channels.get(event).is_some_and(|found| Arc::ptr_eq(&found, &replacement)));
        assert_eq!(channels.in_use().len(), 1);
    }
}
