//! Tests that the documentation and the recorded examples match the program.

mod client_examples;
mod examples;
mod organiser_examples;
mod references;
mod shell_tours;
mod snippets;
