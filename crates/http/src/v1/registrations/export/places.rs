//! How many exports are under way: each holds some memory for as long as its reader takes.

use plenaria_domain::ids::ClientId;

use crate::problem::ApiError;
use crate::rate_limit::Whose;
use crate::shares::{Permit, Shares};

/// How many there are at a time in this process.
const MOST: usize = 32;
/// How many of them one client may have, so that one that does not read on keeps nobody else from it.
const MOST_OF_ONE: usize = 4;
/// When to come back, in seconds.
const LATER: u16 = 10;

/// The exports that are under way. Only clients export, so their addresses have no share.
#[derive(Clone, Debug)]
pub(crate) struct Places(Shares);

/// One export's place, until it is dropped.
pub(crate) type Place = Permit;

impl Default for Places {
    fn default() -> Self {
        Self(Shares::new(MOST, MOST_OF_ONE))
    }
}

impl Places {
    /// A place for a client's export, if there is one.
    pub(crate) fn take(&self, client: ClientId) -> Result<Place, ApiError> {
        self.0.take(&[Whose::Client(client)]).map_err(|exhausted| exhausted.problem(LATER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use chrono::DateTime;

    #[test]
    fn nobody_takes_all_places() {
        let places = Places::default();
        let client = || ClientId::new(DateTime::UNIX_EPOCH);
        let code = |result: Result<Place, ApiError>| result.map(drop).map_err(|error| error.code());
        let one = client();
        let mut taken: Vec<Place> = (0..MOST_OF_ONE).map(|_| places.take(one).unwrap()).collect();
        assert_eq!(code(places.take(one)), Err(Code::RateLimited));
        while taken.len() < MOST {
            taken.push(places.take(client()).unwrap());
        }
        assert_eq!(code(places.take(client())), Err(Code::Overloaded));
        taken.clear();
        assert!(places.take(one).is_ok());
    }
}
