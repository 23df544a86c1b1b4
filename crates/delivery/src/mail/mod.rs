//! Mail (`docs/decisions/0018-mail.md`).

mod dates;
pub mod letter;
pub mod sample;

#[cfg(test)]
mod tests;
