//! Until when a judgement holds: judged again at any time before that, a file gets the same verdict with the same reasons; and
//! where a date decides, the verdict changes there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::Value;
use tongban::budget::Limits;
use tongban::clock::{Period, Timestamp};
use tongban::demo::forge::{
    Authority, Issuer, Layout, Name, Profile, SealDraft, SealSigners, Seed, Validity, samples,
};
use tongban::license::{Circumstances, Sought, judge_traced};
use tongban::pki::{Anchor, AnchorEntry, Anchors, Certificate};
use tongban::report;
use tongban::seal::{SealEvent, SealEventReason, SealRecord, SealRegister};
use tongban::trace::Trace;
use tongban::verdict::Language;

const HOUR: i64 = 3_600_000;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000).plus_millis(hours * HOUR)
}

fn window(from: i64, until: i64) -> Validity {
    Validity { from: at(from), until: at(until) }
}

/// A sealed license whose certificates and seal begin and end at different hours, and what it is judged against.
struct World {
    file: Vec<u8>,
    anchors: Anchors,
    seals: SealRegister,
}

static WORLDS: LazyLock<Vec<World>> = LazyLock::new(|| {
    // Hours at which root, signer, maker and seal end; when it is signed; from when until when the anchor is trusted.
    let cases = [
        (400, 300, 350, 200, 10, (None, None)),
        (400, 100, 350, 200, 10, (None, Some(150))),
        (400, 300, 120, 350, 60, (Some(80), None)),
        (90, 300, 350, 350, 40, (None, None)),
    ];
    cases
        .iter()
        .map(|(root, signer, maker, seal, signed, period)| {
            let name = |text: &str| Name::new("Horizon", text);
            let root = Authority::root(&Seed::new("horizon"), name("root"), window(-10, *root)).unwrap();
            let maker = root.issue(Profile::Signer, name("maker"), window(-10, *maker)).unwrap();
            let signer = root.issue(Profile::Signer, name("signer"), window(-10, *signer)).unwrap();
            let signers = SealSigners::certificates(&[&signer]);
            let draft =
                SealDraft::new(Layout::Gb2020, "44990000000001", "horizon", signers, window(-5, *seal));
            let issuer = Issuer { signer, seal: draft.unwrap().sign(&maker).unwrap() };
            let (_, license) = samples(at(*signed)).unwrap().remove(0);
            let file = issuer.seal_license(&license, at(*signed)).unwrap().to_zip().unwrap();
            let certificate = Certificate::from_der(root.certificate()).unwrap();
            let period = Period::new(period.0.map(at), period.1.map(at)).unwrap();
            let entry = Arc::new(AnchorEntry { period, ..AnchorEntry::given() });
            let anchors = Anchors::stated(vec![Anchor { certificate, entry }], Vec::new());
            let event = SealEvent::Suspended { until: Some(at(175)) };
            let record = SealRecord { maker: None, event, since: at(165), reason: SealEventReason::Unstated };
            let seals = SealRegister::partial([("44990000000001".to_owned(), record)]);
            World { file, anchors, seals }
        })
        .collect()
});

/// What is found at `now`, but for the present time itself.
fn judged(world: &World, now: Timestamp) -> (Value, Trace) {
    let limits = Limits::default();
    let circumstances =
        Circumstances { seals: Some(&world.seals), ..Circumstances::new(&world.anchors, now, &limits) };
    let (judgement, trace) = judge_traced(Sought::File, &world.file, &circumstances);
    let mut report = report::to_json(None, &judgement, Language::English);
    report["status"]["as_of"].take();
    (report, trace)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_changes_before_it_may(which in 0..4_usize, now in -20_i64..420, share in 0.0..1.0_f64) {
        let world = &WORLDS[which];
        let now = at(now).plus_millis(137);
        let (first, trace) = judged(world, now);
        prop_assert!(!trace.is_open());
        let until = trace.holds_until().unwrap_or(at(1_000));
        prop_assert!(until > now);
        let span = until.millis() - 1 - now.millis();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of hours in milliseconds")]
        let later = now.plus_millis((span as f64 * share) as i64);
        for later in [later, until.plus_millis(-1)] {
            prop_assert_eq!(&judged(world, later).0, &first, "{} {}", now, later);
        }
    }
}

#[test]
fn each_date_that_decides_is_met() {
    // From horizon to horizon, every change of what is found lies on one.
    for world in WORLDS.iter() {
        let (mut now, end) = (at(-20), at(420));
        let mut found = 0;
        while now < end {
            let (before, trace) = judged(world, now);
            let Some(until) = trace.holds_until() else { break };
            assert_eq!(judged(world, until.plus_millis(-1)).0, before, "{now} {until}");
            found += usize::from(judged(world, until).0 != before);
            now = until;
        }
        assert!(found >= 4, "{found} changes");
    }
}
