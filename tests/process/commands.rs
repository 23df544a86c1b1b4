//! The commands `serve`, `publish`, `health` and `openapi`, and invalid settings.

use chrono::TimeDelta;
use plenaria_domain::values::time::Clock;
use plenaria_domain::values::time_zone;
use sea_orm::ConnectionTrait as _;
use serde_json::Value;

use crate::program::{Server, command, fail, run, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::spec;
use crate::support::server::sample_events::WEBINAR;

const PROGRAMMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../programmes");

#[tokio::test]
async fn an_embedded_start_serves_the_real_webinar() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let server = Server::start(&database, &database.directory.path().join("log"));
    let get = async |path: &str| {
        crate::support::http::client::http()
            .get(format!("{}{path}", server.base))
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    let programme = get(&format!("/v1/events/{WEBINAR}/programme")).await;
    assert_eq!(programme["sessions"].as_array().unwrap().len(), 8);
    assert_eq!(programme["event"]["phase"], "upcoming");
    let events = get("/v1/events?phase=ended").await;
    assert_eq!(events["data"][0]["slug"], "internationalisation-and-metropolitan-spaces-es");
}

#[tokio::test]
async fn postgresql_is_migrated_first_then_published_to_then_served() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let behind = fail(&database, &["serve"]);
    assert!(behind.contains("behind") && behind.contains("plenaria migrate"), "{behind}");
    assert!(succeed(&database, &["migrate"]).contains("applied m2026"));
    assert!(succeed(&database, &["migrate"]).contains("up to date"));
    let file = format!("{PROGRAMMES}/{WEBINAR}.yaml");
    assert!(succeed(&database, &["publish", "--dry-run", &file]).contains("would be created"));
    assert!(succeed(&database, &["publish", &file]).contains("created, revision 1"));
    assert!(succeed(&database, &["publish", &file]).contains("unchanged, revision 1"));
    let server = Server::start(&database, &database.directory.path().join("log"));
    let ready = crate::support::http::client::http().get(format!("{}/health/ready", server.base)).send().await.unwrap();
    assert_eq!(ready.status(), 200);
}

#[tokio::test]
async fn a_faulty_definition_publishes_nothing() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let bad = database.directory.path().join("bad.yaml");
    std::fs::write(&bad, "slug: bad\nlanguage: en\nstarts: tomorrow\ntime_zone: Mars/Olympus\n").unwrap();
    let good = format!("{PROGRAMMES}/{WEBINAR}.yaml");
    let report = fail(&database, &["publish", &good, bad.to_str().unwrap()]);
    for error in ["bad.yaml:1: /title", "bad.yaml:3: /starts", "bad.yaml:4: /time_zone", "/duration_minutes"] {
        assert!(report.contains(error), "{error}\n{report}");
    }
    assert!(succeed(&database, &["publish", "--dry-run", &good]).contains("would be created"), "nothing was published");
}

#[tokio::test]
async fn the_example_is_published_and_changes_are_shown() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let file = database.directory.path().join("event.yaml");
    let publish = |text: &str, arguments: &[&str]| {
        std::fs::write(&file, text).unwrap();
        succeed(&database, &[&["publish", file.to_str().unwrap()], arguments].concat())
    };
    let example = succeed(&database, &["definition", "new"]);
    assert!(publish(&example, &[]).ends_with("cities-and-water-2027: created, revision 1\n"), "a draft has no page");
    let changed = example.replace("capacity: 120", "capacity: 90").replacen("status: draft", "status: published", 1);
    let planned = publish(&changed, &["--dry-run"]);
    let change = "  ~ /registration/capacity: 120 → 90\n";
    assert!(
        planned.starts_with("cities-and-water-2027: would be changed (status, registration), revision 2\n"),
        "{planned}"
    );
    assert!(planned.contains(change), "{planned}");
    let published = publish(&changed, &[]);
    assert!(published.contains(change), "{published}");
    let summary = "cities-and-water-2027: changed (status, registration), revision 2\n  http://127.0.0.1:0/events/";
    assert!(published.contains(summary) && published.ends_with("/events/cities-and-water-2027\n"), "{published}");
    assert_eq!(publish(&changed, &[]), "cities-and-water-2027: unchanged, revision 2\n");
}

#[tokio::test]
async fn a_former_slug_is_explained() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let file = database.directory.path().join("event.yaml");
    std::fs::write(&file, succeed(&database, &["definition", "new"])).unwrap();
    let file = file.to_str().unwrap();
    succeed(&database, &["publish", file]);
    database.execute("INSERT INTO event_slugs SELECT slug, id, updated_at FROM events").await;
    database
        .execute(
            "UPDATE events SET slug = 'water', document = json_set(document, '$.slug', 'water') \
             WHERE slug = 'cities-and-water-2027'",
        )
        .await;
    for arguments in [&["publish", file][..], &["publish", "--dry-run", file]] {
        let report = fail(&database, arguments);
        let expected = "event.yaml:7: /slug: The event “water” had this slug before it was renamed, and keeps it. To change \
                        that event, write “slug: water”; for another event, choose another slug.";
        assert!(report.contains("nothing was published") && report.contains(expected), "{report}");
    }
    let invalid = std::fs::read_to_string(file).unwrap().replace("time_zone: Europe/Madrid", "time_zone: Mars/Olympus");
    std::fs::write(file, invalid).unwrap();
    let report = fail(&database, &["publish", file]);
    assert!(report.contains("event.yaml:7: /slug") && report.contains("/time_zone"), "{report}");
}

/// Uses the system's clock: an event that started yesterday and ends tomorrow, in a file without a year.
#[tokio::test]
async fn a_running_event_is_corrected_in_its_own_year() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let file = database.directory.path().join("running.yaml");
    let day = |days: i64| (Clock::System.now() + TimeDelta::days(days)).format("%m-%dT00:00").to_string();
    let (yesterday, tomorrow) = (day(-1), day(1));
    let publish = |title: &str, sessions: &[&str]| {
        let text = format!(
            "slug: running\nstatus: published\nlanguage: en\ntitle: {title}\nstarts: {yesterday}\ntime_zone: Etc/UTC\n\
             programme:\n  sessions:\n    {}\n",
            sessions.join("\n    ")
        );
        std::fs::write(&file, text).unwrap();
        succeed(&database, &["publish", file.to_str().unwrap()])
    };
    let second = format!("- {{ key: second, title: B, minutes: 60, starts: {tomorrow} }}");
    let both = ["- &first { key: first, title: A, minutes: 60 }", second.as_str()];
    assert!(publish("One", &both).contains("created, revision 1"));
    assert!(publish("Two", &both).contains("changed (title), revision 2"));
    assert!(publish("Two", &both[..1]).contains("changed (programme), revision 3"), "still this year's");
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_one_sentence() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    for (name, value) in [
        ("PLENARIA_LISTEN", "nowhere"),
        ("DATABASE_URL", "mysql://x"),
        ("PLENARIA_PUBLIC_URL", "x"),
        ("PLENARIA_SECRET_KEY", "short"),
        ("PLENARIA_LOG", "loud"),
        ("PLENARIA_LOG_FORMAT", "xml"),
    ] {
        let output = command(&database).env(name, value).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && stderr.contains(name) && stderr.trim().lines().count() == 1,
            "{name}: {stderr}"
        );
    }
}

#[tokio::test]
async fn health_says_how_the_server_is() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let server = Server::start(&database, &database.directory.path().join("log"));
    let listen = server.base.strip_prefix("http://").unwrap().to_owned();
    let port = listen.rsplit_once(':').unwrap().1;
    let health = |listen: &str, arguments: &[&str]| {
        command(&database).env("PLENARIA_LISTEN", listen).arg("health").args(arguments).output().unwrap()
    };
    for listen in [listen.clone(), format!("0.0.0.0:{port}")] {
        for (arguments, expected) in [(Vec::new(), "ready\n"), (vec!["--live"], "live\n")] {
            let output = health(&listen, &arguments);
            assert!(output.status.success() && output.stdout == expected.as_bytes(), "{listen}: {output:?}");
        }
    }
    // With an outdated schema, the server responds but is not ready.
    let behind = "DELETE FROM seaql_migrations WHERE version = 'm20261127_000006_mail'";
    database.connect().await.execute_unprepared(behind).await.unwrap();
    let output = health(&listen, &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{stderr}");
    assert!(stderr.contains("/health/ready responds 503") && stderr.trim().lines().count() == 1, "{stderr}");
    assert!(health(&listen, &["--live"]).status.success());
    drop(server);
    for (listen, expected) in [(&*listen, &*listen), ("127.0.0.1:0", "port 0"), ("nowhere", "PLENARIA_LISTEN")] {
        let output = health(listen, &["--live"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && stderr.contains(expected) && stderr.trim().lines().count() == 1,
            "{stderr}"
        );
    }
}

#[tokio::test]
async fn the_document_is_printed() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let printed: Value = serde_json::from_str(&succeed(&database, &["openapi"])).unwrap();
    assert_eq!(printed, *spec::DOCUMENT);
    assert!(run(&database, &["--help"]).status.success());
    let version = format!("plenaria {} (time zones {})\n", env!("CARGO_PKG_VERSION"), time_zone::rules_version());
    assert_eq!(succeed(&database, &["--version"]), version);
}
