//! The form to register, without scripts.
