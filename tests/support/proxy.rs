//! What stands between the program and its database: it can be away, and it can swallow what is said over it.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Passes connections on.
pub struct Proxy {
    address: SocketAddr,
    target: SocketAddr,
    /// How often what is open was made silent.
    silenced: watch::Sender<u32>,
    serving: Option<JoinHandle<()>>,
}

impl Proxy {
    /// One in front of the database with this URL, and its own URL.
    pub async fn before(url: &str) -> (Self, String) {
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
                connections.spawn(pass_on(caller, target, silenced.subscribe()));
            }
        }));
    }

    /// All connections are cut, and new ones refused.
    pub async fn go(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Is there again, at the same address.
    pub fn come_back(&mut self) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(self.address).expect("the same port");
        self.serve(socket.listen(64).expect("a listener"));
    }

    /// What is open stays so, and nothing comes through any more, as with a machine that is gone; new connections are
    /// passed on.
    pub fn swallow(&self) {
        self.silenced.send_modify(|times| *times += 1);
    }
}

async fn pass_on(mut caller: TcpStream, target: SocketAddr, mut silenced: watch::Receiver<u32>) {
    silenced.mark_unchanged();
    let Ok(mut onward) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut caller, &mut onward) => {}
        _ = silenced.changed() => std::future::pending().await,
    }
}
