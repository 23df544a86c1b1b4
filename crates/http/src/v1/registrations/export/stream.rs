//! The body of an export, produced in chunks as the reader takes them.

use std::sync::Arc;

use actix_web::web::Bytes;
use futures_util::stream::{Stream, try_unfold};
use plenaria_persistence::registrations::export::{Chunk, Export};

use super::columns::Columns;
use super::csv::CsvWriter;
use super::format::ExportFormat;
use super::ndjson::NdjsonWriter;
use super::rows::{ExportError, Rows};
use super::xlsx::{self, SheetSize, XlsxWriter};
use crate::cache::events::CachedEvent;
use crate::limits::exports::ExportPermit;
use crate::problem::{ApiError, Code, Detail};
use crate::response::compression::{ContentCoding, StreamEncoder};

/// The approximate size of a chunk before compression, in bytes.
const CHUNK_SIZE: usize = 64 * 1024;

/// An export in progress.
pub(crate) struct ExportStream {
    export: Export,
    /// Registrations that were read from the database together.
    batch: Chunk,
    /// How many registrations of the batch have been written.
    written: usize,
    writer: RowWriter,
    /// `None` after the last chunk.
    coder: Option<StreamEncoder>,
    span: tracing::Span,
    _permit: ExportPermit,
}

enum RowWriter {
    Csv(CsvWriter),
    Ndjson(NdjsonWriter),
    Xlsx(Box<XlsxWriter>),
}

/// The export was aborted; the log has the reason. This error closes the connection without the last chunk of the
/// transfer coding, so that the reader does not take what it has received for the complete export.
#[derive(Debug, thiserror::Error)]
#[error("the export was aborted")]
pub(crate) struct ExportAborted;

impl ExportStream {
    /// Reads the first registrations. Errors up to here become problems; later ones abort the response.
    pub(crate) async fn start(
        mut export: Export,
        format: ExportFormat,
        coding: ContentCoding,
        entry: &Arc<CachedEvent>,
        base_url: &str,
        permit: ExportPermit,
    ) -> Result<Self, ApiError> {
        let batch = export.next().await?.unwrap_or_default();
        let columns = || Columns::new(&entry.event.definition.registration.questions);
        let writer = match format {
            ExportFormat::Csv(dialect) => RowWriter::Csv(CsvWriter::new(columns(), dialect)),
            ExportFormat::Ndjson => RowWriter::Ndjson(NdjsonWriter::new(&entry.event, base_url)),
            ExportFormat::Xlsx => {
                if export.has_more_than(xlsx::MAX_ROWS - batch.len()).await? {
                    return Err(ApiError::new(Code::Conflict).detail(Detail::TooManyRows { max: xlsx::MAX_ROWS }));
                }
                let size = if export.has_more_than(xlsx::MAX_SMALL_ROWS.saturating_sub(batch.len())).await? {
                    SheetSize::Large
                } else {
                    SheetSize::Small
                };
                RowWriter::Xlsx(Box::new(XlsxWriter::new(columns(), size)))
            }
        };
        let coder = StreamEncoder::new(coding).map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
        let span = tracing::Span::current();
        Ok(Self { export, batch, written: 0, writer, coder: Some(coder), span, _permit: permit })
    }

    /// The chunks. Each is produced when the connection asks for it, so a slow reader does not fill the memory.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Bytes, ExportAborted>> {
        try_unfold(self, async |mut export| match export.next_chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, export))),
            Err(error) => {
                tracing::error!(parent: &export.span, error = &error as &dyn std::error::Error, "export aborted");
                Err(ExportAborted)
            }
        })
    }

    /// The next chunk; `None` at the end.
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ExportError> {
        while let Some(coder) = &mut self.coder {
            if self.written == self.batch.len() && self.written > 0 {
                self.batch = self.export.next().await?.unwrap_or_default();
                self.written = 0;
            }
            let rows = self.writer.write(&self.batch, self.written, CHUNK_SIZE)?;
            self.written += rows.count;
            coder.write(rows.text)?;
            let chunk = if self.batch.is_empty() {
                let coder = self.coder.take();
                coder.map_or_else(|| Ok(Vec::new()), StreamEncoder::finish)?
            } else {
                coder.take()
            };
            // A compressor buffers input, so it may have no output yet.
            if !chunk.is_empty() {
                return Ok(Some(chunk.into()));
            }
        }
        Ok(None)
    }
}

impl RowWriter {
    /// Writes the registrations of a batch from an index on, until the text has `max_bytes` or more. An empty batch ends
    /// the export.
    fn write(&mut self, batch: &Chunk, from: usize, max_bytes: usize) -> Result<Rows, ExportError> {
        match self {
            Self::Csv(writer) => writer.write(batch, from, max_bytes),
            Self::Ndjson(writer) => writer.write(batch, from, max_bytes),
            Self::Xlsx(writer) => writer.write(batch, from, max_bytes),
        }
    }
}
