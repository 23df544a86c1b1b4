//! Helpers that the tests share: databases of their own on both engines, a server in this process, and a client that
//! checks every response against the specification.

#![allow(dead_code, unreachable_pub, unused_imports, missing_docs, reason = "each test program uses a part")]

pub mod app;
pub mod calls;
pub mod conferences;
pub mod database;
pub mod database_search;
pub mod exposition;
pub mod http;
pub mod mail_queue;
pub mod mail_worker;
pub mod many_registrations;
pub mod partners;
pub mod proxy;
pub mod receiver;
pub mod response;
pub mod seats;
pub mod smtp;
pub mod spec;
pub mod webhook_worker;

pub use app::{TestApp, definition, person, webinar};
pub use calls::Call;
pub use database::{Engine, TestDatabase};
pub use http::http;
pub use response::TestResponse;

/// Runs each test on both engines, with a server that has an empty database.
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

/// Runs each test with both engines as its argument.
#[macro_export]
macro_rules! with_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::support::Engine::Postgres).await; })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::support::Engine::Sqlite).await; })+
        }
    };
}
