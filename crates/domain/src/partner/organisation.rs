//! Organisations: those that run events, and partner organisations whose systems register people.

use crate::registration::PUBLIC_SOURCE;
use crate::validation::InvalidValue;
use crate::values::slug::Slug;

/// An organisation's key: any slug except [`PUBLIC_SOURCE`], which stands for the public.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Organisation(Slug);

/// The reason why a text is not an organisation's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrganisation {
    /// The text is not a slug.
    #[error(transparent)]
    Form(#[from] InvalidValue),
    /// The text is [`PUBLIC_SOURCE`].
    #[error(
        "“{PUBLIC_SOURCE}” stands for registrations that anybody makes, so no organisation can have it as its key."
    )]
    Public,
}

impl Organisation {
    /// Parses a key.
    pub fn parse(text: &str) -> Result<Self, InvalidOrganisation> {
        let slug = Slug::parse(text)?;
        if slug.as_str() == PUBLIC_SOURCE { Err(InvalidOrganisation::Public) } else { Ok(Self(slug)) }
    }

    /// The key.
    pub const fn key(&self) -> &Slug {
        &self.0
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl std::fmt::Display for Organisation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_source_is_not_an_organisation() {
        assert_eq!(Organisation::parse("al-las").unwrap().as_str(), "al-las");
        assert_eq!(Organisation::parse("public"), Err(InvalidOrganisation::Public));
        assert!(matches!(Organisation::parse("AL-LAs"), Err(InvalidOrganisation::Form(_))));
    }
}
