//! The routes of a sandbox: `/sandbox` lists its events and clients, `/sandbox/mail` its mail. They exist only with the setting
//! `PLENARIA_SANDBOX`, and are not in the specification.
//!
//! A sandbox is a server to develop against. Its mail is readable by anyone, and its clients' secrets are known.

pub mod config;
mod index;
mod mail;
mod page;

use actix_web::web;

use crate::operations::sandbox::config::Sandbox;

/// Adds the routes.
pub(crate) fn configure(config: &mut web::ServiceConfig, sandbox: &web::Data<Sandbox>) {
    config.app_data(sandbox.clone()).service(index::read_sandbox).service(mail::list_mail);
}
