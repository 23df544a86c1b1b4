//! Reading definitions from files: YAML, and JSON as a part of it, with the line of every fault.

mod convert;
#[cfg(test)]
mod tests;
mod yaml;

use plenaria_domain::definition::Definition;
use plenaria_domain::slug::Slug;
use plenaria_domain::time::Instant;

use self::convert::Converted;
use self::yaml::Tree;
use crate::Failure;

/// A file that is to be read as a definition.
pub(crate) struct Document<'n> {
    name: &'n str,
    converted: Converted,
}

impl<'n> Document<'n> {
    /// Reads a file as YAML.
    ///
    /// # Errors
    /// Why it is none, or too much. Faults after which the rest can still be read are told by [`Document::read`].
    pub(crate) fn parse(name: &'n str, text: &str) -> Result<Self, Failure> {
        let tree = Tree::parse(name, text)?;
        let converted = Converted::of(&tree).map_err(|(line, sentence)| format!("{name}:{line}: {sentence}"))?;
        Ok(Self { name, converted })
    }

    /// Which event it is about, if it says so without a fault.
    pub(crate) fn slug(&self) -> Option<Slug> {
        Slug::parse(self.converted.value.get("slug")?.as_str()?).ok()
    }

    /// Reads the definition; `published` is what the store has of that event, whose year a start without one keeps.
    ///
    /// # Errors
    /// All faults in the order of their lines, a line each: the file's name, the line, the place and what is wrong.
    pub(crate) fn read(&self, now: Instant, published: Option<&Definition>) -> Result<Definition, Failure> {
        let Converted { value, faults, .. } = &self.converted;
        let read = Definition::read_again(value, now, published);
        let mut report: Vec<(usize, String)> = Vec::new();
        let mut tell = |line: usize, pointer: &str, sentence: &str| {
            let place = if pointer.is_empty() { "the document" } else { pointer };
            report.push((line, format!("{}:{line}: {place}: {sentence}", self.name)));
        };
        for fault in faults {
            tell(fault.line, &fault.pointer, &fault.sentence);
        }
        let refused = read.as_ref().err().into_iter().flatten();
        for fault in refused.filter_map(|fault| self.converted.told(fault.clone())) {
            let sentence = format!("{} ({})", fault.refusal, fault.refusal.code());
            tell(self.converted.line_of(&fault.pointer), &fault.pointer, &sentence);
        }
        // The sort is stable: on one line they stay in the document's order.
        report.sort_by_key(|(line, _)| *line);
        let lines: Vec<String> = report.into_iter().map(|(_, line)| line).collect();
        match read {
            Ok(definition) if lines.is_empty() => Ok(definition),
            _ => Err(lines.join("\n")),
        }
    }
}

/// Reads the definition of a new event from a file's text.
///
/// # Errors
/// Those of [`Document::parse`] and [`Document::read`].
pub(crate) fn read(name: &str, text: &str, now: Instant) -> Result<Definition, Failure> {
    Document::parse(name, text)?.read(now, None)
}
