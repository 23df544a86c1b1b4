//! Prints the output of commands.

use std::io::Write as _;

use anyhow::Context as _;

/// Writes a text with styles to standard output. The styles are removed unless that is a terminal that shows them.
pub(crate) fn say_styled(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("standard output")
}

/// Writes a line to standard output.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("standard output")
}
