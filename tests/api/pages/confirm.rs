//! The page that confirms an address, without scripts.

use super::registration::{assert_shows, get, post};
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(opening_a_link_confirms_nothing, a_seat_may_be_gone_by_then);

async fn opening_a_link_confirms_nothing(app: TestApp) {
    app.publish_confirming(&definition("careful", Some(1), true)).await;
    app.register("careful", &person("ana@example.org")).await.expect(202);
    let token = app.confirmation_token("ana@example.org").await;
    let opened = get(&app, "/confirm?event=careful&lang=es").await;
    let body = opened.expect_text(200);
    for text in ["id=\"confirm-form\"", "hidden>", "careful", "Confirmar mi inscripción", "name=\"link\"", "noindex"] {
        assert!(body.contains(text), "{text}: {body}");
    }
    assert!(get(&app, "/confirm?event=../x&lang=zz").await.expect_text(200).contains("id=\"confirm-form\""));
    assert_eq!(app.confirmation_token("ana@example.org").await, token, "the request still waits");
    let fields = [("confirmation_token", token.as_str()), ("event", "careful"), ("lang", "en")];
    let confirmed = post(&app, "/confirm", &fields).await;
    assert_shows(
        &confirmed,
        200,
        "confirmed",
        &["Your address is confirmed.", "You are registered", "name=\"token\" value=\""],
    );
    assert!(!confirmed.body.contains(&token), "the token has served");
    // Pressing again, or pasting the link.
    let pasted = format!("https://events.example.org/confirm#confirmation_token={token}&event=careful&lang=fr");
    let again = post(&app, "/confirm", &[("link", &pasted)]).await;
    assert_shows(&again, 200, "confirmed", &["Votre adresse était déjà confirmée."]);
    let unusable =
        post(&app, "/confirm", &[("confirmation_token", "a.b.c"), ("event", "careful"), ("lang", "en")]).await;
    assert_shows(
        &unusable,
        403,
        "expired",
        &[
            "48 hours",
            "name=\"event\" value=\"careful\"",
            "<a class=\"button\" href=\"/events/careful?lang=en\">Register again</a>",
        ],
    );
    let nothing = post(&app, "/confirm", &[("link", "https://example.org/"), ("lang", "en")]).await;
    assert!(nothing.expect_text(422).contains("id=\"error-link\""), "{}", nothing.body);
}

async fn a_seat_may_be_gone_by_then(app: TestApp) {
    app.publish_confirming(&definition("careful", Some(1), false)).await;
    for email in ["ana@example.org", "bea@example.org"] {
        app.register("careful", &person(email)).await.expect(202);
    }
    let (ana, bea) = (app.confirmation_token("ana@example.org").await, app.confirmation_token("bea@example.org").await);
    app.confirm(&ana).await.expect(201);
    let full = post(&app, "/confirm", &[("confirmation_token", &bea), ("event", "careful"), ("lang", "en")]).await;
    let body = full.expect_text(409);
    for text in ["data-state=\"full\"", "You could not be registered", "/events/careful?lang=en"] {
        assert!(body.contains(text), "{text}: {body}");
    }
    app.set_time("2026-11-24T10:00:00Z");
    let closed = post(&app, "/confirm", &[("confirmation_token", &bea), ("event", "careful"), ("lang", "en")]).await;
    assert!(closed.expect_text(409).contains("data-state=\"closed\""), "{}", closed.body);
}
