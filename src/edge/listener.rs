//! Accepts connections, shakes hands within a limit, and drives HTTP on them until they end, idle out or are drained.
//! It knows neither paths nor callers: each request goes to a service together with the client's certificate.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::Config;
use crate::crypto::Fingerprint;
use crate::setting::Millis;

/// Whatever ends a body before its end.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What answers the requests of a connection.
pub(super) trait Service: Send + Sync + 'static {
    /// The bodies of its answers.
    type Body: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static;

    /// Answers one request. The work begins with the call and runs to its end, even if the connection goes away before
    /// what is returned is first polled.
    fn answer(
        self: Arc<Self>,
        client: Option<Fingerprint>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;

    /// The number of open connections changed.
    fn connections(&self, _change: i64) {}

    /// A handshake failed, or took too long.
    fn handshake_failed(&self) {}
}

/// One listening socket and how its connections are handled.
pub(super) struct Listener<S> {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    service: Arc<S>,
    config: Config,
}

impl<S: Service> Listener<S> {
    /// Serves `service` on `socket`: over TLS with `tls`, else plain.
    pub(super) fn new(
        socket: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        service: Arc<S>,
        config: Config,
    ) -> Self {
        Self { socket, tls: tls.map(TlsAcceptor::from), service, config }
    }

    /// Accepts until `draining` turns true, then gives open connections the drain time to finish.
    pub(super) async fn run(self, mut draining: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(self.config.connections.size().min(Semaphore::MAX_PERMITS)));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                _ = draining.wait_for(|draining| *draining) => break,
                accepted = accept(&self.socket, &slots, self.config.accept_pause_ms) => accepted,
                Some(_) = connections.join_next() => continue,
            };
            let Some((stream, slot)) = accepted else { continue };
            let (tls, service) = (self.tls.clone(), Counted::new(&self.service));
            connections.spawn(connection(stream, tls, service, self.config.clone(), draining.clone(), slot));
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
    slots: &Arc<Semaphore>,
    pause: Millis,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    // The slot comes first: over the limit, callers wait in the kernel's backlog and cost nothing here.
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            // Out of descriptors: trying again at once would spin until some other connection ends.
            tokio::time::sleep(pause.duration()).await;
            None
        }
    }
}

async fn connection<S: Service>(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    counted: Counted<S>,
    config: Config,
    draining: watch::Receiver<bool>,
    _slot: OwnedSemaphorePermit,
) {
    let service = Arc::clone(&counted.0);
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = tls else {
        return http(stream, false, None, service, &config, draining).await;
    };
    let limit = config.handshake_ms.duration();
    let Ok(Ok(stream)) = tokio::time::timeout(limit, tls.accept(stream)).await else {
        service.handshake_failed();
        return;
    };
    let (_, session) = stream.get_ref();
    let client =
        session.peer_certificates().and_then(|chain| chain.first()).map(|leaf| Fingerprint::of(leaf));
    let is_http2 = session.alpn_protocol() == Some(b"h2");
    http(stream, is_http2, client, service, &config, draining).await;
}

/// One open connection, for as long as it is handled, however that ends.
struct Counted<S: Service>(Arc<S>);

impl<S: Service> Counted<S> {
    fn new(service: &Arc<S>) -> Self {
        service.connections(1);
        Self(Arc::clone(service))
    }
}

impl<S: Service> Drop for Counted<S> {
    fn drop(&mut self) {
        self.0.connections(-1);
    }
}

async fn http<S: Service, I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: I,
    is_http2: bool,
    client: Option<Fingerprint>,
    service: Arc<S>,
    config: &Config,
    draining: watch::Receiver<bool>,
) {
    let activity = Arc::new(Activity::new());
    let respond = {
        let activity = Arc::clone(&activity);
        service_fn(move |request| {
            // Called here and not in the future below: a connection that brings its end together with a request
            // drops that future without having polled it.
            let (answer, busy) = (Arc::clone(&service).answer(client, request), activity.busy());
            async move {
                let response = answer.await;
                Ok::<_, Infallible>(response.map(|body| Busily { body, _busy: busy }))
            }
        })
    };
    let idle = config.idle_seconds.duration();
    if is_http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(config.streams.get())
            .initial_stream_window_size(config.stream_window_bytes.get())
            .initial_connection_window_size(config.connection_window_bytes.get())
            .max_header_list_size(config.header_bytes.get())
            .keep_alive_interval(config.ping_seconds.duration())
            .keep_alive_timeout(config.header_ms.duration())
            .serve_connection(TokioIo::new(stream), respond);
        drive(connection, &activity, idle, draining).await;
    } else {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // A client may close its side once its request is out, and still wait for the answer.
            .half_close(true)
            .header_read_timeout(config.header_ms.duration())
            .max_header_size(config.header_bytes.size())
            .max_buf_size(config.header_bytes.size().max(MIN_HTTP1_BUFFER))
            .serve_connection(TokioIo::new(stream), respond);
        drive(connection, &activity, idle, draining).await;
    }
}

/// hyper refuses smaller buffers.
const MIN_HTTP1_BUFFER: usize = 8192;

/// Runs `connection` to its end; asks it to end when `draining` turns true or nothing happened for `idle`.
async fn drive<C: GracefulConnection>(
    connection: C,
    activity: &Activity,
    idle: Duration,
    mut draining: watch::Receiver<bool>,
) {
    let mut connection = pin!(connection);
    let mut closing = false;
    loop {
        let quiet_until = activity.quiet_since() + idle;
        tokio::select! {
            // Errors are the client's: broken off, or no HTTP.
            _ = connection.as_mut() => return,
            _ = draining.wait_for(|draining| *draining), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
            () = tokio::time::sleep_until(quiet_until.into()) => {
                if activity.is_quiet() && activity.quiet_since() + idle <= Instant::now() {
                    return;
                }
                if !activity.is_quiet() {
                    activity.touch();
                }
            }
        }
    }
}

/// When a connection last began or ended a request, and how many it has open.
struct Activity {
    origin: Instant,
    open: AtomicU64,
    last_millis: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Self { origin: Instant::now(), open: AtomicU64::new(0), last_millis: AtomicU64::new(0) }
    }

    fn busy(self: &Arc<Self>) -> Busy {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.touch();
        Busy(Arc::clone(self))
    }

    fn touch(&self) {
        let millis = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_millis.store(millis, Ordering::Relaxed);
    }

    fn is_quiet(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }

    fn quiet_since(&self) -> Instant {
        self.origin + Duration::from_millis(self.last_millis.load(Ordering::Relaxed))
    }
}

/// The body of an answer, with which the request stays open: a batch may be answered for minutes.
struct Busily<B> {
    body: B,
    _busy: Busy,
}

impl<B: Body + Unpin> Body for Busily<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// One open request of a connection.
struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.touch();
    }
}
