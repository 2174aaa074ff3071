//! How much judging one document may ask of the allocator, so that a change which costs more is seen in review: whoever needs more
//! raises a bound here. `cargo bench --bench allocations` prints the figures themselves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/allocations.rs"]
mod allocations;
#[path = "support/sealed.rs"]
#[allow(dead_code, reason = "benches use the rest")]
mod sealed;
#[path = "support/together.rs"]
mod together;

use allocations::Counts;

#[global_allocator]
static COUNTING: allocations::Counting = allocations::Counting;

/// The most that each way may ask for, for a document of 39 KB: a fifth to a quarter above what it does, so that ordinary work passes and
/// another copy of the document does not. They are to be lowered when less is asked for.
const MOST: [(&str, Counts); 4] = [
    ("at_once", Counts { allocations: 1_500, bytes: 200_000, most: 110_000 }),
    ("known_signer", Counts { allocations: 600, bytes: 165_000, most: 110_000 }),
    ("known_signer_together", Counts { allocations: 600, bytes: 165_000, most: 75_000 }),
    ("stranger", Counts { allocations: 1_450, bytes: 235_000, most: 155_000 }),
];

#[test]
fn a_document_asks_for_no_more_than_is_stated() {
    let rows = allocations::rows();
    for ((what, counts), (bounded, most)) in rows.iter().zip(MOST) {
        assert_eq!(*what, bounded);
        let holds =
            counts.allocations <= most.allocations && counts.bytes <= most.bytes && counts.most <= most.most;
        assert!(holds, "{what}: {counts:?} is more than {most:?}");
    }
    assert_eq!(allocations::rows(), rows, "counted again, all is the same");
}
