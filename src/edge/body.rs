//! Reads request bodies whole: bounded in size each, in memory all together, and in time.
//! It does not look at what it reads.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::tally::Tally;
use crate::exchange::Refusal;

/// The memory that all bodies share, counted in KiB.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    room: Arc<Semaphore>,
    tally: Tally,
}

/// A body's share of the memory, to be kept as long as the body.
#[derive(Debug)]
pub(super) struct Held {
    share: OwnedSemaphorePermit,
    tally: Tally,
}

impl Memory {
    /// Room for `bytes`, rounded down to KiB.
    pub(super) fn new(bytes: u64, tally: Tally) -> Self {
        let kib = usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
        Self { room: Arc::new(Semaphore::new(kib.min(Semaphore::MAX_PERMITS))), tally }
    }

    /// A share of `bytes`, rounded up to KiB, if there is room.
    pub(super) fn take(&self, bytes: usize) -> Option<Held> {
        let kib = u32::try_from(bytes.div_ceil(1024)).ok()?;
        let share = Arc::clone(&self.room).try_acquire_many_owned(kib).ok()?;
        self.tally.bodies_held(i64::from(kib));
        Some(Held { share, tally: self.tally.clone() })
    }
}

impl Held {
    /// How much it is, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.share.num_permits().saturating_mul(1024)
    }

    /// Takes `bytes` of it off, rounded up to KiB, or all if it is less.
    pub(super) fn split(&mut self, bytes: usize) -> Option<Self> {
        let kib = bytes.div_ceil(1024).min(self.share.num_permits());
        Some(Self { share: self.share.split(kib)?, tally: self.tally.clone() })
    }

    pub(super) fn merge(&mut self, mut more: Self) {
        if let Some(share) = more.share.split(more.share.num_permits()) {
            self.share.merge(share);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.tally.bodies_held(-i64::try_from(self.share.num_permits()).unwrap_or(i64::MAX));
    }
}

/// Reads `body`, which may have `limit` bytes and take `time`. With `awaits` (`Expect: 100-continue`) the client has
/// announced the size and sends nothing before it is asked to.
pub(super) async fn read(
    body: Incoming,
    awaits: bool,
    limit: u64,
    time: Duration,
    memory: &Memory,
) -> Result<(Bytes, Held), Refusal> {
    tokio::time::timeout(time, collect(body, awaits, limit, memory)).await.map_err(|_| Refusal::TooSlow)?
}

async fn collect(
    mut body: Incoming,
    awaits: bool,
    limit: u64,
    memory: &Memory,
) -> Result<(Bytes, Held), Refusal> {
    if body.size_hint().lower() > limit {
        if !awaits {
            discard(body, limit).await;
        }
        return Err(Refusal::TooLarge { limit });
    }
    // Memory is taken for what has come, not for what was announced: a few announcements with nothing behind them would
    // keep every other caller out. What is announced must find room now, so that no upload is begun in vain.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(0);
    drop(memory.take(announced).ok_or(Refusal::NoRoom)?);
    let mut held = memory.take(0).ok_or(Refusal::NoRoom)?;
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
        let more = length.saturating_sub(held.bytes());
        if more > 0 {
            held.merge(memory.take(more).ok_or(Refusal::NoRoom)?);
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
