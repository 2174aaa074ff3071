//! Whole gateways in one process, asked over real sockets: two provinces, a provider system, certificates of a test
//! authority, ports that the operating system chooses, files in a temporary directory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod client;
mod exchange;
mod limits;
mod process;
mod provider;
mod refusals;
mod registries;
mod secrecy;
mod verification;
mod world;
