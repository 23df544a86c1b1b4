//! Whom we call: nobody but hosts of the Internet, whatever a name leads to.
//!
//! A name is looked up here and nowhere else; every address that it has is checked, and the connection is made to these very
//! addresses. So a name that leads somewhere else a moment later (rebinding) leads nowhere.

use std::net::SocketAddr;

use plenaria_domain::webhook::Reach;
use plenaria_domain::webhook::address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Looks names up.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    reach: Reach,
    names: Names,
}

/// Where names are looked up.
#[derive(Clone, Debug)]
enum Names {
    System,
    #[cfg(test)]
    Fixed(Vec<SocketAddr>),
}

/// A name that leads to an address that is not to be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(super) struct NotPublic;

/// A name that leads nowhere.
#[derive(Debug, thiserror::Error)]
#[error("the name cannot be looked up")]
pub(super) struct NoAddress;

impl Guard {
    pub(super) const fn new(reach: Reach) -> Self {
        Self { reach, names: Names::System }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, names) = (self.reach, self.names.clone());
        Box::pin(async move {
            let found: Vec<SocketAddr> = match names {
                // The port is put in by who connects.
                Names::System => tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| NoAddress)?.collect(),
                #[cfg(test)]
                Names::Fixed(all) => all,
            };
            Ok(Box::new(checked(found, reach)?.into_iter()) as Addrs)
        })
    }
}

/// The addresses, if all of them may be called: a name with one that may not is not one of a public host.
fn checked(found: Vec<SocketAddr>, reach: Reach) -> Result<Vec<SocketAddr>, NotPublic> {
    let good = reach == Reach::Anywhere || found.iter().all(|address| is_public(address.ip()));
    if good { Ok(found) } else { Err(NotPublic) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::sender::client;
    use std::time::Duration;

    #[test]
    fn one_private_address_is_too_many() {
        let addresses = |all: &[&str]| all.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect::<Vec<_>>();
        assert!(checked(addresses(&["8.8.8.8", "2606:4700::1111"]), Reach::Public).is_ok());
        for private in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:10.0.0.1"] {
            let both = addresses(&["8.8.8.8", private]);
            assert!(checked(both.clone(), Reach::Public).is_err(), "{private}");
            assert!(checked(both, Reach::Anywhere).is_ok());
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_not_called() {
        let home = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = home.local_addr().unwrap();
        let called = async |reach| {
            let guard = Guard { reach, names: Names::Fixed(vec![address]) };
            let client = client(guard, reach, Duration::from_secs(5)).unwrap();
            let url = format!("https://hooks.example.org:{}/", address.port());
            tokio::select! {
                _ = home.accept() => true,
                answer = client.post(url).send() => { answer.unwrap_err(); false }
            }
        };
        assert!(!called(Reach::Public).await);
        assert!(called(Reach::Anywhere).await);
    }
}
