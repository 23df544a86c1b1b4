//! A strict parser of Prometheus' text format 0.0.4, which fails the test at any violation of the format.

use std::collections::{BTreeMap, BTreeSet};

type Labels = BTreeMap<String, String>;

/// The content of one scrape.
#[derive(Debug, Default)]
pub struct Exposition {
    /// The type of each family.
    pub families: BTreeMap<String, String>,
    samples: BTreeMap<(String, Labels), f64>,
}

impl Exposition {
    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line does not end");
        let mut parsed = Self::default();
        let mut helped = BTreeSet::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').expect("a name and words");
                assert!(!words.is_empty() && helped.insert(name), "{line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a name and a type");
                assert!(helped.contains(name) && is_name(name), "{line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert!(kind != "counter" || name.ends_with("_total"), "{line}");
                assert!(parsed.families.insert(name.to_owned(), kind.to_owned()).is_none(), "{line}");
            } else {
                let (name, labels, value) = sample(line);
                assert!(parsed.family(name).is_some(), "a sample without a family: {line}");
                assert!(
                    parsed.samples.insert((name.to_owned(), labels), value).is_none(),
                    "a duplicate sample: {line}"
                );
            }
        }
        parsed.check_histograms();
        parsed
    }

    /// The family that a sample's name belongs to.
    pub fn family<'n>(&self, name: &'n str) -> Option<&'n str> {
        let is =
            |family: &str, kind: &str| self.families.get(family).is_some_and(|k| (k == "histogram") == (kind == "h"));
        let of = |suffix: &str| name.strip_suffix(suffix).filter(|family| is(family, "h"));
        let histogram = || ["_bucket", "_sum", "_count"].into_iter().find_map(of);
        Some(name).filter(|name| is(name, "")).or_else(histogram)
    }

    /// The sample with these labels and no others.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.samples.get(&(name.to_owned(), labels)).copied()
    }

    /// Every value of a label.
    pub fn values_of(&self, label: &str) -> BTreeSet<&str> {
        self.samples.keys().filter_map(|(_, labels)| labels.get(label)).map(String::as_str).collect()
    }

    /// Every name of a sample.
    pub fn names(&self) -> BTreeSet<&str> {
        self.samples.keys().map(|(name, _)| name.as_str()).collect()
    }

    fn check_histograms(&self) {
        for family in self.families.iter().filter(|(_, kind)| *kind == "histogram").map(|(family, _)| family) {
            let mut ends: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
            for ((_, labels), count) in self.samples.iter().filter(|((name, _), _)| *name == format!("{family}_bucket"))
            {
                let mut labels = labels.clone();
                let end = number(&labels.remove("le").expect("a bucket's end"));
                ends.entry(labels).or_default().push((end, *count));
            }
            for (labels, mut buckets) in ends {
                buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
                assert!(buckets.is_sorted_by(|one, other| one.0 < other.0 && one.1 <= other.1), "{family} {buckets:?}");
                let last = buckets.last().expect("a bucket");
                let count = self.samples.get(&(format!("{family}_count"), labels.clone()));
                assert_eq!((last.0, Some(&last.1)), (f64::INFINITY, count), "{family}");
                assert!(self.samples.contains_key(&(format!("{family}_sum"), labels)), "{family}");
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        _ => text.parse().unwrap_or_else(|_| panic!("{text} is not a number")),
    }
}

/// The name, labels and value of a sample's line.
fn sample(line: &str) -> (&str, Labels, f64) {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let Some((name, labels)) = series.split_once('{') else {
        assert!(is_name(series), "{line}");
        return (series, Labels::new(), number(value));
    };
    let mut rest = labels.strip_suffix('}').expect("the end of the labels");
    let mut read = Labels::new();
    while !rest.is_empty() {
        let (label, after) = rest.split_once("=\"").expect("a label's value");
        // No label of ours needs escaping.
        let (value, after) = after.split_once('"').expect("the end of a label's value");
        assert!(is_name(label) && !value.contains('\\'), "{line}");
        assert!(read.insert(label.to_owned(), value.to_owned()).is_none(), "{line}");
        rest = after.strip_prefix(',').unwrap_or(after);
        assert!(after.is_empty() || after.starts_with(','), "{line}");
    }
    assert!(is_name(name), "{line}");
    (name, read, number(value))
}
