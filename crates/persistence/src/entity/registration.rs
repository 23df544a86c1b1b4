//! The table `registrations`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "registrations")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) event_id: Uuid,
    pub(crate) status: String,
    pub(crate) email: String,
    pub(crate) active_email: Option<String>,
    pub(crate) name: String,
    pub(crate) organisation: Option<String>,
    pub(crate) position: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) language: String,
    pub(crate) newsletter: bool,
    pub(crate) access_needs: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) answers: Json,
    pub(crate) external_reference: Option<String>,
    pub(crate) source: String,
    pub(crate) waitlist_number: Option<i64>,
    pub(crate) privacy_notice: String,
    pub(crate) privacy_accepted_at: DateTimeUtc,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) confirmed_at: Option<DateTimeUtc>,
    pub(crate) cancelled_at: Option<DateTimeUtc>,
    pub(crate) cancellation_reason: Option<String>,
    pub(crate) attended_at: Option<DateTimeUtc>,
    /// When the message after the event was queued for this person, who gets it once.
    pub(crate) followed_up_at: Option<DateTimeUtc>,
    pub(crate) revision: i64,
    pub(crate) client_id: Option<Uuid>,
    /// The former `active_email` of a cancelled registration.
    pub(crate) former_email: Option<String>,
    /// When the personal data were erased; the row remains for the statistics.
    pub(crate) erased_at: Option<DateTimeUtc>,
    /// Becomes the `external_reference` once the address is confirmed.
    pub(crate) requested_reference: Option<String>,
    /// How often the address has been corrected; manage tokens hold it.
    pub(crate) address_version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
