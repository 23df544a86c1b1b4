//! Finds the route of a path among the specification's patterns, so that logs, metrics and traces have a bounded number of
//! names.

use std::borrow::Cow;
use std::sync::Arc;

use matchit::Router;
use plenaria_domain::values::ids::ChangeId;
use utoipa::openapi::OpenApi;

/// Identifies a route within its [`RoutePatterns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RouteId(u16);

/// The pattern of paths that no route matches.
const NO_ROUTE: &str = "none";

/// The patterns of all routes. The first stands for paths that no route matches.
#[derive(Debug)]
pub(crate) struct RoutePatterns {
    router: Router<RouteId>,
    patterns: Vec<Arc<str>>,
}

impl RoutePatterns {
    /// The routes of the specification, of the documentation's pages and of those for people.
    pub(crate) fn of(document: &OpenApi, pages: &[(&str, &str)]) -> Self {
        let mut routes = Self { router: Router::new(), patterns: vec![NO_ROUTE.into()] };
        for path in document.paths.paths.keys() {
            routes.add(path, path);
        }
        routes.add("/", "/");
        routes.add("/docs", "/docs");
        routes.add("/docs/{*file}", "/docs/{file}");
        routes.add("/llms.txt", "/llms.txt");
        for (path, _) in pages {
            routes.add(path, path);
        }
        routes
    }

    fn add(&mut self, path: &str, pattern: &str) {
        let Ok(number) = u16::try_from(self.patterns.len()) else { return };
        // A pattern that conflicts with another would count as no route; a test shows that there is none.
        if self.router.insert(path, RouteId(number)).is_ok() {
            self.patterns.push(pattern.into());
        }
    }

    /// The route of a path, for any method.
    pub(crate) fn find(&self, path: &str) -> RouteId {
        self.router.at(path).map_or(RouteId(0), |matched| *matched.value)
    }

    /// The pattern of the route with this index, or `none`.
    pub(crate) fn pattern(&self, index: usize) -> &str {
        self.patterns.get(index).map_or(NO_ROUTE, |pattern| pattern)
    }

    /// The path as it may be logged: the route's pattern, in which parameters are replaced by the path's ids. Other values
    /// of parameters, and paths without a route, are not logged: a caller may have put a mail address or a token there.
    pub(crate) fn loggable(&self, route: RouteId, path: &str) -> Cow<'_, str> {
        let pattern = self.pattern(route.index());
        if !pattern.contains('{') {
            return Cow::Borrowed(pattern);
        }
        // All kinds of ids have the same format.
        let is_id = |part: &&str| ChangeId::parse(part).is_some();
        let mut parts = path.split('/');
        let loggable = pattern.split('/').map(|pattern_part| {
            let id = parts.next().filter(is_id);
            id.filter(|_| pattern_part.starts_with('{')).unwrap_or(pattern_part)
        });
        Cow::Owned(loggable.collect::<Vec<_>>().join("/"))
    }

    /// The pattern of a route, as a label that is cheap to clone.
    pub(crate) fn label(&self, route: RouteId) -> Arc<str> {
        self.patterns.get(route.index()).map_or_else(|| NO_ROUTE.into(), Arc::clone)
    }
}

impl RouteId {
    /// The index of the route in the list of patterns.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi;

    #[test]
    fn only_ids_of_a_path_are_logged() {
        let routes = RoutePatterns::of(openapi::document(), &[]);
        let loggable = |path: &str| routes.loggable(routes.find(path), path).into_owned();
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
            assert_eq!(loggable(path), expected, "{path}");
        }
        for path in [
            format!("/v1/registrations/{id}"),
            format!("/v1/events/{id}/sessions/{other}"),
            format!("/v1/webhook-endpoints/{id}/deliveries/{other}/redeliver"),
        ] {
            assert_eq!(loggable(&path), path);
        }
        assert_eq!(loggable(&format!("/v1/events/x/sessions/{id}")), format!("/v1/events/{{event}}/sessions/{id}"));
        assert_eq!(
            loggable(&format!("/v1/registrations/{}", id.replace('4', "A"))),
            "/v1/registrations/{registration}"
        );
    }

    #[test]
    fn no_route_logs_parameters_that_are_not_ids() {
        let document = openapi::document();
        let routes = RoutePatterns::of(document, &[]);
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
    fn every_path_has_the_route_of_the_specification() {
        let document = openapi::document();
        let routes = RoutePatterns::of(document, &[]);
        let pattern_of = |path: &str| routes.pattern(routes.find(path).index());
        assert_eq!(routes.patterns.len(), document.paths.paths.len() + 5);
        for pattern in document.paths.paths.keys() {
            let mut path = String::new();
            for part in pattern.split_inclusive('/') {
                let slash = if part.ends_with('/') { "/" } else { "" };
                path.push_str(if part.starts_with('{') { "0198c5c2-event" } else { part.trim_end_matches('/') });
                path.push_str(slash);
            }
            assert_eq!(pattern_of(&path), pattern, "{path}");
        }
        for (path, pattern) in [
            ("/docs/index.html", "/docs/{file}"),
            ("/v1/events/x/programme/", "none"),
            ("/v1/events//programme", "none"),
            ("/ana@example.org", "none"),
            ("", "none"),
        ] {
            assert_eq!(pattern_of(path), pattern);
        }
    }
}
