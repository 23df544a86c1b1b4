//! The table `mail_budgets`: recent messages by mailbox, which limit further ones.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_budgets")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) mailbox: Uuid,
    /// The times of the messages that count towards the limit, in microseconds since 1970.
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) sent: Json,
    pub(crate) updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
