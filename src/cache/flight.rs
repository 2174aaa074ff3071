//! Fetches that are on their way, one for all who ask the same. What a purge lets go of still reaches those who wait for
//! it, and nobody after them.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::key::Key;
use super::{CutShort, Failure};
use crate::disclosure::Answer;

/// How a fetch ended, `None` until it has.
type Ended<E> = Option<Result<Arc<Answer>, E>>;

/// A place among those who wait for one fetch.
pub(super) struct Seat<E>(watch::Receiver<Ended<E>>);

/// All fetches that are on their way.
pub(super) struct Flights<E>(Mutex<Open<E>>);

struct Open<E> {
    by_key: HashMap<Key, (u64, watch::Receiver<Ended<E>>)>,
    next: u64,
}

/// The fetches that are on their way, which no other can join or leave meanwhile.
pub(super) struct Board<'f, E>(MutexGuard<'f, Open<E>>);

impl<E: Failure> Flights<E> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Open { by_key: HashMap::new(), next: 0 }))
    }

    /// Each step on the board leaves it whole, so a poisoned lock is as good as any.
    pub(super) fn board(&self) -> Board<'_, E> {
        Board(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<E: Failure> Board<'_, E> {
    /// A seat in the flight of `key`, if there is one.
    pub(super) fn join(&self, key: &Key) -> Option<Seat<E>> {
        self.0.by_key.get(key).map(|(_, ended)| Seat(ended.clone()))
    }

    /// Begins `fetch` for `key` as a task of its own. `land` runs before anybody hears of the answer, and only if nobody has
    /// let go of it by then.
    pub(super) fn begin<F>(
        &mut self,
        flights: &Arc<Flights<E>>,
        key: &Key,
        fetch: F,
        land: impl FnOnce(&Arc<Answer>) + Send + 'static,
    ) -> Seat<E>
    where
        F: Future<Output = Result<Answer, E>> + Send + 'static,
    {
        let (tell, ended) = watch::channel(None);
        let number = self.0.next;
        self.0.next = number.wrapping_add(1);
        self.0.by_key.insert(key.clone(), (number, ended.clone()));
        let flight = Flight { flights: Arc::clone(flights), key: key.clone(), number };
        tokio::spawn(async move {
            let fetched = fetch.await.map(Arc::new);
            flight.end(|| {
                if let Ok(answer) = &fetched {
                    land(answer);
                }
            });
            tell.send_replace(Some(fetched));
        });
        Seat(ended)
    }

    /// Lets go of the flights whose keys are `wanted`; returns how many these were.
    pub(super) fn let_go(&mut self, wanted: impl Fn(&Key) -> bool) -> usize {
        let before = self.0.by_key.len();
        self.0.by_key.retain(|key, _| !wanted(key));
        before.saturating_sub(self.0.by_key.len())
    }
}

impl<E: Failure> Seat<E> {
    /// The end of the fetch.
    pub(super) async fn wait(mut self) -> Result<Arc<Answer>, E> {
        match self.0.wait_for(Option::is_some).await.map(|ended| ended.clone()) {
            Ok(Some(ended)) => ended,
            Ok(None) | Err(_) => Err(CutShort.into()),
        }
    }
}

/// One fetch, which leaves the board however it ends.
struct Flight<E: Failure> {
    flights: Arc<Flights<E>>,
    key: Key,
    number: u64,
}

impl<E: Failure> Flight<E> {
    /// Leaves the board, and runs `land` if it was still there.
    fn end(&self, land: impl FnOnce()) {
        let mut board = self.flights.board();
        if board.0.by_key.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            board.0.by_key.remove(&self.key);
            // Still under the lock: a purge comes before this, and the flight was not there, or after it, and finds it.
            land();
        }
    }
}

impl<E: Failure> Drop for Flight<E> {
    fn drop(&mut self) {
        self.end(|| ());
    }
}
