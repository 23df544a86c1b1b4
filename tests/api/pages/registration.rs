//! The page of a registration, and confirming an address.
