//! What a person says when registering: the fields of the form, their conversion into a body for the API, and the errors that
//! the API finds in it. The form on an event's page and the one that changes a registration share them.
//!
//! A field has the name that it has in the API (`name`, `answers.KEY`). `fields.html` renders it; its element has the id
//! `field-NAME`, and its error `error-NAME`.

pub(crate) mod field;
pub(crate) mod fields;
pub(crate) mod payload;
pub(crate) mod problem;
pub(crate) mod rules;
