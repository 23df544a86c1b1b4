//! Whether people can register, as the page says it.

use serde_json::Value as Json;

/// Up to this many seats are few in every event.
const ALWAYS_FEW: i64 = 5;
/// In a large event, one seat in so many is few.
const SHARE_OF_FEW: i64 = 10;

/// Whether people can register, or join the waiting list, now.
pub(crate) fn is_open(availability: &Json) -> bool {
    matches!(availability["status"].as_str(), Some("open" | "waitlist"))
}

/// The state of the event for people who come to its page: the value of `data-state`.
pub(crate) fn of<'a>(event: &Json, availability: &'a Json) -> &'a str {
    let status = availability["status"].as_str().unwrap_or_default();
    let is_live = event["phase"] == "live";
    match status {
        "open" if has_few_seats(availability) => "few",
        "closed" if is_live => "live",
        _ => status,
    }
}

fn has_few_seats(availability: &Json) -> bool {
    let (left, capacity) = (availability["seats_left"].as_i64(), availability["capacity"].as_i64());
    left.zip(capacity).is_some_and(|(left, capacity)| {
        left < capacity && (left <= ALWAYS_FEW || left.saturating_mul(SHARE_OF_FEW) <= capacity)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn states_follow_seats_and_time() {
        let of = |phase: &str, status: &str, left: Option<i64>, capacity: Option<i64>| {
            let availability = json!({"status": status, "seats_left": left, "capacity": capacity});
            super::of(&json!({"phase": phase}), &availability).to_owned()
        };
        for (phase, status, left, capacity, expected) in [
            ("upcoming", "open", None, None, "open"),
            ("upcoming", "open", Some(5), Some(20), "few"),
            ("upcoming", "open", Some(6), Some(20), "open"),
            ("upcoming", "open", Some(50), Some(500), "few"),
            ("upcoming", "open", Some(51), Some(500), "open"),
            ("upcoming", "open", Some(4), Some(4), "open"),
            ("upcoming", "waitlist", Some(0), Some(4), "waitlist"),
            ("upcoming", "closed", None, None, "closed"),
            ("live", "closed", None, None, "live"),
            ("live", "open", None, None, "open"),
            ("live", "cancelled", None, None, "cancelled"),
            ("ended", "ended", None, None, "ended"),
        ] {
            assert_eq!(of(phase, status, left, capacity), expected, "{phase} {status} {left:?}");
        }
    }
}
