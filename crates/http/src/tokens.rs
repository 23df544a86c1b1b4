//! The tokens that mails carry; whoever sends one makes it then, and keeps it nowhere.

pub use crate::auth::{ConfirmationTokens, ManageTokens, SigningError};
