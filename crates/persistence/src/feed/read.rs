//! Reads pages of the feed of changes, limited to the changes that an organisation may see.
//!
//! A page is assembled from slices of a fixed number of positions, so that a query costs the same for an organisation
//! that may see few changes as for one that may see all.

use plenaria_domain::change::ChangeType;
pub use plenaria_domain::change::{Change, Subject};
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::values::ids::{ChangeId, EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use crate::access::Access;
use crate::access::visibility;
use crate::database::error::StoreError;
use crate::database::statements::paging;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::{change, event, event_organisation, feed, registration};

/// Number of positions that one query scans, which bounds its cost.
const SLICE_LENGTH: i64 = 5_000;
/// Largest number of slices that are scanned for one page.
const MAX_SLICES: u32 = 20;

/// A position in the feed, and a tag of the change there. A database that was restored from a backup assigns positions
/// a second time; the tag tells a position of the lost feed from one of this feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeedPosition {
    /// The position, counted from 1.
    pub position: i64,
    /// The last 32 bits of the id of the change there, which are random; `None` if they are unknown.
    pub tag: Option<u32>,
}

/// Where a page of the feed starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartFrom {
    /// The oldest change that is stored.
    Beginning,
    /// The change after this position.
    After(FeedPosition),
    /// The end of the feed: the page is empty, and has the last position.
    Latest,
}

/// Which changes to read.
#[derive(Clone, Debug)]
pub struct ChangesQuery {
    /// The organisation that reads.
    pub access: Access,
    /// Only changes of these types; an empty list means all types.
    pub types: Vec<ChangeType>,
    /// Where the page starts.
    pub from: StartFrom,
    /// The largest number of changes.
    pub limit: usize,
}

/// The result of reading the feed.
#[derive(Clone, Debug)]
pub enum FeedPage {
    /// The next changes, and the position after which to continue.
    Changes {
        /// In the order of their positions.
        changes: Vec<Change>,
        /// The position up to which the feed was scanned.
        through: FeedPosition,
    },
    /// Changes after the position have been removed, or the position is not one of this feed.
    Expired,
}

/// The feed's single row, joined with a change or with none.
#[derive(FromQueryResult)]
struct Row {
    last_position: i64,
    removed_through: i64,
    id_at_start: Option<Uuid>,
    id_at_end: Option<Uuid>,
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
    /// The next changes that the caller may see. A page that is not full does not mean that the feed ends there: it is
    /// cut off after a number of slices, and the caller continues after its position.
    pub async fn changes(&self, query: &ChangesQuery) -> Result<FeedPage, StoreError> {
        let start = match query.from {
            StartFrom::Beginning => FeedPosition { position: 0, tag: None },
            StartFrom::After(position) => position,
            StartFrom::Latest => {
                let slice = read_slice(self.reads(), query, i64::MAX - SLICE_LENGTH).await?;
                let through = FeedPosition { position: slice.last_position, tag: slice.tag_at_end };
                return Ok(FeedPage::Changes { changes: Vec::new(), through });
            }
        };
        let mut after = start.position;
        let mut slices_left = MAX_SLICES;
        loop {
            let slice = read_slice(self.reads(), query, after).await?;
            slices_left = slices_left.saturating_sub(1);
            if after == start.position && !slice.contains(start) {
                return Ok(FeedPage::Expired);
            }
            if slice.removed_through > after {
                if query.from != StartFrom::Beginning {
                    return Ok(FeedPage::Expired);
                }
                after = slice.removed_through;
                continue;
            }
            let through = scanned_through(&slice.changes, query.limit, after, slice.last_position);
            if !slice.changes.is_empty() || through >= slice.last_position || slices_left == 0 {
                let last = slice.changes.last().filter(|change| change.position == through);
                let tag = last.map_or(slice.tag_at_end, |change| Some(position_tag(change.id.0)));
                let through = FeedPosition { position: through, tag };
                return Ok(FeedPage::Changes { changes: slice.changes, through });
            }
            after = through;
        }
    }
}

/// The visible changes among a fixed number of positions, with the state of the feed in the same snapshot.
pub(crate) struct FeedSlice {
    /// The feed's last position.
    pub(crate) last_position: i64,
    /// The position up to which old changes have been removed.
    pub(crate) removed_through: i64,
    pub(crate) changes: Vec<Change>,
    /// The tag of the change at the position before the slice, if that change is still stored.
    tag_at_start: Option<u32>,
    /// The tag of the change at the slice's last position.
    tag_at_end: Option<u32>,
}

impl FeedSlice {
    /// Whether the position before the slice is one of this feed. If the change there has been removed or the tag is
    /// unknown, only the position is compared.
    fn contains(&self, position: FeedPosition) -> bool {
        let differs = position.tag.zip(self.tag_at_start).is_some_and(|(theirs, ours)| theirs != ours);
        position.position <= self.last_position && !differs
    }
}

fn position_tag(id: Uuid) -> u32 {
    let [.., a, b, c, d] = id.into_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Reads the visible changes behind a position, together with the feed's ends. One statement reads both, so that no
/// change can be removed in between.
pub(crate) async fn read_slice<C: ConnectionTrait>(
    connection: &C,
    query: &ChangesQuery,
    after: i64,
) -> Result<FeedSlice, StoreError> {
    let statement = slice_statement(query, after, connection.get_database_backend());
    let rows = Row::find_by_statement(statement).all(connection).await?;
    let first = rows.first().ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))?;
    let (last_position, removed_through) = (first.last_position, first.removed_through);
    let (tag_at_start, tag_at_end) = (first.id_at_start.map(position_tag), first.id_at_end.map(position_tag));
    let with_change = rows.into_iter().filter(|row| row.position.is_some()).take(query.limit);
    let changes = with_change.map(to_change).collect::<Result<_, _>>()?;
    Ok(FeedSlice { last_position, removed_through, changes, tag_at_start, tag_at_end })
}

/// The position up to which a slice was scanned that starts behind `after` and contains these changes, in a feed that
/// ends with `last_position`.
pub(crate) fn scanned_through(changes: &[Change], limit: usize, after: i64, last_position: i64) -> i64 {
    match changes.last() {
        Some(change) if changes.len() >= limit => change.position,
        // A webhook endpoint may be ahead of the feed if only a part of the database was restored.
        _ => Ord::max(after, Ord::min(after + SLICE_LENGTH, last_position)),
    }
}

/// Limit and order apply to the changes. The feed's row is repeated with each of them, or comes alone if there are
/// none. Positions are parameters, because every other SQL text would be planned anew.
fn slice_statement(query: &ChangesQuery, after: i64, backend: DbBackend) -> Statement {
    let last = || Expr::col((feed::Entity, feed::Column::LastPosition));
    let end = Expr::case(last().lt(after + SLICE_LENGTH), last()).finally(after + SLICE_LENGTH);
    let limit = paging::round_up_limit(query.limit as u64, backend);
    let mut select = Query::select();
    select
        .columns([(feed::Entity, feed::Column::LastPosition), (feed::Entity, feed::Column::RemovedThrough)])
        .expr_as(id_at(Expr::val(after)), "id_at_start")
        .expr_as(id_at(end.into()), "id_at_end")
        .expr(Expr::cust("found.*"))
        .from(feed::Entity)
        .join_subquery(JoinType::LeftJoin, visible_changes(query, after, limit), "found", Expr::cust("1 = 1"))
        .and_where(Expr::cust("feed.id = 1"))
        .order_by_expr(Expr::cust("found.position"), Order::Asc);
    paging::build_with_literal_limits(&select, backend)
}

/// A subquery for the id of the change at a position.
fn id_at(position: Expr) -> Expr {
    let mut one = Query::select();
    one.column(("one", change::Column::Id))
        .from_as(change::Entity, "one")
        .and_where(Expr::col(("one", change::Column::Position)).eq(position));
    Expr::SubQuery(None, Box::new(one.into()))
}

fn visible_changes(query: &ChangesQuery, after: i64, limit: u64) -> SelectStatement {
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
        .and_where(column(Column::Position).lte(after + SLICE_LENGTH))
        .cond_where(access_condition(&query.access))
        .order_by((Entity, Column::Position), Order::Asc)
        .limit(limit);
    if !query.types.is_empty() {
        let types: Vec<&str> = query.types.iter().map(|kind| kind.as_str()).collect();
        select.and_where(column(Column::Kind).is_in(pad_to_statement_size(types)));
    }
    select
}

/// The join condition for the row that says that the organisation organises a change's event. A join looks the row up
/// for the scanned changes alone; a subquery would list all events of an organisation that has organised thousands.
fn organised_by(access: &Access) -> Condition {
    use event_organisation::{Column, Entity};
    let column = |column: Column| Expr::col((Entity, column));
    Condition::all()
        .add(column(Column::EventId).equals((change::Entity, change::Column::EventId)))
        .add(column(Column::Organisation).eq(access.organisation().as_str()))
}

/// An organisation may see all changes of the events that it organises, the changes of the registrations that its own
/// clients made, and the changes of public events themselves.
fn access_condition(access: &Access) -> Condition {
    use change::{Column, Entity};
    let column = |column: Column| Expr::col((Entity, column));
    let public_event = Condition::all().add(column(Column::RegistrationId).is_null()).add(visibility::is_public());
    Condition::any()
        .add(Expr::col((event_organisation::Entity, event_organisation::Column::EventId)).is_not_null())
        .add(column(Column::Source).eq(access.organisation().as_str()))
        .add(public_event)
}

fn to_change(row: Row) -> Result<Change, StoreError> {
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
