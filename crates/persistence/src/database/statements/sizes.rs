//! Keeps the number of different statement texts small: the engines plan each new text and cache a limited number of plans.

/// The numbers of values in lists of parameters, and of rows in inserts; largest first.
pub(crate) const STATEMENT_SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// Repeats the last value until the list has one of the [`STATEMENT_SIZES`], for `column IN (…)`.
pub(crate) fn pad_to_statement_size<T: Clone>(mut values: Vec<T>) -> Vec<T> {
    if let Some(last) = values.last().cloned() {
        let size = STATEMENT_SIZES.into_iter().rev().find(|size| *size >= values.len()).unwrap_or(values.len());
        values.resize(size, last);
    }
    values
}
