//! Prints the output of commands.

use std::io::Write as _;

use anyhow::Context as _;

/// Writes a line to standard output.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("standard output")
}
