//! Which organisations may change an event's definition, and which parts of it.
//!
//! The owner may change everything; a co-organiser may change everything but who organises the event, whether it is
//! cancelled, and whether a public event is withdrawn. The owner can hand the event over to one of its co-organisers.

use crate::event::attributes::EventStatus;
use crate::event::definition::model::Definition;
use crate::partner::organisation::Organisation;
use crate::string_enum::string_enum;
use crate::validation::{FieldError, InvalidValue};
use crate::values::slug::Slug;

string_enum!(
    /// The part that an organisation has in an event.
    OrganiserRole {
        /// The event belongs to the organisation.
        Owner = "owner",
        /// The organisation helps to run the event.
        CoOrganiser = "co_organiser",
    }
);

/// The role of an organisation in the event with this definition, if it has one.
pub fn role_in(definition: &Definition, organisation: &Organisation) -> Option<OrganiserRole> {
    if definition.owner.as_ref() == Some(organisation.key()) {
        Some(OrganiserRole::Owner)
    } else {
        definition.co_organisers.contains(organisation.key()).then_some(OrganiserRole::CoOrganiser)
    }
}

/// Completes the definition of a new event that an organisation creates: the organisation is its owner.
///
/// # Errors
/// The definition names another owner.
pub fn create(mut definition: Definition, organisation: &Organisation) -> Result<Definition, Vec<FieldError>> {
    match &definition.owner {
        Some(owner) if owner != organisation.key() => Err(vec![must_be_one_of([organisation.key()])]),
        _ => {
            definition.owner = Some(organisation.key().clone());
            Ok(definition)
        }
    }
}

/// Completes a definition by which an organisation with this role replaces the one `before`: a definition without an
/// owner keeps the owner. `last_public` is the status that the public saw last, also of an event that is a draft now.
///
/// # Errors
/// The organisation may not make all of these changes.
pub fn replace(
    mut definition: Definition,
    before: &Definition,
    last_public: Option<EventStatus>,
    role: OrganiserRole,
) -> Result<Definition, Vec<FieldError>> {
    definition.owner = definition.owner.or_else(|| before.owner.clone());
    let new_owner = definition.owner.as_ref().filter(|owner| before.owner.as_ref() != Some(owner));
    let mut errors = Vec::new();
    match role {
        OrganiserRole::Owner => {
            if new_owner.is_some_and(|owner| !before.co_organisers.contains(owner)) {
                errors.push(must_be_one_of(before.owner.iter().chain(&before.co_organisers)));
            }
        }
        OrganiserRole::CoOrganiser => {
            let changes = [
                ("/status", definition.status != before.status && is_news(definition.status, last_public)),
                ("/owner", new_owner.is_some()),
                ("/co_organisers", definition.co_organisers != before.co_organisers),
            ];
            let forbidden = changes.into_iter().filter(|(_, changed)| *changed);
            errors.extend(forbidden.map(|(pointer, _)| FieldError::new(pointer, InvalidValue::OwnerOnly)));
        }
    }
    if errors.is_empty() { Ok(definition) } else { Err(errors) }
}

/// Whether a status is another one than the public saw last. A first publication is none, so that a co-organiser can prepare
/// an event and publish it.
fn is_news(status: EventStatus, last_public: Option<EventStatus>) -> bool {
    last_public.map_or(status == EventStatus::Cancelled, |last| status != last)
}

fn must_be_one_of<'a>(owners: impl IntoIterator<Item = &'a Slug>) -> FieldError {
    let choices = owners.into_iter().map(ToString::to_string).collect();
    FieldError::new("/owner", InvalidValue::Choice { choices })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::time::Instant;

    fn definition(owner: Option<&str>, co_organisers: &[&str], status: &str) -> Definition {
        let document = json!({
            "slug": "talk", "language": "en", "title": "Talk", "starts": "2027-07-22T15:00", "time_zone": "UTC",
            "duration_minutes": 60, "owner": owner, "co_organisers": co_organisers, "status": status,
        });
        Definition::parse(&document, Instant::default()).unwrap()
    }

    fn pointers(result: Result<Definition, Vec<FieldError>>) -> Vec<String> {
        result.err().unwrap_or_default().into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn a_new_event_belongs_to_who_creates_it() {
        let ours = Organisation::parse("metropolis").unwrap();
        for owner in [None, Some("metropolis")] {
            let created = create(definition(owner, &[], "draft"), &ours).unwrap();
            assert_eq!(created.owner.as_ref().map(Slug::as_str), Some("metropolis"));
        }
        assert_eq!(pointers(create(definition(Some("al-las"), &["metropolis"], "draft"), &ours)), ["/owner"]);
    }

    #[test]
    fn roles_bound_what_may_change() {
        use OrganiserRole::{CoOrganiser, Owner};
        let before = definition(Some("metropolis"), &["al-las"], "published");
        for (owner, co_organisers, status, by_owner, by_co_organiser) in [
            (None, &["al-las"][..], "published", vec![], vec![]),
            (Some("metropolis"), &["al-las"][..], "draft", vec![], vec!["/status"]),
            (Some("metropolis"), &["al-las"][..], "cancelled", vec![], vec!["/status"]),
            (Some("metropolis"), &[][..], "published", vec![], vec!["/co_organisers"]),
            (Some("al-las"), &["metropolis"][..], "published", vec![], vec!["/owner", "/co_organisers"]),
            (Some("other"), &["al-las"][..], "published", vec!["/owner"], vec!["/owner"]),
        ] {
            let new = definition(owner, co_organisers, status);
            let public = Some(EventStatus::Published);
            assert_eq!(pointers(replace(new.clone(), &before, public, Owner)), by_owner, "{owner:?} {status}");
            assert_eq!(pointers(replace(new, &before, public, CoOrganiser)), by_co_organiser, "{owner:?} {status}");
        }
        let kept = replace(definition(None, &["al-las"], "published"), &before, None, CoOrganiser).unwrap();
        assert_eq!(kept.owner, before.owner);
        // A draft is published by a co-organiser, unless the public knows it as cancelled.
        let draft = definition(None, &["al-las"], "draft");
        for (last_public, expected) in
            [(None, vec![]), (Some(EventStatus::Published), vec![]), (Some(EventStatus::Cancelled), vec!["/status"])]
        {
            let published = definition(None, &["al-las"], "published");
            assert_eq!(pointers(replace(published, &draft, last_public, CoOrganiser)), expected, "{last_public:?}");
            assert!(replace(draft.clone(), &draft, last_public, CoOrganiser).is_ok(), "{last_public:?}");
        }
        let of_nobody = definition(None, &["al-las"], "draft");
        assert_eq!(role_in(&of_nobody, &Organisation::parse("al-las").unwrap()), Some(CoOrganiser));
        assert_eq!(role_in(&of_nobody, &Organisation::parse("metropolis").unwrap()), None);
    }
}
