//! Finds circles in a graph: its strongly connected parts of more than one node, by Tarjan's algorithm.

use std::collections::{BTreeMap, BTreeSet};

/// Every set of nodes that reach each other.
pub(crate) fn find<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<BTreeSet<&'a str>> {
    let mut search =
        Search { arrows, index: BTreeMap::new(), low: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for node in arrows.keys() {
        if !search.index.contains_key(node) {
            search.visit(node);
        }
    }
    search.found
}

struct Search<'a, 'b> {
    arrows: &'b BTreeMap<&'a str, BTreeSet<&'a str>>,
    index: BTreeMap<&'a str, usize>,
    low: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    found: Vec<BTreeSet<&'a str>>,
}

impl<'a> Search<'a, '_> {
    fn visit(&mut self, node: &'a str) {
        let number = self.index.len();
        self.index.insert(node, number);
        self.low.insert(node, number);
        self.stack.push(node);
        for next in self.arrows.get(node).into_iter().flatten() {
            if !self.index.contains_key(next) {
                self.visit(next);
                self.lower(node, self.low[next]);
            } else if self.stack.contains(next) {
                self.lower(node, self.index[next]);
            }
        }
        if self.low[node] == number {
            let mut part = BTreeSet::new();
            while let Some(member) = self.stack.pop() {
                part.insert(member);
                if member == node {
                    break;
                }
            }
            if part.len() > 1 {
                self.found.push(part);
            }
        }
    }

    fn lower(&mut self, node: &'a str, to: usize) {
        self.low.entry(node).and_modify(|low| *low = (*low).min(to));
    }
}

#[test]
fn circles_are_found_and_chains_are_not() {
    let graph = |arrows: &[(&'static str, &'static str)]| {
        let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (from, to) in arrows {
            graph.entry(from).or_default().insert(to);
        }
        find(&graph)
    };
    assert!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]).is_empty());
    assert_eq!(graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]), [BTreeSet::from(["a", "b", "c"])]);
    assert_eq!(graph(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("a", "c")]).len(), 2);
}
