//! Mails in English.

use crate::words::mail::model::{Labels, Mail, Message, Messages, Sentences};

pub(in crate::words) const ENGLISH: Mail = Mail { messages: MESSAGES, sentences: SENTENCES, labels: LABELS };

const MESSAGES: Messages = Messages {
    registered: Message {
        subject: "You are registered: {title}",
        heading: "You are registered",
        text: "You are registered for “{title}” and have a seat.\n\n{joining}\n\nIf you cannot come, please cancel your registration so that another person can have the seat.",
    },
    waitlisted: Message {
        subject: "You are on the waiting list: {title}",
        heading: "You are on the waiting list",
        text: "“{title}” is full. {seat}",
    },
    promoted: Message {
        subject: "You have a seat: {title}",
        heading: "You have a seat",
        text: "A seat has become free for “{title}”, and it is yours. You are no longer on the waiting list.\n\n{joining}\n\nIf you cannot come, please cancel your registration so that the next person on the list can have the seat.",
    },
    cancelled: Message {
        subject: "Your registration is cancelled: {title}",
        heading: "Your registration is cancelled",
        text: "Your registration for “{title}” is cancelled. You do not need to do anything else.\n\nIf you change your mind, you can register again as long as registration is open.",
    },
    confirm_address: Message {
        subject: "Please confirm your email address: {title}",
        heading: "Please confirm your email address",
        text: "We have received a registration for “{title}” with this email address. Please confirm that the address is yours. No seat is reserved until you confirm it.\n\nThe link works for 48 hours. If this was not you, you do not need to do anything: the details will be deleted.",
    },
    already_registered: Message {
        subject: "You are already registered: {title}",
        heading: "You are already registered",
        text: "We have received another registration for “{title}” with this email address. You are already registered, so nothing has changed. If this was not you, you can ignore this email.",
    },
    manage_link: Message {
        subject: "Your registration: {title}",
        heading: "Your registration",
        text: "Here is the link to your registration for “{title}”, as requested. Please do not share it: anyone who has it can change and cancel your registration.",
    },
    reminder: Message {
        subject: "Reminder: {title}",
        heading: "See you soon",
        text: "“{title}” starts soon, and you have a seat.\n\n{joining}\n\nIf you cannot come, please cancel your registration so that another person can have the seat.",
    },
    follow_up: Message {
        subject: "Afterwards: {title}",
        heading: "After the event",
        text: "“{title}” is over. Thank you for your interest.",
    },
    event_changed: Message {
        subject: "Changed: {title}",
        heading: "The event has changed",
        text: "Your registration has not changed.",
    },
    event_cancelled: Message {
        subject: "Cancelled: {title}",
        heading: "The event is cancelled",
        text: "We are sorry: “{title}” has been cancelled and will not take place. You do not need to do anything.",
    },
    event_reinstated: Message {
        subject: "Will take place after all: {title}",
        heading: "The event will take place after all",
        text: "“{title}” was cancelled, but it will take place after all. You will find the current details below. Your registration has not changed, and you do not need to register again.",
    },
    registration_reinstated: Message {
        subject: "Your registration is valid again: {title}",
        heading: "Your registration is valid again",
        text: "The organisers have reinstated your registration for “{title}”, which had been cancelled. {seat}\n\nIf you cannot come, please cancel your registration so that another person can have the seat.",
    },
    address_changed: Message {
        subject: "Your registration has a new email address: {title}",
        heading: "Your registration has a new email address",
        text: "The organisers have corrected the email address of your registration for “{title}”. From now on, all messages about it will be sent to this address. The link to your registration below is new; links in earlier messages no longer work. Otherwise your registration has not changed.",
    },
    address_replaced: Message {
        subject: "This email address is no longer used: {title}",
        heading: "This email address is no longer used",
        text: "The organisers have corrected the email address of a registration for “{title}” that had this address. From now on, messages about it will be sent to another address, and links in earlier messages to this address no longer work.\n\nIf you did not expect this, please contact the organisers.",
    },
};

const SENTENCES: Sentences = Sentences {
    greeting: "Hello {name},",
    have_seat: "You have a seat.",
    full_for_now: "The event is full at the moment.",
    waiting: "You are on the waiting list.",
    waiting_at: "You are on the waiting list, in position {position}.",
    when_free: "If a seat becomes free and it is your turn, you will get it immediately, and we will send you another email.",
    joining: "From {time}, you can join on the page of your registration.",
    changed_time_and_programme: "The date or time and the programme of “{title}” have changed.",
    changed_time: "The date or time of “{title}” has changed.",
    changed_programme: "The programme of “{title}” has changed.",
    changed_place: "The place of “{title}” has changed.",
    changed_place_too: "Please note that the place has changed too.",
    more_changes: "Further sessions have changed.",
    attended: "Thank you for taking part in “{title}”.",
    why: "You are receiving this email because your address was entered in a registration for “{title}”.",
    automated: "This is an automated message; replies are not read.",
    replies: "This is an automated message. If you reply, your message goes to the organisers’ contact.",
};

const LABELS: Labels = Labels {
    colon: ":",
    when: "When",
    in_utc: "In UTC",
    place: "Where",
    online: "Online",
    in_person: "In person",
    hybrid: "Online or in person",
    contact: "Contact",
    changes: "What has changed",
    before: "Before",
    now: "Now",
    session_added: "New",
    session_removed: "No longer in the programme",
    session_cancelled: "Cancelled",
    session_reinstated: "Takes place after all",
    submitted: "These are the details of the registration. Please confirm it only if they are the details you gave:",
    materials: "Materials",
    surveys: "Please tell us what you think",
    reason: "The organisers’ reason",
    name: "Name",
    organisation: "Organisation",
    position: "Position",
    city: "City",
    country: "Country",
    audience: "Audience",
    access_needs: "Access needs",
    newsletter: "News from the organisers by email",
    source: "Registered by",
    yes: "yes",
    no: "no",
    manage: "View, change or cancel your registration",
    join: "Join or change your registration",
    confirm: "Confirm your email address",
    event_page: "The event’s page",
};
