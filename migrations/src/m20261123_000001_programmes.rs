//! Events, their sessions, their speakers, and the catalogue's version.

use sea_orm_migration::prelude::*;

use crate::schema::{check, index, instant, json, number, optional, primary_key, references, table, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [catalogue(), events(), event_topics(), speakers(), event_speakers(), sessions()] {
            manager.create_table(table).await?;
        }
        for index in [
            index("events_slug", "events", &["slug"]).unique().take(),
            index("events_starts_at", "events", &["starts_at", "id"]),
            index("events_series", "events", &["series"]),
            index("events_changed_in", "events", &["changed_in"]),
            index("event_topics_topic", "event_topics", &["topic"]),
            index("speakers_key", "speakers", &["key"]).unique().take(),
            index("event_speakers_speaker_id", "event_speakers", &["speaker_id"]),
            index("sessions_event_id_key", "sessions", &["event_id", "key"]).unique().take(),
        ] {
            manager.create_index(index).await?;
        }
        let mut first = Query::insert();
        first.into_table("catalogue").columns(["id", "version"]).values_panic([1.into(), 0.into()]);
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["sessions", "event_speakers", "speakers", "event_topics", "events", "catalogue"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

/// One row, whose version grows with every publication: it serialises those who publish, and tells those who keep
/// rendered programmes that something is new.
fn catalogue() -> TableCreateStatement {
    let mut table = table("catalogue", [number("id"), number("version")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "catalogue_has_one_row", "id = 1");
    table
}

fn events() -> TableCreateStatement {
    let mut table = table(
        "events",
        [
            uuid("id"),
            text("slug"),
            optional(text("series")),
            text("status"),
            text("language"),
            instant("starts_at"),
            instant("ends_at"),
            json("document"),
            text("search_words"),
            number("revision"),
            number("changed_in"),
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

fn speakers() -> TableCreateStatement {
    let mut table = table(
        "speakers",
        [uuid("id"), text("key"), text("language"), json("card"), instant("created_at"), instant("updated_at")],
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
