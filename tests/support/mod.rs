//! Helpers that the tests share: databases of their own on both engines, a server in this process, and a client that
//! checks every response against the specification.

#![allow(dead_code, unreachable_pub, unused_imports, missing_docs, reason = "each test program uses a part")]

pub mod conferences;
pub mod database;
pub mod http;
pub mod mail;
pub mod server;
pub mod webhooks;

/// Runs each test on both engines, with a server that has an empty database.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::server::app::TestApp::start($crate::support::database::test_database::Engine::Postgres).await).await;
            })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::server::app::TestApp::start($crate::support::database::test_database::Engine::Sqlite).await).await;
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
            async fn $name() { super::$name($crate::support::database::test_database::Engine::Postgres).await; })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::support::database::test_database::Engine::Sqlite).await; })+
        }
    };
}
