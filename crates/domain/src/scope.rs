//! Scopes: what a client may do (RFC 6749, section 3.3).

use crate::string_enum::string_enum;
use crate::refusal::InvalidValue;

string_enum!(
    /// One thing that a client may do.
    Scope {
        /// See registrations.
        RegistrationsRead = "registrations:read",
        /// Make, change and cancel registrations.
        RegistrationsWrite = "registrations:write",
        /// Publish and change events.
        EventsWrite = "events:write",
        /// Manage webhook endpoints.
        WebhooksManage = "webhooks:manage",
        /// Read who did what.
        AuditRead = "audit:read",
    }
);

/// At least one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scope {
    /// The scope's place among the bits of [`Scopes`].
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Scopes {
    /// These scopes; `None` if there are none.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let bits = scopes.into_iter().fold(0, |bits, scope| bits | scope.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Parses names with spaces between them; their order does not matter, and one may stand there twice.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let scopes: Vec<Scope> =
            text.split(' ').filter(|name| !name.is_empty()).map(Scope::parse).collect::<Result<_, _>>()?;
        Self::of(scopes).ok_or(InvalidValue::Required)
    }

    /// Whether a scope is among them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether all of them are among the others.
    pub const fn is_subset_of(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Those that stand in both; `None` if none does.
    pub fn common(self, others: Self) -> Option<Self> {
        let bits = self.0 & others.0;
        (bits != 0).then_some(Self(bits))
    }

    /// Each of them, in the order of [`Scope::ALL`].
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
    fn scopes_are_a_set_with_one_spelling() {
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
