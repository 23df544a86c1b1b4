//! The schemas of problem documents, with every code and what it means.

use plenaria_domain::values::language::MessageLanguage;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::code::Code;
use super::examples;
use super::facts::Facts;
use super::response::ProblemBody;
use super::texts;
use crate::described_values;

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let words = texts::in_language(MessageLanguage::En);
        let meaning = |code: &Self| format!("{} ({}).", words.wording(*code).title, code.status().as_u16());
        let meanings: Vec<_> = Self::ALL.iter().map(|code| (code.as_str(), meaning(code))).collect();
        let meanings: Vec<_> = meanings.iter().map(|(code, meaning)| (*code, meaning.as_str())).collect();
        described_values::schema(
            "The code of a problem, with its title and status. Codes never change. `/problems/{code}` explains each.",
            &meanings,
        )
    }
}

impl ToSchema for Code {
    fn name() -> std::borrow::Cow<'static, str> {
        "ProblemCode".into()
    }
}

/// The schemas of problem documents by their names. That of the document has the facts as optional members.
pub(crate) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = Vec::new();
    <ProblemBody<'_> as ToSchema>::schemas(&mut schemas);
    Facts::schemas(&mut schemas);
    let mut problem = <ProblemBody<'_> as PartialSchema>::schema();
    if let (RefOr::T(Schema::Object(problem)), RefOr::T(Schema::Object(facts))) = (&mut problem, Facts::schema()) {
        problem.properties.extend(facts.properties);
        problem.examples = vec![examples::document(Code::ValidationFailed), examples::document(Code::MethodNotAllowed)];
    }
    schemas.push((ProblemBody::name().into_owned(), problem));
    schemas
}
