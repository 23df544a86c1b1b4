//! Tests of the specification, and of the pages that explain the API.

mod docs_pages;
mod server_pages;
mod specification;
