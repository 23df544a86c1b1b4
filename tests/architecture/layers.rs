//! The direction of imports, as `ARCHITECTURE.md` draws it: each crate and folder, and what it may import.

use crate::imports::Import;

/// Each crate with the crates of the workspace that it may import.
const CRATES: [(&str, &[&str]); 7] = [
    ("crates/domain/", &[]),
    ("crates/formats/", &["crates/domain/"]),
    ("migrations/", &[]),
    ("crates/persistence/", &["crates/domain/", "migrations/"]),
    ("crates/http/", &["crates/domain/", "crates/formats/", "crates/persistence/"]),
    ("crates/delivery/", &["crates/domain/", "crates/formats/", "crates/persistence/"]),
    ("crates/server/", &["crates/domain/", "crates/persistence/", "crates/http/", "crates/delivery/"]),
];

/// Folders that others of the same crate may not be imported from: a folder, and what it must not import.
const NEVER: [(&str, &[&str]); 0] = [];

/// Whether an import follows the direction.
pub(crate) fn allows(import: &Import) -> bool {
    let crate_of = |path: &str| CRATES.iter().find(|(folder, _)| path.starts_with(folder));
    let (Some((from, allowed)), Some((to, _))) = (crate_of(&import.from), crate_of(&import.to)) else { return false };
    let crates = from == to || allowed.contains(to);
    let folders = NEVER.iter().all(|(folder, never)| {
        !import.from.starts_with(folder) || !never.iter().any(|never| import.to.starts_with(never))
    });
    crates && folders
}

/// Files outside the server that spawn tasks, and why none of these tasks runs in the background of the program.
const SPAWN_SHORT_TASKS: [(&str, &str); 4] = [
    ("crates/persistence/src/registrations/export.rs", "reads rows for one response and ends with it"),
    ("crates/http/src/auth/client_cache.rs", "notes the use of a client and ends after one statement"),
    ("crates/delivery/src/mail/mailer.rs", "runs parts of the delivery task, which waits for them"),
    ("crates/delivery/src/webhooks/dispatcher.rs", "runs parts of the delivery task, which waits for them"),
];

/// Whether a file may spawn tasks. All that run as long as the program are started in the server.
pub(crate) fn may_start_tasks(path: &str) -> bool {
    path.starts_with("crates/server/") || SPAWN_SHORT_TASKS.iter().any(|(file, _)| *file == path)
}
