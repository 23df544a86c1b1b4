//! What is told to attendees by mail.

use chrono::TimeDelta;

use crate::string_enum::string_enum;

string_enum!(
    /// What a message says.
    MessageKind {
        /// There is a seat for you.
        Registered = "registered",
        /// You are on the waiting list.
        Waitlisted = "waitlisted",
        /// A seat came free, and it is yours.
        Promoted = "promoted",
        /// Your registration was given back.
        Cancelled = "cancelled",
        /// Confirm your address, or nothing comes of it.
        ConfirmAddress = "confirm_address",
        /// Somebody, perhaps you, asked for a seat that you have already.
        AlreadyRegistered = "already_registered",
        /// The link to manage the registration.
        ManageLink = "manage_link",
        /// The event begins soon.
        Reminder = "reminder",
        /// The event's time, place or programme changed.
        EventChanged = "event_changed",
        /// The event was called off.
        EventCancelled = "event_cancelled",
        /// The event had been cancelled and takes place after all.
        EventReinstated = "event_reinstated",
    }
);

string_enum!(
    /// What has become of a message.
    MessageStatus {
        /// It has not been sent yet, or is tried again.
        Queued = "queued",
        /// A mail server has it.
        Sent = "sent",
        /// It was given up for good.
        Refused = "refused",
    }
);

string_enum!(
    /// Why a message was given up.
    MailFailure {
        /// A mail server refused it for good (5xx).
        Rejected = "rejected",
        /// A mail server put it off (4xx) for as long as anything is tried.
        Expired = "expired",
        /// The address needs what the mail server cannot do: one with letters beyond ASCII.
        Unsupported = "unsupported",
        /// It could not be written.
        Unwritable = "unwritable",
    }
);

impl MailFailure {
    /// Reads what is kept of a refusal: the server's code, or the word for what never came to one.
    pub fn read(kept: &str) -> Option<(Self, Option<u16>)> {
        let code = Some(kept).filter(|kept| kept.len() == 3).and_then(|kept| kept.parse::<u16>().ok());
        match code {
            Some(500..=599) => Some((Self::Rejected, code)),
            Some(400..=499) => Some((Self::Expired, code)),
            Some(_) => None,
            None => [Self::Unsupported, Self::Unwritable]
                .into_iter()
                .find(|word| word.as_str() == kept)
                .map(|word| (word, None)),
        }
    }
}

/// Who caused a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requester {
    /// Anybody: without a token, or with the token that registering gave them. Their messages have a budget
    /// ([`crate::mail_budget`]).
    Public,
    /// A client with its token, which somebody answers for.
    Client,
}

/// Within this time nobody is told the same of one registration again, however often it is asked for: nobody's mailbox
/// can be flooded by way of us.
pub const QUIET: TimeDelta = TimeDelta::minutes(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_refusal_is_read() {
        for (kept, read) in [
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
            assert_eq!(MailFailure::parse_stored(kept), read, "{kept}");
        }
    }
}
