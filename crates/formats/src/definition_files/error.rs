//! The errors of a definition file, with their positions.

use std::fmt;

use plenaria_domain::validation::FieldError;

/// A position in a file: line and column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

/// A validation error and the position of its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedError {
    /// The error.
    pub error: FieldError,
    /// Where the invalid value begins, or the nearest value around a missing one.
    pub position: Position,
}

impl fmt::Display for LocatedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FieldError { pointer, reason } = &self.error;
        let pointer = if pointer.is_empty() { "the document" } else { pointer };
        write!(f, "{pointer}: {reason} ({})", reason.code())
    }
}

/// Why nothing of a file can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not well-formed YAML. The parser's message is in English.
    #[error("{message}")]
    Syntax {
        /// Where the parser stopped.
        position: Position,
        /// The parser's message.
        message: String,
    },
    /// It has no document, or several.
    #[error("a definition is one YAML document, and here are {0}.")]
    DocumentCount(usize),
    /// With its aliases expanded, it exceeds a limit.
    #[error("{limit}")]
    Limit {
        /// The value that exceeds it.
        position: Position,
        /// The limit.
        limit: Limit,
    },
}

impl Unreadable {
    /// The position of the error; `None`: it concerns the whole file.
    pub const fn position(&self) -> Option<Position> {
        match self {
            Self::Syntax { position, .. } | Self::Limit { position, .. } => Some(*position),
            Self::DocumentCount(_) => None,
        }
    }
}

/// A limit of a document with its aliases expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// The number of values.
    #[error("With its aliases written out, the document has more than {0} values.")]
    Values(usize),
    /// The length of texts and pointers.
    #[error("With its aliases written out, the document has more than {0} bytes.")]
    Bytes(usize),
    /// The depth of nested values.
    #[error("Values may be nested {0} deep at most.")]
    Depth(usize),
}
