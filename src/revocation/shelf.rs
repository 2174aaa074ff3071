//! Which lists of unknown signers the archive has, by who says to have signed them. Of many only the newest are held in memory;
//! who expired long ago is judged by an older one, which is found here when it is wanted. It reads nothing.

use std::collections::{BTreeSet, HashMap};

use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::pki::Name;

/// Lists that are read for one wish. 4: the last from before a certificate's end speaks for it, unless it was announced for too
/// short a time, or somebody else put lists of that name between.
const EACH: usize = 4;

/// Lists that may be wanted.
#[derive(Debug, Default)]
pub(super) struct Shelf(HashMap<Digest, BTreeSet<(Timestamp, String)>>);

impl Shelf {
    /// The archive has the list of `issuer` from `time` under the name `file`.
    pub(super) fn add(&mut self, issuer: &Name, time: Timestamp, file: &str) {
        self.0.entry(issuer.digest()).or_default().insert((time, file.to_owned()));
    }

    /// The archive has no such file any more, or none that can be used.
    pub(super) fn remove(&mut self, file: &str) {
        self.0.values_mut().for_each(|lists| lists.retain(|(_, known)| known != file));
    }

    /// The files that may answer `wishes`, each a name of issuers with the end of a certificate: the last lists from before that
    /// end, without those that are `held`.
    pub(super) fn wanted(
        &self,
        wishes: &BTreeSet<(Digest, Timestamp)>,
        held: impl Fn(&str) -> bool,
    ) -> BTreeSet<String> {
        let of_wish = |(issuer, end): &(Digest, Timestamp)| {
            let lists = self.0.get(issuer).into_iter().flat_map(|lists| lists.iter().rev());
            let before: Vec<&String> =
                lists.filter(|(time, _)| time <= end).take(EACH).map(|(_, file)| file).collect();
            before.into_iter().filter(|file| !held(file)).cloned().collect::<Vec<_>>()
        };
        wishes.iter().flat_map(of_wish).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::forge::{Authority, Name as Called, Seed, Validity};
    use crate::pki::Certificate;

    #[test]
    fn the_last_lists_from_before_the_end_are_wanted() {
        let at = Timestamp::from_seconds;
        let validity = Validity { from: at(0), until: at(1_000_000_000) };
        let name = |called: &str| {
            let root = Authority::root(&Seed::new(called), Called::new("省", called), validity).unwrap();
            Certificate::from_der(root.certificate()).unwrap().subject_name().clone()
        };
        let (one, other) = (name("one"), name("other"));
        let mut shelf = Shelf::default();
        for day in [3, 1, 9, 2, 7, 5] {
            shelf.add(&one, at(day), &format!("one-{day}"));
        }
        shelf.add(&other, at(4), "other-4");
        let wanted = |issuer: &Name, end: i64, held: &[&str]| {
            let wishes = BTreeSet::from([(issuer.digest(), at(end))]);
            shelf.wanted(&wishes, |file| held.contains(&file)).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(wanted(&one, 7, &[]), ["one-2", "one-3", "one-5", "one-7"]);
        assert_eq!(wanted(&one, 6, &["one-5"]), ["one-1", "one-2", "one-3"]);
        assert_eq!(wanted(&one, 0, &[]), [""; 0]);
        assert_eq!(wanted(&other, 9, &[]), ["other-4"]);
        assert_eq!(wanted(&name("third"), 9, &[]), [""; 0]);
    }
}
