//! libFuzzer's entry to the `sm2` body.
#![no_main]
#![allow(missing_docs, reason = "libFuzzer defines the entry")]

#[path = "../../tests/support/bodies.rs"]
#[allow(dead_code, reason = "one body a target")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::sm2(data));
