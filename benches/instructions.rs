//! Does one thing a number of times, for a counter of instructions to watch: `benches/instructions.sh` takes the difference between many
//! times and few. What callgrind cannot run, lanes of AVX-512, is done one by one there, as on processors without them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark"
)]

#[path = "../tests/support/sealed.rs"]
#[allow(dead_code, reason = "other benches use the rest")]
mod sealed;

use std::hint::black_box;

use sealed::{Offices, now};
use tongban::budget::Limits;
use tongban::crypto::{
    DigestAlgorithm, Engine, KnownSigners, Message, SignatureAlgorithm, SigningKey, Standing, Verification,
};
use tongban::license::{Circumstances, Draft, Known, Sought, judge_at_once, judge_traced};
use tongban::pki::Certificate;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let what = arguments.next().unwrap_or_default();
    let times: usize = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let offices = Offices::new(1);
    let documents = offices.documents(2);
    let (anchors, limits, known) = (offices.anchors(), Limits::default(), Known::new(4, 1 << 20));
    let usual = Circumstances { engine: Engine::portable(), ..Circumstances::new(&anchors, now(), &limits) };
    let met = Circumstances { known: Some(&known), ..usual };
    (0..10).for_each(|_| drop(judge_traced(Sought::File, &documents[1], &met)));
    let key = SigningKey::from_secret(&[7; 32]).unwrap();
    let public = key.public_key().unwrap();
    let (value, tables) = (key.sign_raw(b"message").unwrap(), KnownSigners::new(1));
    if what == "sm2_known" {
        tables.admit(&public, Standing::Configured);
    }
    let item = Verification {
        algorithm: SignatureAlgorithm::Sm2Sm3,
        key: &public,
        message: Message::Whole(b"message"),
        signature: &value,
    };
    let certificate = &offices.offices[0].signer.certificate;
    for _ in 0..times {
        match what.as_str() {
            "document_at_once" => drop(black_box(judge_at_once(Sought::File, &documents[0], &usual))),
            "document_drafted" => drop(black_box(Draft::new(Sought::File, &documents[0], &met))),
            "sm2_unknown" | "sm2_known" => {
                assert!(Engine::portable().verify_many(black_box(&[item])).iter().all(Result::is_ok));
            }
            "sm3_4096" => drop(black_box(DigestAlgorithm::Sm3.digest(black_box(&[0; 4096])))),
            "certificate" => drop(black_box(Certificate::from_der(black_box(certificate)).unwrap())),
            "" => return eprintln!("counts nothing by itself: see benches/instructions.sh"),
            unknown => panic!("`{unknown}` is nothing that is counted"),
        }
    }
}
