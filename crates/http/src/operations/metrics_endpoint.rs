//! Serves the metrics in Prometheus' text format, on a listener that serves nothing else.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, HttpResponse, HttpServer, web};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

/// A server that responds to `GET /metrics` with the registry's current values. It runs while it is awaited.
pub fn serve(listener: TcpListener, registry: Arc<Registry>) -> std::io::Result<Server> {
    let factory = move || {
        let registry = Arc::clone(&registry);
        App::new().route("/metrics", web::get().to(move || std::future::ready(render(&registry))))
    };
    let server = HttpServer::new(factory).workers(1).max_connections(64).shutdown_timeout(1).disable_signals();
    Ok(server.listen(listener)?.run())
}

fn render(registry: &Registry) -> HttpResponse {
    let mut text = String::new();
    match prometheus_text::encode(&mut text, registry) {
        Ok(()) => HttpResponse::Ok().insert_header((CONTENT_TYPE, prometheus_text::CONTENT_TYPE)).body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be encoded");
            HttpResponse::InternalServerError().finish()
        }
    }
}
