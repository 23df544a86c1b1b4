//! How many exports are under way: each holds some memory for as long as its reader takes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::header::{self, HeaderValue};
use plenaria_domain::ids::ClientId;

use crate::problem::{ApiError, Code};

/// How many there are at a time in this process.
const MOST: usize = 32;
/// How many of them one client may have, so that one that does not read on keeps nobody else from it.
const MOST_OF_ONE: usize = 4;
/// When to come back, in seconds.
const LATER: u16 = 10;

/// The exports that are under way, by client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(Arc<Mutex<HashMap<ClientId, usize>>>);

/// One export's place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    all: Places,
    client: ClientId,
}

impl Places {
    /// A place for a client's export, if there is one.
    pub(crate) fn take(&self, client: ClientId) -> Result<Place, ApiError> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(&client).is_some_and(|own| *own >= MOST_OF_ONE) {
            let later = HeaderValue::from(LATER);
            return Err(ApiError::new(Code::RateLimited).fact("retry_after", LATER).header(header::RETRY_AFTER, later));
        }
        if taken.values().sum::<usize>() >= MOST {
            return Err(ApiError::new(Code::Overloaded));
        }
        *taken.entry(client).or_default() += 1;
        Ok(Place { all: self.clone(), client })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert!(places.0.lock().unwrap().is_empty() && places.take(one).is_ok());
    }
}
