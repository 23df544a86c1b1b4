//! Entity tags and the conditions on them (RFC 9110, sections 8.8 and 13).
//!
//! Tags are strong: they identify bytes. A compressed body has other bytes, so its tag ends with the coding
//! (`"abc.gzip"`), and so does that of a definition in YAML with its format. Comparisons ignore that ending: they compare
//! the content, whatever its form.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::problem::{ApiError, Code, Detail};
use crate::response::compression::ContentCoding;

/// A strong tag for these bytes.
pub(crate) fn etag_of(bytes: &[u8]) -> HeaderValue {
    etag(&URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16]))
}

/// A strong tag with this text, which must consist of letters, digits and hyphens.
pub(crate) fn etag(text: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The tag of the same content in a coding.
pub(crate) fn etag_with_coding(etag: &HeaderValue, coding: ContentCoding) -> HeaderValue {
    match coding {
        ContentCoding::Identity => etag.clone(),
        coding => etag_with_format(etag, coding.name()),
    }
}

/// The tag of the same content in another form.
pub(crate) fn etag_with_format(etag: &HeaderValue, name: &str) -> HeaderValue {
    let content = etag.to_str().unwrap_or_default().trim_matches('"');
    HeaderValue::from_str(&format!("\"{content}.{name}\"")).unwrap_or_else(|_| etag.clone())
}

/// The text of a tag without its quotes and coding.
fn content(tag: &str) -> &str {
    let bare = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(tag);
    bare.split_once('.').map_or(bare, |(content, _)| content)
}

/// The tags of one line, each with its `W/` if it has one, and whether the whole line is well-formed. A tag may contain
/// commas, so it ends at its closing quote (RFC 9110, section 8.8.3).
fn tags(line: &str) -> (Vec<&str>, bool) {
    let (mut tags, mut rest) = (Vec::new(), line);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (tags, true);
        }
        let quoted = rest.strip_prefix("W/").unwrap_or(rest);
        let inner = quoted.strip_prefix('"').and_then(|inner| inner.split_once('"'));
        let Some((_, after)) = inner.filter(|(_, after)| after.is_empty() || after.starts_with([' ', '\t', ',']))
        else {
            return (tags, false);
        };
        tags.push(&rest[..rest.len() - after.len()]);
        rest = after;
    }
}

/// The lines of a header. A line that is not UTF-8 becomes a malformed one.
fn lines<'a>(request: &'a HttpRequest, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
    request.headers().get_all(name).map(|value| std::str::from_utf8(value.as_bytes()).unwrap_or("\u{fffd}").trim())
}

/// The tag in `If-None-Match` that matches `etag`, if the caller has the current content. The comparison is weak (section
/// 13.1.2). The 304 carries the caller's own tag, since it refreshes that copy.
pub(crate) fn not_modified(request: &HttpRequest, etag: &HeaderValue) -> Option<HeaderValue> {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return None;
    }
    let current = content(etag.to_str().ok()?);
    lines(request, &header::IF_NONE_MATCH).find_map(|line| {
        if line == "*" {
            return Some(etag.clone());
        }
        let strong = tags(line).0.into_iter().map(|tag| tag.strip_prefix("W/").unwrap_or(tag));
        let matching = strong.into_iter().find(|tag| content(tag) == current)?;
        Some(HeaderValue::from_str(matching).unwrap_or_else(|_| etag.clone()))
    })
}

/// The condition of `If-Match`: the versions of a resource to which a change applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// There is no `If-Match`.
    Absent,
    /// `*`: any version, as long as the resource exists.
    Any,
    /// One of these versions. Weak tags match none (section 13.1.1).
    Contents(Vec<String>),
}

impl IfMatch {
    /// Reads `If-Match`.
    ///
    /// # Errors
    /// `MalformedRequest` if the header is malformed.
    pub(crate) fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        if !request.headers().contains_key(header::IF_MATCH) {
            return Ok(Self::Absent);
        }
        let mut contents = Vec::new();
        for line in lines(request, &header::IF_MATCH) {
            if line == "*" {
                return Ok(Self::Any);
            }
            let (tags, is_well_formed) = tags(line);
            if tags.is_empty() || !is_well_formed {
                return Err(malformed());
            }
            contents.extend(tags.into_iter().filter(|tag| !tag.starts_with("W/")).map(|tag| content(tag).to_owned()));
        }
        Ok(Self::Contents(contents))
    }

    /// Whether the condition compares tags.
    pub(crate) const fn compares_tags(&self) -> bool {
        matches!(self, Self::Contents(_))
    }

    /// Whether the resource's current tag fulfils the condition.
    pub(crate) fn holds(&self, current: &HeaderValue) -> bool {
        match self {
            Self::Absent | Self::Any => true,
            Self::Contents(all) => current.to_str().is_ok_and(|tag| all.iter().any(|c| c == content(tag))),
        }
    }
}

fn malformed() -> ApiError {
    ApiError::new(Code::MalformedRequest).detail(Detail::IfMatchUnreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn lists_weak_tags_codings_and_the_asterisk_match() {
        let tag = etag_of(b"x");
        let text = tag.to_str().unwrap().to_owned();
        let gzipped = etag_with_coding(&tag, ContentCoding::Gzip);
        let matching = |value: &str| {
            not_modified(&TestRequest::get().insert_header((header::IF_NONE_MATCH, value)).to_http_request(), &tag)
        };
        for same in [&text, "*", &format!("W/{text}"), &format!("\"a\", {text}")] {
            assert_eq!(matching(same).as_ref(), Some(&tag), "{same}");
        }
        assert_eq!(matching(gzipped.to_str().unwrap()), Some(gzipped), "the caller's own tag is returned");
        assert!(matching("\"a\"").is_none() && matching("").is_none());
        assert!(not_modified(&TestRequest::get().to_http_request(), &tag).is_none());
    }

    #[test]
    fn if_match_compares_strongly() {
        let read = |value: &str| {
            IfMatch::read(&TestRequest::post().insert_header((header::IF_MATCH, value)).to_http_request())
        };
        let holds = |value: &str| read(value).unwrap().holds(&etag("2-1"));
        assert!(holds("*") && holds("\"2-1\"") && holds("\"1\", \"2-1\"") && holds("\"2-1.gzip\""));
        assert!(!holds("W/\"2-1\"") && !holds("\"1\""));
        assert!(holds("\"a,b\",W/\"c, \" , \"2-1\""), "a tag may contain commas");
        for bad in ["", "2-1", "\"1", "*, \"1\"", "\"1\"\"2-1\"", "w/\"1\""] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(IfMatch::read(&TestRequest::post().to_http_request()).unwrap().holds(&etag("1")));
    }
}
