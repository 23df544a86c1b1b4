//! The table `clients`: API clients of partner organisations.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) organisation: String,
    pub(crate) name: String,
    pub(crate) scopes: String,
    pub(crate) secret_hash: String,
    pub(crate) previous_secret_hash: Option<String>,
    pub(crate) previous_secret_until: Option<DateTimeUtc>,
    pub(crate) disabled_at: Option<DateTimeUtc>,
    pub(crate) last_used_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
