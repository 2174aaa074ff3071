//! Each fuzz target's body over its seeds and 10,000 mutations of them, the same in every run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests"
)]

#[path = "support/bodies.rs"]
mod bodies;
#[path = "support/seeds.rs"]
mod seeds;

use seeds::{Mutator, packages, seeds};
use tongban::pki::PathVerdict;

const MUTATIONS: usize = 10_000;

/// For SM2, of which each input is a score of checks without optimization.
const FEW_MUTATIONS: usize = 200;

fn run(name: &str) {
    run_for(name, MUTATIONS);
}

fn run_for(name: &str, mutations: usize) {
    let body = bodies::TARGETS.into_iter().find(|(known, _)| *known == name).unwrap().1;
    let seeds = seeds(name);
    seeds.iter().for_each(|seed| body(seed));
    let mut mutator = Mutator::new(0x7461_6c6c_7900 ^ name.len() as u64);
    for _ in 0..mutations {
        let mut data = seeds[mutator.below(seeds.len())].clone();
        mutator.mutate(&mut data);
        body(&data);
    }
}

#[test]
fn zip() {
    run("zip");
}

#[test]
fn xml() {
    run("xml");
}

#[test]
fn ses() {
    run("ses");
}

#[test]
fn cms() {
    run("cms");
}

#[test]
fn pdf() {
    run("pdf");
}

#[test]
fn certificate() {
    run("certificate");
}

#[test]
fn timestamp() {
    run("timestamp");
}

#[test]
fn manifest() {
    run("manifest");
}

#[test]
fn list() {
    run("list");
}

#[test]
fn ocsp() {
    run("ocsp");
}

#[test]
fn chain() {
    run("chain");
}

/// The seeds reach what the bodies assert: statements that make a leaf good, revoked, and neither.
#[test]
fn seeds_of_statements_reach_every_verdict() {
    for (name, weighed) in
        [("list", bodies::weighed_lists as fn(&[u8]) -> Vec<PathVerdict>), ("ocsp", bodies::weighed_answers)]
    {
        let verdicts: Vec<PathVerdict> = seeds(name).iter().flat_map(|seed| weighed(seed)).collect();
        for verdict in [PathVerdict::Valid, PathVerdict::Undetermined, PathVerdict::Invalid] {
            assert!(verdicts.contains(&verdict), "no seed of `{name}` is {}", verdict.as_str());
        }
    }
}

/// Mutations inside the entries, packed again with true headers, so that they get past the container.
#[test]
fn ofd() {
    run("ofd");
    let packages = packages();
    let mut mutator = Mutator::new(7);
    for _ in 0..MUTATIONS / 4 {
        let mut package = packages[mutator.below(packages.len())].clone();
        let entry = mutator.below(package.entries.len());
        mutator.mutate(&mut package.entries[entry].content);
        bodies::ofd(&package.to_zip().unwrap());
    }
}

#[test]
fn sm2() {
    run_for("sm2", FEW_MUTATIONS);
}
