//! The programme as the page shows it: by day.

use serde_json::{Value as Json, json};

/// The sessions by the day on which they start, in the event's zone, each day with its first start. Days come in their order.
pub(crate) fn days(programme: &Json) -> Vec<Json> {
    let mut sessions: Vec<&Json> = programme["sessions"].as_array().into_iter().flatten().collect();
    sessions.sort_by_key(|session| session["local_start"].as_str());
    let days = sessions.chunk_by(|one, next| date(one) == date(next));
    days.map(|sessions| json!({"starts_at": sessions.first().map(|first| &first["starts_at"]), "sessions": sessions}))
        .collect()
}

/// The date of a session in the event's zone.
fn date(session: &Json) -> Option<&str> {
    session["local_start"].as_str()?.split('T').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_listed_by_day() {
        let session = |key: &str, at: &str| json!({"key": key, "local_start": at, "starts_at": format!("{at}Z")});
        let programme = json!({"sessions": [
            session("late", "2027-07-22T23:50:00"), session("next", "2027-07-23T00:10:00"),
            session("parallel", "2027-07-22T09:00:00"), session("same", "2027-07-22T09:00:00"),
        ]});
        let days_found = days(&programme);
        let keys = |day: &Json| -> Vec<String> {
            day["sessions"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(days_found.iter().map(keys).collect::<Vec<_>>(), [vec!["parallel", "same", "late"], vec!["next"]]);
        assert_eq!(days(&json!({"sessions": []})), Vec::<Json>::new());
    }
}
