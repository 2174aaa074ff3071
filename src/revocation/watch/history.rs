//! Reads the archive once before the gateway serves, the newest first: signers that have expired are judged by the last list that covered
//! them, whenever that was. One list at a time is held whole beside the newest, and those of unknown signers that have room.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Watch;
use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::hex;
use crate::pki::revocation::List;
use crate::pki::{Name, RevocationFormat};
use crate::revocation::archive::{Archive, Kind};
use crate::revocation::holdings::Holdings;
use crate::revocation::intake::{self, Item, Terms};
use crate::revocation::problem::Fault;

impl Watch {
    /// Reads all that is archived and publishes it together. Blocks.
    pub(super) fn read_history(&self) {
        // What cannot be read may have revoked anything; only to be told of it would leave that good.
        let mut whole = true;
        self.name_imports(&mut whole);
        let mut found = self.answers(&mut whole);
        found.extend(self.lists(&mut whole));
        self.begin_with(found, whole);
        self.numbers.archived(self.archive.bytes());
    }

    /// Files that others put there get the names by which they sort.
    fn name_imports(&self, whole: &mut bool) {
        let files = self.archive.names(Kind::List).unwrap_or_default();
        for name in files.iter().filter(|name| digest_in(name).is_none()) {
            for (item, der) in self.load(name, RevocationFormat::Crl, whole) {
                // Whoever can write here may say what is history, whoever signed it.
                let Item::List(list) = &item else { continue };
                let name_of = Archive::name(Kind::List, list.this_update(), list.digest());
                if let Err(error) = self.archive.keep(&name_of, &der) {
                    *whole = false;
                    self.tell_of_disk(&Fault::Keep(error).at(self.archive.place(name).display()));
                }
            }
        }
    }

    fn answers(&self, whole: &mut bool) -> Vec<Item> {
        let names = self.names(Kind::Answer, whole);
        let loaded = names.iter().flat_map(|name| self.load(name, RevocationFormat::Ocsp, whole));
        loaded.map(|(item, _)| item).collect()
    }

    /// Of each series the newest whole, and of each before what the next one dropped.
    fn lists(&self, whole: &mut bool) -> Vec<Item> {
        let mut found = Vec::new();
        // Of each series the one that was read last, whole.
        let mut next: HashMap<Name, Vec<Arc<List>>> = HashMap::new();
        let held: HashMap<String, Arc<List>> =
            self.holdings().lists().map(|list| (list.digest().hex(), Arc::clone(list))).collect();
        // What nobody showed to have signed cannot be left to the next one, and is not all held: the newest are.
        let mut open = Holdings::new(self.config.source.open_bytes);
        for name in self.names(Kind::List, whole) {
            let held = digest_in(&name).and_then(|digest| held.get(digest).cloned());
            let lists = match held {
                Some(held) if !held.is_part() => vec![held],
                _ => self
                    .load(&name, RevocationFormat::Crl, whole)
                    .into_iter()
                    .filter_map(|(item, _)| list(item))
                    .collect(),
            };
            for list in lists {
                // A delta that is not the present one adds nothing to the full list after it.
                if list.base().is_some() {
                    continue;
                }
                if !list.is_vouched() {
                    self.shelf().add(list.issuer(), list.this_update(), &name);
                    open.add(Item::List(list));
                    continue;
                }
                let next = next.entry(list.issuer().clone()).or_default();
                match next.iter_mut().find(|next| next.is_of_series(&list)) {
                    Some(next) => {
                        let part = list.beside(next).map_or_else(|| Arc::clone(&list), Arc::new);
                        found.push(Item::List(part));
                        *next = list;
                    }
                    None => {
                        found.push(Item::List(Arc::clone(&list)));
                        next.push(list);
                    }
                }
            }
        }
        found.extend(open.lists().cloned().map(Item::List));
        found
    }

    /// Reads again what may answer `wishes` and is not held; whether that is anything. Blocks.
    pub(super) fn recall_now(&self, wishes: &BTreeSet<(Digest, Timestamp)>) -> bool {
        let mut found = Vec::new();
        for name in self.on_the_shelf(wishes) {
            let items = self.load(&name, RevocationFormat::Crl, &mut true);
            if items.is_empty() {
                // It was read before; that it cannot be any more leaves the certificate without an answer.
                self.shelf().remove(&name);
            }
            found.extend(items.into_iter().filter_map(|(item, _)| list(item)));
        }
        if found.is_empty() {
            return false;
        }
        let mut holdings = self.holdings();
        holdings.recall(found);
        self.publish(&holdings, self.published.load().number.saturating_add(1));
        true
    }

    /// The files that may answer `wishes` and are not held.
    pub(super) fn on_the_shelf(&self, wishes: &BTreeSet<(Digest, Timestamp)>) -> BTreeSet<String> {
        let holdings = self.holdings();
        let digest = |name: &str| hex::decode::<32>(digest_in(name)?).map(Digest::from);
        let held = |name: &str| digest(name).is_some_and(|digest| holdings.holds(&digest));
        self.shelf().wanted(wishes, held)
    }

    fn names(&self, kind: Kind, whole: &mut bool) -> Vec<String> {
        let names = self.archive.names(kind);
        let names = names.map_err(|error| {
            *whole = false;
            self.tell_of_disk(&Fault::Unreadable(error).at(self.config.state.display()));
        });
        let mut names = names.unwrap_or_default();
        names.retain(|name| digest_in(name).is_some());
        names
    }

    /// What a file holds; told and left out if it cannot be used, and then the archive was not read whole.
    fn load(&self, name: &str, format: RevocationFormat, whole: &mut bool) -> Vec<(Item, Vec<u8>)> {
        let authorities = self.authorities();
        // What was put here is no source's.
        let terms = Terms { most: usize::MAX, ..self.terms(&authorities) };
        let read = match self.archive.read(name, self.config.limits.bytes) {
            Ok(Some(bytes)) => intake::check(&bytes, format, &terms)
                .map(|found| found.into_iter().map(|(item, der)| (item, der.into_owned())).collect()),
            Ok(None) => Err(Fault::Absent),
            Err(error) => Err(Fault::Unreadable(error)),
        };
        read.unwrap_or_else(|fault: Fault| {
            // By a key that an anchor gave up, it says nothing of the keys that hold.
            *whole &= matches!(fault, Fault::Forged);
            self.tell_of_disk(&fault.at(self.archive.place(name).display()));
            Vec::new()
        })
    }
}

fn list(item: Item) -> Option<Arc<List>> {
    match item {
        Item::List(list) => Some(list),
        Item::Answer(_) => None,
    }
}

/// The digest in the name of a file that the archive gave it.
pub(super) fn digest_in(name: &str) -> Option<&str> {
    let (_, file) = name.rsplit_once('/')?;
    let (seconds, rest) = file.split_once('-')?;
    let (digest, _) = rest.split_once('.')?;
    let digits = |text: &str, length: usize, digit: fn(&u8) -> bool| {
        text.len() == length && text.bytes().all(|byte| digit(&byte))
    };
    let named = digits(seconds, 12, u8::is_ascii_digit) && digits(digest, 64, u8::is_ascii_hexdigit);
    named.then_some(digest)
}
