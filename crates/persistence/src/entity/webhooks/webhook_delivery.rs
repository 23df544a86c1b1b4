//! The table `webhook_deliveries`: the messages to each endpoint, with their state.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) endpoint_id: Uuid,
    pub(crate) change_id: Uuid,
    #[sea_orm(column_name = "type")]
    pub(crate) kind: String,
    pub(crate) registration_id: Option<Uuid>,
    pub(crate) subject: Uuid,
    pub(crate) position: i64,
    pub(crate) sequence: i64,
    pub(crate) payload: String,
    pub(crate) state: String,
    pub(crate) attempts: i64,
    pub(crate) failed_attempts: i64,
    pub(crate) first_failed_at: Option<DateTimeUtc>,
    pub(crate) next_attempt_at: DateTimeUtc,
    pub(crate) claim: Option<Uuid>,
    pub(crate) last_attempt_at: Option<DateTimeUtc>,
    pub(crate) last_status: Option<i64>,
    pub(crate) last_error: Option<String>,
    pub(crate) delivered_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
