//! What templates call to write dates, numbers and names of countries, and to fill texts.
//!
//! The language is that of the page, `page.language`. Macros in a file of their own do not see the page: there the language
//! is the last argument (`date(zone, language)`), which may be left out everywhere else.

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind, State};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::time_zone::TimeZone;
use plenaria_locale::{dates, languages, numbers, plurals};

static COUNTRIES: LazyLock<[Value; 4]> = LazyLock::new(|| {
    MessageLanguage::ALL.map(|language| {
        let countries = plenaria_locale::countries::all(language);
        countries.iter().map(|(code, name)| Value::from(vec![*code, *name])).collect()
    })
});

/// Adds the filters and functions.
pub(crate) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("country", country);
    environment.add_filter("date", date);
    environment.add_filter("date_time", date_time);
    environment.add_filter("date_time_with_zone", date_time_with_zone);
    environment.add_filter("fill", fill);
    environment.add_filter("language_name", language_name);
    environment.add_filter("number", number);
    environment.add_filter("period", period);
    environment.add_filter("plural", plural);
    environment.add_filter("time", time);
    environment.add_filter("zone_name", zone_name);
    environment.add_function("countries", countries);
}

/// `{{ event.starts_at | date(event.time_zone) }}`: the date, with its weekday, in a zone.
fn date(state: &State<'_, '_>, at: &str, zone: &str, language: Option<&str>) -> Result<String, Error> {
    Ok(dates::date(local(at, zone)?, language_of(state, language)?))
}

/// `{{ event.starts_at | time(event.time_zone) }}`: the time of day in a zone.
fn time(state: &State<'_, '_>, at: &str, zone: &str, language: Option<&str>) -> Result<String, Error> {
    Ok(dates::time(local(at, zone)?, language_of(state, language)?))
}

/// `{{ event.starts_at | date_time(event.time_zone) }}`: both.
fn date_time(state: &State<'_, '_>, at: &str, zone: &str, language: Option<&str>) -> Result<String, Error> {
    Ok(dates::date_time(instant(at)?.to_utc(), zone_of(zone)?, language_of(state, language)?))
}

/// `{{ event.starts_at | date_time_with_zone(event.time_zone) }}`: both, with the zone, for a time that stands alone.
fn date_time_with_zone(state: &State<'_, '_>, at: &str, zone: &str, language: Option<&str>) -> Result<String, Error> {
    Ok(dates::date_time_with_zone(instant(at)?.to_utc(), zone_of(zone)?, language_of(state, language)?))
}

/// `{{ event.starts_at | period(event.ends_at, event.time_zone) }}`: a period of time with its zone.
fn period(
    state: &State<'_, '_>,
    starts_at: &str,
    ends_at: &str,
    zone: &str,
    language: Option<&str>,
) -> Result<String, Error> {
    let (from, until) = (instant(starts_at)?.to_utc(), instant(ends_at)?.to_utc());
    Ok(dates::period(from, until, zone_of(zone)?, language_of(state, language)?))
}

/// `{{ event.starts_at | zone_name(event.time_zone) }}`: the zone's name, and its offset at that time.
fn zone_name(at: &str, zone: &str) -> Result<String, Error> {
    Ok(dates::zone_name(instant(at)?.to_utc(), zone_of(zone)?))
}

/// `{{ event.capacity | number }}`.
fn number(state: &State<'_, '_>, number: i64, language: Option<&str>) -> Result<String, Error> {
    Ok(numbers::format(number, language_of(state, language)?))
}

/// `{{ page.words.state.seats | plural(event.seats_left) }}`: the form for a number, with the number for `{count}`.
fn plural(state: &State<'_, '_>, text: &Value, count: i64, language: Option<&str>) -> Result<String, Error> {
    let language = language_of(state, language)?;
    let form = text.get_attr(if plurals::is_one(count, language) { "one" } else { "other" })?;
    let form = form.as_str().ok_or_else(|| invalid("this text has no forms for numbers"))?;
    Ok(form.replace("{count}", &numbers::format(count, language)))
}

/// `{{ page.words.state.opens | fill(time=opens) }}`: a text with its placeholders filled.
fn fill(text: &str, values: Kwargs) -> Result<String, Error> {
    let read = |name| Ok((name, values.get::<Value>(name)?.to_string()));
    let values = values.args().map(read).collect::<Result<Vec<(&str, String)>, Error>>()?;
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(plenaria_locale::fill::fill(text, &values))
}

/// `{{ speaker.country | country }}`: the name of a country.
fn country(state: &State<'_, '_>, code: &str, language: Option<&str>) -> Result<String, Error> {
    Ok(plenaria_locale::countries::name(code, language_of(state, language)?).to_owned())
}

/// `{{ event.language | language_name }}`: the name of a language.
fn language_name(state: &State<'_, '_>, tag: &str, language: Option<&str>) -> Result<String, Error> {
    Ok(languages::name(tag, language_of(state, language)?).to_owned())
}

/// `{% for code, name in countries() %}`: all countries, in the order of the language's alphabet.
fn countries(state: &State<'_, '_>, language: Option<&str>) -> Result<Value, Error> {
    Ok(COUNTRIES[language_of(state, language)? as usize].clone())
}

fn language_of(state: &State<'_, '_>, given: Option<&str>) -> Result<MessageLanguage, Error> {
    let parse = |tag: &str| MessageLanguage::parse(tag).map_err(|_| invalid("this is no language of pages"));
    if let Some(tag) = given {
        return parse(tag);
    }
    let page = state.lookup("page").ok_or_else(|| invalid("a macro must be told the language"))?;
    parse(page.get_attr("language")?.as_str().unwrap_or_default())
}

fn local(at: &str, zone: &str) -> Result<DateTime<FixedOffset>, Error> {
    Ok(zone_of(zone)?.at(instant(at)?.to_utc()))
}

fn instant(text: &str) -> Result<DateTime<FixedOffset>, Error> {
    DateTime::parse_from_rfc3339(text).map_err(|_| invalid("this is no time"))
}

fn zone_of(name: &str) -> Result<TimeZone, Error> {
    TimeZone::parse(name).map_err(|_| invalid("this is no time zone"))
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail)
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn render(language: &str, template: &str) -> Result<String, Error> {
        let mut environment = Environment::new();
        add_to(&mut environment);
        environment.add_template(
            "macros",
            "{% macro day(at, language) %}{{ at | date('Etc/UTC', language) }}{% endmacro %}",
        )?;
        let (starts, ends) = ("2027-07-22T13:00:00Z", "2027-07-22T14:02:00Z");
        let seats = context! { one => "{count} plaza", other => "{count} plazas" };
        environment.render_str(
            template,
            context! { page => context! { language }, starts, ends, seats, zone => "Europe/Madrid" },
        )
    }

    #[test]
    fn values_are_written_in_the_language_of_the_page() {
        for (template, written) in [
            ("{{ starts | date(zone) }}", "jueves, 22 de julio de 2027"),
            ("{{ starts | time(zone) }}", "15:00"),
            ("{{ starts | date_time(zone) }}", "jueves, 22 de julio de 2027, 15:00"),
            ("{{ starts | period(ends, zone) }}", "jueves, 22 de julio de 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
            ("{{ starts | date_time_with_zone(zone) }}", "jueves, 22 de julio de 2027, 15:00 (Europe/Madrid, UTC+2)"),
            ("{{ starts | zone_name(zone) }}", "Europe/Madrid, UTC+2"),
            ("{{ 12345 | number }}", "12.345"),
            ("{{ seats | plural(1) }}, {{ seats | plural(20000) }}", "1 plaza, 20.000 plazas"),
            ("{{ '{a} y {b}' | fill(a=1, b='x') }}", "1 y x"),
            ("{{ 'CH' | country }}, {{ 'CH' | country('fr') }}", "Suiza, Suisse"),
            ("{{ 'en-GB' | language_name }}, {{ 'de' | language_name('ca') }}", "inglés, alemany"),
            ("{% for code, name in countries() %}{% if code == 'CH' %}{{ name }}{% endif %}{% endfor %}", "Suiza"),
            ("{{ countries('en') | length }}", "250"),
            ("{% from 'macros' import day %}{{ day(starts, 'fr') }}", "jeudi 22 juillet 2027"),
            ("{% macro own() %}{{ starts | date(zone) }}{% endmacro %}{{ own() }}", "jueves, 22 de julio de 2027"),
        ] {
            assert_eq!(render("es", template).unwrap(), written, "{template}");
        }
    }

    #[test]
    fn wrong_values_are_errors() {
        for template in ["{{ 'today' | date(zone) }}", "{{ starts | date('Mars/Olympus') }}", "{{ 1 | number('xx') }}"]
        {
            assert!(render("es", template).is_err(), "{template}");
        }
        assert!(render("xx", "{{ 1 | number }}").is_err());
    }
}
