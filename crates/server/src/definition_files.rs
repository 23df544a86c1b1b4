//! Reads definition files for commands. Every error has the file's name and the line, as compilers write them.

use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_formats::definition_files::{Document, LocatedError, Unreadable};

/// The errors of a definition file, each with the file's name and the position.
#[derive(Debug)]
pub(crate) struct FileErrors(Vec<String>);

impl std::fmt::Display for FileErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for FileErrors {}

/// A definition file in YAML or JSON.
pub(crate) struct DefinitionFile<'n> {
    name: &'n str,
    document: Document,
}

impl<'n> DefinitionFile<'n> {
    /// Parses a file's text.
    ///
    /// # Errors
    /// The text is not YAML, or too large.
    pub(crate) fn parse(name: &'n str, text: &str) -> Result<Self, FileErrors> {
        let document = Document::parse(text).map_err(|error| unreadable(name, &error))?;
        Ok(Self { name, document })
    }

    /// The event's slug, if the file has a valid one.
    pub(crate) fn slug(&self) -> Option<Slug> {
        self.document.slug()
    }

    /// Parses the definition. `published` is the published definition of the event that the file's slug leads to; a start
    /// without a year keeps its year.
    ///
    /// # Errors
    /// All errors in the order of their lines; before them, that the slug is the former one of an event that was renamed.
    pub(crate) fn read(&self, now: Instant, published: Option<&Definition>) -> Result<Definition, FileErrors> {
        let former = published.filter(|published| self.slug().as_ref() != Some(&published.slug));
        let definition = self.document.read(now, published);
        let mut errors: Vec<String> = former.map(|published| self.former_slug(&published.slug)).into_iter().collect();
        match definition {
            Ok(definition) if errors.is_empty() => return Ok(definition),
            Ok(_) => {}
            Err(further) => errors.extend(further.iter().map(|error| self.describe(error))),
        }
        Err(FileErrors(errors))
    }

    fn describe(&self, error: &LocatedError) -> String {
        format!("{}:{}: {error}", self.name, error.position.line)
    }

    /// Says that the file's slug leads to an event with another slug.
    fn former_slug(&self, current: &Slug) -> String {
        let (name, line) = (self.name, self.document.position_of("/slug").line);
        format!(
            "{name}:{line}: /slug: The event “{current}” had this slug before it was renamed, and keeps it. To change that \
             event, write “slug: {current}”; for another event, choose another slug."
        )
    }
}

/// Parses the definition of a new event from a file's text.
///
/// # Errors
/// Those of [`DefinitionFile::parse`] and [`DefinitionFile::read`].
pub(crate) fn read(name: &str, text: &str, now: Instant) -> Result<Definition, FileErrors> {
    DefinitionFile::parse(name, text)?.read(now, None)
}

fn unreadable(name: &str, error: &Unreadable) -> FileErrors {
    let line = match error.position() {
        Some(position) => format!("{name}:{}: {error}", position.line),
        None => format!("{name}: {error}"),
    };
    FileErrors(vec![line])
}
