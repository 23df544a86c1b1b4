//! Changes what a person said when registering.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, post};
use minijinja::context;
use minijinja::value::{Serde, Value};
use plenaria_http::in_process::{Api, ApiRequest};

use crate::errors::PageError;
use crate::form::field::Field;
use crate::form::fields::{self, FormPurpose};
use crate::form::payload;
use crate::form::problem::FormErrors;
use crate::form::rejection::Rejection;
use crate::form::rules::{FormLanguages, FormRules};
use crate::form_body::FormBody;
use crate::pages::registration::link::RegistrationLink;
use crate::pages::registration::visit::{Loaded, Visit};
use crate::pages::registration::{find, unavailable, view};
use crate::response;

/// Shows the form with what was said.
#[post("/registration/edit")]
pub(crate) async fn ask(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let Some(link) = RegistrationLink::read(&form) else { return find::invalid_link(&api, &form).await };
    let visit = Visit::new(&api, link);
    match visit.load().await? {
        // The form needs the event.
        Ok(loaded) if loaded.is_changeable() && !loaded.event.is_null() => {
            let filled = payload::filled(&loaded.registration);
            show(&visit, &loaded, &filled, StatusCode::OK, |_| FormErrors::default())
        }
        Ok(loaded) => view::show_loaded(&visit, &loaded, &[]).await,
        Err(rejection) => unavailable::show(&visit, rejection).await,
    }
}

/// Stores the changes.
#[post("/registration/update")]
pub(crate) async fn update(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let Some(link) = RegistrationLink::read(&form) else { return find::invalid_link(&api, &form).await };
    let visit = Visit::new(&api, link);
    let loaded = match visit.load().await? {
        Ok(loaded) => loaded,
        Err(rejection) => return unavailable::show(&visit, rejection).await,
    };
    if loaded.event.is_null() {
        return view::show_loaded(&visit, &loaded, &[]).await;
    }
    let rules = FormRules::of(&loaded.event)?;
    let changes = payload::payload(&rules, FormPurpose::Edit, &form);
    let response = visit.send(ApiRequest::json(Method::PATCH, &visit.path(""), &changes)).await?;
    match Rejection::of(&response, visit.words())? {
        None => {
            let loaded = Loaded { registration: response.json()?, ..loaded };
            view::show_loaded(&visit, &loaded, &[visit.words().registration.saved]).await
        }
        Some(Rejection::Invalid(problem)) => show(&visit, &loaded, &form, StatusCode::UNPROCESSABLE_ENTITY, |fields| {
            FormErrors::of(&problem, fields, &form, visit.language)
        }),
        Some(Rejection::Later(status, text)) => show(&visit, &loaded, &form, status, |_| FormErrors::general(text)),
        Some(Rejection::Conflict(problem)) => view::show(&visit, &[&problem.detail]).await,
        Some(rejection) => unavailable::show(&visit, rejection).await,
    }
}

fn show(
    visit: &Visit<'_>,
    loaded: &Loaded,
    form: &FormBody,
    status: StatusCode,
    find_errors: impl FnOnce(&[Field]) -> FormErrors,
) -> Result<HttpResponse, PageError> {
    let rules = FormRules::of(&loaded.event)?;
    let languages = FormLanguages { page: visit.language, texts: &loaded.text_language };
    let make = |errors: &FormErrors| fields::fields(&rules, languages, FormPurpose::Edit, form, errors);
    let errors = find_errors(&make(&FormErrors::default()));
    let fields = make(&errors);
    let summary = errors.summary(&fields);
    let content = context! {
        link => Value::from(Serde(&visit.link)),
        registration => Value::from(Serde(&loaded.registration)),
        event => Value::from(Serde(&loaded.event)),
        text_language => loaded.marked_language(visit.language),
        fields => fields::to_value(&fields),
        summary => Value::from(Serde(&summary)),
    };
    let words = visit.words();
    // A screen reader begins with the window's title.
    let title = words.registration.edit;
    let error_title = words.form.error_title.replace("{title}", title);
    let frame = visit.frame(if summary.is_empty() { title } else { &error_title }, &loaded.event);
    response::render_private(status, "registration/edit.html", &frame, content)
}
