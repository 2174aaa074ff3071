//! The two sockets of a gateway, bound: by address, or by whoever had to know the ports before the gateway was built.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// A listener that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("`{address}` cannot be bound")]
pub struct Error {
    /// The address.
    pub address: SocketAddr,
    /// Why not.
    #[source]
    pub source: io::Error,
}

/// One bound socket with its address.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
}

/// Both sockets. Nothing is accepted from them yet; connections wait in the kernel's backlog.
#[derive(Debug)]
pub struct Sockets {
    pub(super) front: Socket,
    pub(super) admin: Socket,
}

impl Sockets {
    /// Binds `front` for callers and `admin` for operators. With port 0 the operating system chooses.
    pub async fn bind(front: SocketAddr, admin: SocketAddr) -> Result<Self, Error> {
        let bind = async |address| {
            let bound = TcpListener::bind(address).await.and_then(Socket::new);
            bound.map_err(|source| Error { address, source })
        };
        Ok(Self { front: bind(front).await?, admin: bind(admin).await? })
    }

    /// Takes sockets that are bound already. To be called in a runtime.
    pub fn from_bound(front: std::net::TcpListener, admin: std::net::TcpListener) -> io::Result<Self> {
        let take = |listener: std::net::TcpListener| {
            listener.set_nonblocking(true)?;
            Socket::new(TcpListener::from_std(listener)?)
        };
        Ok(Self { front: take(front)?, admin: take(admin)? })
    }
}

impl Socket {
    fn new(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }
}
