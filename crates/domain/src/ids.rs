//! Identifiers: UUID version 7 (RFC 9562), written in lower case with hyphens.

use uuid::{NoContext, Timestamp, Uuid};

use crate::time::Instant;

/// Reads an id in its one spelling: lower case, hyphens, version 7. Any other spelling names nothing.
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    let shape = text.len() == 36 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let id = if shape { Uuid::try_parse(text).ok()? } else { return None };
    (id.get_version_num() == 7).then_some(id)
}

fn new_uuid(now: Instant) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
}

fn made_at(id: Uuid) -> Instant {
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |t| t.to_unix());
    Instant::from_timestamp(i64::try_from(seconds).unwrap_or_default(), nanos).unwrap_or_default()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, ordered by `now`.
            pub fn new(now: Instant) -> Self {
                Self(new_uuid(now))
            }

            /// When it was made, to the millisecond, as the id itself says.
            pub fn made_at(self) -> Instant {
                made_at(self.0)
            }

            /// Reads the one valid spelling of an id.
            pub fn parse(text: &str) -> Option<Self> {
                parse_uuid(text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

id!(
    /// Names an event for good.
    EventId
);
id!(
    /// Names a session; it stays the same while the session's key does.
    SessionId
);
id!(
    /// Names a speaker; it stays the same while the speaker's key and owner do.
    SpeakerId
);
id!(
    /// Names a registration.
    RegistrationId
);
id!(
    /// Names a program of a partner organisation.
    ClientId
);
id!(
    /// Names a message to somebody.
    MessageId
);
id!(
    /// Names one change, in the outbox and wherever it is told on.
    ChangeId
);

id!(
    /// Names a webhook endpoint.
    EndpointId
);
id!(
    /// Names what is to be delivered to one webhook endpoint.
    DeliveryId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_is_an_id() {
        let id = EventId::new(Instant::default()).to_string();
        assert!(EventId::parse(&id).is_some());
        for bad in [id.to_uppercase(), format!("{{{id}}}"), format!("urn:uuid:{id}"), id.replace('-', "")] {
            assert!(EventId::parse(&bad).is_none(), "{bad}");
        }
        assert!(EventId::parse("00000000-0000-4000-8000-000000000000").is_none(), "version 4");
    }
}
