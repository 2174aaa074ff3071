//! The rules that one request is answered under: an immutable snapshot with a generation, and the place where the
//! present one is published. It decides nothing itself.

mod anchors;
mod callers;
mod clients;
mod change;
mod enrollment;
pub mod store;

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

pub use self::callers::{Caller, Callers, EnrolledSystem};
pub use self::change::RulesChange;
pub use self::clients::{ClientChain, Clients, Distrust, Trusted};
pub use self::enrollment::Enrollment;
use crate::catalog::Catalog;
use crate::manifest::Standing;
use crate::pki::Anchors;
use crate::policy::Agreements;
use crate::seal::SealRegister;

/// All rules at one time. Requests take it once and keep it to their end.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// Which publication this is, counted from 1 since the gateway started; shown in every answer and record.
    pub generation: u64,
    /// Departments, services and license types.
    pub catalog: Arc<Catalog>,
    /// Who may have what.
    pub agreements: Arc<Agreements>,
    /// Whom seals and signatures must lead to.
    pub anchors: Arc<Anchors>,
    /// Which seals are suspended.
    pub seals: Arc<SealRegister>,
    /// Whose certificates are trusted on connections.
    pub clients: Arc<Clients>,
    /// Who may call.
    pub callers: Arc<Callers>,
    /// The manifest and the suspensions that all of it rests on.
    pub standing: Arc<Standing>,
}

/// The rulebook that holds now. Swapped whole, so that no request sees half of a change.
#[derive(Debug)]
pub struct Published {
    current: ArcSwap<Rulebook>,
    generations: watch::Sender<u64>,
}

impl Published {
    /// Publishes the first rulebook.
    pub fn new(first: Rulebook) -> Self {
        let generations = watch::Sender::new(first.generation);
        Self { current: ArcSwap::from_pointee(first), generations }
    }

    /// The rulebook that holds now.
    pub fn current(&self) -> Arc<Rulebook> {
        self.current.load_full()
    }

    /// Publishes `next` under the generation after the present one, which is returned.
    pub fn publish(&self, next: Rulebook) -> u64 {
        let after = |present: &Rulebook| present.generation.saturating_add(1);
        // Tried again if another publication comes between, so that no two get one generation.
        let replaced = self.current.rcu(|present| Rulebook { generation: after(present), ..next.clone() });
        let generation = after(&replaced);
        // Told afterwards, so that whoever hears of a generation finds it, or a later one.
        self.generations.send_modify(|told| *told = generation.max(*told));
        generation
    }

    /// Tells of every publication from now on; of several at once, of the last.
    pub fn generations(&self) -> watch::Receiver<u64> {
        self.generations.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::clock::Timestamp;
    use crate::identifier::Province;
    use crate::manifest::{
        Arrival, KeyName, Manifest, Note, Officer, Officers, PrivateKey, PublicationName, Scheme, Terms,
    };

    /// The rules that are shipped, as two officers approve them.
    fn standing() -> Standing {
        let files = store::files(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let key = |name: &str, seed: u8| {
            PrivateKey::new(KeyName::parse(name).unwrap(), Scheme::Ed25519, &[seed; 32]).unwrap()
        };
        let keys = [key("one", 1), key("two", 2)];
        let officers = keys.iter().map(|key| Officer::new(vec![key.public().clone()]).unwrap()).collect();
        let terms = Terms {
            publication: PublicationName::parse("trust.test").unwrap(),
            officers: Officers::new(officers, 2).unwrap(),
            break_glass: false,
        };
        let manifest = Manifest {
            publication: terms.publication.clone(),
            version: 1,
            previous: None,
            created: Timestamp::from_seconds(0),
            expires: Timestamp::from_seconds(1),
            officers: terms.officers.clone(),
            lifted: [].into(),
            break_glass: false,
            reason: "a test".to_owned(),
            files: files.shapes(),
        };
        let mut note = Note::unsigned(manifest.to_string());
        keys.iter().for_each(|key| assert!(key.sign(&mut note).unwrap()));
        let signed = terms.enter(note.to_string().as_bytes()).unwrap();
        Standing::new(signed.accept(files, Arrival::Kept).unwrap())
    }

    #[test]
    fn no_two_publications_have_one_generation() {
        let standing = Arc::new(standing());
        let rulebook = || store::rulebook(&standing, Province::parse("44").unwrap(), |_| {}).unwrap();
        let published = Published::new(rulebook());
        let next = rulebook();
        let mut generations: Vec<u64> = std::thread::scope(|scope| {
            let publish = || (0..50).map(|_| published.publish(next.clone())).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(publish)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        generations.sort_unstable();
        assert_eq!(generations, (2..=201).collect::<Vec<_>>());
        assert_eq!(published.current().generation, 201);
    }
}
