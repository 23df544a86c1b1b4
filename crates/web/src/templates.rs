//! The templates of pages. Everything in them is escaped for HTML.

use std::sync::LazyLock;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use crate::filters;
use crate::markdown;

/// The templates by name.
const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("templates/layout.html")),
    ("list.html", include_str!("templates/list.html")),
    ("event.html", include_str!("templates/event.html")),
    ("state.html", include_str!("templates/state.html")),
    ("programme.html", include_str!("templates/programme.html")),
    ("speakers.html", include_str!("templates/speakers.html")),
    ("parts.html", include_str!("templates/parts.html")),
    ("fields.html", include_str!("templates/fields.html")),
    ("link.html", include_str!("templates/link.html")),
    ("outcome.html", include_str!("templates/outcome.html")),
    ("form.html", include_str!("templates/form.html")),
    ("error.html", include_str!("templates/error.html")),
    ("registration/parts.html", include_str!("templates/registration/parts.html")),
    ("registration/find.html", include_str!("templates/registration/find.html")),
    ("registration/view.html", include_str!("templates/registration/view.html")),
    ("registration/edit.html", include_str!("templates/registration/edit.html")),
    ("registration/cancel.html", include_str!("templates/registration/cancel.html")),
    ("registration/erase.html", include_str!("templates/registration/erase.html")),
    ("registration/unavailable.html", include_str!("templates/registration/unavailable.html")),
    ("registration/resend.html", include_str!("templates/registration/resend.html")),
    ("registration/resent.html", include_str!("templates/registration/resent.html")),
    ("confirm/ask.html", include_str!("templates/confirm/ask.html")),
    ("confirm/rejected.html", include_str!("templates/confirm/rejected.html")),
    ("confirm/expired.html", include_str!("templates/confirm/expired.html")),
];

static ENVIRONMENT: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(build);

/// The templates.
pub(crate) fn environment() -> Result<&'static Environment<'static>, Error> {
    ENVIRONMENT.as_ref().map_err(|error| Error::new(error.kind(), error.to_string()))
}

fn build() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    filters::add_to(&mut environment);
    environment.add_filter("markdown", |text: &str, top: usize| Value::from_safe_string(markdown::to_html(text, top)));
    environment.add_test("web_address", |url: &Value| url.as_str().is_some_and(markdown::is_web_address));
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_template_can_be_read() {
        super::build().unwrap();
    }
}
