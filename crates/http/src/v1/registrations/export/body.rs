//! The body of an export, made piece by piece as it is taken.

use std::sync::Arc;

use actix_web::web::Bytes;
use futures_util::stream::{Stream, try_unfold};
use plenaria_persistence::StoreError;
use plenaria_persistence::registration_export::{Chunk, Export};

use super::Form;
use super::csv::Csv;
use super::ndjson::Ndjson;
use super::places::Place;
use crate::catalogue::Entry;
use crate::compression::{Coder, Coding};
use crate::problem::ApiError;

/// About how long a piece is, before it is coded.
const PIECE: usize = 64 * 1024;

/// An export that is being sent.
pub(super) struct Body {
    export: Export,
    chunk: Chunk,
    /// How many of the chunk have been written.
    written: usize,
    writer: Writer,
    coder: Option<Coder>,
    span: tracing::Span,
    _place: Place,
}

/// What writes the rows.
enum Writer {
    Csv(Csv),
    Ndjson(Ndjson),
}

/// The export broke off; why is in the log. Whoever reads must not take what has come for the whole, so this ends the
/// connection, without the end that a whole answer has.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off")]
pub(super) struct BrokeOff;

/// Why it broke off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row holds answers that are no JSON object.
    #[error("answers cannot be read")]
    Answers(#[from] serde_json::Error),
    /// A row could not be written as CSV.
    #[error("a row could not be written")]
    Csv(#[from] csv::Error),
    /// A piece could not be coded.
    #[error("a piece could not be coded")]
    Coding(#[from] std::io::Error),
}

impl Body {
    /// Reads the first registrations; whatever goes wrong until then is told as a problem.
    pub(super) async fn begin(
        mut export: Export,
        form: Form,
        coding: Coding,
        entry: &Arc<Entry>,
        base: &str,
        place: Place,
    ) -> Result<Self, ApiError> {
        let chunk = export.next().await?.unwrap_or_default();
        let writer = match form {
            Form::Csv => Writer::Csv(Csv::new(&entry.event.definition.registration.questions)),
            Form::Ndjson => Writer::Ndjson(Ndjson::new(&entry.event, base)),
        };
        let coder =
            Some(Coder::new(coding).map_err(|error| ApiError::new(crate::problem::Code::Internal).cause(&error))?);
        Ok(Self { export, chunk, written: 0, writer, coder, span: tracing::Span::current(), _place: place })
    }

    /// The pieces. They are made when they are asked for, so a reader's slowness is ours.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Bytes, BrokeOff>> {
        try_unfold(self, async |mut body| match body.piece().await {
            Ok(piece) => Ok(piece.map(|piece| (piece, body))),
            Err(error) => {
                tracing::error!(parent: &body.span, error = &error as &dyn std::error::Error, "an export broke off");
                Err(BrokeOff)
            }
        })
    }

    /// The next piece; `None`: that was all.
    async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        while let Some(coder) = &mut self.coder {
            if self.written == self.chunk.len() && self.written > 0 {
                self.chunk = self.export.next().await?.unwrap_or_default();
                self.written = 0;
            }
            let rows = self.writer.write(&self.chunk, self.written, PIECE)?;
            self.written += rows.number;
            coder.write(rows.text)?;
            let piece = if self.chunk.is_empty() {
                let coder = self.coder.take();
                coder.map_or_else(|| Ok(Vec::new()), Coder::finish)?
            } else {
                coder.take()
            };
            // What codes keeps some of what it gets for a while.
            if !piece.is_empty() {
                return Ok(Some(piece.into()));
            }
        }
        Ok(None)
    }
}

/// Some rows as text.
pub(super) struct Rows {
    pub(super) text: Vec<u8>,
    pub(super) number: usize,
}

impl Writer {
    /// Writes rows of a chunk from this one on, until there are so many bytes.
    fn write(&mut self, chunk: &Chunk, from: usize, bytes: usize) -> Result<Rows, Failure> {
        match self {
            Self::Csv(csv) => csv.write(chunk, from, bytes),
            Self::Ndjson(ndjson) => ndjson.write(chunk, from, bytes),
        }
    }
}
