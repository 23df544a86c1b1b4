//! Recognises the columns of a report by words in their names: in English, Spanish, Catalan and French, without regard
//! to case, accents and punctuation.

use csv::StringRecord;
use plenaria_domain::values::text::folding::fold;

/// Words for addresses.
const EMAIL: [&str; 8] =
    ["email", "mail", "correo", "correu", "courriel", "adreca electronica", "adresse electronique", "upn"];
/// Words for the time of joining.
const JOINED: [&str; 11] = [
    "join",
    "joined",
    "entrada",
    "union",
    "unio",
    "incorporacion",
    "arrivee",
    "entree",
    "connexion",
    "connexio",
    "acceso",
];
/// Words for the time of leaving.
const LEFT: [&str; 8] = ["leave", "left", "exit", "salida", "sortida", "depart", "sortie", "deconnexion"];
/// Words for durations.
const DURATION: [&str; 6] = ["duration", "duracion", "durada", "duree", "time in session", "tiempo en la sesion"];
/// Words for whether the person attended, as reports on registrations have it.
const ATTENDED: [&str; 6] = ["attended", "asistio", "asistencia", "assistencia", "participe", "present"];

/// The indices of the columns.
#[derive(Debug)]
pub(super) struct Columns {
    email: usize,
    joined: Option<usize>,
    left: Option<usize>,
    duration: Option<usize>,
    attended: Option<usize>,
}

impl Columns {
    /// The columns, if this row consists of column names and one of them is for addresses.
    pub(super) fn find(row: &StringRecord) -> Option<Self> {
        if row.iter().any(|cell| cell.contains('@')) {
            return None;
        }
        let names: Vec<String> = row.iter().map(fold).collect();
        let column = |words: &[&str]| names.iter().position(|name| words.iter().any(|word| has_words(name, word)));
        let email = column(&EMAIL)?;
        // A name with words of both is a duration: “Join duration”.
        let duration = column(&DURATION);
        let other = |words| column(words).filter(|index| Some(*index) != duration && *index != email);
        Some(Self { email, duration, joined: other(&JOINED), left: other(&LEFT), attended: other(&ATTENDED) })
    }

    /// The address.
    pub(super) fn email<'r>(&self, row: &'r StringRecord) -> Option<&'r str> {
        cell(row, Some(self.email))
    }

    /// The time of joining.
    pub(super) fn joined<'r>(&self, row: &'r StringRecord) -> Option<&'r str> {
        cell(row, self.joined)
    }

    /// The time of leaving.
    pub(super) fn left<'r>(&self, row: &'r StringRecord) -> Option<&'r str> {
        cell(row, self.left)
    }

    /// The duration.
    pub(super) fn duration<'r>(&self, row: &'r StringRecord) -> Option<&'r str> {
        cell(row, self.duration)
    }

    /// Whether the row says that the person did not attend: “No”, “Non”.
    pub(super) fn is_absent(&self, row: &StringRecord) -> bool {
        cell(row, self.attended).is_some_and(|answer| matches!(&*fold(answer), "no" | "non" | "false" | "0"))
    }
}

/// A cell's text, unless it is empty or consists of dashes.
fn cell(row: &StringRecord, index: Option<usize>) -> Option<&str> {
    row.get(index?).map(str::trim).filter(|text| !text.trim_matches(['-', '–', '—']).is_empty())
}

/// Whether the name contains these words.
fn has_words(name: &str, words: &str) -> bool {
    format!(" {name} ").contains(&format!(" {words} "))
}
