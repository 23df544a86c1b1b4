//! Identifiers: UUIDs of version 7 (RFC 9562), written in lower case with hyphens.

use uuid::{NoContext, Timestamp, Uuid};

use crate::values::time::Instant;

/// Parses an id in its canonical form: lower case, hyphens, version 7. Any other spelling of the same UUID is rejected,
/// so that each resource has one address.
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    let has_form = text.len() == 36 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let id = if has_form { Uuid::try_parse(text).ok()? } else { return None };
    (id.get_version_num() == 7).then_some(id)
}

fn new_uuid(now: Instant) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
}

fn created_at(id: Uuid) -> Instant {
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |t| t.to_unix());
    Instant::from_timestamp(i64::try_from(seconds).unwrap_or_default(), nanos).unwrap_or_default()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random id; ids sort by the time `now` of their creation.
            pub fn new(now: Instant) -> Self {
                Self(new_uuid(now))
            }

            /// The creation time that the id contains, to the millisecond.
            pub fn created_at(self) -> Instant {
                created_at(self.0)
            }

            /// Parses an id in its canonical form, as [`parse_uuid`] does.
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
    /// Identifies an event.
    EventId
);
id!(
    /// Identifies a session; it stays the same as long as the session's key does.
    SessionId
);
id!(
    /// Identifies a speaker; it stays the same as long as the speaker's key and owner do.
    SpeakerId
);
id!(
    /// Identifies a registration.
    RegistrationId
);
id!(
    /// Identifies a client: a program of a partner organisation.
    ClientId
);
id!(
    /// Identifies a message to an attendee.
    MessageId
);
id!(
    /// Identifies one change, in the outbox, the feed and webhooks.
    ChangeId
);
id!(
    /// Identifies an entry of the audit log.
    AuditEntryId
);
id!(
    /// Identifies a webhook endpoint.
    EndpointId
);
id!(
    /// Identifies a delivery of one change to one webhook endpoint.
    DeliveryId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_an_id() {
        let id = EventId::new(Instant::default()).to_string();
        assert!(EventId::parse(&id).is_some());
        for bad in [id.to_uppercase(), format!("{{{id}}}"), format!("urn:uuid:{id}"), id.replace('-', "")] {
            assert!(EventId::parse(&bad).is_none(), "{bad}");
        }
        assert!(EventId::parse("00000000-0000-4000-8000-000000000000").is_none(), "version 4");
    }
}
