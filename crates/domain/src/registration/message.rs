//! Messages that are mailed to attendees.

use chrono::TimeDelta;

use crate::string_enum::string_enum;

string_enum!(
    /// The kind of a message.
    MessageKind {
        /// The person has a seat.
        Registered = "registered",
        /// The person is on the waiting list.
        Waitlisted = "waitlisted",
        /// The person was promoted from the waiting list to a seat.
        Promoted = "promoted",
        /// The registration was cancelled.
        Cancelled = "cancelled",
        /// Asks the person to confirm the address, without which the registration is not made.
        ConfirmAddress = "confirm_address",
        /// A registration was attempted with an address that is already registered.
        AlreadyRegistered = "already_registered",
        /// Contains the link to manage the registration.
        ManageLink = "manage_link",
        /// Reminds the person that the event starts soon.
        Reminder = "reminder",
        /// Sent once after the event, with its materials.
        FollowUp = "follow_up",
        /// The event's time, place or programme changed.
        EventChanged = "event_changed",
        /// The event was cancelled.
        EventCancelled = "event_cancelled",
        /// The event was cancelled, and then published again.
        EventReinstated = "event_reinstated",
        /// The registration was cancelled, and an organiser has taken that back.
        RegistrationReinstated = "registration_reinstated",
        /// An organiser has corrected the registration's address; sent to the new address, with a new link.
        AddressChanged = "address_changed",
        /// An organiser has corrected the registration's address; sent to the former address.
        AddressReplaced = "address_replaced",
    }
);

string_enum!(
    /// The status of a message.
    MessageStatus {
        /// The message has not been sent yet, or will be retried.
        Queued = "queued",
        /// A mail server has accepted the message.
        Sent = "sent",
        /// Sending has failed for good.
        Refused = "refused",
    }
);

string_enum!(
    /// The reason why sending a message failed for good.
    MailFailure {
        /// A mail server rejected the message permanently (5xx).
        Rejected = "rejected",
        /// A mail server deferred the message (4xx) until the last retry.
        Expired = "expired",
        /// The mail server does not support the address, which has non-ASCII characters.
        Unsupported = "unsupported",
        /// The message could not be rendered.
        Unwritable = "unwritable",
    }
);

impl MailFailure {
    /// Parses the stored form of a failure: the mail server's code, or a failure's name if there was none. Returns the
    /// failure with the code.
    pub fn parse_stored(text: &str) -> Option<(Self, Option<u16>)> {
        let code = Some(text).filter(|text| text.len() == 3).and_then(|text| text.parse::<u16>().ok());
        match code {
            Some(500..=599) => Some((Self::Rejected, code)),
            Some(400..=499) => Some((Self::Expired, code)),
            Some(_) => None,
            None => [Self::Unsupported, Self::Unwritable]
                .into_iter()
                .find(|failure| failure.as_str() == text)
                .map(|failure| (failure, None)),
        }
    }
}

/// The kind of caller who caused a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requester {
    /// A caller without a token, or with the token of a registration. Messages that these callers cause are limited
    /// ([`crate::registration::mail_budget`]).
    Public,
    /// A client with its access token, for which an organisation is responsible.
    Client,
}

/// The minimum interval between messages of the same kind about one registration, so that repeated requests cannot
/// flood a mailbox.
pub const MIN_REPEAT_INTERVAL: TimeDelta = TimeDelta::minutes(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_failures_are_parsed() {
        for (stored, failure) in [
            ("550", Some((MailFailure::Rejected, Some(550)))),
            ("451", Some((MailFailure::Expired, Some(451)))),
            ("unsupported", Some((MailFailure::Unsupported, None))),
            ("unwritable", Some((MailFailure::Unwritable, None))),
            ("rejected", None),
            ("250", None),
            ("+55", None),
            ("0550", None),
            ("", None),
        ] {
            assert_eq!(MailFailure::parse_stored(stored), failure, "{stored}");
        }
    }
}
