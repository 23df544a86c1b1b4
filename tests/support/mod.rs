//! What the tests share: databases of their own on both engines, a server, and a client that checks every answer
//! against the specification.

#![allow(dead_code, unreachable_pub, unused_imports, missing_docs, reason = "test programs each use their part")]

pub mod answer;
pub mod app;
pub mod calls;
pub mod database;
pub mod exposition;
pub mod fill;
pub mod hooks;
pub mod http;
pub mod letters;
pub mod partners;
pub mod proxy;
pub mod receiver;
pub mod smtp;
pub mod spec;

pub use answer::Answer;
pub use app::{TestApp, definition, person, webinar};
pub use calls::Call;
pub use database::{Engine, TestDatabase};
pub use http::http;

/// Runs every test of a module on both engines.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::TestApp::start($crate::support::Engine::Postgres).await).await;
            })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::TestApp::start($crate::support::Engine::Sqlite).await).await;
            })+
        }
    };
}
