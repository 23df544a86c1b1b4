//! Routes that another crate serves beside the API: the pages for people.

use std::fmt;
use std::sync::Arc;

use actix_web::web::{Bytes, Payload, ServiceConfig};
use actix_web::{Error, HttpRequest};

use crate::request::body;

/// The pages for people.
#[derive(Clone)]
pub struct Pages {
    /// The patterns of their paths, each with the methods that it allows, separated by commas.
    pub paths: &'static [(&'static str, &'static str)],
    /// Adds the routes to each worker's application. Their handlers call the API with [`crate::in_process::Api`].
    pub configure: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("paths", &self.paths).finish_non_exhaustive()
    }
}

/// Receives the body of a form (`application/x-www-form-urlencoded`).
///
/// # Errors
/// It has another type, is larger than a body of the API may be, or does not arrive in time.
pub async fn receive_form(request: &HttpRequest, payload: Payload) -> Result<Bytes, Error> {
    Ok(body::receive_form(request, payload).await?)
}

/// Whether a request with any method counts as reading. A page's form counts once, when the page hands it to the API.
pub(crate) fn reads(path: &str) -> bool {
    !["/v1/", "/oauth/"].iter().any(|prefix| path.starts_with(prefix))
}
