//! The form to register.

use minijinja::Value;
use minijinja::context;

use crate::pages::event::EventPage;

/// The form as it is shown first.
pub(crate) fn empty(page: &EventPage) -> Value {
    context! { slug => page.slug() }
}
