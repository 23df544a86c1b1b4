use plenaria_domain::values::time::rfc3339;
use plenaria_domain::values::time_zone::TimeZone;

use super::*;

fn event() -> ReportedEvent {
    let starts_at = "2027-07-06T13:00:00Z".parse().unwrap();
    ReportedEvent { starts_at, zone: TimeZone::parse("Europe/Madrid").unwrap() }
}

/// Each person's address, time of joining and minutes.
fn people(bytes: &[u8]) -> Vec<(String, Option<String>, Option<i64>)> {
    let report = read(bytes, event()).unwrap();
    let person = |p: Participant| {
        (p.email.as_given().to_owned(), p.joined_at.map(rfc3339), p.stayed.map(|stayed| stayed.num_minutes()))
    };
    report.participants.into_iter().map(person).collect()
}

fn person(email: &str, joined: Option<&str>, minutes: Option<i64>) -> (String, Option<String>, Option<i64>) {
    (email.to_owned(), joined.map(str::to_owned), minutes)
}

#[test]
fn a_report_with_rows_before_the_column_names_is_read() {
    let report = "Attendee Report\nTopic,Start Time\nA webinar,Jul 6 2027\n\nAttendee Details\n\
        Attended,User Name (Original Name),Email,Registration Time,Join Time,Leave Time,Time in Session (minutes),Is Guest\n\
        Yes,\"Pérez, Ana\",Ana@example.org,06/01/2027 08:00:00 AM,07/06/2027 03:01:30 PM,07/06/2027 03:31:30 PM,30,Yes\n\
        Yes,Ana,ana@example.org,,07/06/2027 03:40:00 PM,07/06/2027 04:00:00 PM,20,Yes\n\
        No,Ben,ben@example.org,06/01/2027 08:00:00 AM,--,--,--,--\n";
    assert_eq!(people(report.as_bytes()), [person("Ana@example.org", Some("2027-07-06T13:01:30Z"), Some(50))]);
}

#[test]
fn a_report_in_utf_16_with_tabs_and_several_parts_is_read() {
    let report = "1. Summary\nMeeting title\tA webinar\n\n2. Participants\n\
        Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n\
        Ana\t7/6/27, 3:01:30 PM\t7/6/27, 4:00:00 PM\t58m 30s\tana@example.org\tana@example.org\tAttendee\n\n\
        3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n\
        Ana\t7/6/27, 3:01:30 PM\t7/6/27, 4:00:00 PM\t58m 30s\tana@example.org\tAttendee\n";
    for (mark, bytes) in
        [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes as fn(u16) -> [u8; 2])]
    {
        let encoded: Vec<u8> = mark.into_iter().chain(report.encode_utf16().flat_map(bytes)).collect();
        assert_eq!(people(&encoded), [person("ana@example.org", Some("2027-07-06T13:01:30Z"), Some(58))]);
    }
}

#[test]
fn columns_are_recognised_in_several_languages() {
    for (names, separator) in [
        ("Nombre,Correo electrónico,Hora de entrada,Hora de salida", ','),
        ("Nom;Adreça electrònica;Hora d’entrada;Hora de sortida", ';'),
        ("Nom;Adresse e-mail;Heure d'arrivée;Heure de départ", ';'),
        ("\u{feff}\"Name\",\"E-Mail\",\"Joined\",\"Left\"", ','),
    ] {
        let row = ["Ana", "ana@example.org", "06/07/2027 15:00:00", "06/07/2027 15:45"].join(&separator.to_string());
        let expected = [person("ana@example.org", Some("2027-07-06T13:00:00Z"), Some(45))];
        assert_eq!(people(format!("{names}\n{row}\n").as_bytes()), expected, "{names}");
    }
}

#[test]
fn of_several_readings_of_a_date_the_nearest_to_the_event_is_taken() {
    for text in ["07/06/2027 15:00", "06/07/2027 15:00", "2027-07-06T15:00:00+02:00", "6 Jul 2027 3:00 PM"] {
        assert_eq!(times::instant(text, event()).map(rfc3339).as_deref(), Some("2027-07-06T13:00:00Z"), "{text}");
    }
    assert_eq!(times::instant("soon", event()), None);
}

#[test]
fn durations_are_read() {
    for (text, seconds) in [("62", 3720), ("01:02:03", 3723), ("1h 2m 3s", 3723), ("1 h 2 min", 3720), ("45s", 45)] {
        assert_eq!(times::duration(text), Some(TimeDelta::seconds(seconds)), "{text}");
    }
    for text in ["a while", "1:2", "5 x", "h"] {
        assert_eq!(times::duration(text), None, "{text}");
    }
}

#[test]
fn rows_that_cannot_be_read_are_listed() {
    let report = read(b"Email,Join Time\nnobody,2027-07-06 15:00\n,2027-07-06 15:00\nana@example.org,noon\n", event());
    let report = report.unwrap();
    assert_eq!(report.invalid_addresses, [(2, "nobody".to_owned())]);
    assert_eq!(report.without_address, [3]);
    assert_eq!(report.unreadable_times, [(4, "noon".to_owned())]);
    assert_eq!(report.participants.len(), 1, "a person counts without the time");
}

#[test]
fn other_files_are_no_reports() {
    for (bytes, error) in [
        (&b"Name,Join Time\nAna,15:00\n"[..], "no column"),
        (b"", "no column"),
        (b"ana@example.org,15:00\n", "no column"),
        (b"Email\n\xe9@example.org\n", "UTF-8"),
        (b"\xff\xfea", "UTF-8"),
    ] {
        let found = read(bytes, event()).unwrap_err().to_string();
        assert!(found.contains(error), "{found}");
    }
}

#[test]
fn time_that_rows_share_counts_once() {
    let at = |minute: i64| event().starts_at + TimeDelta::minutes(minute);
    let covered = |intervals: &[(i64, i64)]| {
        union(intervals.iter().map(|(from, until)| (at(*from), at(*until))).collect()).map(|time| time.num_minutes())
    };
    assert_eq!(covered(&[]), None);
    assert_eq!(covered(&[(0, 10), (5, 15), (20, 30), (22, 25)]), Some(25));
}
