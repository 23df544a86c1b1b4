//! A TCP proxy between the program and its database, which can refuse connections and silence open ones.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Forwards TCP connections to one target.
pub struct Proxy {
    address: SocketAddr,
    target: SocketAddr,
    /// How often the open connections were silenced.
    silenced: watch::Sender<u32>,
    serving: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts a proxy in front of the database with this URL; returns it with its own URL.
    pub async fn in_front_of(url: &str) -> (Self, String) {
        let parsed = url::Url::parse(url).expect("a URL");
        let target = parsed.socket_addrs(|| None).expect("an address")[0];
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut proxy = Self { address, target, silenced: watch::Sender::new(0), serving: None };
        proxy.serve(listener);
        let mut own = parsed;
        own.set_port(Some(address.port())).expect("a port");
        (proxy, own.to_string())
    }

    fn serve(&mut self, listener: TcpListener) {
        let (target, silenced) = (self.target, self.silenced.clone());
        self.serving = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let Ok((caller, _)) = listener.accept().await else { return };
                connections.spawn(forward(caller, target, silenced.subscribe()));
            }
        }));
    }

    /// Cuts all connections and refuses new ones.
    pub async fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Accepts connections again, at the same address.
    pub fn restart(&mut self) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(self.address).expect("the same port");
        self.serve(socket.listen(64).expect("a listener"));
    }

    /// Keeps the open connections open but forwards nothing any more, as when a machine has vanished. New connections
    /// are forwarded.
    pub fn silence(&self) {
        self.silenced.send_modify(|times| *times += 1);
    }
}

async fn forward(mut caller: TcpStream, target: SocketAddr, mut silenced: watch::Receiver<u32>) {
    silenced.mark_unchanged();
    let Ok(mut onward) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut caller, &mut onward) => {}
        _ = silenced.changed() => std::future::pending().await,
    }
}
