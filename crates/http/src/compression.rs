//! Content codings: gzip, brotli and zstd, as `Accept-Encoding` asks (RFC 9110, section 12.5.3).

use std::io::Write as _;
use std::str::FromStr as _;

use actix_web::HttpRequest;
use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, Header as _, HeaderValue};
use actix_web::web::Bytes;

/// Shorter bodies are not worth it: they fill one packet anyway.
const WORTH_IT: usize = 1_000;

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// How much work compressing may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// For one answer.
    Once,
    /// For a form that is kept and served many times.
    Kept,
}

impl Coding {
    /// Those that we have, the best first among those that a caller likes equally.
    const OURS: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// Its name in headers.
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

    /// The coding that a caller likes best. A header that cannot be read asks for nothing.
    pub(crate) fn wanted(request: &HttpRequest) -> Self {
        if !request.headers().contains_key(header::ACCEPT_ENCODING) {
            return Self::Identity;
        }
        let Ok(accept) = AcceptEncoding::parse(request) else { return Self::Identity };
        let known = Self::OURS.map(|coding| Encoding::Known(coding.encoding()));
        let plain = Encoding::Known(ContentEncoding::Identity);
        let supported: Vec<Encoding> = known.into_iter().chain([plain]).collect();
        match accept.negotiate(supported.iter()) {
            Some(Encoding::Known(ContentEncoding::Brotli)) => Self::Brotli,
            Some(Encoding::Known(ContentEncoding::Zstd)) => Self::Zstd,
            Some(Encoding::Known(ContentEncoding::Gzip)) => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// The body in this coding; `None`: it stays as it is, since it would not get shorter.
    pub(crate) fn encode(self, body: &[u8], effort: Effort) -> Option<Bytes> {
        if body.len() < WORTH_IT {
            return None;
        }
        let kept = effort == Effort::Kept;
        let coded = match self {
            Self::Identity => return None,
            Self::Gzip => {
                let level = flate2::Compression::new(if kept { 9 } else { 5 });
                let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 3), level);
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            Self::Brotli => {
                let quality = if kept { 9 } else { 4 };
                let mut encoder = brotli::CompressorWriter::new(Vec::with_capacity(body.len() / 3), 4096, quality, 20);
                encoder.write_all(body).map(|()| encoder.into_inner())
            }
            Self::Zstd => zstd::encode_all(body, if kept { 15 } else { 3 }),
        };
        // Writing to memory does not fail; if it did, the body would go out as it is.
        coded.ok().filter(|coded| coded.len() < body.len()).map(Bytes::from)
    }
}

/// Codes a body that is made piece by piece.
pub(crate) enum Coder {
    Identity(Vec<u8>),
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Coder {
    pub(crate) fn new(coding: Coding) -> std::io::Result<Self> {
        let out = Vec::new();
        Ok(match coding {
            Coding::Identity => Self::Identity(out),
            Coding::Gzip => Self::Gzip(flate2::write::GzEncoder::new(out, flate2::Compression::new(4))),
            Coding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(out, 4096, 3, 18))),
            Coding::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(out, 1)?),
        })
    }

    /// Takes a piece.
    pub(crate) fn write(&mut self, mut piece: Vec<u8>) -> std::io::Result<()> {
        match self {
            Self::Identity(out) if out.is_empty() => std::mem::swap(out, &mut piece),
            Self::Identity(out) => out.append(&mut piece),
            Self::Gzip(encoder) => encoder.write_all(&piece)?,
            Self::Brotli(encoder) => encoder.write_all(&piece)?,
            Self::Zstd(encoder) => encoder.write_all(&piece)?,
        }
        Ok(())
    }

    /// Gives what has been coded so far, which may be nothing.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(match self {
            Self::Identity(out) => out,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
        })
    }

    /// Gives the rest.
    pub(crate) fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity(out) => Ok(out),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

/// Whether bodies of this type get shorter.
pub(crate) fn is_compressible(content_type: Option<&HeaderValue>) -> bool {
    let essence = content_type.and_then(|v| v.to_str().ok()).unwrap_or_default().split(';').next().unwrap_or_default();
    let mime = mime::Mime::from_str(essence.trim()).ok();
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
    fn the_best_coding_that_the_caller_likes_is_chosen() {
        let wanted = |value: &str| {
            Coding::wanted(&TestRequest::get().insert_header((header::ACCEPT_ENCODING, value)).to_http_request())
        };
        for (header, coding) in [
            ("gzip", Coding::Gzip),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip;q=1, br;q=0.5", Coding::Gzip),
            ("zstd", Coding::Zstd),
            ("deflate", Coding::Identity),
            ("gzip;q=0", Coding::Identity),
            ("identity", Coding::Identity),
            ("", Coding::Identity),
            (";;", Coding::Identity),
        ] {
            assert_eq!(wanted(header), coding, "{header}");
        }
        assert_eq!(Coding::wanted(&TestRequest::get().to_http_request()), Coding::Identity);
    }

    #[test]
    fn what_does_not_get_shorter_stays() {
        let long = "all work and no play ".repeat(200);
        for coding in Coding::OURS {
            for effort in [Effort::Once, Effort::Kept] {
                assert!(coding.encode(long.as_bytes(), effort).unwrap().len() < 200, "{coding:?}");
            }
            assert_eq!(coding.encode(b"short", Effort::Kept), None);
        }
        assert_eq!(Coding::Identity.encode(long.as_bytes(), Effort::Kept), None);
    }

    #[test]
    fn texts_are_compressible_and_pictures_are_not() {
        let is = |t: &'static str| is_compressible(Some(&HeaderValue::from_static(t)));
        assert!(is("application/json") && is("text/html; charset=utf-8") && is("application/problem+json"));
        assert!(is("text/javascript") && !is("image/png") && !is("nonsense") && !is_compressible(None));
    }

    #[test]
    fn pieces_come_out_as_they_went_in() {
        use std::io::Read as _;
        let pieces: Vec<Vec<u8>> = (0..50).map(|n| format!("piece {n} ").repeat(2_000).into_bytes()).collect();
        let whole = pieces.concat();
        for coding in [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd] {
            let mut coder = Coder::new(coding).unwrap();
            let mut coded = Vec::new();
            for piece in pieces.clone() {
                coder.write(piece).unwrap();
                coded.extend(coder.take());
            }
            assert!(!coded.is_empty(), "{coding:?}: it is sent as it comes");
            coded.extend(coder.finish().unwrap());
            let mut read = Vec::new();
            match coding {
                Coding::Identity => read.clone_from(&coded),
                Coding::Gzip => drop(flate2::read::GzDecoder::new(&*coded).read_to_end(&mut read).unwrap()),
                Coding::Brotli => drop(brotli::Decompressor::new(&*coded, 4096).read_to_end(&mut read).unwrap()),
                Coding::Zstd => read = zstd::decode_all(&*coded).unwrap(),
            }
            assert!(read == whole, "{coding:?}");
        }
    }
}
