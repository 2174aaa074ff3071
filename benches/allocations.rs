//! What judging one sealed document of 39 KB asks of the allocator, as `benches/figures/allocations.tsv` keeps it:
//! `cargo bench --profile dev --bench allocations > benches/figures/allocations.tsv`. Other load does not disturb it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark"
)]

#[path = "../tests/support/allocations.rs"]
mod allocations;
#[path = "../tests/support/sealed.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod sealed;
#[path = "../tests/support/together.rs"]
mod together;

#[global_allocator]
static COUNTING: allocations::Counting = allocations::Counting;

fn main() {
    println!("what\tallocations\tbytes\tmost_at_once");
    for (what, counts) in allocations::rows() {
        println!("{what}\t{}\t{}\t{}", counts.allocations, counts.bytes, counts.most);
    }
}
