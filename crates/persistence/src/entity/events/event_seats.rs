//! The table `event_seats`: the seat counts of each event, and the attributes that decide whether it accepts registrations.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_seats")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) event_id: Uuid,
    pub(crate) status: String,
    pub(crate) opens_at: Option<DateTimeUtc>,
    pub(crate) closes_at: DateTimeUtc,
    pub(crate) starts_at: DateTimeUtc,
    pub(crate) ends_at: DateTimeUtc,
    pub(crate) capacity: Option<i64>,
    pub(crate) waitlist: bool,
    pub(crate) max_confirmed: Option<i64>,
    pub(crate) confirmed: i64,
    pub(crate) waitlisted: i64,
    pub(crate) last_waitlist_number: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
