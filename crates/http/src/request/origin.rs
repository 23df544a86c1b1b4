//! Origins whose pages may call the API.

/// Origins whose pages may call the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Every origin.
    #[default]
    Any,
    /// Only these, each as scheme, host and port.
    Only(Vec<String>),
}
