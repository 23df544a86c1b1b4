//! The templates of pages. Everything in them is escaped for HTML.

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use crate::filters;

/// The templates by name.
const TEMPLATES: [(&str, &str); 8] = [
    ("layout.html", include_str!("templates/layout.html")),
    ("list.html", include_str!("templates/list.html")),
    ("event.html", include_str!("templates/event.html")),
    ("fields.html", include_str!("templates/fields.html")),
    ("link.html", include_str!("templates/link.html")),
    ("outcome.html", include_str!("templates/outcome.html")),
    ("form.html", include_str!("templates/form.html")),
    ("error.html", include_str!("templates/error.html")),
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
