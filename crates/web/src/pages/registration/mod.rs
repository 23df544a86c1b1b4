//! `/registration`: a person's registration, with what can be done about it.
//!
//! People come with the link of a mail. Its token stands behind `#`, which browsers do not send: a script posts it, or a person
//! pastes the link into a form (`find`). From then on each form carries the token in a hidden field. It is never in an address
//! that is requested, in a cookie or in a log.

mod calendar;
mod cancel;
mod details;
mod edit;
mod erase;
mod find;
pub(crate) mod link;
pub(crate) mod resend;
mod unavailable;
pub(crate) mod view;
pub(crate) mod visit;

use actix_web::web::ServiceConfig;

/// Adds the routes.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(find::ask)
        .service(find::show)
        .service(edit::ask)
        .service(edit::update)
        .service(cancel::ask)
        .service(cancel::cancel)
        .service(erase::ask)
        .service(erase::erase)
        .service(calendar::download)
        .service(resend::send);
}
