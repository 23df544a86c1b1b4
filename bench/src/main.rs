//! The baseline for reads: a bare actix handler that responds to every GET with the content of a file. Responses below
//! `/headers` also have headers of the same names and lengths as the API's, which shows the cost of headers alone.

use std::io::Write as _;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

const HEADERS: [(&str, &str); 10] = [
    ("content-type", "application/json"),
    ("cache-control", "public, max-age=30, stale-while-revalidate=60, stale-if-error=600"),
    ("content-language", "en"),
    ("vary", "Accept-Language, Accept-Encoding"),
    ("etag", "\"ICnhjH5tBsvozY9y5gXP_g\""),
    ("request-id", "01a20ba6-e1f9-7c59-9218-8f71573c3898"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "ETag, Link, Location, Request-Id, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, \
         Content-Disposition, Content-Language, WWW-Authenticate, Deprecation, Sunset",
    ),
];

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let body = Bytes::from(std::fs::read(path)?);
    let server = HttpServer::new(move || {
        let body = body.clone();
        let body_with_headers = body.clone();
        App::new()
            .service(web::resource("/headers/{path:.*}").to(move || {
                let body = body_with_headers.clone();
                async move {
                    let mut response = HttpResponse::Ok();
                    for header in HEADERS {
                        response.insert_header(header);
                    }
                    response.body(body)
                }
            }))
            .default_service(web::get().to(move || {
                let body = body.clone();
                async move { HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(body) }
            }))
    })
    .bind("127.0.0.1:0")?;
    let mut out = std::io::stdout().lock();
    for address in server.addrs() {
        writeln!(out, "listening on http://{address}")?;
    }
    out.flush()?;
    drop(out);
    server.run().await
}
