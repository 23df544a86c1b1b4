//! Reading the feed of changes, as far as an organisation may see them.

use plenaria_domain::change::ChangeType;
pub use plenaria_domain::change::{Change, Subject};
use plenaria_domain::ids::{ChangeId, EventId, RegistrationId};
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use crate::access::Access;
use crate::entity::{change, event, event_organisation, feed, registration};
use crate::{Store, StoreError, catalogue, rows};

/// How many positions one query looks at. What it finds for one who may see little is little; what it costs is bounded.
const WINDOW: i64 = 5_000;
/// How many windows are looked through for one page.
const WINDOWS: u32 = 20;

/// A place in the feed, and which change was there. A database that was restored from a backup gives positions a second
/// time; whoever comes with a place of the first is told so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The position.
    pub position: i64,
    /// The last of the random bits in the id of the change there; `None`: it is not known.
    pub mark: Option<u32>,
}

/// Where to begin to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum From {
    /// With the oldest change that is kept.
    Beginning,
    /// Behind this place.
    Place(Place),
    /// Behind the newest change.
    Latest,
}

/// What is asked of the feed.
#[derive(Clone, Debug)]
pub struct ChangesQuery {
    /// Who asks.
    pub access: Access,
    /// Only changes of these types; empty: of all.
    pub types: Vec<ChangeType>,
    /// Where to begin.
    pub from: From,
    /// How many at most.
    pub limit: usize,
}

/// What the feed has for one who asks.
#[derive(Clone, Debug)]
pub enum FeedPage {
    /// Changes, and where to go on.
    Changes {
        /// In the order of their positions.
        changes: Vec<Change>,
        /// The place up to which all has been looked at.
        through: Place,
    },
    /// Some of what was asked for has been removed, or the place is not one of this feed.
    Expired,
}

/// A row of the feed with a change, or without one.
#[derive(FromQueryResult)]
struct Row {
    last_position: i64,
    removed_through: i64,
    id_here: Option<Uuid>,
    id_there: Option<Uuid>,
    position: Option<i64>,
    id: Option<Uuid>,
    kind: Option<String>,
    event_id: Option<Uuid>,
    registration_id: Option<Uuid>,
    source: Option<String>,
    sequence: Option<i64>,
    occurred_at: Option<Instant>,
    data: Option<serde_json::Value>,
    slug: Option<String>,
    external_reference: Option<String>,
}

impl Store {
    /// The next changes that the caller may see. A page that is not full says nothing of whether there are more: whoever
    /// may see little of much is led on step by step.
    pub async fn changes(&self, query: &ChangesQuery) -> Result<FeedPage, StoreError> {
        let asked = match query.from {
            From::Beginning => Place { position: 0, mark: None },
            From::Place(place) => place,
            From::Latest => {
                let window = window(self.reads(), query, i64::MAX - WINDOW).await?;
                let through = Place { position: window.last, mark: window.mark_there };
                return Ok(FeedPage::Changes { changes: Vec::new(), through });
            }
        };
        let mut after = asked.position;
        let mut windows = WINDOWS;
        loop {
            let window = window(self.reads(), query, after).await?;
            windows = windows.saturating_sub(1);
            if after == asked.position && !window.knows(asked) {
                return Ok(FeedPage::Expired);
            }
            if window.removed_through > after {
                if query.from != From::Beginning {
                    return Ok(FeedPage::Expired);
                }
                after = window.removed_through;
                continue;
            }
            let through = looked_through(&window.changes, query.limit, after, window.last);
            if !window.changes.is_empty() || through >= window.last || windows == 0 {
                let last = window.changes.last().filter(|change| change.position == through);
                let mark = last.map_or(window.mark_there, |change| Some(mark(change.id.0)));
                let through = Place { position: through, mark };
                return Ok(FeedPage::Changes { changes: window.changes, through });
            }
            after = through;
        }
    }
}

/// What one look at the feed shows.
pub(crate) struct Window {
    pub(crate) last: i64,
    pub(crate) removed_through: i64,
    pub(crate) changes: Vec<Change>,
    /// Of the change at the place from which one looks, if it is kept.
    mark_here: Option<u32>,
    /// Of the one at its end.
    mark_there: Option<u32>,
}

impl Window {
    /// Whether a place is one of this feed. What has been removed is not known any more.
    fn knows(&self, place: Place) -> bool {
        let another = place.mark.zip(self.mark_here).is_some_and(|(theirs, ours)| theirs != ours);
        place.position <= self.last && !another
    }
}

fn mark(id: Uuid) -> u32 {
    let [.., a, b, c, d] = id.into_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// The visible changes of one window, with the feed's last position and the one up to which it has been emptied: all in
/// one statement and so as of one moment, lest something is removed between two looks.
pub(crate) async fn window<C: ConnectionTrait>(
    connection: &C,
    query: &ChangesQuery,
    after: i64,
) -> Result<Window, StoreError> {
    let statement = statement(query, after, connection.get_database_backend());
    let rows = Row::find_by_statement(statement).all(connection).await?;
    let first = rows.first().ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))?;
    let (last, removed_through) = (first.last_position, first.removed_through);
    let (mark_here, mark_there) = (first.id_here.map(mark), first.id_there.map(mark));
    let found = rows.into_iter().filter(|row| row.position.is_some()).take(query.limit);
    let changes = found.map(change).collect::<Result<_, _>>()?;
    Ok(Window { last, removed_through, changes, mark_here, mark_there })
}

/// Up to where one has looked who found these changes behind `after`, in a feed that ends with `last`.
pub(crate) fn looked_through(changes: &[Change], limit: usize, after: i64, last: i64) -> i64 {
    match changes.last() {
        Some(change) if changes.len() >= limit => change.position,
        // A webhook endpoint may be ahead of a database of which a part was restored.
        _ => Ord::max(after, Ord::min(after + WINDOW, last)),
    }
}

/// Limit and order are those of the changes; the feed's row stands beside each, or alone. Places are parameters: a text of
/// its own for each would be planned anew each time.
fn statement(query: &ChangesQuery, after: i64, backend: DbBackend) -> Statement {
    let last = || Expr::col((feed::Entity, feed::Column::LastPosition));
    let there = Expr::case(last().lt(after + WINDOW), last()).finally(after + WINDOW);
    let limit = rows::page(query.limit as u64, backend);
    let mut select = Query::select();
    select
        .columns([(feed::Entity, feed::Column::LastPosition), (feed::Entity, feed::Column::RemovedThrough)])
        .expr_as(id_at(Expr::val(after)), "id_here")
        .expr_as(id_at(there.into()), "id_there")
        .expr(Expr::cust("found.*"))
        .from(feed::Entity)
        .join_subquery(JoinType::LeftJoin, visible(query, after, limit), "found", Expr::cust("1 = 1"))
        .and_where(Expr::cust("feed.id = 1"))
        .order_by_expr(Expr::cust("found.position"), Order::Asc);
    rows::limit_in_text(backend.build(&select), limit)
}

/// The id of the change at a position.
fn id_at(position: Expr) -> Expr {
    let mut one = Query::select();
    one.column(("one", change::Column::Id))
        .from_as(change::Entity, "one")
        .and_where(Expr::col(("one", change::Column::Position)).eq(position));
    Expr::SubQuery(None, Box::new(one.into()))
}

fn visible(query: &ChangesQuery, after: i64, limit: u64) -> SelectStatement {
    use change::{Column, Entity};
    let column = |column: Column| Expr::col((Entity, column));
    let mut select = Query::select();
    for (expression, name) in [
        (column(Column::Position), "position"),
        (column(Column::Id), "id"),
        (column(Column::Kind), "kind"),
        (column(Column::EventId), "event_id"),
        (column(Column::RegistrationId), "registration_id"),
        (column(Column::Source), "source"),
        (column(Column::Sequence), "sequence"),
        (column(Column::OccurredAt), "occurred_at"),
        (column(Column::Data), "data"),
        (Expr::col((event::Entity, event::Column::Slug)), "slug"),
        (Expr::col((registration::Entity, registration::Column::ExternalReference)), "external_reference"),
    ] {
        select.expr_as(expression, name);
    }
    select
        .from(Entity)
        .inner_join(event::Entity, Expr::col((event::Entity, event::Column::Id)).equals((Entity, Column::EventId)))
        .left_join(
            registration::Entity,
            Expr::col((registration::Entity, registration::Column::Id)).equals((Entity, Column::RegistrationId)),
        )
        .left_join(event_organisation::Entity, organised_by(&query.access))
        .and_where(column(Column::Position).gt(after))
        .and_where(column(Column::Position).lte(after + WINDOW))
        .cond_where(scope(&query.access))
        .order_by((Entity, Column::Position), Order::Asc)
        .limit(limit);
    if !query.types.is_empty() {
        let types: Vec<&str> = query.types.iter().map(|kind| kind.as_str()).collect();
        select.and_where(column(Column::Kind).is_in(rows::padded(types)));
    }
    select
}

/// The row, if there is one, that says that the organisation organises a change's event. It is joined, so that it is looked
/// up for those changes that a page looks at, and no list is made of all events of one who has organised thousands.
fn organised_by(access: &Access) -> Condition {
    use event_organisation::{Column, Entity};
    let column = |column: Column| Expr::col((Entity, column));
    Condition::all()
        .add(column(Column::EventId).equals((change::Entity, change::Column::EventId)))
        .add(column(Column::Organisation).eq(access.organisation().as_str()))
}

/// What an organisation may see: everything about the events that it organises, what became of the registrations that
/// its own clients made, and what everybody may know of events.
fn scope(access: &Access) -> Condition {
    use change::{Column, Entity};
    let column = |column: Column| Expr::col((Entity, column));
    let public_fact = Condition::all().add(column(Column::RegistrationId).is_null()).add(catalogue::is_public());
    Condition::any()
        .add(Expr::col((event_organisation::Entity, event_organisation::Column::EventId)).is_not_null())
        .add(column(Column::Source).eq(access.organisation().as_str()))
        .add(public_fact)
}

fn change(row: Row) -> Result<Change, StoreError> {
    let missing = || StoreError::corrupt("changes", "a column is missing");
    let corrupt = |error: &dyn std::fmt::Display| StoreError::corrupt("changes", error);
    let data = row.data.ok_or_else(missing)?;
    let subject = if let Some(id) = row.registration_id {
        let status = RegistrationStatus::parse(data["status"].as_str().unwrap_or_default());
        Subject::Registration {
            id: RegistrationId(id),
            status: status.map_err(|e| corrupt(&e.code()))?,
            source: row.source,
            external_reference: row.external_reference,
        }
    } else {
        let changed = data["changed"].as_array().into_iter().flatten();
        Subject::Event { changed: changed.filter_map(|name| name.as_str().map(str::to_owned)).collect() }
    };
    Ok(Change {
        position: row.position.ok_or_else(missing)?,
        id: ChangeId(row.id.ok_or_else(missing)?),
        kind: ChangeType::parse(&row.kind.ok_or_else(missing)?).map_err(|e| corrupt(&e.code()))?,
        occurred_at: row.occurred_at.ok_or_else(missing)?,
        sequence: row.sequence.ok_or_else(missing)?,
        event_id: EventId(row.event_id.ok_or_else(missing)?),
        slug: row.slug.ok_or_else(missing)?,
        subject,
    })
}
