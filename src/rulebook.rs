//! The rules that one request is answered under: an immutable snapshot with a generation, and the place where the
//! present one is published. It decides nothing itself.

mod callers;
pub mod store;

use std::sync::Arc;

use arc_swap::ArcSwap;

pub use self::callers::{Caller, Callers, EnrolledSystem};
use crate::catalog::Catalog;
use crate::pki::Anchors;
use crate::policy::Agreements;

/// All rules at one time. Requests take it once and keep it to their end.
#[derive(Debug)]
pub struct Rulebook {
    /// Which publication this is, counted from 1 since the gateway started; shown in every answer and record.
    pub generation: u64,
    /// Departments, services and license types.
    pub catalog: Arc<Catalog>,
    /// Who may have what.
    pub agreements: Arc<Agreements>,
    /// Whom seals and signatures must lead to.
    pub anchors: Arc<Anchors>,
    /// Who may call.
    pub callers: Arc<Callers>,
}

/// The rulebook that holds now. Swapped whole, so that no request sees half of a change.
#[derive(Debug)]
pub struct Published(ArcSwap<Rulebook>);

impl Published {
    /// Publishes the first rulebook.
    pub fn new(first: Rulebook) -> Self {
        Self(ArcSwap::from_pointee(first))
    }

    /// The rulebook that holds now.
    pub fn current(&self) -> Arc<Rulebook> {
        self.0.load_full()
    }

    /// Publishes `next` under the generation after the present one, which is returned.
    pub fn publish(&self, mut next: Rulebook) -> u64 {
        next.generation = self.0.load().generation.saturating_add(1);
        let generation = next.generation;
        self.0.store(Arc::new(next));
        generation
    }
}
