//! The shell tours of the README, of guides and of examples run as written.

use std::net::TcpListener;
use std::process::Command;

use crate::program::{Server, command};
use crate::support::database::test_database::{Engine, TestDatabase};

/// Runs all blocks of a document that are marked `sh tour`, in one shell and against a fresh server, and returns their
/// output. The program is in PATH, with the server's settings.
async fn run(document: &str) -> String {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let mut program = command(&database);
    program.current_dir(database.directory.path());
    run_with(document, &database, program)
}

/// The same against a sandbox, in the folder of the repository.
async fn run_in_sandbox(document: &str) -> String {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let mut program = command(&database);
    program.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    program.env("PLENARIA_SANDBOX", "true").env("PLENARIA_MANAGE_URL", "https://www.example.org/manage.html");
    // A free port, for a receiver of webhooks.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    program.env("PORT", port.to_string()).env("PYTHONDONTWRITEBYTECODE", "1");
    run_with(document, &database, program)
}

/// The shell has the environment and the directory of the program.
fn run_with(document: &str, database: &TestDatabase, program: Command) -> String {
    let blocks: Vec<&str> =
        document.split("```sh tour\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(!blocks.is_empty(), "the document has no tour");
    let mut shell = Command::new("bash");
    // The environment of the program.
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    if let Some(directory) = program.get_current_dir() {
        shell.current_dir(directory);
    }
    let server = Server::start_command(program, &database.directory.path().join("log"));
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_plenaria")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let result = shell
        .args(["-euo", "pipefail", "-c", &blocks.concat()])
        .env("API", &server.base)
        .env("PATH", format!("{}:{path}", program.display()))
        .output()
        .unwrap();
    let output = String::from_utf8(result.stdout).unwrap();
    assert!(result.status.success(), "{output}\n{}", String::from_utf8_lossy(&result.stderr));
    assert!(!output.contains("\"status\":500"));
    output
}

#[track_caller]
fn assert_in_order(output: &str, expected: &[&str]) {
    let mut rest = output;
    for text in expected {
        let found = rest.find(text).unwrap_or_else(|| panic!("“{text}” is missing or out of order:\n{output}"));
        rest = &rest[found + text.len()..];
    }
}

#[tokio::test]
async fn the_readme_tour_runs() {
    let output = run(include_str!("../../../README.md")).await;
    assert_in_order(
        &output,
        &[
            "La internacionalización y los espacios metropolitanos",
            "\"key\":\"closing\"",
            "}304\n",
            "\"status\":\"confirmed\"",
            "\"code\":\"already-registered\"",
            "\"pointer\":\"/nmae\"",
            "\"title\":\"La solicitud no es válida\"",
            "\"city\":\"Badalona\"",
            "\"cancellation_reason\":\"I cannot make it\"",
        ],
    );
    assert!(output.contains("idempotency-replayed: true") && output.contains("HTTP/1.1 204"));
}

#[tokio::test]
async fn the_pages_tour_runs() {
    let output = run_in_sandbox(include_str!("../../../docs/pages.md")).await;
    assert_in_order(
        &output,
        &[
            "<html lang=\"es\"\n",
            "data-state=\"open\"\n",
            "422\n",
            "id=\"error-summary\"\n",
            "201\n",
            "data-state=\"registered\"\n",
            "data-status=\"confirmed\"\n",
        ],
    );
}

#[tokio::test]
async fn the_front_end_tour_runs() {
    let output = run_in_sandbox(include_str!("../../../docs/front-end.md")).await;
    assert_in_order(
        &output,
        &[
            "plenaria-sandbox: true",
            "[\"example-few-seats\",\"Three of twenty seats left\"]\n",
            "Ejemplo: preguntas de todo tipo\n",
            "[\"lunch\",\"choice\",true]\n",
            "[\"/audience\",\"required\"]\n",
            "[\"/answers/lunch\",\"required\"]\n",
            "201 [\"confirmed\",null]\n",
            "201 [\"waitlisted\",4]\n",
            "409 [\"event-full\",true]\n",
            "409 [\"registration-not-open\",true]\n",
            "202 [\"confirmation_sent\"]\n",
            "[\"confirm_address\",\"[Sandbox] ",
            "https://www.example.org/manage.html#confirmation_token=",
            "[\"confirmed\",\"ana.example@example.org\"]\n",
        ],
    );
}

#[tokio::test]
async fn the_sandbox_tour_runs() {
    let output = run_in_sandbox(include_str!("../../../docs/sandbox.md")).await;
    assert_in_order(&output, &["202\n", "https://video.example.org/live\n"]);
}

#[tokio::test]
async fn the_partner_example_runs() {
    let output = run_in_sandbox(include_str!("../../../examples/partner/README.md")).await;
    assert_in_order(
        &output,
        &[
            "crm-1 confirmed\ncrm-2 confirmed\ncrm-3 validation-failed /email ",
            "crm-1 confirmed aina@example.org\n",
            "registration.created crm-1\n",
            "webhook.test\n",
        ],
    );
}

#[tokio::test]
async fn the_tour_of_formats_runs() {
    let output = run(include_str!("../../../docs/formats.md")).await;
    assert_in_order(
        &output,
        &[
            "SUMMARY:",
            "NAME;VALUE=TEXT:La internacionalización y los espacios metropolitanos",
            "Internationalisation and metropolitan spaces\nOnline\n",
            "name=\"En línea\"",
            "Event\nhttps://schema.org/OnlineEventAttendanceMode\n8\n",
        ],
    );
}

#[tokio::test]
async fn the_organising_tour_runs() {
    let output = run(include_str!("../../../docs/organising.md")).await;
    assert_in_order(
        &output,
        &[
            "[\"created\",\"cities-and-water-2027\",1]\n",
            "[\"created\",1,\"\\\"1\\\"\"]\n",
            "not-found\nLas ciudades y el agua\nBienvenida\n",
            "[true,\"/programme/sessions/1/minutes\",\"range\"]\n[true,\"/programme/sessions/2/kind\",\"choice\"]\n",
            "\"changed\"\n[\"/status\",\"draft\",\"published\"]\n[\"/registration/capacity\",120,1]\n",
            "[\"confirmed\",null]\n[\"waitlisted\",1]\n",
            "[412,\"precondition-failed\"]\n",
            "[3,{\"promoted\":1,\"attendees_to_notify\":0,\"over_capacity\":0}]\n",
            "[4,{\"promoted\":0,\"attendees_to_notify\":2,\"over_capacity\":0}]\n[\"sent\",\"sent\"]\n",
            "[\"changed\",2]\n\"unchanged\"\n[\"changed\",2]\n",
            "cities-and-water\n308 /v1/events/cities-and-water/programme?lang=es\n",
            "[7,\"metropolis\",\"/slug\"]\n[6,\"metropolis\",\"/status\"]\n",
            "[\"cities-and-water\",\"owner\",7]\n",
            "bilal.haddad@example.org\ncancelled\nconfirmed\n",
            "[\"bilal.haddad@example.org\",true]\n[200,\"ana@example.org\"]\n[404,\"not-found\"]\n",
            "[8,0]\n[\"document\",\"recording\"]\n",
            "[9,0]\n[\"sent\",\"sent\"]\n",
            "[{\"pending\":0,\"confirmed\":2,\"waitlisted\":0,\"cancelled\":0},2,2]\n",
            "[{\"source\":\"public\",\"confirmed\":2,\"waitlisted\":0,\"cancelled\":0,\"attended\":2}]\n",
            "\"attendance.recorded\"\n\"definition.put\"\n\"event.cancelled\"\n\"event.reinstated\"\n\"event.renamed\"\n",
            "\"messages.listed\"\n\"registration.cancelled\"\n\"registration.reinstated\"\n\"registration.updated\"\n",
            "\"registrations.exported\"\n\"registrations.listed\"\n[\"client\",\"metropolis\"]\n",
        ],
    );
}

#[tokio::test]
async fn the_tour_of_languages_runs() {
    let output = run(include_str!("../../../docs/languages.md")).await;
    assert_in_order(
        &output,
        &[
            "La internacionalización y los espacios metropolitanos\n",
            "L'internationalisation et les espaces métropolitains\n",
            "La internacionalización y los espacios metropolitanos\n",
            "Internationalisation and metropolitan spaces\n[400,\"invalid-parameter\"]\n",
            "content-language: es",
            "[\"en\",[\"en\",\"es\",\"fr\"]]\n\"Tehran\"\n\"Clausura\"\n",
            "[\"internationalisation-and-metropolitan-spaces-es\",\"es\",\"Internationalisation and metropolitan spaces",
            "[\"event-full\",\"No quedan plazas\"]\n",
            "[\"event-full\",\"No queden places\"]\n",
            "[\"confirmed\",\"ca\"]\n[\"fr\",2]\n",
        ],
    );
}

#[tokio::test]
async fn the_integration_tour_runs() {
    let output = run(include_str!("../../../docs/integrating.md")).await;
    assert_in_order(
        &output,
        &[
            "{\"data\":[],\"page\":{\"limit\":1,\"next_cursor\":null}}",
            "[201,\"confirmed\",\"crm-1\"]\n[201,\"confirmed\",\"crm-2\"]\n[201,\"confirmed\",\"crm-3\"]\n",
            "idempotency-replayed: true",
            "the same answer\n",
            "[\"bilal@example.org\",\"confirmed\"]\n",
            "[\"aina@example.org\",\"metropolis\"]\n",
            "{\"limit\":20,\"next_cursor\":null}\n",
            "id,status,waitlist_position,email,name,",
            "chiara@example.org\t=Chiara\n",
            "Z\",2]\n",
            "Z\",2]\n",
            "[null,3]\n",
            "[412,\"precondition-failed\"]\n",
            "[\"registered\",\"sent\",1]\n",
            "[\"registration.attended\",2,\"crm-1\"]\n[\"registration.attended\",3,\"crm-1\"]\n",
            "[\"registration.attended\",4,\"crm-1\"]\n",
            "[\"open\",3]\n",
            "1\n1\n",
            "[\"validation-failed\",\"La sol·licitud no és vàlida\",\"/name\",\"/nmae\",\"/email\"]\n",
            "[401,\"invalid-token\"]\n",
        ],
    );
    // Registrations of the same instant appear in any order.
    for (line, times) in [
        ("\naina@example.org\n", 1),
        ("\nbilal@example.org\n", 1),
        ("\nchiara@example.org\n", 1),
        ("\naina@example.org\tAina Ferrer\n", 1),
        ("\nbilal@example.org\tBilal Haddad\n", 1),
        ("\n[\"registration.created\",1,\"crm-", 3),
    ] {
        assert_eq!(output.matches(line).count(), times, "{line}\n{output}");
    }
}
