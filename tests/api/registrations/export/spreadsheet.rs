//! Exports as XLSX, read back by another program's reader.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::registrations::export::{PATH, XLSX, event_with_questions, export};
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(cells_have_types_and_are_no_formulas, every_row_is_exported_once, without_registrations);

/// The rows of the sheet, with the header.
async fn sheet(app: &TestApp, query: &str, token: &str) -> Vec<Vec<Data>> {
    let request = app.client.get(format!("{}{PATH}?format=xlsx{query}", app.base)).bearer_auth(token);
    let response = request.header("accept-encoding", "gzip").send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
    assert_eq!((response.status().as_u16(), header("content-type")), (200, Some(XLSX)));
    assert_eq!(header("content-encoding"), None, "the file is compressed already");
    assert_eq!(header("content-disposition"), Some("attachment; filename=\"mine-registrations.xlsx\""));
    let file = Cursor::new(response.bytes().await.unwrap());
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(file).unwrap();
    assert_eq!(workbook.sheet_names(), ["registrations"]);
    assert!(workbook.worksheet_formula("registrations").unwrap().is_empty(), "no formulas");
    workbook.worksheet_range("registrations").unwrap().rows().map(<[Data]>::to_vec).collect()
}

/// A cell of the sheet's first registration.
fn cell(rows: &[Vec<Data>], column: &str) -> Data {
    let index = rows[0].iter().position(|name| *name == Data::String(column.to_owned()));
    rows[1][index.unwrap_or_else(|| panic!("no column {column}"))].clone()
}

async fn cells_have_types_and_are_no_formulas(app: TestApp) {
    app.publish(&event_with_questions()).await;
    let (owner, maker) = (app.partner("owner").await, app.partner("maker").await);
    let mut ana = person("ana@example.org");
    ana["name"] = json!("=HYPERLINK(A1,\"Ana\")");
    ana["organisation"] = json!("<Ajuntament> & \"Co\" _x000D_ ]]>");
    ana["position"] = json!("+34 600 000 000");
    ana["city"] = json!("東京 😀");
    ana["access_needs"] = json!("one\n-two\n\n  three");
    ana["external_reference"] = json!("0012");
    ana["newsletter"] = json!(true);
    ana["answers"] = json!({"why": "@SUM(A1)", "topics": ["water", "air"], "first": true});
    let created = app.registered_by("mine", &maker, &ana).await;
    let rows = sheet(&app, "", &owner).await;
    let csv = export(&app, "", &owner).await.body;
    let names: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    assert_eq!(rows[0], names.into_iter().map(|name| Data::String(name.to_owned())).collect::<Vec<_>>());
    for column in ["name", "email", "organisation", "position", "city", "access_needs", "external_reference", "id"] {
        assert_eq!(cell(&rows, column), Data::String(created[column].as_str().unwrap().to_owned()), "{column}");
    }
    assert_eq!(cell(&rows, "answers.why"), Data::String("@SUM(A1)".to_owned()));
    assert_eq!(cell(&rows, "answers.topics"), Data::String("water;air".to_owned()));
    assert_eq!(cell(&rows, "answers.first"), Data::Bool(true));
    assert_eq!(cell(&rows, "newsletter"), Data::Bool(true));
    assert_eq!(cell(&rows, "revision"), Data::Float(1.0));
    for column in ["waitlist_position", "cancelled_at", "country", "other_answers"] {
        assert_eq!(cell(&rows, column), Data::Empty, "{column}");
    }
    let Data::DateTime(read) = cell(&rows, "created_at") else { panic!("{rows:?}") };
    let at: DateTime<Utc> = created["created_at"].as_str().unwrap().parse().unwrap();
    assert!((read.as_datetime().unwrap() - at.naive_utc()).abs() <= TimeDelta::milliseconds(1), "{read:?}");
}

/// At the boundaries of chunks, and the same rows as in CSV.
async fn every_row_is_exported_once(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    app.insert_registrations("mine", 6000).await;
    let owner = app.partner("owner").await;
    for more in ["first@example.org", "second@example.org"] {
        let rows = sheet(&app, "", &owner).await;
        let ids: Vec<String> = rows.iter().map(|row| row[0].to_string()).collect();
        let csv = export(&app, "", &owner).await.body;
        assert_eq!(ids, csv.lines().map(|line| line.split(',').next().unwrap()).collect::<Vec<_>>());
        app.registered("mine", more).await;
    }
}

async fn without_registrations(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    app.registered("mine", "ana@example.org").await;
    let owner = app.partner("owner").await;
    assert_eq!(sheet(&app, "&status=pending", &owner).await.len(), 1, "only the header");
    let other = app.partner("other").await;
    assert_eq!(sheet(&app, "", &other).await.len(), 1, "nothing of another organisation's event");
}
