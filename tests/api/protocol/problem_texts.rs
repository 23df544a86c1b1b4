//! The texts of problem documents in each language; their machine-readable parts are the same in all.

use serde_json::{Value, json};

use super::languages::{LANGUAGES, send};
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(titles_and_details, fields_and_their_plurals, parameters, broken_bodies);

/// The problem in each of the four languages, after checking that all but the texts is the same.
async fn in_all(app: &TestApp, method: &str, path: &str, body: Option<&str>) -> [Value; 4] {
    let mut problems = Vec::new();
    for language in LANGUAGES {
        let response = send(app, method, path, Some(language), body.map(str::to_owned)).await;
        assert_eq!(response.header("content-language"), Some(language), "{method} {path}");
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        problems.push(response.json());
    }
    let without_texts = |problem: &Value| {
        let mut problem = problem.clone();
        for name in ["title", "detail", "request_id"] {
            assert!(problem.as_object_mut().unwrap().remove(name).is_some(), "{problem}");
        }
        for error in problem["errors"].as_array_mut().into_iter().flatten() {
            assert!(error.as_object_mut().unwrap().remove("detail").is_some());
        }
        problem
    };
    for problem in &problems {
        assert_eq!(without_texts(problem), without_texts(&problems[0]));
    }
    problems.try_into().unwrap()
}

fn details(problems: &[Value; 4]) -> [&str; 4] {
    problems.each_ref().map(|problem| problem["detail"].as_str().unwrap())
}

async fn titles_and_details(app: TestApp) {
    app.publish(&definition("full", Some(0), false)).await;
    let body = person("ana@example.org").to_string();
    let problems = in_all(&app, "POST", "/v1/events/full/registrations", Some(&body)).await;
    assert_eq!(
        problems.each_ref().map(|p| p["title"].as_str().unwrap()),
        ["Every seat is taken", "No quedan plazas", "Toutes les places sont prises", "No queden places"]
    );
    assert_eq!(
        problems[3]["detail"].as_str().unwrap().split('.').next(),
        Some("L’esdeveniment no té places lliures ni llista d’espera")
    );
    assert_eq!(problems[1]["seats_left"], 0);
    for (method, path, status) in [
        ("GET", "/v1/events/nothing", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/v1/events/full", 405),
        ("GET", "/v1/registrations/x", 401),
        ("POST", "/v1/events/full/registrations", 415),
    ] {
        let problems = in_all(&app, method, path, None).await;
        assert_eq!(problems[0]["status"], status, "{method} {path}");
        for other in &problems[1..] {
            assert_ne!(other["title"], problems[0]["title"], "{method} {path}");
            assert_ne!(other["detail"], problems[0]["detail"], "{method} {path}");
        }
    }
}

/// The texts about fields in each language.
const FIELDS: [(&str, [&str; 4]); 8] = [
    (
        "/email",
        [
            "This field is required.",
            "Este campo es obligatorio.",
            "Ce champ est obligatoire.",
            "Aquest camp és obligatori.",
        ],
    ),
    (
        "/emial",
        [
            "This field is not known. Did you mean “email”?",
            "Este campo no se reconoce. ¿Quería decir «email»?",
            "Ce champ n’est pas reconnu. Vouliez-vous dire «\u{a0}email\u{a0}»\u{a0}?",
            "Aquest camp no es reconeix. Volíeu dir «email»?",
        ],
    ),
    (
        "/name",
        [
            "This must have from 1 to 200 characters.",
            "Debe tener entre 1 y 200 caracteres.",
            "Doit compter entre 1 et 200 caractères.",
            "Ha de tenir entre 1 i 200 caràcters.",
        ],
    ),
    (
        "/privacy_accepted",
        [
            "The privacy notice must be accepted.",
            "Es necesario aceptar el aviso de privacidad.",
            "Il faut accepter l’avis de confidentialité.",
            "Cal acceptar l’avís de privadesa.",
        ],
    ),
    (
        "/newsletter",
        [
            "This must be true or false.",
            "Debe ser true o false.",
            "Cette valeur doit être true ou false.",
            "Ha de ser true o false.",
        ],
    ),
    (
        "/country",
        [
            "This must be a country code (ISO 3166-1 alpha-2) like “ES”.",
            "Debe ser un código de país (ISO 3166-1 alfa-2) como «ES».",
            "Cette valeur doit être un code de pays (ISO 3166-1 alpha-2) comme «\u{a0}ES\u{a0}».",
            "Ha de ser un codi de país (ISO 3166-1 alfa-2) com «ES».",
        ],
    ),
    (
        "/audience",
        [
            "Choose one of the options.",
            "Elija una de las opciones.",
            "Choisissez l’une des options.",
            "Trieu una de les opcions.",
        ],
    ),
    (
        "/answers/why",
        [
            "This must be a string.",
            "Debe ser una cadena de texto.",
            "Cette valeur doit être une chaîne de caractères.",
            "Ha de ser una cadena de text.",
        ],
    ),
];

async fn fields_and_their_plurals(app: TestApp) {
    let mut event = definition("with-questions", None, false);
    event["audiences"] = json!([{"key": "academia", "label": "Academia"}, {"key": "press", "label": "Press"}]);
    event["registration"]["questions"] = json!([{"key": "why", "label": "Why?", "kind": "text", "required": true}]);
    app.publish(&event).await;
    let path = "/v1/events/with-questions/registrations";
    let mut body = person("ana");
    body["answers"] = json!({"why": "Because"});
    let problems = in_all(&app, "POST", path, Some(&body.to_string())).await;
    assert_eq!(
        details(&problems),
        ["1 field needs attention.", "Hay 1 campo que revisar.", "1 champ est à revoir.", "Cal revisar 1 camp."]
    );
    let body = json!({
        "emial": "ana", "name": "x".repeat(201), "privacy_accepted": false, "newsletter": "yes", "country": "XX", "audience": "nobody",
        "city": "a\u{0}", "external_reference": "x", "answers": {"why": 7},
    });
    let problems = in_all(&app, "POST", path, Some(&body.to_string())).await;
    assert_eq!(
        details(&problems),
        [
            "10 fields need attention.",
            "Hay 10 campos que revisar.",
            "10 champs sont à revoir.",
            "Cal revisar 10 camps."
        ]
    );
    for (pointer, expected) in FIELDS {
        let details = problems.each_ref().map(|problem| {
            let errors = problem["errors"].as_array().unwrap();
            let error =
                errors.iter().find(|e| e["pointer"] == pointer).unwrap_or_else(|| panic!("{pointer}: {problem:#}"));
            error["detail"].as_str().unwrap()
        });
        assert_eq!(details, expected, "{pointer}");
    }
}

async fn parameters(app: TestApp) {
    for (query, expected) in [
        (
            "limit=0",
            [
                "The parameter “limit”: this must be a whole number from 1 to 100.",
                "El parámetro «limit»: debe ser un número entero entre 1 y 100.",
                "Le paramètre «\u{a0}limit\u{a0}»\u{a0}: cette valeur doit être un nombre entier compris entre 1 et 100.",
                "El paràmetre «limit»: ha de ser un nombre enter entre 1 i 100.",
            ],
        ),
        (
            "lmit=1",
            [
                "The parameter “lmit” is not known here. Did you mean “limit”?",
                "El parámetro «lmit» no se reconoce aquí. ¿Quería decir «limit»?",
                "Le paramètre «\u{a0}lmit\u{a0}» n’est pas reconnu ici. Vouliez-vous dire «\u{a0}limit\u{a0}»\u{a0}?",
                "El paràmetre «lmit» no es reconeix aquí. Volíeu dir «limit»?",
            ],
        ),
        (
            "limit=1&limit=2",
            [
                "The parameter “limit” occurs more than once.",
                "El parámetro «limit» aparece más de una vez.",
                "Le paramètre «\u{a0}limit\u{a0}» apparaît plus d’une fois.",
                "El paràmetre «limit» hi apareix més d’una vegada.",
            ],
        ),
        (
            "cursor=x",
            [
                "The parameter “cursor” is not a cursor of this list with these filters.",
                "El parámetro «cursor» no es un cursor de esta lista con estos filtros.",
                "Le paramètre «\u{a0}cursor\u{a0}» n’est pas un curseur de cette liste avec ces filtres.",
                "El paràmetre «cursor» no és un cursor d’aquesta llista amb aquests filtres.",
            ],
        ),
    ] {
        assert_eq!(details(&in_all(&app, "GET", &format!("/v1/events?{query}"), None).await), expected, "{query}");
    }
}

async fn broken_bodies(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    let path = "/v1/events/open/registrations";
    let early = in_all(&app, "POST", path, Some("{\n\"a\": ")).await;
    let expected = [
        "The body is not JSON: it ends too early, at line 2, column 5.",
        "El cuerpo no es JSON: termina demasiado pronto, en la línea 2, columna 5.",
        "Le corps n’est pas du JSON\u{a0}: il se termine trop tôt, à la ligne 2, colonne 5.",
        "El cos no és JSON: acaba massa aviat, a la línia 2, columna 5.",
    ];
    assert_eq!(details(&early), expected);
    let broken = in_all(&app, "POST", path, Some("{}{")).await;
    assert!(details(&broken)[3].starts_with("El cos no és JSON: està mal format, a la línia 1"), "{broken:#?}");
    let twice = in_all(
        &app,
        "POST",
        path,
        Some("{\"name\":\"Ana\",\"name\":\"Eva\",\"email\":\"ana@example.org\",\"privacy_accepted\":true}"),
    )
    .await;
    assert_eq!(details(&twice)[1], "Un campo aparece más de una vez en el cuerpo.");
}
