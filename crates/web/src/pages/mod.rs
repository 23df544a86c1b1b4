//! One file, or folder, for each page.

pub(crate) mod event;
mod list;

use actix_web::web::ServiceConfig;

/// Adds the routes of all pages.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list::show)
        .service(event::show)
        .service(event::register::register)
        .service(event::register::send_link);
}
