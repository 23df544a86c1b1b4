//! Which route an address belongs to, by the patterns of the specification: a few names, however many addresses.

use matchit::Router;
use utoipa::openapi::OpenApi;

use crate::openapi;

/// A route, as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route(u16);

/// What no route takes.
const NONE: &str = "none";

/// All routes, beside one for what none of them takes.
#[derive(Debug)]
pub(crate) struct Routes {
    router: Router<Route>,
    patterns: Vec<String>,
}

impl Routes {
    /// The routes of the specification, and the documentation's pages.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let mut routes = Self { router: Router::new(), patterns: vec![NONE.to_owned()] };
        for path in document.paths.paths.keys() {
            routes.add(path, path);
        }
        routes.add("/docs", "/docs");
        routes.add("/docs/{*file}", "/docs/{file}");
        routes
    }

    /// The routes that this program serves.
    pub(crate) fn served() -> Self {
        Self::of(&openapi::document())
    }

    fn add(&mut self, path: &str, pattern: &str) {
        let Ok(number) = u16::try_from(self.patterns.len()) else { return };
        // What cannot be told from another is counted as none; a test shows that there is no such path.
        if self.router.insert(path, Route(number)).is_ok() {
            self.patterns.push(pattern.to_owned());
        }
    }

    /// The route of an address, whatever the method.
    pub(crate) fn find(&self, path: &str) -> Route {
        self.router.at(path).map_or(Route(0), |found| *found.value)
    }

    /// The pattern of the route with this index, or a word if there is none.
    pub(crate) fn pattern(&self, index: usize) -> &str {
        self.patterns.get(index).map_or(NONE, String::as_str)
    }

    /// How many there are.
    pub(crate) const fn number(&self) -> usize {
        self.patterns.len()
    }
}

impl Route {
    /// From 0 to one less than [`Routes::number`].
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_the_route_that_the_specification_says() {
        let document = openapi::document();
        let routes = Routes::of(&document);
        let pattern_of = |address: &str| routes.pattern(routes.find(address).index());
        assert_eq!(routes.number(), document.paths.paths.len() + 3);
        for pattern in document.paths.paths.keys() {
            let mut address = String::new();
            for part in pattern.split_inclusive('/') {
                let slash = if part.ends_with('/') { "/" } else { "" };
                address.push_str(if part.starts_with('{') { "0198c5c2-event" } else { part.trim_end_matches('/') });
                address.push_str(slash);
            }
            assert_eq!(pattern_of(&address), pattern, "{address}");
        }
        for (address, pattern) in [
            ("/docs/index.html", "/docs/{file}"),
            ("/v1/events/x/programme/", "none"),
            ("/v1/events//programme", "none"),
            ("/ana@example.org", "none"),
            ("", "none"),
        ] {
            assert_eq!(pattern_of(address), pattern);
        }
    }
}
