//! The table `audit_entries`: who did what. Rows are only added, and removed once their retention time is over.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub(crate) struct Model {
    /// The id begins with the time, so rows in the order of their ids are in the order of their times.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) recorded_at: DateTimeUtc,
    pub(crate) actor: String,
    /// The organisation and the id of the client that was the actor.
    pub(crate) organisation: Option<String>,
    pub(crate) client_id: Option<Uuid>,
    pub(crate) action: String,
    pub(crate) target_kind: String,
    pub(crate) target_id: String,
    pub(crate) event_id: Option<Uuid>,
    pub(crate) request_id: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) details: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
