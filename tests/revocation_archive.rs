//! Archived lists share entries with the next one: whatever the history, certificates are judged as if all were whole.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use statements::{Entry, ListDraft, at};
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::SigningKey;
use tongban::demo::forge::{Authority, Name, Profile, Seed, Validity};
use tongban::pki::revocation::{
    Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationTerms, TimeBasis,
    validate_with_revocation,
};
use tongban::pki::{Anchors, Certificate, Role, Terms};

const DAYS: [&str; 8] = [
    "2026-01-01",
    "2026-01-08",
    "2026-01-15",
    "2026-01-22",
    "2026-01-29",
    "2026-02-05",
    "2026-02-12",
    "2026-02-19",
];
const SIGNERS: usize = 6;

struct World {
    authority: Authority,
    certificate: Certificate,
    /// One ends in each of the weeks, the last far later.
    signers: Vec<Certificate>,
}

fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let long = Validity { from: at("2020-01-01"), until: at("2040-01-01") };
    let authority = Authority::root(&Seed::new("archive"), Name::new("样例机构", "Root"), long).unwrap();
    let until = ["2026-01-04", "2026-01-11", "2026-01-18", "2026-01-25", "2026-02-01", "2039-01-01"];
    let signers = until.map(|day| {
        let validity = Validity { from: at("2025-01-01"), until: at(day) };
        parsed(&authority.issue(Profile::Signer, Name::new("样例机构", day), validity).unwrap().certificate)
    });
    World { certificate: parsed(authority.certificate()), signers: signers.to_vec(), authority }
});

fn load(draft: &ListDraft, key: &SigningKey) -> List {
    let authorities = [WORLD.certificate.clone()];
    let mut budget = Budget::new(Limits::default());
    List::load(&draft.sign(key), &authorities, &ListLimits::default(), &mut budget).unwrap()
}

/// One list a week. Of each signer it is told on which of the lists it is; a reason of 6 is a hold, which may end.
fn history(on: &[[bool; DAYS.len() - 1]; SIGNERS], reasons: &[u8; SIGNERS]) -> Vec<Arc<List>> {
    let lists = DAYS.windows(2).enumerate().map(|(week, days)| {
        let mut draft = ListDraft::new(&WORLD.certificate, days[0], days[1]);
        for (number, signer) in WORLD.signers.iter().enumerate() {
            if on[number][week] {
                draft = draft.with(Entry::new(signer, "2025-12-20", reasons[number]));
            }
        }
        Arc::new(load(&draft, WORLD.authority.key()))
    });
    lists.collect()
}

/// What is found about `signer` at each of some times, at present.
fn judged(lists: &[Arc<List>], signer: &Certificate, now: Timestamp) -> Vec<String> {
    let evidence = Evidence::new(lists.iter().cloned(), [], false);
    let anchors = Anchors::new(vec![WORLD.certificate.clone()], Vec::new());
    let times = ["2025-12-01", "2026-01-02", "2026-01-10", "2026-01-17", "2026-01-24", "2026-02-18"];
    let judge = |time: &str| {
        let terms = Terms::new(&anchors, Role::Signer, at(time));
        let revocation = RevocationTerms {
            evidence: &evidence,
            rules: EvidenceRules::default(),
            mode: RevocationMode::Require,
            proof: TimeBasis::Shown,
            now,
        };
        let judged =
            validate_with_revocation(signer, &terms, &revocation, &mut Budget::new(Limits::default()));
        let mut standing = judged.standing;
        // Several lists may say that it was revoked; which of them is asked first differs.
        for certificate in &mut standing.certificates {
            for one in [&mut certificate.then, &mut certificate.now] {
                if let tongban::pki::revocation::Standing::Revoked(revocation) = one {
                    revocation.as_of = Timestamp::from_seconds(0);
                    revocation.source =
                        tongban::pki::revocation::Source::Answer { digest: *lists[0].digest() };
                }
            }
        }
        format!("{:?} {standing:?}", judged.path.map(|path| path.subjects()))
    };
    times.into_iter().map(judge).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn parts_say_what_the_whole_said(
        on in any::<[[bool; DAYS.len() - 1]; SIGNERS]>(),
        holds in any::<[bool; SIGNERS]>(),
        known in 1..DAYS.len(),
    ) {
        let reasons = holds.map(|hold| if hold { 6 } else { 4 });
        let mut whole = history(&on, &reasons);
        whole.truncate(known);
        let mut parts: Vec<Arc<List>> = whole
            .windows(2)
            .map(|pair| Arc::new(pair[0].beside(&pair[1]).unwrap()))
            .collect();
        parts.extend(whole.last().cloned());
        prop_assert!(parts.iter().map(|list| list.len()).sum::<usize>() <= whole.iter().map(|list| list.len()).sum());
        for signer in &WORLD.signers {
            for now in ["2026-01-03", "2026-02-20"] {
                // A clock that went back has not seen the newest list yet, and what it has is in part.
                if at(now) >= whole.last().unwrap().this_update() {
                    prop_assert_eq!(judged(&whole, signer, at(now)), judged(&parts, signer, at(now)));
                }
            }
        }
    }
}

#[test]
fn a_part_says_nothing_until_the_list_that_has_the_rest_has_come() {
    let on = [[true; DAYS.len() - 1]; SIGNERS];
    let whole = history(&on, &[4; SIGNERS]);
    let part = Arc::new(whole[0].beside(&whole[1]).unwrap());
    assert!(part.is_part() && part.is_empty() && !whole[0].is_empty());
    let signer = WORLD.signers.last().unwrap();
    let at_first = judged(&[Arc::clone(&part), Arc::clone(&whole[1])], signer, at("2026-01-02"));
    assert!(at_first.iter().all(|found| found.contains("Missing")), "{at_first:?}");
    assert_eq!(
        judged(&[part, Arc::clone(&whole[1])], signer, at("2026-01-09")),
        judged(&whole[..2], signer, at("2026-01-09"))
    );
}

#[test]
fn only_the_next_list_of_the_same_key_can_have_the_rest() {
    let stranger = Authority::root(
        &Seed::new("stranger"),
        Name::new("样例机构", "Root"),
        Validity { from: at("2020-01-01"), until: at("2040-01-01") },
    )
    .unwrap();
    let key = WORLD.authority.key();
    let draft = |from, until| ListDraft::new(&WORLD.certificate, from, until);
    let first = load(&draft(DAYS[0], DAYS[1]), key);
    let second = load(&draft(DAYS[1], DAYS[2]), key);
    let third = load(&draft(DAYS[2], DAYS[3]), key);
    assert!(first.beside(&second).is_some());
    assert!(second.beside(&first).is_none(), "the wrong order");
    assert!(first.beside(&first).is_none(), "itself");
    assert!(first.beside(&second.beside(&third).unwrap()).is_none(), "a part");
    assert!(first.beside(&load(&draft(DAYS[1], DAYS[2]), stranger.key())).is_none(), "another key");
    let delta = load(&draft(DAYS[1], DAYS[2]).numbered(2, Some(1)), key);
    assert!(first.beside(&delta).is_none(), "a delta");
}

/// What comes of a path through an issuing authority below an anchor without sources when `lists` are at hand that nobody
/// known has signed, before any path was judged.
fn below_a_silent_anchor(issuing: &Certificate, leaf: &Certificate, lists: &[Vec<u8>]) -> (bool, String) {
    let load = |der: &Vec<u8>| {
        let authorities = [WORLD.certificate.clone()];
        let mut budget = Budget::new(Limits::default());
        Arc::new(List::load(der, &authorities, &ListLimits::default(), &mut budget).unwrap())
    };
    let evidence = Evidence::new(lists.iter().map(load), [], false);
    let anchors = Anchors::new(vec![WORLD.certificate.clone()], Vec::new());
    let beside = [issuing.clone()];
    let terms = Terms { beside: &beside, ..Terms::new(&anchors, Role::Signer, at("2026-01-10")) };
    let revocation = RevocationTerms {
        evidence: &evidence,
        rules: EvidenceRules::default(),
        mode: RevocationMode::ByAnchor,
        proof: TimeBasis::Shown,
        now: at("2026-01-10"),
    };
    let judged = validate_with_revocation(leaf, &terms, &revocation, &mut Budget::new(Limits::default()));
    (judged.path.is_ok(), format!("{:?}", judged.standing.certificates.first().map(|one| &one.then)))
}

#[test]
fn a_list_in_the_name_of_an_authority_concerns_what_it_certified_if_its_key_signed_it() {
    let long = Validity { from: at("2020-01-01"), until: at("2040-01-01") };
    let issuing = WORLD.authority.subordinate(Name::new("样例机构", "Issuing"), long).unwrap();
    let signer = issuing.issue(Profile::Signer, Name::new("样例机构", "Below"), long).unwrap();
    let (authority, leaf) = (parsed(issuing.certificate()), parsed(&signer.certificate));
    let stranger = Authority::root(&Seed::new("stranger"), Name::new("样例机构", "Root"), long).unwrap();
    let list = ListDraft::new(&authority, "2026-01-08", "2026-01-15");
    let forged: Vec<Vec<u8>> =
        (0..40).map(|number| list.clone().numbered(number, None).sign(stranger.key())).collect();
    let asked_of = |lists: &[Vec<u8>]| below_a_silent_anchor(&authority, &leaf, lists);
    assert_eq!(asked_of(&forged), (true, "Some(Unchecked)".to_owned()));
    // The authority's own list is one that counts, whoever brought it.
    let revoking = list.clone().with(Entry::new(&leaf, "2026-01-01", 4)).sign(issuing.key());
    let (good, standing) = asked_of(&[forged[..3].to_vec(), vec![revoking]].concat());
    assert!(!good && standing.contains("Revoked"), "{standing}");
}
