//! Reads request bodies whole: bounded in size, in the memory of their caller, and in time.
//! It does not look at what it reads.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::connection::BoxError;

use super::memory::{Held, Share};
use crate::exchange::Refusal;

/// The body of a request, whose end is that which the client gave it.
///
/// hyper takes a stream of HTTP/2 that is reset without an error for one that came to its end; from a client that is what it
/// breaks off (RFC 9113 §8.1 gives that meaning to answers alone).
pub(super) struct Sent {
    body: Incoming,
    is_http2: bool,
}

/// Bytes that the first part of a body makes room for, if as many are announced: 64 KiB, so that most licenses are not copied as they
/// grow. It is taken from the memory of the caller, if that has it.
const BEGUN: usize = 64 << 10;

/// A body broke off.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body broke off")]
struct BrokenOff;

impl Sent {
    pub(super) const fn new(body: Incoming, is_http2: bool) -> Self {
        Self { body, is_http2 }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(frame) => Some(frame.map_err(Into::into)),
            None if self.is_http2 && !self.body.is_end_stream() => Some(Err(BrokenOff.into())),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Reads `body`, which may have `limit` bytes and take `time`. With `awaits` (`Expect: 100-continue`) the client has
/// announced the size and sends nothing before it is asked to.
pub(super) async fn read(
    body: Sent,
    awaits: bool,
    limit: u64,
    time: Duration,
    memory: &Share,
) -> Result<(Bytes, Held), Refusal> {
    tokio::time::timeout(time, collect(body, awaits, limit, memory)).await.map_err(|_| Refusal::TooSlow)?
}

async fn collect(mut body: Sent, awaits: bool, limit: u64, memory: &Share) -> Result<(Bytes, Held), Refusal> {
    if body.size_hint().lower() > limit {
        if !awaits {
            discard(body, limit).await;
        }
        return Err(Refusal::TooLarge { limit });
    }
    // Memory is taken for what has come, not for what was announced: a few announcements with nothing behind them would
    // keep every other caller out. What is announced must find room now, so that no upload is begun in vain.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(0);
    drop(memory.take_for_body(announced).ok_or(Refusal::NoRoom)?);
    let mut held = memory.take_for_body(0).ok_or(Refusal::NoRoom)?;
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::CutOff)?;
        let Ok(data) = frame.into_data() else { continue };
        let length = whole.len().saturating_add(data.len());
        if u64::try_from(length).map_or(true, |length| length > limit) {
            drop(whole);
            discard(body, limit).await;
            return Err(Refusal::TooLarge { limit });
        }
        if !memory.widen(&mut held, length) {
            return Err(Refusal::NoRoom);
        }
        if whole.is_empty() && memory.widen(&mut held, announced.min(BEGUN)) {
            whole.reserve(announced.min(BEGUN));
        }
        whole.extend_from_slice(&data);
    }
    Ok((whole.freeze(), held))
}

/// Reads on and forgets up to `most` bytes: closing with data unread could destroy the answer on its way to the client.
pub(super) async fn discard<B: Body<Data = Bytes> + Unpin>(mut body: B, most: u64) {
    let mut left = most;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
