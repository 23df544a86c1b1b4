//! `plenaria attendance import`: the report of a video platform.

use crate::program::{Server, fail, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::server::sample_events::{WEBINAR, person};

#[tokio::test]
async fn a_report_is_imported() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = TestDatabase::create(engine).await;
        succeed(&database, &["migrate"]);
        let file = format!("{}/../../programmes/{WEBINAR}.yaml", env!("CARGO_MANIFEST_DIR"));
        succeed(&database, &["publish", &file]);
        let server = Server::start(&database, &database.directory.path().join("log"));
        for email in ["ana@example.org", "ben@example.org", "short@example.org"] {
            let url = format!("{}/v1/events/{WEBINAR}/registrations", server.base);
            let request = crate::support::http::client::http().post(url).json(&person(email));
            assert_eq!(request.send().await.unwrap().status(), 201);
        }
        let report = database.directory.path().join("report.csv");
        let rows = "Name,Email,Join Time,Leave Time\n\
            Ana,Ana@example.org,2026-01-01 15:00:00,2026-01-01 15:20:00\n\
            Ana,ana@example.org,2026-01-01 15:30:00,2026-01-01 15:50:00\n\
            Ben,ben@example.org,2026-01-01 15:00:00,2026-01-01 16:00:00\n\
            Short,short@example.org,2026-01-01 15:00:00,2026-01-01 15:05:00\n\
            Host,host@example.org,2026-01-01 14:50:00,2026-01-01 16:00:00\n\
            Telephone,,2026-01-01 15:00:00,2026-01-01 16:00:00\n";
        std::fs::write(&report, rows).unwrap();
        let report = report.to_str().unwrap();
        let import = ["attendance", "import", report, "--event", WEBINAR, "--minutes", "30"];
        let trial = succeed(&database, &[&import[..], &["--dry-run"]].concat());
        assert!(trial.contains("attendance would be recorded: 2; recorded before: 0\n"), "{trial}");
        let attended = "SELECT COUNT(*) AS n FROM registrations WHERE attended_at IS NOT NULL";
        assert_eq!(database.number(attended).await, 0, "a dry run writes nothing");
        let output = succeed(&database, &import);
        for expected in [
            "1 rows have no e-mail address, the first in line 7\n",
            &format!("{WEBINAR}: 4 people in the report\n"),
            "1 of them stayed less than 30 minutes, or the report does not say how long:\n  short@example.org (line 5)\n",
            "attendance recorded: 2; recorded before: 0\n",
            "not registered: 1\n  host@example.org (line 6)\n",
        ] {
            assert!(output.contains(expected), "{expected:?}: {output}");
        }
        assert_eq!(database.number(attended).await, 2);
        let again = succeed(&database, &import);
        assert!(again.contains("attendance recorded: 0; recorded before: 2\n"), "{again}");
        let audited = "SELECT COUNT(*) AS n FROM audit_entries WHERE action = 'attendance.recorded'";
        assert_eq!(database.number(audited).await, 1, "repeating it changes nothing");
        for (arguments, expected) in [
            (["attendance", "import", report, "--event", "nothing"], "there is no event \"nothing\""),
            (["attendance", "import", "missing.csv", "--event", WEBINAR], "missing.csv"),
            (["attendance", "import", &file, "--event", WEBINAR], "no column with e-mail addresses"),
        ] {
            let failure = fail(&database, &arguments);
            assert!(failure.contains(expected), "{failure}");
        }
    }
}
