//! Rows of an export as text, and the errors that can abort it. The writers of all formats use these.

use plenaria_persistence::StoreError;

/// Some rows as text.
pub(crate) struct Rows {
    pub(crate) text: Vec<u8>,
    pub(crate) count: usize,
}

/// Why an export was aborted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The answers of a row are not a JSON object.
    #[error("answers cannot be read")]
    Answers(#[from] serde_json::Error),
    /// A row could not be written as CSV.
    #[error("a row could not be written")]
    Csv(#[from] csv::Error),
    /// A chunk could not be compressed.
    #[error("a chunk could not be compressed")]
    Compression(#[from] std::io::Error),
    /// A cell of a spreadsheet could not be written.
    #[error("a cell could not be written")]
    Cell(#[from] std::fmt::Error),
    /// The file of a spreadsheet could not be packed.
    #[error("the spreadsheet could not be packed")]
    Zip(#[from] zip::result::ZipError),
    /// There are more registrations than fit into a spreadsheet; some came after the export had begun.
    #[error("there are more registrations than fit into a spreadsheet")]
    TooManyRows,
}
