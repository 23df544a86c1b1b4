//! The direction of imports, as `ARCHITECTURE.md` draws it: each crate and folder, and what it may import.

use crate::imports::Import;

/// Each crate with the crates of the workspace that it may import.
const CRATES: [(&str, &[&str]); 9] = [
    ("crates/domain/", &[]),
    ("crates/formats/", &["crates/domain/", "crates/locale/"]),
    ("migrations/", &[]),
    ("crates/persistence/", &["crates/domain/", "migrations/"]),
    ("crates/locale/", &["crates/domain/"]),
    ("crates/http/", &["crates/domain/", "crates/formats/", "crates/locale/", "crates/persistence/"]),
    ("crates/web/", &["crates/domain/", "crates/http/", "crates/locale/"]),
    ("crates/delivery/", &["crates/domain/", "crates/formats/", "crates/locale/", "crates/persistence/"]),
    (
        "crates/server/",
        &[
            "crates/domain/",
            "crates/formats/",
            "crates/persistence/",
            "crates/http/",
            "crates/web/",
            "crates/delivery/",
        ],
    ),
];

const PERSISTENCE_FEATURES: &[&str] = &[
    "crates/persistence/src/collectors/",
    "crates/persistence/src/desk/",
    "crates/persistence/src/doctor/",
    "crates/persistence/src/events/",
    "crates/persistence/src/feed/",
    "crates/persistence/src/mail/",
    "crates/persistence/src/registrations/",
    "crates/persistence/src/seats/",
    "crates/persistence/src/webhooks/",
    "crates/persistence/src/outcome_labels.rs",
];
const HTTP_OPERATIONS: &[&str] = &[
    "crates/http/src/middleware/",
    "crates/http/src/oauth/",
    "crates/http/src/openapi/",
    "crates/http/src/router.rs",
    "crates/http/src/startup.rs",
    "crates/http/src/v1/",
];
/// What the pages have no use for: they are a client of the API, and reach its data through requests alone.
const HTTP_DATA: &[&str] = &[
    "crates/http/src/auth/",
    "crates/http/src/cache/",
    "crates/http/src/limits/",
    "crates/http/src/state.rs",
    "crates/http/src/state_part.rs",
];
const HTTP_START: &[&str] = &["crates/http/src/openapi/", "crates/http/src/router.rs", "crates/http/src/startup.rs"];

/// Folders of one crate, and what they must not import: the tools know nothing of what is made with them.
const NEVER: [(&str, &[&str]); 13] = [
    ("crates/domain/src/values/", &["crates/domain/src/event/", "crates/domain/src/registration/"]),
    ("crates/persistence/src/metrics/", PERSISTENCE_FEATURES),
    ("crates/persistence/src/entity/", PERSISTENCE_FEATURES),
    ("crates/persistence/src/database/", PERSISTENCE_FEATURES),
    ("crates/http/src/auth/", HTTP_OPERATIONS),
    ("crates/http/src/cache/", HTTP_OPERATIONS),
    ("crates/http/src/limits/", HTTP_OPERATIONS),
    ("crates/http/src/problem/", HTTP_OPERATIONS),
    ("crates/http/src/request/", HTTP_OPERATIONS),
    ("crates/http/src/response/", HTTP_OPERATIONS),
    ("crates/http/src/v1/", HTTP_START),
    ("crates/web/src/", HTTP_DATA),
    ("crates/http/src/middleware/", &["crates/http/src/v1/", "crates/http/src/openapi/", "crates/http/src/router.rs"]),
];

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

#[test]
fn imports_against_the_direction_are_found() {
    let import = |from: &str, to: &str| Import { from: from.to_owned(), to: to.to_owned(), path: String::new() };
    for (from, to) in [
        ("crates/server/src/background.rs", "crates/http/src/startup.rs"),
        ("crates/persistence/src/desk/worker.rs", "crates/persistence/src/metrics/desk.rs"),
        ("crates/http/src/v1/mod.rs", "crates/http/src/request/query.rs"),
    ] {
        assert!(allows(&import(from, to)), "{from} -> {to}");
        assert!(!allows(&import(to, from)), "{to} -> {from}");
    }
}
