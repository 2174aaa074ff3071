//! Drives HTTP on one connection until it ends, idles out, grows too old, is drained, or its client is not trusted any more.
//! It knows neither paths nor callers: each request goes to a service together with the client's credential.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Notify, watch};

use super::Config;
use super::body::Sent;
use super::credential::{Changes, Credential};
use super::framing::Framing;
use super::tally::Tally;
use crate::crypto::random_bytes;

/// Whatever ends a body before its end.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What answers the requests of a connection.
pub(super) trait Service: Send + Sync + 'static {
    /// The bodies of its answers.
    type Body: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static;

    /// Answers one request. The work begins with the call and runs to its end, even if the connection goes away before
    /// what is returned is first polled. An answer that has [`Parting`] among its extensions is the connection's last.
    fn answer(
        self: Arc<Self>,
        client: Option<Arc<Credential>>,
        request: Request<Sent>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// Marks an answer after which the connection ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parting;

/// A connection that is ready for requests.
pub(super) struct Connection<I> {
    pub(super) stream: I,
    pub(super) is_http2: bool,
    pub(super) client: Option<Arc<Credential>>,
    pub(super) draining: watch::Receiver<bool>,
    /// Of callers' connections.
    pub(super) tally: Option<Tally>,
}

impl<I: AsyncRead + AsyncWrite + Unpin + Send + 'static> Connection<I> {
    /// Answers with `service` until the connection ends.
    pub(super) async fn serve<S: Service>(self, service: Arc<S>, config: &Config) {
        let Self { stream, is_http2, client, draining, tally } = self;
        let activity = Arc::new(Activity::new());
        let respond = {
            let (activity, client) = (Arc::clone(&activity), client.clone());
            service_fn(move |request: Request<Incoming>| {
                let request = request.map(|body| Sent::new(body, is_http2));
                // Called here and not in the future below: a connection that brings its end together with a request
                // drops that future without having polled it.
                let answer = Arc::clone(&service).answer(client.clone(), request);
                let (activity, asked, busy) = (Arc::clone(&activity), activity.asked(), activity.busy());
                async move {
                    let mut response = answer.await;
                    if response.extensions().get::<Parting>().is_some() {
                        activity.part();
                    }
                    if !is_http2 && activity.is_parting() {
                        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    Ok::<_, Infallible>(response.map(|body| Busily {
                        body,
                        activity,
                        busy: Some(busy),
                        _asked: asked,
                    }))
                }
            })
        };
        let life = Life {
            idle: config.idle_seconds.duration(),
            ends: Instant::now() + age(config),
            lapse: config.lapse_ms.duration(),
            header: config.header_ms.duration(),
            is_http2,
            client,
            draining,
            tally,
        };
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
            life.drive(connection, &activity).await;
        } else {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                // A client may close its side once its request is out, and still wait for the answer.
                .half_close(true)
                // Counted from the end of the request before, it would end connections that are merely kept.
                .header_read_timeout(None)
                .max_header_size(config.header_bytes.size())
                .max_buf_size(config.header_bytes.size().max(MIN_HTTP1_BUFFER))
                .serve_connection(TokioIo::new(Heard::new(stream, &activity)), respond);
            life.drive(connection, &activity).await;
        }
    }
}

/// hyper refuses smaller buffers.
const MIN_HTTP1_BUFFER: usize = 8192;

/// How old a connection may grow: of each another age, so that those that began together do not end together.
fn age(config: &Config) -> Duration {
    let most = u64::from(config.age_jitter_seconds).saturating_mul(1000);
    // Without randomness all grow equally old, which is no reason to refuse one.
    let drawn = random_bytes::<8>().map_or(0, u64::from_le_bytes);
    let sooner = Duration::from_millis(drawn.checked_rem(most).unwrap_or(0));
    config.age_seconds.duration().saturating_sub(sooner)
}

/// What ends a connection besides its client.
struct Life {
    idle: Duration,
    /// When it is old enough.
    ends: Instant,
    /// How long a client that is not trusted any more may still ask why.
    lapse: Duration,
    /// How long the header of a request over HTTP/1.1 may take from its first byte.
    header: Duration,
    is_http2: bool,
    client: Option<Arc<Credential>>,
    draining: watch::Receiver<bool>,
    tally: Option<Tally>,
}

impl Life {
    /// Runs `connection` to its end; asks it to end when the gateway drains, when it is old enough or when its client has
    /// lapsed, and ends it when the gateway had nothing to do for it for as long as it may be idle.
    async fn drive<C: GracefulConnection>(self, connection: C, activity: &Activity) {
        let mut connection = pin!(connection);
        let mut draining = self.draining.clone();
        let mut changes = self.client.as_ref().map(|client| client.changes());
        let (mut closing, mut aged) = (false, false);
        let (mut lapsed, mut look) = (None, None);
        // Looks wait their turn, while the connection is served.
        let (mut looking, mut outdated) = (Some(Box::pin(self.look(None))), false);
        loop {
            let quiet_until = activity.quiet_since() + self.idle;
            let header = activity.header_since();
            let wake = [
                header.map(|since| since + self.header),
                Some(quiet_until),
                (!closing && !aged).then_some(self.ends),
                lapsed.filter(|_| !closing),
                look.filter(|_| !closing && looking.is_none()),
            ];
            let wake = wake.into_iter().flatten().min().unwrap_or(quiet_until);
            tokio::select! {
                step = step(connection.as_mut(), activity, header) => match step {
                    Step::Ended => return,
                    Step::HeaderBegun => {}
                },
                _ = draining.wait_for(|draining| *draining), if !closing => {
                    closing = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = activity.parting.notified(), if !closing => {
                    closing = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = published(changes.as_mut()), if !closing => match looking {
                    // It may have begun by what held before.
                    Some(_) => outdated = true,
                    None => looking = Some(Box::pin(self.look(lapsed))),
                },
                seen = end_of(looking.as_mut()), if looking.is_some() => {
                    (lapsed, look) = seen;
                    looking = outdated.then(|| Box::pin(self.look(lapsed)));
                    outdated = false;
                }
                () = tokio::time::sleep_until(wake.into()) => {
                    let now = Instant::now();
                    if !closing && looking.is_none() && look.is_some_and(|at| at <= now) {
                        looking = Some(Box::pin(self.look(lapsed)));
                    }
                    if !closing && !aged && self.ends <= now {
                        aged = true;
                        if let Some(tally) = &self.tally {
                            tally.connection_aged();
                        }
                        // HTTP/2 can tell its client to begin no more requests; over HTTP/1.1 the next answer says that it is
                        // the last, because to close now could cut off a request that is on its way.
                        if self.is_http2 {
                            closing = true;
                            connection.as_mut().graceful_shutdown();
                        } else {
                            activity.close_with_next_answer();
                        }
                    }
                    if !closing && lapsed.is_some_and(|at| at <= now) {
                        closing = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    if activity.header_since().is_some_and(|since| since + self.header <= now) {
                        return;
                    }
                    if activity.is_quiet() && activity.quiet_since() + self.idle <= now {
                        return;
                    }
                    if !activity.is_quiet() && quiet_until <= now {
                        activity.touch();
                    }
                }
            }
        }
    }

    /// When to end the connection because its client has lapsed, `already` if that is known, and when to look again.
    async fn look(&self, already: Option<Instant>) -> (Option<Instant>, Option<Instant>) {
        let Some(client) = &self.client else { return (None, None) };
        let (stays, until) = client.stays().await;
        let now = Instant::now();
        match stays {
            true => (None, now.checked_add(client.left_until(until))),
            false => (already.or(Some(now + self.lapse)), None),
        }
    }
}

/// What a connection has come to.
enum Step {
    Ended,
    /// The first bytes of a header have come, and not the last.
    HeaderBegun,
}

/// Runs `connection` until it has ended, or a header is begun that was not `known` to be. Its errors are the client's: broken
/// off, or no HTTP.
async fn step<C: GracefulConnection>(
    mut connection: Pin<&mut C>,
    activity: &Activity,
    known: Option<Instant>,
) -> Step {
    std::future::poll_fn(|context| match connection.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(Step::Ended),
        Poll::Pending => match activity.header_since() {
            Some(since) if Some(since) != known => Poll::Ready(Step::HeaderBegun),
            _ => Poll::Pending,
        },
    })
    .await
}

/// What `work` comes to; never without any.
async fn end_of<F: Future + Unpin>(work: Option<&mut F>) -> F::Output {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

/// Returns when something was published; never without a client.
async fn published(changes: Option<&mut Changes>) {
    match changes {
        Some(changes) => changes.next().await,
        None => std::future::pending().await,
    }
}

/// When the gateway last began or ended work for a connection, on how many of its requests it is at work, since when the next
/// is on its way, and whether the connection is to end.
struct Activity {
    origin: Instant,
    open: AtomicU64,
    last_millis: AtomicU64,
    /// Requests whose header was read and whose answer is not over.
    asked: AtomicU64,
    /// When the first bytes came that belong to no such request, over HTTP/1.1; counted from 1, 0 if none have come.
    header_millis: AtomicU64,
    /// Whether what came last, over HTTP/1.1, ended within a header.
    is_in_header: AtomicBool,
    is_parting: AtomicBool,
    parting: Notify,
}

impl Activity {
    fn new() -> Self {
        Self {
            origin: Instant::now(),
            open: AtomicU64::new(0),
            last_millis: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            header_millis: AtomicU64::new(0),
            is_in_header: AtomicBool::new(false),
            is_parting: AtomicBool::new(false),
            parting: Notify::new(),
        }
    }

    /// Ends the connection after the answers that are under way.
    fn part(&self) {
        self.close_with_next_answer();
        self.parting.notify_one();
    }

    fn close_with_next_answer(&self) {
        self.is_parting.store(true, Ordering::Relaxed);
    }

    fn is_parting(&self) -> bool {
        self.is_parting.load(Ordering::Relaxed)
    }

    fn busy(self: &Arc<Self>) -> Busy {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.touch();
        Busy(Arc::clone(self))
    }

    /// One more request, until what is returned is dropped.
    fn asked(self: &Arc<Self>) -> Asked {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.header_millis.store(0, Ordering::Relaxed);
        Asked(Arc::clone(self))
    }

    /// Bytes have come, and with them perhaps a part of a header, whatever came before it.
    fn hear(&self, is_in_header: bool) {
        self.is_in_header.store(is_in_header, Ordering::Relaxed);
        if self.asked.load(Ordering::Relaxed) == 0 && self.header_millis.load(Ordering::Relaxed) == 0 {
            self.begin_header();
        }
    }

    fn begin_header(&self) {
        self.header_millis.store(self.millis().saturating_add(1), Ordering::Relaxed);
    }

    /// When the header that is on its way began.
    fn header_since(&self) -> Option<Instant> {
        let millis = self.header_millis.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.origin + Duration::from_millis(millis))
    }

    fn touch(&self) {
        self.last_millis.store(self.millis(), Ordering::Relaxed);
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is_quiet(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0
    }

    fn quiet_since(&self) -> Instant {
        self.origin + Duration::from_millis(self.last_millis.load(Ordering::Relaxed))
    }
}

/// The body of an answer, with which the request stays open: a batch may be answered for minutes.
///
/// It is open only while the next piece is asked for. From then on it is the client's turn, and a client that takes
/// nothing must not hold the connection: neither protocol asks for more until what it has is taken, so the end of the
/// body would never be noticed. A piece that is asked for in time makes the connection busy again.
struct Busily<B> {
    body: B,
    activity: Arc<Activity>,
    busy: Option<Busy>,
    _asked: Asked,
}

impl<B: Body + Unpin> Body for Busily<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.busy.is_none() {
            self.busy = Some(self.activity.busy());
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.busy = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Work for one request of a connection.
struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.touch();
    }
}

/// A request whose answer is not over.
struct Asked(Arc<Activity>);

impl Drop for Asked {
    fn drop(&mut self) {
        // A part of the next header that came together with the request before has its time from now on.
        if self.0.asked.fetch_sub(1, Ordering::Relaxed) == 1 && self.0.is_in_header.load(Ordering::Relaxed) {
            self.0.begin_header();
        }
    }
}

/// A stream that tells when bytes come.
struct Heard<I> {
    stream: I,
    framing: Framing,
    activity: Arc<Activity>,
}

impl<I> Heard<I> {
    fn new(stream: I, activity: &Arc<Activity>) -> Self {
        Self { stream, framing: Framing::new(), activity: Arc::clone(activity) }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Heard<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Some(bytes) = buffer.filled().get(before..).filter(|bytes| !bytes.is_empty()) {
            self.framing.take(bytes);
            self.activity.hear(self.framing.is_in_header());
        }
        polled
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Heard<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// A body with pieces, then one that never comes.
    struct Slow(u8);

    impl Body for Slow {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let Some(left) = self.0.checked_sub(1) else { return Poll::Pending };
            self.0 = left;
            Poll::Ready(Some(Ok(Frame::data(Bytes::new()))))
        }
    }

    #[test]
    fn who_is_waited_for_decides_whether_a_connection_is_busy() {
        let activity = Arc::new(Activity::new());
        let busy = Some(activity.busy());
        let mut body =
            Busily { body: Slow(2), activity: Arc::clone(&activity), busy, _asked: activity.asked() };
        let mut ask = || Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())).is_ready();
        assert!(!activity.is_quiet());
        // The client has a piece to take.
        assert!(ask() && activity.is_quiet());
        assert!(ask() && activity.is_quiet());
        // It waits for the gateway, for as long as that takes.
        assert!(!ask() && !activity.is_quiet());
        assert!(!ask() && !activity.is_quiet());
        drop(body);
        assert!(activity.is_quiet());
    }

    #[test]
    fn a_header_begins_with_the_first_byte_after_an_answer() {
        let activity = Arc::new(Activity::new());
        assert_eq!(activity.header_since(), None);
        activity.hear(true);
        let since = activity.header_since().unwrap();
        activity.hear(false);
        assert_eq!(activity.header_since(), Some(since));
        // The rest is the body of a request that is being answered.
        let asked = activity.asked();
        activity.hear(false);
        assert_eq!(activity.header_since(), None);
        drop(asked);
        assert_eq!(activity.header_since(), None);
        activity.hear(true);
        assert!(activity.header_since() >= Some(since));
        // A part of a header that came before the answer was over has its time from then on.
        let asked = activity.asked();
        activity.hear(true);
        assert_eq!(activity.header_since(), None);
        drop(asked);
        assert!(activity.header_since() >= Some(since));
    }
}
