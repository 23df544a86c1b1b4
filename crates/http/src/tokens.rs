//! The tokens in mails. They are made when a mail is sent, and stored nowhere.

pub use crate::auth::{ConfirmationTokens, ManageTokens, SigningError};
