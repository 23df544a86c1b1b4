//! The JSON-LD has what search engines require of an event, in the words of schema.org.

use std::sync::LazyLock;

use crate::sample_event;
use crate::schema_org::*;

static URL: LazyLock<PublicUrl> = LazyLock::new(|| PublicUrl::new("https://api.example.org", true));

fn sample(change: impl FnOnce(&mut Value)) -> Event {
    let mut document = json!({
        "slug": "cities", "status": "published", "language": "en", "title": {"en": "Cities", "es": "Ciudades"},
        "summary": {"en": "About cities.", "es": "Sobre ciudades."}, "topics": ["Water"],
        "starts": "2027-07-22T15:00", "time_zone": "Europe/Madrid", "attendance": "hybrid", "place": "Town hall",
        "image_url": "https://example.org/i.png", "organisers": [{"key": "m", "name": "Metropolis"}],
        "registration": {"capacity": 50, "opens": "2027-06-01T09:00"},
        "rooms": [{"key": "hall", "name": "Hall"}],
        "speakers": [
            {"key": "ana", "name": "Ana Pérez", "honorific": "Dr.", "position": "Mayor", "organisation": "City of Badalona",
             "city": "Badalona", "country": "ES", "links": [{"label": "Site", "url": "https://example.org/ana"}]},
            {"key": "idle", "name": "Without a session"},
        ],
        "programme": {"sessions": [
            {"key": "a", "minutes": 30, "title": "A", "room": "hall", "speakers": ["ana"]},
            {"key": "b", "minutes": 30, "title": "B", "status": "cancelled", "language": "fr"},
        ]},
    });
    change(&mut document);
    sample_event::event(&document)
}

fn described(event: &Event, language: &str, offer: Option<OfferAvailability>) -> Value {
    let value = super::event(event, &Language::parse(language).unwrap(), &URL, offer);
    assert!(!value.to_string().contains("null"), "schema.org has no null: {value}");
    value
}

#[test]
fn an_event_has_what_search_engines_require() {
    let event = sample(|_| ());
    let value = described(&event, "es", Some(OfferAvailability::InStock));
    assert_eq!(value["@context"], "https://schema.org");
    assert_eq!((&value["@type"], &value["name"]), (&json!("Event"), &json!("Ciudades")));
    assert_eq!(value["startDate"], "2027-07-22T15:00:00+02:00");
    assert_eq!(value["endDate"], "2027-07-22T16:00:00+02:00");
    assert_eq!(value["eventStatus"], "https://schema.org/EventScheduled");
    assert_eq!(value["eventAttendanceMode"], "https://schema.org/MixedEventAttendanceMode");
    let page = "https://api.example.org/events/cities";
    assert_eq!(
        value["location"],
        json!([
            {"@type": "Place", "name": "Town hall", "address": "Town hall"},
            {"@type": "VirtualLocation", "url": page},
        ])
    );
    assert_eq!(value["image"], json!(["https://example.org/i.png"]));
    assert_eq!(value["organizer"], json!([{"@type": "Organization", "name": "Metropolis"}]));
    assert_eq!(value["performer"].as_array().unwrap().len(), 1, "the speakers of sessions");
    assert_eq!(value["performer"][0]["affiliation"]["name"], "City of Badalona");
    assert_eq!(
        value["offers"],
        json!({
            "@type": "Offer", "url": page, "price": 0, "priceCurrency": "EUR",
            "availability": "https://schema.org/InStock",
            "validFrom": "2027-06-01T09:00:00+02:00", "validThrough": "2027-07-22T15:00:00+02:00",
        })
    );
    let sessions = value["subEvent"].as_array().unwrap();
    assert_eq!(sessions[0]["location"][0]["containedInPlace"]["name"], "Town hall");
    assert_eq!(sessions[0]["performer"][0]["@id"], value["performer"][0]["@id"]);
    assert_eq!(sessions[1]["eventStatus"], "https://schema.org/EventCancelled");
    assert_eq!((&sessions[0]["inLanguage"], &sessions[1]["inLanguage"]), (&json!("en"), &json!("fr")));
}

#[test]
fn offers_follow_the_seats_and_the_price() {
    let event = sample(|document| document["is_free"] = json!(false));
    let offer = |offer| described(&event, "en", offer)["offers"].clone();
    assert_eq!(offer(Some(OfferAvailability::SoldOut))["availability"], "https://schema.org/SoldOut");
    assert_eq!(offer(Some(OfferAvailability::PreOrder))["availability"], "https://schema.org/PreOrder");
    assert_eq!(offer(Some(OfferAvailability::InStock)).get("price"), None);
    assert_eq!(offer(None), Value::Null);
}

#[test]
fn places_and_states_follow_the_definition() {
    let online = described(&sample(|document| document["attendance"] = json!("online")), "en", None);
    assert_eq!(online["location"], json!([{"@type": "VirtualLocation", "url": online["url"]}]));
    let event = sample(|document| {
        document["attendance"] = json!("in_person");
        document["place"] = Value::Null;
    });
    let value = described(&event, "fr", None);
    assert_eq!(value["location"], json!([{"@type": "Place", "name": "Lieu"}]));
    assert_eq!(value["eventAttendanceMode"], "https://schema.org/OfflineEventAttendanceMode");
    let cancelled = described(&sample(|document| document["status"] = json!("cancelled")), "en", None);
    assert_eq!(cancelled["eventStatus"], "https://schema.org/EventCancelled");
    assert_eq!(cancelled["subEvent"][0]["eventStatus"], "https://schema.org/EventCancelled");
}

#[test]
fn no_text_ends_the_element_that_it_is_in() {
    let event = sample(|document| {
        document["title"] = json!("</script><script>alert(1)</script><!--");
        document["speakers"][0]["name"] = json!("A \\< B");
    });
    let value = described(&event, "en", None);
    let text = to_text(&value);
    assert!(!text.contains('<'), "{text}");
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
}
