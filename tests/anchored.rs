//! What an anchor is trusted for, where and when, as it tells in verdicts: one license and one seal under anchors of every
//! entry. The table is `tests/golden/anchors.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/lab.rs"]
#[allow(dead_code, reason = "only some of the lab is needed")]
mod lab;

use std::sync::Arc;

use lab::{Lab, at, sealed, validity};
use tongban::budget::Limits;
use tongban::clock::Period;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Authority, Encoding, Flavor, Hierarchy, Layout, Method, Name, Profile, SealDraft, SealSigners, Seed,
    Signing, Statement, TimestampDraft, Validity,
};
use tongban::identifier::{Region, TypeCode};
use tongban::license::{Circumstances, judge};
use tongban::pki::{Anchor, AnchorEntry, AnchorRole, AnchorScope, Anchors, Certificate};
use tongban::verdict::{ChainState, Judgement, Verdict};

/// The lab's license: of 示例市 in Guangdong, and of this type.
const TYPE: &str = "11100000MB0143028R001";
const OTHER_TYPE: &str = "11100000000013127D001";
const NOW: &str = "2026-11-21T08:00:00Z";

const ROLES: [AnchorRole; 3] = [AnchorRole::SealMaker, AnchorRole::Signer, AnchorRole::Timestamp];

fn entry(name: &str, change: impl FnOnce(&mut AnchorEntry)) -> Arc<AnchorEntry> {
    let mut entry = AnchorEntry { name: name.to_owned(), roles: ROLES.into(), ..AnchorEntry::given() };
    change(&mut entry);
    Arc::new(entry)
}

fn stated(der: &[u8], entry: &Arc<AnchorEntry>) -> Anchor {
    Anchor { certificate: Certificate::from_der(der).unwrap(), entry: Arc::clone(entry) }
}

fn scope(regions: &[&str], types: &[&str]) -> AnchorScope {
    let regions: Vec<Region> = regions.iter().map(|region| Region::parse(region).unwrap()).collect();
    let types: Vec<TypeCode> = types.iter().map(|code| TypeCode::parse(code).unwrap()).collect();
    let regions = (!regions.is_empty()).then(|| regions.into_iter().collect());
    AnchorScope::new(regions, (!types.is_empty()).then(|| types.into_iter().collect()))
}

fn period(from: &str, until: &str) -> Period {
    let time = |text: &str| (!text.is_empty()).then(|| at(text));
    Period::new(time(from), time(until)).unwrap()
}

fn judged(anchors: Vec<Anchor>, when: &str, file: &[u8]) -> Judgement {
    let (anchors, limits) = (Anchors::stated(anchors, Vec::new()), Limits::default());
    judge(file, &Circumstances::new(&anchors, at(when), &limits))
}

struct Bench {
    lab: Lab,
    rows: Vec<String>,
}

impl Bench {
    fn row(&mut self, case: &str, judgement: &Judgement) {
        let notes = golden::notes(judgement);
        self.rows.push(format!("{case}\t{}\t{notes}", golden::outcome(judgement)));
    }

    /// The lab's root alone, with an entry that `change` has bent.
    fn under(&self, when: &str, file: &[u8], change: impl FnOnce(&mut AnchorEntry)) -> Judgement {
        let root = self.lab.hierarchy.root.certificate();
        judged(vec![stated(root, &entry("root", change))], when, file)
    }

    fn roles(&mut self, file: &[u8]) {
        for roles in
            [&ROLES[..], &ROLES[..2], &ROLES[..1], &ROLES[1..2], &ROLES[2..], &[AnchorRole::TlsClient]]
        {
            let names = roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ");
            let judgement = self.under(NOW, file, |entry| entry.roles = roles.iter().copied().collect());
            self.row(&format!("roles: {names}"), &judgement);
        }
    }

    fn scopes(&mut self, what: &str, file: &[u8]) {
        for (regions, types) in [
            (&["440000"][..], &[][..]),
            (&["449900"], &[]),
            (&["430000", "440000"], &[]),
            (&["440100"], &[]),
            (&["430000"], &[]),
            (&["000000"], &[]),
            (&[], &[TYPE]),
            (&[], &[OTHER_TYPE]),
            (&["440000"], &[OTHER_TYPE, TYPE]),
            (&["430000"], &[TYPE]),
        ] {
            let judgement = self.under(NOW, file, |entry| entry.scope = scope(regions, types));
            self.row(&format!("{what}: {}", [regions, types].concat().join(" ")), &judgement);
        }
    }

    fn periods(&mut self, file: &[u8]) {
        for (when, from, until) in [
            (NOW, "2026-11-21T08:00:00Z", ""),
            (NOW, "2026-11-21T08:00:01Z", ""),
            (NOW, "", "2026-11-21T08:00:01Z"),
            (NOW, "", "2026-11-21T08:00:00Z"),
            // Trusted when the license was sealed, and no longer; and the other way round.
            (NOW, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
            (NOW, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
            ("2026-11-20T09:00:00Z", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
        ] {
            let judgement = self.under(when, file, |entry| entry.period = period(from, until));
            self.row(&format!("{when}: from {from} until {until}"), &judgement);
        }
    }

    fn maker_dates(&mut self) {
        let late = Validity { from: at("2026-02-01T00:00:00Z"), until: validity().until };
        for layout in Layout::ALL {
            for tolerates in [false, true] {
                let Lab { hierarchy, office } = &self.lab;
                let maker =
                    hierarchy.root.issue(Profile::Signer, Name::new("制章", "Late maker"), late).unwrap();
                let signers = SealSigners::certificates(&[&office.signer]);
                let name = "广东省示例市市场监督管理局";
                let draft = SealDraft::new(layout, "44990000000001", name, signers, validity()).unwrap();
                let seal = draft.sign(&maker).unwrap();
                let mut package = self.lab.unsigned();
                Signing::new(&office.signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
                let file = package.to_zip().unwrap();
                let judgement = self.under(NOW, &file, |entry| entry.tolerates_maker_dates = tolerates);
                self.row(
                    &format!("maker younger than its seal, {layout:?}: tolerated {tolerates}"),
                    &judgement,
                );
            }
        }
    }

    fn timestamps(&mut self) {
        let tsa = Authority::root(&Seed::new("tsa"), Name::new("时间", "TSA root"), validity()).unwrap();
        let timestamper = tsa.issue(Profile::Timestamper, Name::new("时间", "TSA"), validity()).unwrap();
        let package = self.lab.valued(|plan, xml, signer| {
            let mut statement: Statement = plan.statement(xml).unwrap().unwrap();
            let tbs = statement.to_tbs().unwrap();
            let value = signer.key().sign(&tbs).unwrap();
            let draft = TimestampDraft::new(sealed(), DigestAlgorithm::Sm3, &value);
            statement.timestamp = Some(draft.to_cms(&timestamper).unwrap().to_bytes().unwrap());
            statement.assemble(&tbs, &value).unwrap()
        });
        let file = package.to_zip().unwrap();
        let root = stated(self.lab.hierarchy.root.certificate(), &entry("root", |_| {}));
        for (case, change) in [
            ("trusted", (|_| {}) as fn(&mut AnchorEntry)),
            ("for signers alone", |entry| entry.roles = [AnchorRole::Signer].into()),
            ("no longer", |entry| entry.period = period("", NOW)),
            ("elsewhere", |entry| entry.scope = scope(&["430000"], &[OTHER_TYPE])),
        ] {
            let anchors = vec![root.clone(), stated(tsa.certificate(), &entry("tsa", change))];
            self.row(&format!("timestamp authority {case}"), &judged(anchors, NOW, &file));
        }
    }

    /// A signer and a maker below an authority that is an anchor beside its root, or beside another's root.
    fn beside_each_other(&mut self) {
        let seed = Seed::new("two");
        let root = Authority::root(&seed, Name::new("省", "Root"), validity()).unwrap();
        let middle = root.subordinate(Name::new("省", "Issuing"), validity()).unwrap();
        let office = "广东省示例市市场监督管理局";
        let signer = middle.issue(Profile::Signer, Name::new(office, office), validity()).unwrap();
        let mut package = self.lab.unsigned();
        let method = Method::Cms(Flavor::SignedAttributes, Encoding::Der);
        Signing::new(&signer, method, sealed()).sign(&mut package).unwrap();
        let file = package.to_zip().unwrap();
        let (here, there) = (scope(&["440000"], &[]), scope(&["430000"], &[]));
        for (case, of_middle, of_root) in [
            ("issuing authority elsewhere, root everywhere", &there, &AnchorScope::default()),
            ("issuing authority elsewhere, root here", &there, &here),
            ("issuing authority here, root elsewhere", &here, &there),
            ("issuing authority and root elsewhere", &there, &there),
        ] {
            let anchors = vec![
                stated(middle.certificate(), &entry("issuing", |entry| entry.scope = of_middle.clone())),
                stated(root.certificate(), &entry("root", |entry| entry.scope = of_root.clone())),
            ];
            self.row(case, &judged(anchors, NOW, &file));
        }
        let only_time = entry("issuing", |entry| entry.roles = [AnchorRole::Timestamp].into());
        let anchors = vec![
            stated(middle.certificate(), &only_time),
            stated(root.certificate(), &entry("root", |_| {})),
        ];
        self.row("issuing authority for timestamps, root for all", &judged(anchors, NOW, &file));
    }
}

#[test]
fn anchors_count_for_what_they_are_trusted_for() {
    let mut bench = Bench { lab: Lab::new(), rows: Vec::new() };
    let license = bench.lab.sealed().to_zip().unwrap();
    bench.roles(&license);
    bench.scopes("license", &license);
    let seal = bench.lab.office.seal.der.clone();
    bench.scopes("seal alone", &seal);
    let mut text =
        tongban::demo::forge::Document::plain("e".repeat(32), sealed(), "无证照").package().unwrap();
    bench.lab.signing().sign(&mut text).unwrap();
    bench.scopes("no license", &text.to_zip().unwrap());
    bench.periods(&license);
    bench.maker_dates();
    bench.timestamps();
    bench.beside_each_other();
    golden::compare("anchors.tsv", "case\tverdict\tintegrities\treasons\tnotes", &bench.rows);
}

#[test]
fn who_falls_out_of_scope_vouches_for_nothing() {
    let bench = Bench { lab: Lab::new(), rows: Vec::new() };
    let license = bench.lab.sealed().to_zip().unwrap();
    let judgement = bench.under(NOW, &license, |_| {});
    assert!(judgement.license.as_ref().unwrap().trusted_identifier().is_some());
    let [signature] = judgement.signatures.as_slice() else { panic!() };
    assert_eq!(signature.chain.anchors, ["root"]);
    let judgement = bench.under(NOW, &license, |entry| entry.scope = scope(&["430000"], &[]));
    let [signature] = judgement.signatures.as_slice() else { panic!() };
    assert_eq!(signature.chain.state, ChainState::NoAnchor);
    assert!(signature.chain.anchors.is_empty() && !signature.vouches_with_trust());
    // No registry is asked about somebody on the word of one who has no say there.
    assert_eq!(judgement.license.unwrap().trusted_identifier(), None);
}

/// The old root is trusted until X and the new one from Y, before X: no license stands without trust at any time.
#[test]
fn an_authority_rolls_over_by_overlap() {
    let (from, until) = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let roots = ["old", "new"].map(|seed| Hierarchy::new(&Seed::new(seed), validity()).unwrap());
    let [old, new] = &roots;
    let anchors = || {
        vec![
            stated(old.root.certificate(), &entry("gd-2016", |entry| entry.period = period("", until))),
            stated(new.root.certificate(), &entry("gd-2026", |entry| entry.period = period(from, ""))),
        ]
    };
    let lab = Lab::new();
    let sealed_by = |hierarchy: &Hierarchy, when: &str| {
        let office =
            hierarchy.issuer("广东省示例市市场监督管理局", "44990000000001", Layout::Gb2020).unwrap();
        office.seal_license(&lab.license(), at(when)).unwrap().to_zip().unwrap()
    };
    let by_old = sealed_by(old, "2026-10-01T00:00:00Z");
    let by_new = sealed_by(new, "2026-10-01T00:00:00Z");
    for (when, expected) in [
        ("2026-10-31T23:59:59Z", [Verdict::Genuine, Verdict::Undetermined]),
        (from, [Verdict::Genuine, Verdict::Genuine]),
        ("2026-11-30T23:59:59.999Z", [Verdict::Genuine, Verdict::Genuine]),
        (until, [Verdict::Undetermined, Verdict::Genuine]),
    ] {
        let verdicts = [&by_old, &by_new].map(|file| judged(anchors(), when, file).verdict());
        assert_eq!(verdicts, expected, "{when}");
    }
}
