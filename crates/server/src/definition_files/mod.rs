//! Parses event definitions from files in YAML, or JSON, which is a subset of it. Every error has the line of its cause.

mod convert;
mod error;
#[cfg(test)]
mod tests;
mod yaml;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;

use crate::definition_files::convert::Converted;
use crate::definition_files::yaml::Tree;

pub(crate) use crate::definition_files::error::DefinitionErrors;

/// A YAML document that is to be parsed as a definition.
pub(crate) struct Document<'n> {
    name: &'n str,
    converted: Converted,
}

impl<'n> Document<'n> {
    /// Parses a file as YAML.
    ///
    /// # Errors
    /// The file is not YAML, or too large. [`Document::read`] reports errors after which the rest can still be parsed.
    pub(crate) fn parse(name: &'n str, text: &str) -> Result<Self, DefinitionErrors> {
        let tree = Tree::parse(name, text)?;
        let converted = Converted::of(&tree)
            .map_err(|(line, sentence)| DefinitionErrors::one(format!("{name}:{line}: {sentence}")))?;
        Ok(Self { name, converted })
    }

    /// The event's slug, if the document has a valid one.
    pub(crate) fn slug(&self) -> Option<Slug> {
        Slug::parse(self.converted.value.get("slug")?.as_str()?).ok()
    }

    /// Parses the definition. `published` is the event's published definition; a start without a year keeps its year.
    ///
    /// # Errors
    /// All errors in the order of their lines: the file's name, the line, the JSON pointer and the cause.
    pub(crate) fn read(&self, now: Instant, published: Option<&Definition>) -> Result<Definition, DefinitionErrors> {
        let Converted { value, yaml_errors, .. } = &self.converted;
        let definition = Definition::parse_update(value, now, published);
        let mut report: Vec<(usize, String)> = Vec::new();
        let mut add = |line: usize, pointer: &str, sentence: &str| {
            let pointer = if pointer.is_empty() { "the document" } else { pointer };
            report.push((line, format!("{}:{line}: {pointer}: {sentence}", self.name)));
        };
        for error in yaml_errors {
            add(error.line, &error.pointer, &error.sentence);
        }
        let faults = definition.as_ref().err().into_iter().flatten();
        for fault in faults.filter_map(|fault| self.converted.explain(fault.clone())) {
            let sentence = format!("{} ({})", fault.reason, fault.reason.code());
            add(self.converted.line_of(&fault.pointer), &fault.pointer, &sentence);
        }
        // The sort is stable: errors of one line stay in the document's order.
        report.sort_by_key(|(line, _)| *line);
        let lines: Vec<String> = report.into_iter().map(|(_, line)| line).collect();
        match definition {
            Ok(definition) if lines.is_empty() => Ok(definition),
            _ => Err(DefinitionErrors(lines)),
        }
    }
}

/// Parses the definition of a new event from a file's text.
///
/// # Errors
/// Those of [`Document::parse`] and [`Document::read`].
pub(crate) fn read(name: &str, text: &str, now: Instant) -> Result<Definition, DefinitionErrors> {
    Document::parse(name, text)?.read(now, None)
}
