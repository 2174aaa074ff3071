//! Accepts connections, shakes hands within limits, and hands them over to be served until the gateway drains.
//! What is spoken on a connection is not known here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::HandshakeKind;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::Config;
use super::connection::{Connection, Service};
use super::handshakes::{Handshakes, Place};
use super::tally::Tally;
use super::tls::{self, Acceptor};
use crate::setting::Millis;

/// What stands before connections that are not plain.
pub(super) struct Secure {
    acceptor: Acceptor,
    handshakes: Arc<Handshakes>,
    tally: Tally,
}

impl Secure {
    /// TLS by `acceptor`, within the limits of `config`, counted in `tally`.
    pub(super) fn new(acceptor: Acceptor, config: &Config, tally: Tally) -> Result<Self, tls::Error> {
        let handshakes = Handshakes::new(config).map_err(tls::Error::Threads)?;
        Ok(Self { acceptor, handshakes: Arc::new(handshakes), tally })
    }
}

/// One listening socket and how its connections are handled.
pub(super) struct Listener<S> {
    socket: TcpListener,
    secure: Option<Arc<Secure>>,
    service: Arc<S>,
    config: Config,
}

impl<S: Service> Listener<S> {
    /// Serves `service` on `socket`: over TLS with `secure`, else plain.
    pub(super) fn new(socket: TcpListener, secure: Option<Secure>, service: Arc<S>, config: Config) -> Self {
        Self { socket, secure: secure.map(Arc::new), service, config }
    }

    /// Accepts until `draining` turns true, then gives open connections the drain time to finish.
    pub(super) async fn run(self, mut draining: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(self.config.connections.size().min(Semaphore::MAX_PERMITS)));
        let gate = self.secure.as_ref().map_or(&slots, |secure| secure.handshakes.gate());
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                _ = draining.wait_for(|draining| *draining) => break,
                accepted = accept(&self.socket, gate, self.config.accept_pause_ms) => accepted,
                Some(_) = connections.join_next() => continue,
            };
            let Some((stream, address, permit)) = accepted else { continue };
            let (service, config) = (Arc::clone(&self.service), self.config.clone());
            let draining = draining.clone();
            match &self.secure {
                None => drop(connections.spawn(plain(stream, service, config, draining, permit))),
                Some(secure) => match secure.handshakes.enter(permit, address.ip()) {
                    Some(place) => {
                        let (secure, slots) = (Arc::clone(secure), Arc::clone(&slots));
                        let connection = secured(stream, secure, service, config, draining, place, slots);
                        connections.spawn(connection);
                    }
                    None => secure.tally.handshake_shed(),
                },
            }
        }
        // Closed before the wait, so that new connections are refused at once and go elsewhere.
        drop(self.socket);
        let finish = async { while connections.join_next().await.is_some() {} };
        let limit = Duration::from_secs(self.config.drain_seconds.into());
        if tokio::time::timeout(limit, finish).await.is_err() {
            tracing::warn!(connections = connections.len(), "connections cut at the end of the drain time");
            connections.shutdown().await;
        }
    }
}

async fn accept(
    socket: &TcpListener,
    gate: &Arc<Semaphore>,
    pause: Millis,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // The permit comes first: over the limit, callers wait in the kernel's backlog and cost nothing here.
    let permit = Arc::clone(gate).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, address)) => Some((stream, address, permit)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            // Out of descriptors: trying again at once would spin until some other connection ends.
            tokio::time::sleep(pause.duration()).await;
            None
        }
    }
}

async fn plain<S: Service>(
    stream: TcpStream,
    service: Arc<S>,
    config: Config,
    draining: watch::Receiver<bool>,
    _slot: OwnedSemaphorePermit,
) {
    if stream.set_nodelay(true).is_ok() {
        let connection = Connection { stream, is_http2: false, client: None, draining, tally: None };
        connection.serve(service, &config).await;
    }
}

async fn secured<S: Service>(
    stream: TcpStream,
    secure: Arc<Secure>,
    service: Arc<S>,
    config: Config,
    draining: watch::Receiver<bool>,
    place: Place,
    slots: Arc<Semaphore>,
) {
    let Secure { acceptor, tally, handshakes } = secure.as_ref();
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let handshake = async {
        let _counted = tally.handshake();
        let stream = handshakes.shake(acceptor.current().accept(stream)).await?.ok()?;
        // Only now, when it is known who it is, does it take a connection's place.
        Some((stream, slots.acquire_owned().await.ok()?))
    };
    let Ok(Some((stream, _slot))) = tokio::time::timeout(config.handshake_ms.duration(), handshake).await
    else {
        tally.handshake_failed();
        return;
    };
    drop(place);
    let _counted = tally.connection();
    let (_, session) = stream.get_ref();
    let is_resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
    tally.handshake_done(if is_resumed { "resumed" } else { "full" });
    let client = session.peer_certificates().and_then(|chain| acceptor.credentials().of(chain)).map(Arc::new);
    let is_http2 = session.alpn_protocol() == Some(b"h2");
    let tally = Some(tally.clone());
    Connection { stream, is_http2, client, draining, tally }.serve(service, &config).await;
}
