//! Runs the program as a child process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::database::test_database::TestDatabase;

/// The secret key of the tests.
pub(crate) const SECRET: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// A command with this database and no other environment.
pub(crate) fn command(database: &TestDatabase) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenaria"));
    command
        .env_clear()
        .env("DATABASE_URL", database.environment())
        .env("PLENARIA_DATA_DIR", database.directory.path())
        .env("PLENARIA_SECRET_KEY", SECRET)
        .env("PLENARIA_LISTEN", "127.0.0.1:0")
        .env("PLENARIA_RATE_LIMITS", "off")
        .env("PLENARIA_LOG_FORMAT", "json");
    command
}

/// Runs a command to its end.
pub(crate) fn run(database: &TestDatabase, arguments: &[&str]) -> Output {
    command(database).args(arguments).output().expect("the program runs")
}

/// Runs a command that must succeed, and returns its standard output.
#[track_caller]
pub(crate) fn succeed(database: &TestDatabase, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs a command that must fail without output, and returns its standard error.
#[track_caller]
pub(crate) fn fail(database: &TestDatabase, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    assert!(!output.status.success() && output.stdout.is_empty());
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// A running server; it is killed when it goes out of scope.
pub(crate) struct Server {
    pub child: Child,
    pub base: String,
    pub log: std::path::PathBuf,
}

impl Server {
    pub(crate) fn start(database: &TestDatabase, log: &Path) -> Self {
        Self::start_command(command(database), log)
    }

    /// Starts the program with settings of the test's own.
    pub(crate) fn start_command(mut command: Command, log: &Path) -> Self {
        command.arg("serve");
        Self::spawn(command, log, "listening on ")
    }

    /// Starts a worker with settings of the test's own; its `base` is empty.
    pub(crate) fn start_worker(mut command: Command, log: &Path) -> Self {
        command.arg("worker");
        Self::spawn(command, log, "worker started")
    }

    fn spawn(mut command: Command, log: &Path, first: &str) -> Self {
        let log_file = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log");
        let mut child = command.stdout(Stdio::piped()).stderr(log_file).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let base = line.trim().strip_prefix(first).unwrap_or_else(|| {
            panic!("the first line is “{line}”; the log: {}", std::fs::read_to_string(log).unwrap_or_default())
        });
        Self { base: base.to_owned(), child, log: log.to_owned() }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
