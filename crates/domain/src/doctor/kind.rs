//! The kinds of findings.

use super::Severity;
use super::Severity::{Advice, Fault};

/// What kind of thing is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The database lacks migrations.
    SchemaBehind,
    /// The database has migrations that this program does not know.
    SchemaUnknown,
    /// The one row of a table that always has one is missing.
    MissingRow,
    /// An event has no seat row.
    MissingSeats,
    /// A seat row and a recount differ.
    SeatCounts,
    /// More are confirmed than ever may be.
    OverCapacity,
    /// More are confirmed than the capacity, as after it was lowered.
    AboveCapacity,
    /// A seat row's copy of its event's status or times differs.
    SeatCopies,
    /// Places in a queue that are missing, doubled, or held by those who do not wait.
    QueueNumbers,
    /// The number of the last place in a queue is behind those given.
    QueueCounter,
    /// People wait beside free seats.
    EmptySeats,
    /// Rows whose parent is gone.
    Orphans,
    /// Rows that may outlive what they tell of, and do.
    Survivors,
    /// Answers kept about registrations that are gone.
    AnswersOfGone,
    /// Messages about registrations that are gone.
    MessagesOfGone,
    /// Answers kept for longer than a day.
    OldAnswers,
    /// Registrations that were not confirmed in time.
    Unconfirmed,
    /// Personal data that should be anonymous by now.
    Retention,
    /// Changes, messages or deliveries kept for longer than wanted.
    OldRows,
    /// Changes that do not get into the feed.
    Outbox,
    /// The feed's positions have holes, or lie beyond its ends.
    FeedPositions,
    /// A reader's position lies beyond the feed's end.
    ReaderAhead,
    /// A reader does not get on.
    ReaderBehind,
    /// Messages or deliveries that somebody took and never finished.
    Leases,
    /// Messages or deliveries that are due and nobody takes.
    Overdue,
    /// Deliveries that wait for nothing.
    DeliveryOrder,
    /// The file is damaged.
    Integrity,
    /// Rows whose parent is gone, by the engine's own account.
    ForeignKeys,
    /// The file's journal is not the one that the program uses.
    Journal,
    /// PostgreSQL does not wait for the disk.
    Durability,
    /// PostgreSQL does not guard against torn pages.
    TornPages,
    /// The database's clock and this machine's differ.
    Clock,
    /// There is no secret, or none that can be read.
    SecretKey,
    /// Callers are told no address, or a wrong one.
    PublicUrl,
    /// Callers are told an address without TLS, on this machine.
    PlainHttp,
    /// Mail goes nowhere.
    MailServer,
    /// Links in mails lead to the API.
    ManageUrl,
    /// Anybody may say who they are.
    TrustedProxies,
    /// Webhooks may go to private addresses.
    PrivateWebhooks,
}

impl Kind {
    /// Its name, for programs.
    pub const fn name(self) -> &'static str {
        self.facts().0
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        self.facts().1
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        self.facts().2
    }

    /// Whether `--repair` mends it.
    pub const fn is_mended(self) -> bool {
        matches!(
            self,
            Self::SeatCounts
                | Self::QueueCounter
                | Self::EmptySeats
                | Self::AnswersOfGone
                | Self::MessagesOfGone
                | Self::OldAnswers
                | Self::Unconfirmed
                | Self::Outbox
                | Self::DeliveryOrder
        )
    }

    const fn facts(self) -> (&'static str, Severity, &'static str) {
        match self {
            Self::SchemaBehind => ("schema-behind", Fault, "Run `plenaria migrate`"),
            Self::SchemaUnknown => (
                "schema-unknown",
                Fault,
                "A newer program has migrated this database: use that one, or restore a backup",
            ),
            Self::MissingRow => ("missing-row", Fault, "Restore it from a backup; nothing goes on without it"),
            Self::MissingSeats => {
                ("missing-seats", Fault, "Change its definition, publish it, then run `plenaria doctor --repair`")
            }
            Self::SeatCounts => ("seat-counts", Fault, "--repair recounts it under the desk's lock"),
            Self::OverCapacity => (
                "over-capacity",
                Fault,
                "Raise the capacity, or cancel some: --repair evicts nobody, and recounts so that nobody more gets in",
            ),
            Self::AboveCapacity => {
                ("above-capacity", Advice, "As after lowering the capacity: nobody gets a seat until there are fewer")
            }
            Self::SeatCopies => ("seat-copies", Fault, "Change its definition and publish it"),
            Self::QueueNumbers => (
                "queue-numbers",
                Fault,
                "Decide who stands where, and set queue_number by hand; --repair leaves the event alone",
            ),
            Self::QueueCounter => ("queue-counter", Fault, "--repair sets it to the last number given"),
            Self::EmptySeats => ("empty-seats", Fault, "--repair seats the head of the queue"),
            Self::Orphans => {
                ("orphans", Fault, "Restore what they belong to from a backup, or delete them if it is gone for good")
            }
            Self::Survivors => {
                ("survivors", Advice, "Something was deleted by hand; partners were told of it and find nothing")
            }
            Self::AnswersOfGone => {
                ("answers-of-gone", Fault, "They hold personal data: --repair empties them, as erasing does")
            }
            Self::MessagesOfGone => ("messages-of-gone", Advice, "They cannot be sent: --repair deletes them"),
            Self::OldAnswers => (
                "old-answers",
                Fault,
                "`plenaria serve` removes them every ten minutes: is it running? --repair does it now",
            ),
            Self::Unconfirmed => (
                "unconfirmed",
                Fault,
                "`plenaria serve` removes them every ten minutes: is it running? --repair does it now",
            ),
            Self::Retention => (
                "retention",
                Fault,
                "`plenaria serve` does it every ten minutes: is it running, and what does its log say of it?",
            ),
            Self::OldRows => (
                "old-rows",
                Advice,
                "`plenaria serve` removes them: is it running, with the same PLENARIA_CHANGES_KEPT_DAYS?",
            ),
            Self::Outbox => (
                "outbox",
                Fault,
                "Look for “the feed of changes stands still” in the log of `plenaria serve`; --repair moves them",
            ),
            Self::FeedPositions => {
                ("feed-positions", Fault, "Readers may have missed changes: tell partners to begin anew")
            }
            Self::ReaderAhead => (
                "reader-ahead",
                Fault,
                "It misses what comes until the feed is there: as after restoring a part; set its position back",
            ),
            Self::ReaderBehind => {
                ("reader-behind", Fault, "Is `plenaria serve` or `plenaria worker` running? Look at its log")
            }
            Self::Leases => ("leases", Fault, "Is `plenaria serve` or `plenaria worker` running? It takes them again"),
            Self::Overdue => {
                ("overdue", Fault, "Is `plenaria serve` or `plenaria worker` running? Look for “mail waits” in its log")
            }
            Self::DeliveryOrder => ("delivery-order", Fault, "--repair says anew which may go"),
            Self::Integrity => (
                "integrity",
                Fault,
                "Stop the program, copy the file, and restore a backup; --repair mends nothing of it",
            ),
            Self::ForeignKeys => ("foreign-keys", Fault, "Restore what they belong to from a backup, or delete them"),
            Self::Journal => ("journal", Advice, "The next start of the program makes it a write-ahead log"),
            Self::Durability => (
                "durability",
                Fault,
                "A crash of the database's machine loses registrations that were answered 201: turn it on",
            ),
            Self::TornPages => {
                ("torn-pages", Advice, "Turn it on, unless the file system never tears pages (like ZFS)")
            }
            Self::Clock => {
                ("clock", Fault, "Let both machines keep the time (NTP): registrations open and close by it")
            }
            Self::SecretKey => ("secret-key", Fault, "Set PLENARIA_SECRET_KEY, the same for all instances"),
            Self::PublicUrl => ("public-url", Fault, "Set PLENARIA_PUBLIC_URL to the https address that callers use"),
            Self::PlainHttp => ("plain-http", Advice, "Good for trying things out; others need an https address"),
            Self::MailServer => ("mail-server", Advice, "Set PLENARIA_SMTP_URL, unless messages are to stay files"),
            Self::ManageUrl => {
                ("manage-url", Advice, "Set PLENARIA_MANAGE_URL to the front end's page for managing a registration")
            }
            Self::TrustedProxies => (
                "trusted-proxies",
                Fault,
                "Name the proxies' own addresses in PLENARIA_TRUSTED_PROXIES, and nothing else",
            ),
            Self::PrivateWebhooks => {
                ("private-webhooks", Advice, "Unset PLENARIA_WEBHOOKS_ALLOW_PRIVATE, unless every partner is trusted")
            }
        }
    }
}
