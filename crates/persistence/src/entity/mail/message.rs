//! The table `messages`: the mail queue, and messages that were sent or given up.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) registration_id: Option<Uuid>,
    pub(crate) event_id: Uuid,
    pub(crate) language: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) next_attempt_at: DateTimeUtc,
    pub(crate) attempts: i64,
    pub(crate) state: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) data: Json,
    pub(crate) claimed_until: Option<DateTimeUtc>,
    /// The address, as given, if it is not the registration's current one; `None` once the message was sent or given up.
    pub(crate) recipient: Option<String>,
    /// What caused the message, where the id does not encode it.
    pub(crate) cause: Option<String>,
    /// The mail server's reason for refusing the message.
    pub(crate) error: Option<String>,
    /// When a mail server accepted the message, or it was given up.
    pub(crate) ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
