//! Content codings: gzip, brotli and zstd, negotiated by `Accept-Encoding` (RFC 9110, section 12.5.3).

use std::io::Write as _;
use std::str::FromStr as _;

use actix_web::HttpRequest;
use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, Header as _, HeaderValue};
use actix_web::web::Bytes;

use crate::response::media_type::media_type;

/// Bodies shorter than this, in bytes, are not compressed, since they fit one packet anyway.
const MIN_SIZE: usize = 1_000;

/// The coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ContentCoding {
    /// No coding.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// How much time compression may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompressionLevel {
    /// For a single response.
    Fast,
    /// For a body that is cached and sent many times.
    Best,
}

impl ContentCoding {
    /// The supported codings, in order of preference if the caller accepts several equally.
    const SUPPORTED: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// The coding's name in headers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    pub(crate) const fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    const fn encoding(self) -> ContentEncoding {
        match self {
            Self::Identity => ContentEncoding::Identity,
            Self::Gzip => ContentEncoding::Gzip,
            Self::Brotli => ContentEncoding::Brotli,
            Self::Zstd => ContentEncoding::Zstd,
        }
    }

    /// The coding that the caller prefers. A malformed header counts as absent.
    pub(crate) fn negotiated(request: &HttpRequest) -> Self {
        if !request.headers().contains_key(header::ACCEPT_ENCODING) {
            return Self::Identity;
        }
        let Ok(accept) = AcceptEncoding::parse(request) else { return Self::Identity };
        let codings = Self::SUPPORTED.map(|coding| Encoding::Known(coding.encoding()));
        let identity = Encoding::Known(ContentEncoding::Identity);
        let supported: Vec<Encoding> = codings.into_iter().chain([identity]).collect();
        match accept.negotiate(supported.iter()) {
            Some(Encoding::Known(ContentEncoding::Brotli)) => Self::Brotli,
            Some(Encoding::Known(ContentEncoding::Zstd)) => Self::Zstd,
            Some(Encoding::Known(ContentEncoding::Gzip)) => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// The body in this coding; `None` if that would not be shorter.
    pub(crate) fn encode(self, body: &[u8], level: CompressionLevel) -> Option<Bytes> {
        if body.len() < MIN_SIZE {
            return None;
        }
        let best = level == CompressionLevel::Best;
        let encoded = match self {
            Self::Identity => return None,
            Self::Gzip => {
                let level = flate2::Compression::new(if best { 9 } else { 5 });
                let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 3), level);
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            Self::Brotli => {
                let quality = if best { 9 } else { 4 };
                let mut encoder = brotli::CompressorWriter::new(Vec::with_capacity(body.len() / 3), 4096, quality, 20);
                encoder.write_all(body).map(|()| encoder.into_inner())
            }
            Self::Zstd => zstd::encode_all(body, if best { 15 } else { 3 }),
        };
        // Writing to memory does not fail; if it did, the body would be sent without coding.
        encoded.ok().filter(|encoded| encoded.len() < body.len()).map(Bytes::from)
    }
}

/// Encodes a streamed body chunk by chunk.
pub(crate) enum StreamEncoder {
    Identity(Vec<u8>),
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl StreamEncoder {
    pub(crate) fn new(coding: ContentCoding) -> std::io::Result<Self> {
        let out = Vec::new();
        Ok(match coding {
            ContentCoding::Identity => Self::Identity(out),
            ContentCoding::Gzip => Self::Gzip(flate2::write::GzEncoder::new(out, flate2::Compression::new(4))),
            ContentCoding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(out, 4096, 3, 18))),
            ContentCoding::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(out, 1)?),
        })
    }

    /// Adds a chunk.
    pub(crate) fn write(&mut self, mut chunk: Vec<u8>) -> std::io::Result<()> {
        match self {
            Self::Identity(out) if out.is_empty() => std::mem::swap(out, &mut chunk),
            Self::Identity(out) => out.append(&mut chunk),
            Self::Gzip(encoder) => encoder.write_all(&chunk)?,
            Self::Brotli(encoder) => encoder.write_all(&chunk)?,
            Self::Zstd(encoder) => encoder.write_all(&chunk)?,
        }
        Ok(())
    }

    /// Takes the output so far, which may be empty.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(match self {
            Self::Identity(out) => out,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
        })
    }

    /// Ends the stream, and returns the rest of the output.
    pub(crate) fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity(out) => Ok(out),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

/// Whether bodies of this type are worth compressing.
pub(crate) fn is_compressible(content_type: Option<&HeaderValue>) -> bool {
    let mime = media_type(content_type).and_then(|media_type| mime::Mime::from_str(media_type).ok());
    mime.is_some_and(|m| {
        m.type_() == mime::TEXT
            || matches!(m.subtype().as_str(), "json" | "javascript" | "xml" | "x-ndjson")
            || m.suffix().is_some_and(|s| matches!(s.as_str(), "json" | "xml"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_coding_that_the_caller_prefers_is_chosen() {
        let negotiated = |value: &str| {
            ContentCoding::negotiated(
                &TestRequest::get().insert_header((header::ACCEPT_ENCODING, value)).to_http_request(),
            )
        };
        for (header, coding) in [
            ("gzip", ContentCoding::Gzip),
            ("gzip, deflate, br, zstd", ContentCoding::Brotli),
            ("gzip;q=1, br;q=0.5", ContentCoding::Gzip),
            ("zstd", ContentCoding::Zstd),
            ("deflate", ContentCoding::Identity),
            ("gzip;q=0", ContentCoding::Identity),
            ("identity", ContentCoding::Identity),
            ("", ContentCoding::Identity),
            (";;", ContentCoding::Identity),
        ] {
            assert_eq!(negotiated(header), coding, "{header}");
        }
        assert_eq!(ContentCoding::negotiated(&TestRequest::get().to_http_request()), ContentCoding::Identity);
    }

    #[test]
    fn short_bodies_are_not_compressed() {
        let long = "all work and no play ".repeat(200);
        for coding in ContentCoding::SUPPORTED {
            for level in [CompressionLevel::Fast, CompressionLevel::Best] {
                assert!(coding.encode(long.as_bytes(), level).unwrap().len() < 200, "{coding:?}");
            }
            assert_eq!(coding.encode(b"short", CompressionLevel::Best), None);
        }
        assert_eq!(ContentCoding::Identity.encode(long.as_bytes(), CompressionLevel::Best), None);
    }

    #[test]
    fn texts_are_compressible_and_images_are_not() {
        let is = |t: &'static str| is_compressible(Some(&HeaderValue::from_static(t)));
        assert!(is("application/json") && is("text/html; charset=utf-8") && is("application/problem+json"));
        assert!(is("text/javascript") && !is("image/png") && !is("nonsense") && !is_compressible(None));
    }

    #[test]
    fn chunks_survive_encoding_and_decoding() {
        use std::io::Read as _;
        let chunks: Vec<Vec<u8>> = (0..50).map(|n| format!("chunk {n} ").repeat(2_000).into_bytes()).collect();
        let body = chunks.concat();
        for coding in [ContentCoding::Identity, ContentCoding::Gzip, ContentCoding::Brotli, ContentCoding::Zstd] {
            let mut encoder = StreamEncoder::new(coding).unwrap();
            let mut encoded = Vec::new();
            for chunk in chunks.clone() {
                encoder.write(chunk).unwrap();
                encoded.extend(encoder.take());
            }
            assert!(!encoded.is_empty(), "{coding:?}: chunks are sent as they come");
            encoded.extend(encoder.finish().unwrap());
            let mut decoded = Vec::new();
            match coding {
                ContentCoding::Identity => decoded.clone_from(&encoded),
                ContentCoding::Gzip => drop(flate2::read::GzDecoder::new(&*encoded).read_to_end(&mut decoded).unwrap()),
                ContentCoding::Brotli => {
                    brotli::Decompressor::new(&*encoded, 4096).read_to_end(&mut decoded).unwrap();
                }
                ContentCoding::Zstd => decoded = zstd::decode_all(&*encoded).unwrap(),
            }
            assert!(decoded == body, "{coding:?}");
        }
    }
}
