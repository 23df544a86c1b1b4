//! The errors of a definition file.

/// The errors of a definition file, each with the file's name and the line.
#[derive(Debug)]
pub(crate) struct DefinitionErrors(pub(crate) Vec<String>);

impl DefinitionErrors {
    /// A single error.
    pub(crate) fn one(error: String) -> Self {
        Self(vec![error])
    }
}

impl std::fmt::Display for DefinitionErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for DefinitionErrors {}
