//! Reading definitions from files: YAML, and JSON as a part of it, with the line of every fault.

use std::collections::HashMap;
use std::fmt::Write as _;

use plenaria_domain::definition::Definition;
use plenaria_domain::refusal::pointer_token;
use plenaria_domain::time::Instant;
use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Number, Value};

use crate::Failure;

/// Reads a definition.
///
/// # Errors
/// All faults, a line each: the file's name, the line, the place and what is wrong.
pub(crate) fn read(name: &str, text: &str, now: Instant) -> Result<Definition, Failure> {
    let documents = MarkedYaml::load_from_str(text)
        .map_err(|error| format!("{name}:{}: {}", error.marker().line(), error.info()))?;
    let [document] = documents.as_slice() else {
        return Err(format!("{name}: a definition is one YAML document, and here are {}.", documents.len()));
    };
    let mut lines = Lines::default();
    let value = lines.convert(document, String::new()).map_err(|fault| format!("{name}:{fault}"))?;
    Definition::read(&value, now).map_err(|faults| {
        let mut report = String::new();
        for fault in &faults {
            let (line, place) = (lines.of(&fault.pointer), display(&fault.pointer));
            let _ = writeln!(report, "{name}:{line}: {place}: {} ({})", fault.refusal, fault.refusal.code());
        }
        report.trim_end().to_owned()
    })
}

fn display(pointer: &str) -> &str {
    if pointer.is_empty() { "the document" } else { pointer }
}

/// Where each value stands.
#[derive(Default)]
struct Lines(HashMap<String, usize>);

impl Lines {
    /// The line of a value; of the nearest value around it, if it is missing.
    fn of(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.0.get(pointer) {
                return *line;
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
                None => return 1,
            }
        }
    }

    /// The JSON value of a YAML node; what JSON does not have is a fault.
    fn convert(&mut self, node: &MarkedYaml<'_>, pointer: String) -> Result<Value, String> {
        let line = node.span.start.line();
        self.0.insert(pointer.clone(), line);
        let fault = |what: &str| format!("{line}: {}: {what}", display(&pointer));
        match &node.data {
            YamlData::Value(Scalar::Null) => Ok(Value::Null),
            YamlData::Value(Scalar::Boolean(b)) => Ok(Value::Bool(*b)),
            YamlData::Value(Scalar::Integer(n)) => Ok(Value::Number((*n).into())),
            YamlData::Value(Scalar::FloatingPoint(f)) => {
                Number::from_f64(f.into_inner()).map(Value::Number).ok_or_else(|| fault("This is no number of JSON."))
            }
            YamlData::Value(Scalar::String(text)) => Ok(Value::String(text.to_string())),
            YamlData::Sequence(items) => {
                let convert = |(index, item)| self.convert(item, format!("{pointer}/{index}"));
                items.iter().enumerate().map(convert).collect::<Result<_, _>>().map(Value::Array)
            }
            YamlData::Mapping(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    let YamlData::Value(Scalar::String(name)) = &key.data else {
                        return Err(fault("A key must be a string."));
                    };
                    let below = format!("{pointer}/{}", pointer_token(name));
                    let value = self.convert(value, below.clone())?;
                    self.0.insert(below, key.span.start.line());
                    map.insert(name.to_string(), value);
                }
                Ok(Value::Object(map))
            }
            YamlData::Tagged(..) => Err(fault("Tags are not understood here.")),
            YamlData::Alias(_) => Err(fault("Aliases are not understood here.")),
            YamlData::BadValue | YamlData::Representation(..) => Err(fault("This cannot be read.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::PROGRAMMES;
    use plenaria_domain::time::{instant_of, rfc3339};

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn the_real_webinar_is_always_ahead() {
        let (name, text) = PROGRAMMES[0];
        for (now, start) in [
            ("2026-11-23T00:00:00Z", "2027-07-22T13:00:00Z"),
            ("2027-07-22T14:01:59Z", "2027-07-22T13:00:00Z"),
            ("2027-07-22T14:02:00Z", "2028-07-22T13:00:00Z"),
        ] {
            let definition = read(name, text, at(now)).unwrap();
            let schedule = definition.schedule().unwrap();
            assert_eq!(rfc3339(schedule.starts_at), start, "seen on {now}");
            assert_eq!((schedule.ends_at - schedule.starts_at).num_minutes(), 62);
            assert_eq!(schedule.slots.len(), 8);
        }
    }

    #[test]
    fn a_definition_survives_being_kept() {
        for (name, text) in PROGRAMMES {
            let definition = read(name, text, at("2026-11-23T00:00:00Z")).unwrap();
            let kept = serde_json::to_value(&definition).unwrap();
            assert_eq!(serde_json::from_value::<Definition>(kept.clone()).unwrap(), definition);
            assert_eq!(Definition::read(&kept, at("2030-01-01T00:00:00Z")).unwrap(), definition, "it reads back");
        }
    }

    #[test]
    fn all_faults_are_told_with_their_lines() {
        let text = "slug: Bad Slug\nlanguage: en\ntitle: T\nstarts: 2027-03-28T02:30\ntime_zone: Europe/Madrid\n\
                    organizers: []\nprogramme:\n  sessions:\n    - { key: a, title: A, minutes: 0 }\n    - key: a\n      \
                    title: B\n      minutes: 5\n      speakers: [nobody]\n";
        let report = read("x.yaml", text, at("2026-11-23T00:00:00Z")).unwrap_err();
        for line in [
            "x.yaml:1: /slug: ",
            "x.yaml:6: /organizers: This field is not known. Did you mean “organisers”?",
            "x.yaml:9: /programme/sessions/0/minutes: ",
            "x.yaml:13: /programme/sessions/1/speakers/0: There is no speaker",
        ] {
            assert!(report.contains(line), "{line}\n---\n{report}");
        }
        let skipped = "slug: a\nlanguage: en\ntitle: T\nstarts: 2027-03-28T02:30\ntime_zone: Europe/Madrid\nduration_minutes: 5\n";
        assert!(read("x.yaml", skipped, at("2026-11-23T00:00:00Z")).unwrap_err().starts_with("x.yaml:4: /starts: "));
        let madrid = plenaria_domain::time::parse_time_zone("Europe/Madrid").unwrap();
        assert!(instant_of(at("2027-03-28T02:30:00Z").naive_utc(), madrid).is_err());
    }
}
