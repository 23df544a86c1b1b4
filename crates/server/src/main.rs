//! The program `plenaria`; see the library [`plenaria_server`].

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One thread: requests are handled by actix-web's own workers, mail and webhooks by the delivery thread.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    plenaria_server::run().await
}
