//! Places for handshakes, apart from those for connections: whoever has shown no certificate yet keeps nobody out who has,
//! and no one address takes the places of all others. And threads for them, apart from those that serve: signatures are made
//! and clients judged there, which costs milliseconds.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use super::Config;

/// What threads for handshakes are called.
const THREADS: &str = "handshakes";

/// All places.
pub(super) struct Handshakes {
    all: Arc<Semaphore>,
    taken: Mutex<HashMap<IpAddr, usize>>,
    most_of_one: usize,
    /// Always there until it is dropped, when it is to be taken apart without waiting.
    threads: Option<Runtime>,
}

/// One handshake's place, given back when it is dropped.
pub(super) struct Place {
    handshakes: Arc<Handshakes>,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Handshakes {
    /// As many places and threads as `config` says.
    pub(super) fn new(config: &Config) -> io::Result<Self> {
        // Sockets and timers stay with those that serve.
        let threads = Builder::new_multi_thread()
            .worker_threads(config.trust_workers.get())
            .thread_name(THREADS)
            .build()?;
        let all = config.handshakes.size().min(Semaphore::MAX_PERMITS);
        Ok(Self {
            all: Arc::new(Semaphore::new(all)),
            taken: Mutex::default(),
            most_of_one: config.handshakes_per_address.size(),
            threads: Some(threads),
        })
    }

    /// What `handshake` comes to, on the threads for it; nothing if it is cut short. Ended when nobody waits for it any more.
    pub(super) async fn shake<T: Send + 'static>(
        &self,
        handshake: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let task = self.threads.as_ref()?.spawn(handshake);
        let _ended = Ended(task.abort_handle());
        task.await.ok()
    }

    /// What to wait on before another connection is accepted.
    pub(super) const fn gate(&self) -> &Arc<Semaphore> {
        &self.all
    }

    /// The place of a connection from `address`, which got `permit` at the gate; `None` if that address has too many.
    pub(super) fn enter(self: &Arc<Self>, permit: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let address = network(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.entry(address).or_default();
        if *own >= self.most_of_one {
            return None;
        }
        *own += 1;
        Some(Place { handshakes: Arc::clone(self), address, _permit: permit })
    }
}

impl Drop for Handshakes {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// Ends a task when it is dropped.
struct Ended(AbortHandle);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.handshakes.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: of IPv6 the first 64 bits, because whoever has one has all of the rest (RFC 4291 §2.5.4).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Count;

    #[test]
    fn one_address_does_not_take_all_places() {
        let config =
            Config { handshakes: Count::new(4), handshakes_per_address: Count::new(2), ..Config::default() };
        let handshakes = Arc::new(Handshakes::new(&config).unwrap());
        let enter = |address: &str| {
            let permit = Arc::clone(handshakes.gate()).try_acquire_owned().unwrap();
            handshakes.enter(permit, address.parse().unwrap())
        };
        let first = enter("192.0.2.1").unwrap();
        let _mapped = enter("::ffff:192.0.2.1").unwrap();
        assert!(enter("192.0.2.1").is_none());
        // Who is turned away leaves no trace.
        let _six = enter("2001:db8::1").unwrap();
        let _other = enter("2001:db8::ffff:1").unwrap();
        assert_eq!(handshakes.gate().available_permits(), 0);
        drop(first);
        assert!(enter("2001:db8::2").is_none());
        let _again = enter("192.0.2.1").unwrap();
        assert_eq!(handshakes.taken.lock().unwrap().len(), 2);
    }
}
