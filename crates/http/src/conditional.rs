//! Entity tags and the conditions on them (RFC 9110, sections 8.8 and 13).
//!
//! A tag is strong: it names bytes. The compressed forms of an answer have other bytes, so their tags have the coding at
//! their end (`"abc.gzip"`). To those who compare, all forms of one content are the same thing.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::compression::Coding;
use crate::problem::{ApiError, Code, Detail};

/// A strong tag for these bytes.
pub(crate) fn etag_of(bytes: &[u8]) -> HeaderValue {
    etag(&URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16]))
}

/// A strong tag with this content, which must be of letters, digits and hyphens.
pub(crate) fn etag(content: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{content}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The tag of the same content in a coding.
pub(crate) fn etag_in(etag: &HeaderValue, coding: Coding) -> HeaderValue {
    let content = etag.to_str().unwrap_or_default().trim_matches('"');
    match coding {
        Coding::Identity => etag.clone(),
        coding => HeaderValue::from_str(&format!("\"{content}.{}\"", coding.name())).unwrap_or_else(|_| etag.clone()),
    }
}

/// What a tag is a tag of, whatever the coding.
fn content(tag: &str) -> &str {
    let bare = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(tag);
    bare.split_once('.').map_or(bare, |(content, _)| content)
}

/// The tags of one line, with `W/` where they have it, and whether all of it could be read. A tag may hold commas, so it
/// ends at its quote (RFC 9110, section 8.8.3).
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

/// The lines of a header; one that is no text at all is as good as an empty one.
fn lines<'a>(request: &'a HttpRequest, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
    request.headers().get_all(name).map(|value| std::str::from_utf8(value.as_bytes()).unwrap_or("\u{fffd}").trim())
}

/// The tag of `If-None-Match` that is this content's, so that the caller has it already. The comparison is the weak
/// one, as section 13.1.2 asks; the answer carries the tag that the caller named, for that is the copy to be freshened.
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
        let named = strong.into_iter().find(|tag| content(tag) == current)?;
        Some(HeaderValue::from_str(named).unwrap_or_else(|_| etag.clone()))
    })
}

/// What a caller thinks the thing is that is to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Nothing was said.
    Absent,
    /// Anything will do, as long as it is there.
    Any,
    /// One of these contents. Weak tags match nothing (section 13.1.1).
    Contents(Vec<String>),
}

impl IfMatch {
    /// Reads `If-Match`.
    pub(crate) fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        if !request.headers().contains_key(header::IF_MATCH) {
            return Ok(Self::Absent);
        }
        let mut contents = Vec::new();
        for line in lines(request, &header::IF_MATCH) {
            if line == "*" {
                return Ok(Self::Any);
            }
            let (tags, whole) = tags(line);
            if tags.is_empty() || !whole {
                return Err(malformed());
            }
            contents.extend(tags.into_iter().filter(|tag| !tag.starts_with("W/")).map(|tag| content(tag).to_owned()));
        }
        Ok(Self::Contents(contents))
    }

    /// Whether the current thing is what the caller thinks it is.
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
    fn lists_weak_forms_codings_and_the_star_match() {
        let tag = etag_of(b"x");
        let text = tag.to_str().unwrap().to_owned();
        let zipped = etag_in(&tag, Coding::Gzip);
        let named = |value: &str| {
            not_modified(&TestRequest::get().insert_header((header::IF_NONE_MATCH, value)).to_http_request(), &tag)
        };
        for same in [&text, "*", &format!("W/{text}"), &format!("\"a\", {text}")] {
            assert_eq!(named(same).as_ref(), Some(&tag), "{same}");
        }
        assert_eq!(named(zipped.to_str().unwrap()), Some(zipped), "the copy that the caller has is the one meant");
        assert!(named("\"a\"").is_none() && named("").is_none());
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
        assert!(holds("\"a,b\",W/\"c, \" , \"2-1\""), "a tag may hold commas");
        for bad in ["", "2-1", "\"1", "*, \"1\"", "\"1\"\"2-1\"", "w/\"1\""] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(IfMatch::read(&TestRequest::post().to_http_request()).unwrap().holds(&etag("1")));
    }
}
