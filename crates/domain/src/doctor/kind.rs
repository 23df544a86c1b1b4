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
    /// An event's stored times do not follow from its definition.
    StoredTimes,
    /// A newer program has derived the stored times.
    NewerRules,
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
    /// The replica is a copy of another database, or of this one's past.
    Replica,
    /// The replica lags, or is away.
    ReplicaBehind,
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
    /// Others on this machine may read what the data directory holds.
    FileModes,
}

impl Kind {
    /// Its name, for programs.
    pub const fn name(self) -> &'static str {
        self.name_and_severity().0
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        self.name_and_severity().1
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::SchemaBehind => "Run `plenaria migrate`",
            Self::SchemaUnknown => "A newer program has migrated this database: use that one, or restore a backup",
            Self::MissingRow => "Restore it from a backup; nothing goes on without it",
            Self::MissingSeats => "Change its definition, publish it, then run `plenaria doctor --repair`",
            Self::SeatCounts => "--repair recounts it under the desk's lock",
            Self::OverCapacity => {
                "Raise the capacity, or cancel some: --repair evicts nobody, and recounts so that nobody more gets in"
            }
            Self::AboveCapacity => "As after lowering the capacity: nobody gets a seat until there are fewer",
            Self::SeatCopies => "Change its definition and publish it",
            Self::StoredTimes => {
                "A start after an update of the time zone rules corrects them; --repair does it now, and attendees are told"
            }
            Self::NewerRules => "Use the newer program: this one leaves the stored times as they are",
            Self::QueueNumbers => {
                "Decide who stands where, and set queue_number by hand; --repair leaves the event alone"
            }
            Self::QueueCounter => "--repair sets it to the last number given",
            Self::EmptySeats => "--repair seats the head of the queue",
            Self::Orphans => "Restore what they belong to from a backup, or delete them if it is gone for good",
            Self::Survivors => "Something was deleted by hand; partners were told of it and find nothing",
            Self::AnswersOfGone => "They hold personal data: --repair empties them, as erasing does",
            Self::MessagesOfGone => "They cannot be sent: --repair deletes them",
            Self::OldAnswers | Self::Unconfirmed => {
                "`plenaria serve` removes them every ten minutes: is it running? --repair does it now"
            }
            Self::Retention => {
                "`plenaria serve` does it every ten minutes: is it running, and what does its log say of it?"
            }
            Self::OldRows => "`plenaria serve` removes them: is it running, with the same PLENARIA_CHANGES_KEPT_DAYS?",
            Self::Outbox => {
                "Look for “the feed of changes stands still” in the log of `plenaria serve`; --repair moves them"
            }
            Self::FeedPositions => "Readers may have missed changes: tell partners to begin anew",
            Self::ReaderAhead => {
                "It misses what comes until the feed is there: as after restoring a part; set its position back"
            }
            Self::ReaderBehind => "Is `plenaria serve` or `plenaria worker` running? Look at its log",
            Self::Leases => "Is `plenaria serve` or `plenaria worker` running? It takes them again",
            Self::Overdue => "Is `plenaria serve` or `plenaria worker` running? Look for “mail waits” in its log",
            Self::DeliveryOrder => "--repair says anew which may go",
            Self::Integrity => "Stop the program, copy the file, and restore a backup; --repair mends nothing of it",
            Self::ForeignKeys => "Restore what they belong to from a backup, or delete them",
            Self::Journal => "The next start of the program makes it a write-ahead log",
            Self::Durability => {
                "A crash of the database's machine loses registrations that were answered 201: turn it on"
            }
            Self::TornPages => "Turn it on, unless the file system never tears pages (like ZFS)",
            Self::Clock => "Let both machines keep the time (NTP): registrations open and close by it",
            Self::Replica => {
                "Point PLENARIA_DATABASE_READ_URL at a standby of DATABASE_URL, or make it anew from a base backup"
            }
            Self::ReplicaBehind => "Nothing is wrong meanwhile, the database is asked instead; look at its replication",
            Self::SecretKey => "Set PLENARIA_SECRET_KEY, the same for all instances",
            Self::PublicUrl => "Set PLENARIA_PUBLIC_URL to the https address that callers use",
            Self::PlainHttp => "Good for trying things out; others need an https address",
            Self::MailServer => "Set PLENARIA_SMTP_URL, unless messages are to stay files",
            Self::ManageUrl => "Set PLENARIA_MANAGE_URL to the front end's page for managing a registration",
            Self::TrustedProxies => "Name the proxies' own addresses in PLENARIA_TRUSTED_PROXIES, and nothing else",
            Self::PrivateWebhooks => "Unset PLENARIA_WEBHOOKS_ALLOW_PRIVATE, unless every partner is trusted",
            Self::FileModes => {
                "They hold personal data and secrets: `chmod -R go= DIRECTORY`, or --repair, unless others are meant to read them"
            }
        }
    }

    /// Whether `--repair` mends it.
    pub const fn is_mended(self) -> bool {
        matches!(
            self,
            Self::SeatCounts
                | Self::StoredTimes
                | Self::QueueCounter
                | Self::EmptySeats
                | Self::AnswersOfGone
                | Self::MessagesOfGone
                | Self::OldAnswers
                | Self::Unconfirmed
                | Self::Outbox
                | Self::DeliveryOrder
                | Self::FileModes
        )
    }

    const fn name_and_severity(self) -> (&'static str, Severity) {
        match self {
            Self::SchemaBehind => ("schema-behind", Fault),
            Self::SchemaUnknown => ("schema-unknown", Fault),
            Self::MissingRow => ("missing-row", Fault),
            Self::MissingSeats => ("missing-seats", Fault),
            Self::SeatCounts => ("seat-counts", Fault),
            Self::OverCapacity => ("over-capacity", Fault),
            Self::AboveCapacity => ("above-capacity", Advice),
            Self::SeatCopies => ("seat-copies", Fault),
            Self::StoredTimes => ("stored-times", Fault),
            Self::NewerRules => ("newer-rules", Advice),
            Self::QueueNumbers => ("queue-numbers", Fault),
            Self::QueueCounter => ("queue-counter", Fault),
            Self::EmptySeats => ("empty-seats", Fault),
            Self::Orphans => ("orphans", Fault),
            Self::Survivors => ("survivors", Advice),
            Self::AnswersOfGone => ("answers-of-gone", Fault),
            Self::MessagesOfGone => ("messages-of-gone", Advice),
            Self::OldAnswers => ("old-answers", Fault),
            Self::Unconfirmed => ("unconfirmed", Fault),
            Self::Retention => ("retention", Fault),
            Self::OldRows => ("old-rows", Advice),
            Self::Outbox => ("outbox", Fault),
            Self::FeedPositions => ("feed-positions", Fault),
            Self::ReaderAhead => ("reader-ahead", Fault),
            Self::ReaderBehind => ("reader-behind", Fault),
            Self::Leases => ("leases", Fault),
            Self::Overdue => ("overdue", Fault),
            Self::DeliveryOrder => ("delivery-order", Fault),
            Self::Integrity => ("integrity", Fault),
            Self::ForeignKeys => ("foreign-keys", Fault),
            Self::Journal => ("journal", Advice),
            Self::Durability => ("durability", Fault),
            Self::TornPages => ("torn-pages", Advice),
            Self::Clock => ("clock", Fault),
            Self::Replica => ("replica", Fault),
            Self::ReplicaBehind => ("replica-behind", Advice),
            Self::SecretKey => ("secret-key", Fault),
            Self::PublicUrl => ("public-url", Fault),
            Self::PlainHttp => ("plain-http", Advice),
            Self::MailServer => ("mail-server", Advice),
            Self::ManageUrl => ("manage-url", Advice),
            Self::TrustedProxies => ("trusted-proxies", Fault),
            Self::PrivateWebhooks => ("private-webhooks", Advice),
            Self::FileModes => ("file-modes", Advice),
        }
    }
}
