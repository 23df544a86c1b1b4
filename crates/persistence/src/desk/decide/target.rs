//! The registration that a request names.

use plenaria_domain::registration::Registration;

use crate::database::error::StoreError;
use crate::desk::ledger::state::Ledger;
use crate::desk::reply::Refusal;
use crate::desk::request::{Request, Target};

/// The registration that a request names, and the indices of its seats and its row; an error if its precondition does not
/// hold.
pub(super) fn current(
    ledger: &Ledger,
    request: &Request,
    target: &Target,
) -> Result<Result<(usize, usize, Registration), Refusal>, StoreError> {
    let Some((seats, index)) = ledger.seats_of(request.event).zip(ledger.find(target.id.0)) else {
        return Ok(Err(Refusal::NotFound));
    };
    let current = ledger.registration(index)?;
    if !(target.precondition)(&current) {
        return Ok(Err(Refusal::PreconditionFailed(Box::new(current))));
    }
    Ok(Ok((seats, index, current)))
}

/// Ends a function with `Ok(Err(refusal))`.
macro_rules! check {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal.into())),
        }
    };
}
pub(super) use check;
