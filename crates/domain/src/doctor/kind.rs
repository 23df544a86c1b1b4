//! The kinds of findings, each with its name, severity and remedy.

use serde::Serialize;

use Severity::{Advice, Fault};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A promise to callers or operators is broken, or will be.
    Fault,
    /// Everything works, but could be improved.
    Advice,
}

impl Severity {
    /// The severity as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Advice => "advice",
        }
    }
}

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The database lacks migrations.
    SchemaBehind,
    /// The database has migrations that this program does not know.
    SchemaUnknown,
    /// A table that always has exactly one row is empty.
    MissingRow,
    /// An event has no seat row.
    MissingSeats,
    /// An event's seat row differs from a recount of its registrations.
    SeatCounts,
    /// More registrations are confirmed than can ever be valid.
    OverCapacity,
    /// More registrations are confirmed than the capacity, which happens when it is lowered.
    AboveCapacity,
    /// A seat row's copy of its event's status or times differs from the event.
    StaleSeatCopies,
    /// An event's stored times do not follow from its definition.
    StoredTimes,
    /// The history of an event lacks its current revision.
    MissingRevision,
    /// A newer version of the program derived the stored times.
    NewerRules,
    /// Positions on a waiting list are missing, duplicated, or held by registrations that do not wait.
    WaitlistNumbers,
    /// The counter of a waiting list is lower than a position on it.
    WaitlistCounter,
    /// People are on the waiting list of an event with free seats.
    WaitlistBesideFreeSeats,
    /// The row to which rows belong no longer exists.
    Orphans,
    /// Changes or deliveries concern an event or a registration that no longer exists. No constraint prevents this.
    ChangesOfDeletedRows,
    /// Idempotency records concern registrations that no longer exist.
    OrphanedIdempotencyRecords,
    /// Messages concern registrations that no longer exist.
    OrphanedMessages,
    /// Idempotency records are older than a day.
    ExpiredIdempotencyRecords,
    /// Pending registrations were not confirmed in time and still exist.
    Unconfirmed,
    /// Personal data have not been anonymised in time.
    Retention,
    /// Changes, messages or deliveries are older than their retention period.
    OldRows,
    /// Changes in the outbox do not get into the feed.
    Outbox,
    /// The feed's positions have gaps, or are outside of its range.
    FeedPositions,
    /// A reader's position is after the end of the feed.
    ReaderAhead,
    /// A reader makes no progress.
    ReaderBehind,
    /// Messages or deliveries were claimed and never finished.
    Leases,
    /// Messages or deliveries are due and are not claimed.
    Overdue,
    /// Deliveries wait although no earlier delivery is unsettled.
    DeliveryOrder,
    /// The SQLite file is damaged.
    Integrity,
    /// The engine's own check finds violated foreign keys.
    ForeignKeys,
    /// The SQLite file is not in write-ahead log mode.
    Journal,
    /// PostgreSQL's settings allow the loss of committed transactions in a crash.
    Durability,
    /// PostgreSQL's protection against partially written pages is off.
    FullPageWritesOff,
    /// The database's clock and this machine's differ.
    Clock,
    /// The replica is a copy of another database, or of an earlier state of this one.
    Replica,
    /// The replica lags behind or cannot be reached.
    ReplicaBehind,
    /// No secret key is configured, or it is invalid.
    SecretKey,
    /// The public address is not configured, or is wrong.
    PublicUrl,
    /// The public address is on this machine, without TLS.
    PlainHttp,
    /// No mail server is configured.
    MailServer,
    /// Neither this program nor a front end has a page for managing a registration, so links in mails point to the API.
    ManageUrl,
    /// The trusted proxies include every address, so callers can forge their own.
    TrustedProxies,
    /// The database has clients of a sandbox, whose secrets are known, and the server is none.
    SandboxClients,
    /// Webhooks may be sent to private addresses.
    PrivateWebhooks,
    /// Other users of this machine can read the data directory.
    FileModes,
}

impl Kind {
    /// The kind's name, as it is printed.
    pub const fn name(self) -> &'static str {
        self.name_and_severity().0
    }

    /// The kind's severity.
    pub const fn severity(self) -> Severity {
        self.name_and_severity().1
    }

    /// What the operator can do about a finding of this kind.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::SchemaBehind => "Run `plenaria migrate`",
            Self::SchemaUnknown => "A newer program has migrated this database: use that one, or restore a backup",
            Self::MissingRow => "Restore it from a backup; the program cannot work without it",
            Self::MissingSeats => "Change its definition, publish it, then run `plenaria doctor --repair`",
            Self::SeatCounts => "--repair recounts it under the desk's lock",
            Self::OverCapacity => {
                "Raise the capacity, or cancel registrations; --repair cancels none, and recounts so that no more are admitted"
            }
            Self::AboveCapacity => {
                "The capacity was probably lowered; no more seats are given until fewer are confirmed"
            }
            Self::StaleSeatCopies => "Change its definition and publish it",
            Self::StoredTimes => {
                "The next start after an update of the time zone rules corrects them; --repair does it now, and notifies attendees"
            }
            Self::MissingRevision => {
                "Restore its history from a backup, or change its definition and publish it: the history goes on from there"
            }
            Self::NewerRules => "Use the newer program; this one does not change the stored times",
            Self::WaitlistNumbers => {
                "Decide on the order, and set waitlist_number by hand; --repair does not change the event"
            }
            Self::WaitlistCounter => "--repair sets it to the highest number in use",
            Self::WaitlistBesideFreeSeats => "--repair promotes people from the waiting list",
            Self::Orphans | Self::ForeignKeys => "Restore the missing rows from a backup, or delete these rows",
            Self::ChangesOfDeletedRows => {
                "Rows were deleted by hand; partners that were notified of them will not find them"
            }
            Self::OrphanedIdempotencyRecords => "They contain personal data; --repair empties them, as erasure does",
            Self::OrphanedMessages => "They cannot be sent; --repair deletes them",
            Self::ExpiredIdempotencyRecords | Self::Unconfirmed => {
                "`plenaria serve` removes them every ten minutes; check that it is running. --repair removes them now"
            }
            Self::Retention => {
                "`plenaria serve` anonymises them every ten minutes; check that it is running, and look for errors in its log"
            }
            Self::OldRows => {
                "`plenaria serve` removes them; check that it is running with the same PLENARIA_CHANGE_RETENTION_DAYS"
            }
            Self::Outbox => {
                "Look for “the feed of changes stands still” in the log of `plenaria serve`; --repair moves them into the feed"
            }
            Self::FeedPositions => "Readers may have missed changes; ask partners to read the feed from its beginning",
            Self::ReaderAhead => {
                "It will miss changes until the feed reaches its position, probably after a partial restore; set its position back"
            }
            Self::ReaderBehind => {
                "Check that `plenaria serve` or `plenaria worker` is running, and look for errors in its log"
            }
            Self::Leases => "Check that `plenaria serve` or `plenaria worker` is running; it claims them again",
            Self::Overdue => {
                "Check that `plenaria serve` or `plenaria worker` is running, and look for “mail waits” in its log"
            }
            Self::DeliveryOrder => "--repair determines again which deliveries may be sent",
            Self::Integrity => "Stop the program, copy the file, and restore a backup; --repair cannot repair it",
            Self::Journal => "The next start of the program switches to the write-ahead log",
            Self::Durability => "Turn it on; otherwise a crash of the database server loses confirmed registrations",
            Self::FullPageWritesOff => "Turn it on, unless the file system prevents partially written pages (like ZFS)",
            Self::Clock => "Synchronise both clocks (NTP); registration opens and closes by them",
            Self::Replica => {
                "Point PLENARIA_DATABASE_READ_URL at a standby of DATABASE_URL, or create the standby again from a base backup"
            }
            Self::ReplicaBehind => "Until it catches up, the primary database serves reads; check its replication",
            Self::SecretKey => "Set PLENARIA_SECRET_KEY, the same for all instances",
            Self::PublicUrl => "Set PLENARIA_PUBLIC_URL to the https address that callers use",
            Self::PlainHttp => "Sufficient for development; other callers need an https address",
            Self::MailServer => "Set PLENARIA_SMTP_URL, unless messages should be written to files",
            Self::ManageUrl => {
                "Unset PLENARIA_PAGES, or set PLENARIA_MANAGE_URL to your front end's page for managing a registration"
            }
            Self::TrustedProxies => "List only the addresses of the proxies in PLENARIA_TRUSTED_PROXIES",
            Self::SandboxClients => {
                "`plenaria serve` does not start: use another database, or disable them (`plenaria clients disable`)"
            }
            Self::PrivateWebhooks => "Unset PLENARIA_WEBHOOKS_ALLOW_PRIVATE, unless every partner is trusted",
            Self::FileModes => {
                "They contain personal data and secrets; run `chmod -R go= DIRECTORY` or --repair, unless other users should read them"
            }
        }
    }

    /// Whether `--repair` can repair findings of this kind.
    pub const fn is_repairable(self) -> bool {
        matches!(
            self,
            Self::SeatCounts
                | Self::StoredTimes
                | Self::WaitlistCounter
                | Self::WaitlistBesideFreeSeats
                | Self::OrphanedIdempotencyRecords
                | Self::OrphanedMessages
                | Self::ExpiredIdempotencyRecords
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
            Self::StaleSeatCopies => ("stale-seat-copies", Fault),
            Self::StoredTimes => ("stored-times", Fault),
            Self::MissingRevision => ("missing-revision", Fault),
            Self::NewerRules => ("newer-rules", Advice),
            Self::WaitlistNumbers => ("waitlist-numbers", Fault),
            Self::WaitlistCounter => ("waitlist-counter", Fault),
            Self::WaitlistBesideFreeSeats => ("waitlist-beside-free-seats", Fault),
            Self::Orphans => ("orphans", Fault),
            Self::ChangesOfDeletedRows => ("changes-of-deleted-rows", Advice),
            Self::OrphanedIdempotencyRecords => ("orphaned-idempotency-records", Fault),
            Self::OrphanedMessages => ("orphaned-messages", Advice),
            Self::ExpiredIdempotencyRecords => ("expired-idempotency-records", Fault),
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
            Self::FullPageWritesOff => ("full-page-writes-off", Advice),
            Self::Clock => ("clock", Fault),
            Self::Replica => ("replica", Fault),
            Self::ReplicaBehind => ("replica-behind", Advice),
            Self::SecretKey => ("secret-key", Fault),
            Self::PublicUrl => ("public-url", Fault),
            Self::PlainHttp => ("plain-http", Advice),
            Self::MailServer => ("mail-server", Advice),
            Self::ManageUrl => ("manage-url", Advice),
            Self::TrustedProxies => ("trusted-proxies", Fault),
            Self::SandboxClients => ("sandbox-clients", Fault),
            Self::PrivateWebhooks => ("private-webhooks", Advice),
            Self::FileModes => ("file-modes", Advice),
        }
    }
}
