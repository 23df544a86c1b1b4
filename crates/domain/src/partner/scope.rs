//! Scopes: the permissions of clients (RFC 6749, section 3.3).

use crate::string_enum::string_enum;
use crate::validation::InvalidValue;

string_enum!(
    /// A permission of a client.
    Scope {
        /// Read registrations.
        RegistrationsRead = "registrations:read",
        /// Create, change and cancel registrations.
        RegistrationsWrite = "registrations:write",
        /// Publish and change events.
        EventsWrite = "events:write",
        /// Manage webhook endpoints.
        WebhooksManage = "webhooks:manage",
        /// Read the audit log.
        AuditRead = "audit:read",
    }
);

/// A non-empty set of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scope {
    /// The scope's bit in [`Scopes`].
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Scopes {
    /// The set of these scopes; `None` if there are none.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let bits = scopes.into_iter().fold(0, |bits, scope| bits | scope.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Parses names separated by spaces, in any order; duplicates are allowed.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let scopes: Vec<Scope> =
            text.split(' ').filter(|name| !name.is_empty()).map(Scope::parse).collect::<Result<_, _>>()?;
        Self::of(scopes).ok_or(InvalidValue::Required)
    }

    /// Whether the set contains a scope.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether `other` contains all scopes of this set.
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The scopes that both sets contain; `None` if there are none.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let bits = self.0 & other.0;
        (bits != 0).then_some(Self(bits))
    }

    /// The scopes, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_display_in_the_same_way() {
        let both = Scopes::parse(" registrations:write registrations:read registrations:read").unwrap();
        assert_eq!(both.to_string(), "registrations:read registrations:write");
        assert_eq!(Scopes::parse(&both.to_string()), Ok(both));
        let read = Scopes::of([Scope::RegistrationsRead]).unwrap();
        assert!(read.is_subset_of(both) && !both.is_subset_of(read));
        assert!(both.contains(Scope::RegistrationsRead) && !read.contains(Scope::RegistrationsWrite));
        assert_eq!(both.intersection(read), Some(read));
        assert_eq!(read.intersection(Scopes::of([Scope::AuditRead]).unwrap()), None);
        assert!(Scopes::parse("").is_err() && Scopes::parse("everything").is_err());
    }
}
