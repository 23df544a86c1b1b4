//! `plenaria health`: checks the server on this machine, so that container images need no `curl` for health checks.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::commands::output::say;

/// Time limit for connecting, and for each read and write.
const HEALTH_CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// How many bytes of the response are read: the status line comes first.
const MAX_RESPONSE: u64 = 1024;

/// Checks whether the server with this listening address is ready, or, with `live`, whether it responds at all.
///
/// # Errors
/// The server is not ready, or does not respond.
pub(crate) fn run(listen: SocketAddr, live: bool) -> anyhow::Result<()> {
    if listen.port() == 0 {
        bail!("PLENARIA_LISTEN has port 0, so the server's port cannot be determined.");
    }
    let address = SocketAddr::new(connect_address(listen.ip()), listen.port());
    let path = if live { "/health/live" } else { "/health/ready" };
    let status = fetch_status(address, path).with_context(|| format!("http://{address}{path}"))?;
    match status.as_str() {
        "200" => say(if live { "live" } else { "ready" }),
        other => bail!("http://{address}{path} responds {other}."),
    }
}

/// The address to connect to: the loopback address if the server listens at every address.
const fn connect_address(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    }
}

/// Sends a request and returns the status code of the response.
fn fetch_status(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&address, HEALTH_CHECK_TIMEOUT)?;
    connection.set_read_timeout(Some(HEALTH_CHECK_TIMEOUT))?;
    connection.set_write_timeout(Some(HEALTH_CHECK_TIMEOUT))?;
    connection.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut response = Vec::new();
    connection.take(MAX_RESPONSE).read_to_end(&mut response)?;
    let response = String::from_utf8_lossy(&response);
    let status = response.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.map(str::to_owned).ok_or_else(|| std::io::Error::other("the response is not HTTP/1.1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_address_stands_for_all() {
        for (listen, expected) in
            [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.1", "127.0.0.1"), ("192.0.2.7", "192.0.2.7")]
        {
            assert_eq!(connect_address(listen.parse().unwrap()), expected.parse::<IpAddr>().unwrap());
        }
    }
}
