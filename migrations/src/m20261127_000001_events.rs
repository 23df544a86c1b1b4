//! Events with their revisions, former slugs, sessions, speakers, topics and organisations, and the catalogue's version.

use sea_orm_migration::prelude::*;

use crate::schema::{
    check, drop_tables, index, instant, json, number, optional, primary_key, references, table, text, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            catalogue(),
            derivation(),
            events(),
            event_revisions(),
            event_slugs(),
            event_topics(),
            event_organisations(),
            speakers(),
            event_speakers(),
            sessions(),
        ] {
            manager.create_table(table).await?;
        }
        for index in [
            index("events_slug", "events", &["slug"]).unique().take(),
            index("events_starts_at", "events", &["starts_at", "id"]),
            index("events_series", "events", &["series"]),
            index("event_revisions_published_at", "event_revisions", &["published_at"]),
            index("events_catalogue_version", "events", &["catalogue_version"]),
            index("event_slugs_event_id", "event_slugs", &["event_id"]),
            index("event_topics_topic", "event_topics", &["topic"]),
            index("event_organisations_organisation", "event_organisations", &["organisation", "event_id"]),
            index("speakers_owner_key", "speakers", &["owner", "key"]).unique().take(),
            index("speakers_slug", "speakers", &["slug"]).unique().take(),
            index("event_speakers_speaker_id", "event_speakers", &["speaker_id"]),
            index("sessions_event_id_key", "sessions", &["event_id", "key"]).unique().take(),
        ] {
            manager.create_index(index).await?;
        }
        let connection = manager.get_connection();
        connection.execute_unprepared("INSERT INTO catalogue (id, version) VALUES (1, 0)").await?;
        let derivation = "INSERT INTO derivation (id, zone_rules, version) VALUES (1, '', 0)";
        connection.execute_unprepared(derivation).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "sessions",
                "event_speakers",
                "speakers",
                "event_organisations",
                "event_topics",
                "event_slugs",
                "event_revisions",
                "events",
                "derivation",
                "catalogue",
            ],
        )
        .await
    }
}

/// One row. Its version grows with every publication. Publishers lock it, so publications run one after another; servers
/// compare it to find out that their cached events are out of date.
fn catalogue() -> TableCreateStatement {
    let mut table = table("catalogue", [number("id"), number("version")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "catalogue_has_one_row", "id = 1");
    table
}

/// One row: the version of the time zone rules, and of the program's derivation code, that the stored times and search words
/// were computed with. It changes under the lock of the catalogue's row.
fn derivation() -> TableCreateStatement {
    let mut table = table("derivation", [number("id"), text("zone_rules"), number("version")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "derivation_has_one_row", "id = 1");
    table
}

/// `document` is the definition as it was published; the other columns are derived from it. Lists read `title`, a text by language,
/// and `owner` rather than whole documents. A draft keeps in
/// `last_public_document` the definition that was last public, so that the next publication can tell registered people
/// what has changed. `cancellation_reason` is a text by language; a definition has none.
fn events() -> TableCreateStatement {
    let mut table = table(
        "events",
        [
            uuid("id"),
            text("slug"),
            optional(text("series")),
            text("status"),
            json("title"),
            optional(text("owner")),
            text("language"),
            instant("starts_at"),
            instant("ends_at"),
            json("document"),
            optional(json("last_public_document")),
            optional(json("cancellation_reason")),
            text("search_words"),
            optional(number("retention_days")),
            optional(instant("anonymised_at")),
            number("revision"),
            number("catalogue_version"),
            instant("created_at"),
            instant("updated_at"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "events_status", "status IN ('draft', 'published', 'cancelled')");
    check(&mut table, "events_times", "ends_at >= starts_at");
    check(&mut table, "events_revision", "revision >= 1");
    table
}

/// Revisions of events: the whole definition, what it changed, and who published it. The index by time finds those that are removed.
fn event_revisions() -> TableCreateStatement {
    let mut table = table(
        "event_revisions",
        [
            uuid("event_id"),
            number("revision"),
            json("document"),
            json("changes"),
            instant("published_at"),
            text("actor"),
            optional(text("organisation")),
            optional(uuid("client_id")),
        ],
    );
    table.primary_key(&mut primary_key(&["event_id", "revision"]));
    table.foreign_key(&mut references(
        "event_revisions_event_id",
        "event_revisions",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    check(&mut table, "event_revisions_actor", "actor IN ('client', 'holder', 'operator', 'system')");
    table
}

/// The slugs that events had before they were renamed. They are never given to another event.
fn event_slugs() -> TableCreateStatement {
    let mut table = table("event_slugs", [text("slug"), uuid("event_id"), instant("renamed_at")]);
    table.primary_key(&mut primary_key(&["slug"]));
    table.foreign_key(&mut references(
        "event_slugs_event_id",
        "event_slugs",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    table
}

fn event_topics() -> TableCreateStatement {
    let mut table = table("event_topics", [uuid("event_id"), text("topic")]);
    table.primary_key(&mut primary_key(&["event_id", "topic"]));
    table.foreign_key(&mut references(
        "event_topics_event_id",
        "event_topics",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    table
}

/// The organisations that administer an event, as its definition names them.
fn event_organisations() -> TableCreateStatement {
    let mut table = table("event_organisations", [uuid("event_id"), text("organisation"), text("role")]);
    table.primary_key(&mut primary_key(&["event_id", "organisation"]));
    table.foreign_key(&mut references(
        "event_organisations_event_id",
        "event_organisations",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    check(&mut table, "event_organisations_role", "role IN ('owner', 'co_organiser')");
    table
}

/// A speaker belongs to the organisation that owns the events which name it. Definitions name a speaker by its key; the public
/// slug is unique among all owners. The owner is empty for events without one. The card is empty while no event shows the
/// speaker.
fn speakers() -> TableCreateStatement {
    let mut table = table(
        "speakers",
        [
            uuid("id"),
            text("owner"),
            text("key"),
            text("slug"),
            text("language"),
            json("card"),
            instant("created_at"),
            instant("updated_at"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    table
}

fn event_speakers() -> TableCreateStatement {
    let mut table = table("event_speakers", [uuid("event_id"), uuid("speaker_id"), number("position")]);
    table.primary_key(&mut primary_key(&["event_id", "speaker_id"]));
    table.foreign_key(&mut references(
        "event_speakers_event_id",
        "event_speakers",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    table.foreign_key(&mut references(
        "event_speakers_speaker_id",
        "event_speakers",
        "speaker_id",
        "speakers",
        ForeignKeyAction::Restrict,
    ));
    table
}

fn sessions() -> TableCreateStatement {
    let mut table = table("sessions", [uuid("id"), uuid("event_id"), text("key"), number("position")]);
    table.primary_key(&mut primary_key(&["id"]));
    table.foreign_key(&mut references(
        "sessions_event_id",
        "sessions",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    table
}
