//! Speakers belong to the organisation that owns the events which show them.
//!
//! Until now all events shared a speaker by key. A speaker whom events of several owners show becomes one for each owner.
//! The one of the oldest event's owner keeps the id and the slug. Each gets the card that the newest definition of its own
//! events says, so that no organisation shows any longer what another one has said.

use std::collections::{BTreeMap, HashSet};

use ::uuid::Uuid;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::{DateTimeUtc, Json};
use sea_orm_migration::sea_orm::{QueryResult, Statement};

use crate::schema::{index, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["owner", "slug"] {
            // SQLite takes one column in a statement, and wants a default for what must not be NULL.
            let mut column = text(name);
            column.not_null().default("");
            manager.alter_table(Table::alter().table("speakers").add_column(column).take()).await?;
        }
        drop_indexes(manager, &["speakers_key"]).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(OWNERS).await?;
        split(connection).await?;
        for index in [
            index("speakers_owner_key", "speakers", &["owner", "key"]).unique().take(),
            index("speakers_slug", "speakers", &["slug"]).unique().take(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    /// The oldest of the speakers with one key is the speaker of all events that show one of them.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in [SHOW_THE_OLDEST, REMOVE_THE_OTHERS] {
            connection.execute_unprepared(statement).await?;
        }
        drop_indexes(manager, &["speakers_slug", "speakers_owner_key"]).await?;
        for column in ["slug", "owner"] {
            manager.alter_table(Table::alter().table("speakers").drop_column(column).take()).await?;
        }
        manager.create_index(index("speakers_key", "speakers", &["key"]).unique().take()).await
    }
}

async fn drop_indexes(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        let mut drop = Index::drop();
        drop.name(*name).table("speakers");
        manager.drop_index(drop).await?;
    }
    Ok(())
}

/// Ids of events are in the order of their creation. Nobody owns the events without an owner, nor a speaker whom no event
/// shows.
const OWNERS: &str = "UPDATE speakers SET slug = key, owner = COALESCE((SELECT COALESCE(o.organisation, '') \
    FROM event_speakers AS p \
    LEFT JOIN event_organisations AS o ON o.event_id = p.event_id AND o.role = 'owner' \
    WHERE p.speaker_id = speakers.id ORDER BY p.event_id LIMIT 1), '')";

/// The events of speakers whom events of several owners show.
const SHARED: &str = "SELECT s.id AS speaker_id, s.key, s.owner AS kept_by, s.language, s.card, s.created_at, s.updated_at, \
    p.event_id, COALESCE(o.organisation, '') AS owner, e.document, e.updated_at AS published_at \
    FROM speakers AS s \
    JOIN event_speakers AS p ON p.speaker_id = s.id \
    JOIN events AS e ON e.id = p.event_id \
    LEFT JOIN event_organisations AS o ON o.event_id = p.event_id AND o.role = 'owner' \
    WHERE s.id IN (SELECT k.id FROM speakers AS k \
        JOIN event_speakers AS q ON q.speaker_id = k.id \
        LEFT JOIN event_organisations AS r ON r.event_id = q.event_id AND r.role = 'owner' \
        WHERE COALESCE(r.organisation, '') <> k.owner) \
    ORDER BY s.id, p.event_id";

const SHOW_THE_OLDEST: &str = "UPDATE event_speakers SET speaker_id = (SELECT k.id FROM speakers AS s \
    JOIN speakers AS k ON k.key = s.key WHERE s.id = event_speakers.speaker_id ORDER BY k.id LIMIT 1)";
const REMOVE_THE_OTHERS: &str = "DELETE FROM speakers WHERE EXISTS (SELECT 1 FROM speakers AS k \
    WHERE k.key = speakers.key AND k.id < speakers.id)";

/// How many ids one statement names at most.
const TOGETHER: usize = 500;
/// The greatest length of a slug.
const LONGEST_SLUG: usize = 80;

/// A speaker whom an event shows.
struct Shown {
    speaker: Uuid,
    key: String,
    /// The owner that keeps the row.
    kept_by: String,
    language: String,
    card: Json,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    event: Uuid,
    owner: String,
    document: Json,
    published_at: DateTimeUtc,
}

impl Shown {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            speaker: row.try_get("", "speaker_id")?,
            key: row.try_get("", "key")?,
            kept_by: row.try_get("", "kept_by")?,
            language: row.try_get("", "language")?,
            card: row.try_get("", "card")?,
            created_at: row.try_get("", "created_at")?,
            updated_at: row.try_get("", "updated_at")?,
            event: row.try_get("", "event_id")?,
            owner: row.try_get("", "owner")?,
            document: row.try_get("", "document")?,
            published_at: row.try_get("", "published_at")?,
        })
    }

    /// The card as the event's definition says it, and its language; or the one that all have shared.
    fn own_card(&self) -> (Json, String) {
        let cards = self.document["speakers"].as_array();
        let card = cards.and_then(|cards| cards.iter().find(|card| card["key"].as_str() == Some(self.key.as_str())));
        let language = self.document["language"].as_str();
        let (card, language) = card.zip(language).unwrap_or((&self.card, &self.language));
        (card.clone(), language.to_owned())
    }
}

/// Makes the speakers of several owners one for each.
async fn split(connection: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let backend = connection.get_database_backend();
    let rows = connection.query_all_raw(Statement::from_string(backend, SHARED)).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut owners: BTreeMap<(Uuid, String), Vec<Shown>> = BTreeMap::new();
    for row in &rows {
        let shown = Shown::read(row)?;
        owners.entry((shown.speaker, shown.owner.clone())).or_default().push(shown);
    }
    let rows = connection.query_all_raw(Statement::from_string(backend, "SELECT slug FROM speakers")).await?;
    let mut slugs: HashSet<String> = rows.iter().map(|row| row.try_get("", "slug")).collect::<Result<_, _>>()?;
    // Programs that keep programmes in memory read them again.
    connection.execute_unprepared("UPDATE catalogue SET version = version + 1").await?;
    for ((speaker, owner), shown) in owners {
        let Some(newest) = shown.iter().max_by_key(|one| one.published_at) else { continue };
        let id = if owner == newest.kept_by {
            let (card, language) = newest.own_card();
            let mut update = Query::update();
            update.table("speakers").value("card", card).value("language", language);
            update.and_where(Expr::col("id").eq(speaker));
            connection.execute(&update).await?;
            speaker
        } else {
            let slug = free_slug(&newest.key, &owner, &slugs);
            let id = insert(connection, newest, &owner, &slug).await?;
            slugs.insert(slug);
            id
        };
        let events: Vec<Uuid> = shown.iter().map(|one| one.event).collect();
        for some in events.chunks(TOGETHER) {
            show(connection, speaker, id, some).await?;
        }
    }
    Ok(())
}

/// Makes a speaker of this owner; its id.
async fn insert(
    connection: &SchemaManagerConnection<'_>,
    newest: &Shown,
    owner: &str,
    slug: &str,
) -> Result<Uuid, DbErr> {
    let id = Uuid::now_v7();
    let (card, language) = newest.own_card();
    let mut insert = Query::insert();
    insert
        .into_table("speakers")
        .columns(["id", "owner", "key", "slug", "language", "card", "created_at", "updated_at"])
        .values_panic([
            id.into(),
            owner.into(),
            newest.key.as_str().into(),
            slug.into(),
            language.into(),
            card.into(),
            newest.created_at.into(),
            newest.updated_at.into(),
        ]);
    connection.execute(&insert).await?;
    Ok(id)
}

/// Lets these events show the speaker `after` where they have shown `before`, and marks them as changed.
async fn show(
    connection: &SchemaManagerConnection<'_>,
    before: Uuid,
    after: Uuid,
    events: &[Uuid],
) -> Result<(), DbErr> {
    let mut update = Query::update();
    update
        .table("event_speakers")
        .value("speaker_id", after)
        .and_where(Expr::col("speaker_id").eq(before))
        .and_where(Expr::col("event_id").is_in(events.iter().copied()));
    connection.execute(&update).await?;
    let mut mark = Query::update();
    mark.table("events")
        .value("changed_in", Expr::cust("(SELECT version FROM catalogue)"))
        .and_where(Expr::col("id").is_in(events.iter().copied()));
    connection.execute(&mark).await?;
    Ok(())
}

/// The key with the owner's appended, cut to a slug's length, and with a number behind it if need be.
fn free_slug(key: &str, owner: &str, taken: &HashSet<String>) -> String {
    let joined = |first: &str, second: &str| {
        let cut = |text: &str, length: usize| text.get(..length).unwrap_or(text).trim_end_matches('-').to_owned();
        let room = LONGEST_SLUG - 1;
        let first = cut(first, (room - second.len().min(room)).max(room / 2));
        let second = cut(second, room - first.len());
        format!("{first}-{second}")
    };
    let base = if owner.is_empty() { key.to_owned() } else { joined(key, owner) };
    let numbered = (2..=u32::MAX).map(|number| joined(&base, &number.to_string()));
    let good = |slug: &String| !taken.contains(slug) && Uuid::try_parse(slug).is_err();
    std::iter::once(base.clone()).chain(numbered).find(good).unwrap_or_default()
}
