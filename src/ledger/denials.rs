//! Where the newest records of denials stand in the file, so that a caller can be told of its own without a search.

use std::collections::{HashMap, VecDeque};

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes before it.
    pub(super) offset: u64,
    /// Bytes of it, without its line feed.
    pub(super) length: usize,
}

/// The newest denials, and no more than so many.
#[derive(Debug)]
pub(super) struct Denials {
    most: usize,
    order: VecDeque<u128>,
    places: HashMap<u128, Place>,
}

impl Denials {
    pub(super) fn new(most: usize) -> Self {
        Self { most, order: VecDeque::new(), places: HashMap::new() }
    }

    /// Notes the line of the record called `id`, which holds `record`, if that is a denial.
    pub(super) fn note(&mut self, id: &str, record: &str, place: Place) {
        let Some(number) = number(id).filter(|_| self.most > 0 && is_denial(record)) else { return };
        if self.order.len() == self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.places.remove(&oldest);
        }
        self.order.push_back(number);
        self.places.insert(number, place);
    }

    pub(super) fn find(&self, id: &str) -> Option<Place> {
        self.places.get(&number(id)?).copied()
    }
}

/// A record's name is the half of a hash; as a number it takes a quarter of the room.
fn number(id: &str) -> Option<u128> {
    let digits =
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    digits.then(|| u128::from_str_radix(id, 16).ok()).flatten()
}

/// What callers write is never in a record as it stands, so this member occurs once at most.
fn is_denial(record: &str) -> bool {
    let decision = record.split_once("\"decision\":{\"code\":\"");
    decision.is_some_and(|(_, rest)| !rest.starts_with("permit\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = r#"{"decision":{"code":"expired","policies":[],"missing":[]}}"#;

    #[test]
    fn the_newest_denials_are_known_and_nothing_else() {
        let mut denials = Denials::new(2);
        let name = |number: u8| format!("{number:032x}");
        let place = |offset| Place { offset, length: 1 };
        denials.note(&name(1), r#"{"decision":{"code":"permit","policies":["a"]}}"#, place(1));
        denials.note(&name(2), r#"{"decision":null}"#, place(2));
        for number in [3, 4, 10] {
            denials.note(&name(number), DENIED, place(number.into()));
        }
        let found = [1, 2, 3, 4, 10].map(|number| denials.find(&name(number)));
        assert_eq!(found, [None, None, None, Some(place(4)), Some(place(10))]);
        for odd in ["", "a", &name(10).to_uppercase(), "+000000000000000000000000000000a"] {
            assert_eq!(denials.find(odd), None, "{odd}");
        }
    }

    #[test]
    fn none_are_kept_where_none_are_wanted() {
        let mut denials = Denials::new(0);
        denials.note(&format!("{:032x}", 1), DENIED, Place { offset: 0, length: 1 });
        assert_eq!(denials.find(&format!("{:032x}", 1)), None);
    }
}
