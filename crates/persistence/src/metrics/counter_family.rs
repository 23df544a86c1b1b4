//! A family of counters with one counter for each value of its label `outcome`.

use std::marker::PhantomData;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The values of a label; implemented by [`label_values!`].
pub(crate) trait LabelValues: Copy {
    /// In the order of [`LabelValues::index`].
    const VALUES: &'static [&'static str];

    fn index(self) -> usize;
}

/// Declares an enum of the values of a label, with the text of each.
macro_rules! label_values {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $crate::metrics::counter_family::LabelValues for $name {
            const VALUES: &'static [&'static str] = &[$($text),+];

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use label_values;

/// A label and its value.
type Labels = [(&'static str, &'static str); 1];

/// One counter for each value. All of them exist from the start, so that rates have a beginning.
#[derive(Debug)]
pub(crate) struct CounterFamily<L> {
    family: Family<Labels, Counter>,
    counters: Vec<Counter>,
    values: PhantomData<L>,
}

impl<L: LabelValues> Default for CounterFamily<L> {
    fn default() -> Self {
        let family = Family::<Labels, Counter>::default();
        let counters = L::VALUES.iter().map(|value| family.get_or_create_owned(&[("outcome", *value)])).collect();
        Self { family, counters, values: PhantomData }
    }
}

impl<L: LabelValues> CounterFamily<L> {
    /// Adds to the counter of this value.
    pub(crate) fn add(&self, value: L, number: u64) {
        if let Some(counter) = self.counters.get(value.index()) {
            counter.inc_by(number);
        }
    }

    pub(crate) fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.family.clone());
    }

    #[cfg(test)]
    pub(crate) fn get(&self, value: L) -> u64 {
        self.family.get_or_create_owned(&[("outcome", L::VALUES[value.index()])]).get()
    }
}
