//! DNS resolution that only returns public addresses.
//!
//! Endpoints may not use a name to reach hosts of the operator's network. The name is resolved here and nowhere else, every
//! address is checked, and the connection is made to these very addresses. So a name that resolves to another address a
//! moment later (DNS rebinding) has no effect.

use std::net::SocketAddr;

use plenaria_domain::webhook::AddressPolicy;
use plenaria_domain::webhook::public_address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names, and rejects those with an address that is not public.
#[derive(Clone, Debug)]
pub(crate) struct PublicResolver {
    address_policy: AddressPolicy,
    names: Names,
}

/// The source of addresses.
#[derive(Clone, Debug)]
enum Names {
    System,
    #[cfg(test)]
    Fixed(Vec<SocketAddr>),
}

/// The name has an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(crate) struct NotPublic;

/// The name cannot be resolved.
#[derive(Debug, thiserror::Error)]
#[error("the name cannot be looked up")]
pub(crate) struct NoAddress;

impl PublicResolver {
    pub(crate) const fn new(address_policy: AddressPolicy) -> Self {
        Self { address_policy, names: Names::System }
    }

    /// A resolver for tests, for which every name has this address.
    #[cfg(test)]
    pub(crate) fn with_fixed_address(address_policy: AddressPolicy, address: SocketAddr) -> Self {
        Self { address_policy, names: Names::Fixed(vec![address]) }
    }
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (address_policy, names) = (self.address_policy, self.names.clone());
        Box::pin(async move {
            let found: Vec<SocketAddr> = match names {
                // The HTTP client replaces the port.
                Names::System => tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| NoAddress)?.collect(),
                #[cfg(test)]
                Names::Fixed(all) => all,
            };
            Ok(Box::new(checked(found, address_policy)?.into_iter()) as Addrs)
        })
    }
}

/// The addresses, if the policy allows all of them: a public host has no private address.
fn checked(found: Vec<SocketAddr>, address_policy: AddressPolicy) -> Result<Vec<SocketAddr>, NotPublic> {
    let is_allowed = |address: &SocketAddr| match address_policy {
        AddressPolicy::PublicOnly => is_public(address.ip()),
        AddressPolicy::PublicOrLoopback => is_public(address.ip()) || address.ip().to_canonical().is_loopback(),
        AddressPolicy::Any => true,
    };
    if found.iter().all(is_allowed) { Ok(found) } else { Err(NotPublic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_private_address_rejects_the_name() {
        let addresses = |all: &[&str]| all.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect::<Vec<_>>();
        assert!(checked(addresses(&["8.8.8.8", "2606:4700::1111"]), AddressPolicy::PublicOnly).is_ok());
        for private in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:10.0.0.1"] {
            let both = addresses(&["8.8.8.8", private]);
            assert!(checked(both.clone(), AddressPolicy::PublicOnly).is_err(), "{private}");
            assert!(checked(both.clone(), AddressPolicy::Any).is_ok());
            let is_loopback = ["127.0.0.1", "::1"].contains(&private);
            assert_eq!(checked(both, AddressPolicy::PublicOrLoopback).is_ok(), is_loopback, "{private}");
        }
    }
}
