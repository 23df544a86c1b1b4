//! `/registration`: where the link in a mail leads. What stands behind `#` in a link never reaches a server, so a script sends it
//! as a form; without scripts, people paste the link.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post};
use minijinja::context;
use minijinja::value::Value;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::Api;
use plenaria_locale::words;

use crate::errors::PageError;
use crate::form_body::FormBody;
use crate::page_cache::PageCache;
use crate::pages::query::PageQuery;
use crate::pages::registration::link::{LinkOrigin, RegistrationLink};
use crate::pages::registration::resend::ResendForm;
use crate::pages::registration::view;
use crate::pages::registration::visit::{Visit, page_language};
use crate::response::{self, Frame};

/// The form for a link.
#[get("/registration")]
pub(crate) async fn ask(
    request: HttpRequest,
    api: Api,
    cache: PageCache,
    query: PageQuery,
) -> Result<HttpResponse, PageError> {
    let page = cache.get(&request, || async {
        let language = page_language(&api, query.lang.as_deref());
        let origin = LinkOrigin::new(None, query.lang.as_deref());
        let frame = Frame::new(&api, language, words::of(language).registration.title).at("/registration");
        response::render("registration/find.html", &frame, content(&api, language, &origin, None).await?)
    });
    Ok(page.await?.respond(&request))
}

/// The registration of a link.
#[post("/registration")]
pub(crate) async fn show(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    match RegistrationLink::read(&form) {
        Some(link) => view::show(&Visit::new(&api, link), &[]).await,
        None => invalid_link(&api, &form).await,
    }
}

/// The form again: what was sent is no link to a registration.
pub(crate) async fn invalid_link(api: &Api, form: &FormBody) -> Result<HttpResponse, PageError> {
    let origin = LinkOrigin::read(form);
    let language = page_language(api, origin.tag());
    let words = words::of(language);
    let frame = Frame::new(api, language, words.registration.title);
    let content = content(api, language, &origin, Some(words.manage.paste_error)).await?;
    response::render_private(StatusCode::UNPROCESSABLE_ENTITY, "registration/find.html", &frame, content)
}

async fn content(
    api: &Api,
    language: MessageLanguage,
    origin: &LinkOrigin,
    error: Option<&str>,
) -> Result<Value, PageError> {
    let resend = ResendForm::empty(api, language, origin).await?.to_value();
    Ok(context! { error, lang => origin.lang.as_str(), resend })
}
