//! The baseline for reads: a bare actix handler that answers every GET with the bytes of a file.

use std::io::Write as _;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let body = Bytes::from(std::fs::read(path)?);
    let server = HttpServer::new(move || {
        let body = body.clone();
        App::new().default_service(web::get().to(move || {
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
