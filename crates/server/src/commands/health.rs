//! `plenaria health`: asks the server on this machine how it is, for container engines, whose images need no curl then.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::say;
use crate::Failure;

/// How long each step may take; a server that says nothing for so long is not well.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much of the response is looked at: the status line is at its beginning.
const LONGEST: u64 = 1024;

/// Asks the server that listens there whether it is ready, or, with `live`, whether it answers at all. It fails unless it is.
pub(super) fn run(listen: SocketAddr, live: bool) -> Result<(), Failure> {
    if listen.port() == 0 {
        return Err("PLENARIA_LISTEN has port 0: nobody knows at which port the server listens.".to_owned());
    }
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let path = if live { "/health/live" } else { "/health/ready" };
    let status = ask(address, path).map_err(|error| format!("http://{address}{path}: {error}."))?;
    match status.as_str() {
        "200" => say(if live { "live" } else { "ready" }),
        other => Err(format!("http://{address}{path} answers {other}.")),
    }
}

/// A server that listens at every address of its machine is asked at its loopback address.
const fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    }
}

/// The status of the response.
fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    connection.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut response = Vec::new();
    connection.take(LONGEST).read_to_end(&mut response)?;
    let response = String::from_utf8_lossy(&response);
    let status = response.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status
        .map(str::to_owned)
        .ok_or_else(|| std::io::Error::other("there is something else than a server of this program"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_address_stands_for_all() {
        for (listen, asked) in
            [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.1", "127.0.0.1"), ("192.0.2.7", "192.0.2.7")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse::<IpAddr>().unwrap());
        }
    }
}
