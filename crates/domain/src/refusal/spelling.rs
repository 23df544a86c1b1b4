//! The known name that an unknown one was probably meant to be.

/// Longer names are nobody's misspelling of one of ours.
const LONGEST: usize = 100;

/// The name among `known` that is closest to `unknown`, when it is close enough to be meant.
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = unknown.chars().count();
    let limit = if length < 4 { 1 } else { (length / 3).max(2) };
    if length > LONGEST {
        return None;
    }
    known
        .into_iter()
        // Names whose lengths differ by more are further apart.
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (edit_distance(unknown, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein's distance, over characters.
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
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("emial", ["email", "name"]), Some("email"));
        assert_eq!(nearest("organization", ["organisation", "name"]), Some("organisation"));
        assert_eq!(nearest("colour", ["email", "name"]), None);
    }
}
