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

mod agreed;
mod batch;
mod catalog;
mod client;
mod corrections;
mod crl_server;
mod decisions;
mod enrollment;
mod evidence;
mod exchange;
mod https;
mod identity;
mod impact;
mod keeping;
mod kept;
mod limits;
mod loose;
mod officers;
mod process;
mod provider;
mod publishing;
mod quotas;
mod records;
mod refusals;
mod registries;
mod revocation;
mod secrecy;
mod standing;
mod suspended;
mod suspending;
mod tenure;
mod trust;
mod verification;
mod world;

#[path = "../support/golden.rs"]
mod golden;
#[path = "../support/lab.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod lab;
#[path = "../support/rules.rs"]
mod rules;
#[path = "../support/statements.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod statements;
