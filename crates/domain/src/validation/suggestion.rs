//! Suggests the known name that an unknown one was probably meant to be.

/// Names longer than this, in characters, get no suggestion: no known name is nearly as long.
const MAX_LENGTH: usize = 100;

/// The name among `known` with the smallest edit distance to `unknown`, if it is close enough to be a misspelling: at
/// most a third of the length of `unknown`, but at least 2 (1 for names shorter than 4 characters).
pub fn closest_match<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = unknown.chars().count();
    let limit = if length < 4 { 1 } else { (length / 3).max(2) };
    if length > MAX_LENGTH {
        return None;
    }
    known
        .into_iter()
        // The edit distance is at least the difference of the lengths.
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (edit_distance(unknown, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The Levenshtein distance, in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_close_names_are_suggested() {
        assert_eq!(closest_match("emial", ["email", "name"]), Some("email"));
        assert_eq!(closest_match("organization", ["organisation", "name"]), Some("organisation"));
        assert_eq!(closest_match("colour", ["email", "name"]), None);
    }
}
