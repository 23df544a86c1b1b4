//! The limits of definitions, shared by the parser and the JSON Schema.

/// The greatest length of names, titles and labels, in characters.
pub(crate) const LINE: usize = 300;
/// The greatest length of a summary, in characters.
pub(crate) const SUMMARY: usize = 1000;
/// The greatest length of texts of several paragraphs, in characters.
pub(crate) const PARAGRAPHS: usize = 20_000;
/// The greatest length of a speaker's name, in characters.
pub(crate) const SPEAKER_NAME: usize = 200;
/// The greatest length of a privacy notice's version, in characters.
pub(crate) const PRIVACY_VERSION: usize = 100;
/// The greatest length of a web address, in characters.
pub(crate) const WEB_ADDRESS: usize = 2000;

/// The greatest number of co-organisers.
pub(crate) const CO_ORGANISERS: usize = 50;
/// The greatest number of named organisers.
pub(crate) const ORGANISERS: usize = 50;
/// The greatest number of topics.
pub(crate) const TOPICS: usize = 50;
/// The greatest number of audiences.
pub(crate) const AUDIENCES: usize = 50;
/// The greatest number of publications.
pub(crate) const PUBLICATIONS: usize = 50;
/// The greatest number of rooms.
pub(crate) const ROOMS: usize = 200;
/// The greatest number of materials of an event, and of a session.
pub(crate) const MATERIALS: usize = 100;
/// The greatest number of questions.
pub(crate) const QUESTIONS: usize = 50;
/// The greatest number of choices of a question.
pub(crate) const CHOICES: usize = 100;
/// The greatest number of speakers.
pub(crate) const SPEAKERS: usize = 500;
/// The greatest number of links of a speaker.
pub(crate) const LINKS: usize = 20;
/// The greatest number of moderators.
pub(crate) const MODERATORS: usize = 50;
/// The greatest number of sessions.
pub(crate) const SESSIONS: usize = 1000;
/// The greatest number of speakers of a session.
pub(crate) const SESSION_SPEAKERS: usize = 50;
/// The greatest number of speakers of all sessions together. A programme has a card of each, so it stays within some megabytes.
pub(crate) const ALL_SESSION_SPEAKERS: usize = 5_000;

/// The greatest number of seats.
pub(crate) const CAPACITY: u32 = 10_000_000;
/// The greatest duration of an event in minutes: one week.
pub(crate) const EVENT_MINUTES: u32 = 7 * 1440;
/// The greatest length of a session in minutes: one day.
pub(crate) const SESSION_MINUTES: u32 = 1440;
/// The greatest number of days until personal data are anonymised: about a century.
pub(crate) const RETENTION_DAYS: u32 = 36_500;
/// The greatest number of minutes for which the online meeting is open before the start: one week.
pub(crate) const JOIN_MINUTES: u32 = 10_080;
/// The number of minutes for which the online meeting is open before the start, unless the definition says otherwise.
pub(crate) const DEFAULT_JOIN_MINUTES: u32 = 15;
/// The greatest number of hours until the follow-up message: 30 days, until which attendees' links are valid.
pub(crate) const FOLLOW_UP_HOURS: u32 = 720;
/// The number of hours until the follow-up message, unless the definition says otherwise.
pub(crate) const DEFAULT_FOLLOW_UP_HOURS: u32 = 24;
