//! Tongban (通办): the gateway that judges e-licenses and relays data requests between provinces.
//!
//! The modules stand in floors. A module uses lower floors and, on its own floor, only modules listed before it;
//! `tests/architecture.rs` reads the lists below and holds the code to them.

// Floor 0, ground: settings, spellings, foreign text, faults, tables of files, values that never print, identifiers, algorithms, limits and traces.
pub mod clock;
pub mod setting;
pub mod hex;
pub mod media_type;
pub mod foreign;
pub mod fault;
pub mod table;
pub mod sensitive;
pub mod asn1;
pub mod identifier;
pub mod crypto;
pub mod trace;
pub mod budget;

// Floor 1, judgement: pure, no async, no I/O, no clock.
pub mod verdict;
pub mod catalog;
pub mod pki;
pub mod document;
pub mod timestamp;
pub mod seal;
pub mod license;
pub mod report;
pub mod policy;
pub mod review;
pub mod disclosure;
pub mod manifest;

// Floor 2, services: what has memory, time or I/O.
pub mod metrics;
pub mod rulebook;
pub mod quota;
pub mod verifier;
pub mod cache;
pub mod upstream;
pub mod registry;
pub mod trust;
pub mod corrections;
pub mod revocation;
pub mod ledger;
pub mod impact;

// Floor 3, exchange: the steps of one request, in order; no HTTP, no TLS.
pub mod exchange;

// Floor 4, edge: sockets, TLS, HTTP; the only floor that knows status codes.
pub mod edge;

// Floor 5, assembly: what puts the floors together.
pub mod config;
pub mod reload;
pub mod gateway;
pub mod demo;

// Floor 6, entry: arguments to calls to exit codes.
pub mod cli;
