//! Definitions of events as YAML documents: parses them, with the line and column of every error, and writes them.
//!
//! A JSON text is a YAML document too. The number of values, their depth and their size are limited, because a few lines
//! with aliases can denote any number of values.

mod error;
#[cfg(test)]
mod tests;
mod tree_to_json;
mod write;
mod yaml_tree;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use serde_json::Value;

use crate::definition_files::tree_to_json::Converted;
use crate::definition_files::yaml_tree::Tree;

pub use crate::definition_files::error::{Limit, LocatedError, Position, Unreadable};
pub use crate::definition_files::write::to_yaml;

/// A YAML document that is to be parsed as a definition.
pub struct Document {
    converted: Converted,
}

impl Document {
    /// Parses a text as YAML.
    ///
    /// # Errors
    /// The text is not YAML, or too large. [`Document::read`] reports errors after which the rest can still be parsed.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        Ok(Self { converted: Converted::of(&Tree::parse(text)?)? })
    }

    /// The event's slug, if the document has a valid one.
    pub fn slug(&self) -> Option<Slug> {
        Slug::parse(self.converted.value.get("slug")?.as_str()?).ok()
    }

    /// The document as JSON. Values that JSON does not have are null.
    pub fn value(&self) -> &Value {
        &self.converted.value
    }

    /// Parses the definition. `published` is the event's published definition; a start without a year keeps its year.
    ///
    /// # Errors
    /// All errors in the order of their positions.
    pub fn read(&self, now: Instant, published: Option<&Definition>) -> Result<Definition, Vec<LocatedError>> {
        let Converted { value, yaml_errors, .. } = &self.converted;
        let definition = Definition::parse_update(value, now, published);
        let mut errors = yaml_errors.clone();
        let field_errors = definition.as_ref().err().into_iter().flatten();
        for error in field_errors.filter_map(|error| self.converted.explain(error.clone())) {
            let position = self.converted.position_of(&error.pointer);
            errors.push(LocatedError { error, position });
        }
        // The sort is stable: errors of one line stay in the document's order.
        errors.sort_by_key(|error| error.position.line);
        match definition {
            Ok(definition) if errors.is_empty() => Ok(definition),
            _ => Err(errors),
        }
    }

    /// The position of the value at a JSON pointer, or of the nearest value around it.
    pub fn position_of(&self, pointer: &str) -> Position {
        self.converted.position_of(pointer)
    }
}
