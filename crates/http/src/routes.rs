//! Which route an address belongs to, by the patterns of the specification: a few names, however many addresses.

use std::borrow::Cow;

use matchit::Router;
use plenaria_domain::ids::ChangeId;
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

    /// What may be logged of an address with this route: the route's pattern, with the ids that the address has in it.
    /// Whatever else stands in the place of a parameter, or has no route, was made up by the caller, and may be a mail
    /// address or a token that went to the wrong place.
    pub(crate) fn loggable(&self, route: Route, path: &str) -> Cow<'_, str> {
        let pattern = self.pattern(route.index());
        if !pattern.contains('{') {
            return Cow::Borrowed(pattern);
        }
        // All kinds of ids have the same form.
        let is_id = |part: &&str| ChangeId::parse(part).is_some();
        let mut parts = path.split('/');
        let shown = pattern.split('/').map(|own| {
            let given = parts.next().filter(is_id);
            given.filter(|_| own.starts_with('{')).unwrap_or(own)
        });
        Cow::Owned(shown.collect::<Vec<_>>().join("/"))
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
    fn only_ids_are_logged_of_an_address() {
        let routes = Routes::of(&openapi::document());
        let shown = |path: &str| routes.loggable(routes.find(path), path).into_owned();
        let (id, other) = ("019a0000-0000-7000-8000-000000000004", "019a0000-0000-7000-8000-000000000006");
        for (path, expected) in [
            ("/v1/events", "/v1/events"),
            ("/v1/events/some-event/programme", "/v1/events/{event}/programme"),
            ("/v1/events/ana@example.org", "/v1/events/{event}"),
            ("/v1/registrations/eyJ0eXAi.e30.c2ln/cancel", "/v1/registrations/{registration}/cancel"),
            ("/problems/plenaria_secret", "/problems/{code}"),
            ("/docs/ana@example.org/x", "/docs/{file}"),
            ("/ana@example.org", "none"),
            ("/v1/registrations/ana@example.org/nothing/here", "none"),
            ("", "none"),
        ] {
            assert_eq!(shown(path), expected, "{path}");
        }
        for path in [
            format!("/v1/registrations/{id}"),
            format!("/v1/events/{id}/sessions/{other}"),
            format!("/v1/webhook-endpoints/{id}/deliveries/{other}/redeliver"),
        ] {
            assert_eq!(shown(&path), path);
        }
        assert_eq!(shown(&format!("/v1/events/x/sessions/{id}")), format!("/v1/events/{{event}}/sessions/{id}"));
        assert_eq!(shown(&format!("/v1/registrations/{}", id.replace('4', "A"))), "/v1/registrations/{registration}");
    }

    /// Whatever stands in the place of a parameter, in any route.
    #[test]
    fn no_route_logs_what_is_no_id() {
        let document = openapi::document();
        let routes = Routes::of(&document);
        for pattern in document.paths.paths.keys() {
            for text in
                ["ana@example.org", "a.b.c", "plenaria_c2VjcmV0", "%61na", "019A0000-0000-7000-8000-000000000004"]
            {
                let part = |part: &str| if part.starts_with('{') { text.to_owned() } else { part.to_owned() };
                let path = pattern.split('/').map(part).collect::<Vec<_>>().join("/");
                assert_eq!(routes.loggable(routes.find(&path), &path), *pattern, "{path}");
            }
        }
    }

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
