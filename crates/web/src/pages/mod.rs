//! One file, or folder, for each page.

mod confirm;
pub(crate) mod event;
mod list;
pub(crate) mod query;
mod registration;

use actix_web::web::ServiceConfig;

/// Adds the routes of all pages.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list::show)
        .service(event::show)
        .service(event::register::register)
        .service(event::register::send_link)
        .configure(registration::configure)
        .configure(confirm::configure);
}
