//! What an event asks people who register: its audiences, its questions and its privacy notice, as the API describes them.

use plenaria_domain::values::language::MessageLanguage;
use serde::Deserialize;

/// An event's rules for the form.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FormRules {
    /// The groups that the event is for.
    pub(crate) audiences: Vec<LabelledKey>,
    /// The notice that people accept.
    pub(crate) privacy_notice: PrivacyNotice,
    /// The rules for registrations.
    pub(crate) registration: RegistrationRules,
}

/// An audience, or a choice of a question.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LabelledKey {
    pub(crate) key: String,
    pub(crate) label: String,
}

/// A privacy notice.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PrivacyNotice {
    pub(crate) url: Option<String>,
    pub(crate) version: String,
}

/// The rules for registrations.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RegistrationRules {
    /// Whether people must choose an audience.
    pub(crate) audience_required: bool,
    /// The event's own questions.
    pub(crate) questions: Vec<Question>,
}

/// A question.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Question {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) kind: QuestionKind,
    pub(crate) required: bool,
    pub(crate) choices: Vec<LabelledKey>,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QuestionKind {
    Text,
    Choice,
    Choices,
    YesNo,
}

/// The languages that a form has to do with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormLanguages<'a> {
    /// The language of the page's words.
    pub(crate) page: MessageLanguage,
    /// The language of the event's texts (BCP 47).
    pub(crate) texts: &'a str,
}

impl FormRules {
    /// The rules of an event that the API has described.
    pub(crate) fn of(event: &serde_json::Value) -> Result<Self, actix_web::Error> {
        Self::deserialize(event).map_err(actix_web::error::ErrorInternalServerError)
    }
}

impl Question {
    /// The name of the question's field.
    pub(crate) fn field_name(&self) -> String {
        format!("answers.{}", self.key)
    }
}

impl FormLanguages<'_> {
    /// The language of the event's texts, if it is not that of the page.
    pub(crate) fn other(&self) -> Option<String> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        (primary(self.texts) != self.page.as_str()).then(|| self.texts.to_owned())
    }
}
