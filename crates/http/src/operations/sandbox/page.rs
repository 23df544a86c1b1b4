//! The HTML pages of a sandbox.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::header;

/// The pages may only use their own style, and no other site may embed them in a frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                                       form-action 'self'; frame-ancestors 'none'";
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
                     :root{color-scheme:light dark}table{border-collapse:collapse;display:block;overflow-x:auto}\
                     td,th{text-align:start;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8886}\
                     article{border-top:1px solid #8886;margin-top:2rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}\
                     td code{white-space:nowrap}a{overflow-wrap:anywhere}";

/// A page with this title and body, which is HTML.
pub(crate) fn respond(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style>{STYLE}</style><h1>{title}</h1>{body}</html>"
        ))
}

/// A table with these headings; the cells are HTML.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut html = format!("<table><tr><th>{}</tr>", headings.join("<th>"));
    for row in rows {
        // Writing to a string cannot fail.
        let _ = write!(html, "<tr><td>{}</tr>", row.join("<td>"));
    }
    html + "</table>"
}

/// A link whose text is its address.
pub(crate) fn link(url: &str) -> String {
    let url = escape(url);
    format!("<a href=\"{url}\">{url}</a>")
}

/// A text as HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
