//! `plenaria clients`: adding, rotating, disabling and listing clients.

use crate::program::{Server, fail, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};

#[tokio::test]
async fn the_lifecycle_of_a_client() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = TestDatabase::create(engine).await;
        succeed(&database, &["migrate"]);
        assert_eq!(succeed(&database, &["clients", "list"]), "there are no clients\n");
        let add = ["clients", "add", "--organisation", "al-las", "--name", "CRM", "--scope", "registrations:read"];
        let added = succeed(&database, &add);
        let value = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
            line.unwrap_or_else(|| panic!("{name}: {text}"))
        };
        let (id, secret) = (value(&added, "client_id"), value(&added, "client_secret"));
        let server = Server::start(&database, &database.directory.path().join("log"));
        let status = async |secret: &str| {
            let form = "grant_type=client_credentials";
            let request = crate::support::http::client::http().post(format!("{}/oauth/token", server.base));
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
            request.basic_auth(&id, Some(secret)).send().await.unwrap().status().as_u16()
        };
        assert_eq!(status(&secret).await, 200);
        let rotated = succeed(&database, &["clients", "rotate", &id]);
        let new = value(&rotated, "client_secret");
        assert_eq!((status(&secret).await, status(&new).await), (200, 200));
        let newest = value(&succeed(&database, &["clients", "rotate", "--grace-hours", "0", &id]), "client_secret");
        assert_eq!((status(&secret).await, status(&new).await, status(&newest).await), (401, 401, 200));
        let list = succeed(&database, &["clients", "list"]);
        assert!(list.contains(&id) && list.contains("al-las") && list.contains("“CRM”"), "{list}");
        assert!(!list.contains(&newest), "a secret is shown once");
        assert!(succeed(&database, &["clients", "disable", &id]).contains("disabled"));
        assert_eq!(status(&newest).await, 401);
        let log = std::fs::read_to_string(&server.log).unwrap();
        assert!(log.contains("a token request was rejected"), "{log}");
        for secret in [&secret, &new, &newest] {
            assert!(!log.contains(secret.as_str()), "no secret in the log");
        }
        for (arguments, expected) in [
            (
                ["clients", "add", "--organisation", "public", "--name", "x", "--scope", "audit:read"].as_slice(),
                "public",
            ),
            (&["clients", "add", "--organisation", "al-las", "--name", "x", "--scope", "all"], "registrations:read"),
            (&["clients", "disable", "nobody"], "clients list"),
            (&["clients", "rotate", "01890a5d-ac96-774b-bcce-b302099a8057"], "there is no client"),
        ] {
            let failure = fail(&database, arguments);
            assert!(failure.contains(expected), "{failure}");
        }
    }
}
