//! Licenses whose signer, seal maker or timestamp authority is on forged lists and OCSP responses, each with the verdict it
//! must get. The table is `tests/golden/revocation.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a
//! diff.

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
#[allow(dead_code, reason = "other tests use the rest")]
mod lab;
#[path = "support/statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use lab::{Lab, at, sealed, validity};
use statements::{AnswerDraft, Entry, ListDraft, Said};
use tongban::budget::{Budget, Limits};
use tongban::demo::forge::{
    Authority, Identity, Layout, Method, Name, Profile, SealDraft, SealSigners, Seed, Signing, Validity, pem,
};
use tongban::license::{Circumstances, judge};
use tongban::pki::revocation::{Evidence, EvidenceRules, ListLimits};
use tongban::pki::{
    Anchor, AnchorEntry, Anchors, Certificate, Place, RevocationFormat, RevocationKnowledge,
    RevocationSource, Role, Setting, assess,
};
use tongban::report::{Style, to_json, to_text};
use tongban::verdict::{ChainState, Judgement, Language};

const DAY: u64 = 24 * 60 * 60;

// Reasons of RFC 5280 §5.3.1.
const UNSPECIFIED: u8 = 0;
const KEY_COMPROMISE: u8 = 1;
const SUPERSEDED: u8 = 4;
const HOLD: u8 = 6;

/// A lab with a timestamp authority beside the office.
struct Scene {
    lab: Lab,
    root: Certificate,
    signer: Certificate,
    maker: Certificate,
    timestamper: Identity,
}

fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

/// What is known, and what the anchor demands.
#[derive(Default)]
struct Known {
    lists: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
    /// The grace of an anchor that states where revocation is published.
    demanded: Option<Duration>,
}

impl Known {
    fn lists(lists: impl Into<Vec<Vec<u8>>>) -> Self {
        Self { lists: lists.into(), ..Self::default() }
    }

    fn demanded(self, grace_days: u64) -> Self {
        Self { demanded: Some(Duration::from_secs(grace_days * DAY)), ..self }
    }

    fn evidence(&self, scene: &Scene) -> Evidence {
        let named =
            |ders: &[Vec<u8>]| ders.iter().map(|der| ("here".to_owned(), der.clone())).collect::<Vec<_>>();
        let (lists, answers) = (named(&self.lists), named(&self.answers));
        fn borrowed(named: &[(String, Vec<u8>)]) -> impl Iterator<Item = (String, &[u8])> {
            named.iter().map(|(place, der)| (place.clone(), der.as_slice()))
        }
        let mut budget = Budget::new(Limits::default());
        let authorities = [scene.root.clone()];
        let limits = ListLimits::default();
        let (evidence, unusable) =
            Evidence::gather(borrowed(&lists), borrowed(&answers), &authorities, &limits, &mut budget);
        assert!(unusable.is_empty(), "{unusable:?}");
        evidence
    }
}

impl Scene {
    fn new() -> Self {
        let lab = Lab::new();
        let root = &lab.hierarchy.root;
        let timestamper =
            root.issue(Profile::Timestamper, Name::new("样例机构", "Timestamper"), validity()).unwrap();
        Self {
            root: parsed(root.certificate()),
            signer: parsed(&lab.office.signer.certificate),
            maker: parsed(&lab.hierarchy.maker.certificate),
            timestamper,
            lab,
        }
    }

    fn list(&self, this_update: &'static str, next_update: &'static str) -> ListDraft {
        ListDraft::new(&self.root, this_update, next_update)
    }

    fn signed(&self, list: &ListDraft) -> Vec<u8> {
        list.sign(self.lab.hierarchy.root.key())
    }

    /// What is known once `entry` is on today's list.
    fn revoked(&self, entry: Entry) -> Known {
        Known::lists([self.signed(&self.list("2026-11-21", "2026-11-28").with(entry))])
    }

    fn answer(&self, about: &Certificate, said: Said) -> Vec<u8> {
        AnswerDraft::new(about, &self.root, said).sign(&self.root, self.lab.hierarchy.root.key())
    }

    fn claimed(&self) -> Vec<u8> {
        self.lab.sealed().to_zip().unwrap()
    }

    fn stamped(&self) -> Vec<u8> {
        let mut signing = self.lab.signing();
        signing.timestamper = Some(&self.timestamper);
        self.signed_by(&signing)
    }

    fn signed_by(&self, signing: &Signing<'_>) -> Vec<u8> {
        let mut package = self.lab.unsigned();
        signing.sign(&mut package).unwrap();
        package.to_zip().unwrap()
    }

    /// The license sealed by an office whose certificate ended four hours later.
    fn of_an_expired_signer(&self) -> Vec<u8> {
        let ended = Validity { from: validity().from, until: at("2026-11-20T12:00:00Z") };
        let name = Name::new("广东省示例市市场监督管理局", "Office");
        let signer = self.lab.hierarchy.root.issue(Profile::Signer, name, ended).unwrap();
        let signers = SealSigners::certificates(&[&signer]);
        let seal = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
        let seal = seal.sign(&self.lab.hierarchy.maker).unwrap();
        self.signed_by(&Signing::new(&signer, Method::Seal(&seal), sealed()))
    }

    fn judged(&self, file: &[u8], known: &Known) -> Judgement {
        let place = Place::file("/srv/root.crl").unwrap();
        let source =
            RevocationSource::new(place, RevocationSource::USUAL_EVERY, RevocationFormat::Crl).unwrap();
        let entry = AnchorEntry {
            revocation: known.demanded.map(|_| source).into_iter().collect(),
            grace: known.demanded.unwrap_or_default(),
            ..AnchorEntry::given()
        };
        let anchor = Anchor { certificate: self.root.clone(), entry: Arc::new(entry) };
        let anchors = Anchors::stated(vec![anchor], Vec::new());
        let evidence = known.evidence(self);
        let limits = Limits::default();
        let usual = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
        let revocation = RevocationKnowledge { evidence: &evidence, rules: EvidenceRules::default() };
        judge(file, &Circumstances { revocation: Some(revocation), ..usual })
    }
}

type Case = (&'static str, Vec<u8>, Known);

fn of_freshness(scene: &Scene) -> Vec<Case> {
    let list = |from, until| Known::lists([scene.signed(&scene.list(from, until))]);
    let stranger =
        Authority::root(&Seed::new("stranger"), Name::new("样例机构", "Other"), validity()).unwrap();
    let of_stranger = ListDraft::new(&parsed(stranger.certificate()), "2026-11-21", "2026-11-28");
    let forged = scene.list("2026-11-21", "2026-11-28").sign(stranger.key());
    let (good, unknown) = (Said::Good, Said::Unknown);
    let answers = |said: Said| Known {
        answers: vec![scene.answer(&scene.signer, said), scene.answer(&scene.maker, Said::Good)],
        ..Known::default()
    };
    let fresh = ("2026-11-21", "2026-11-28");
    vec![
        ("nothing-known", scene.claimed(), Known::default()),
        ("nothing-known-and-demanded", scene.claimed(), Known::default().demanded(0)),
        ("list-of-another-authority", scene.claimed(), Known::lists([of_stranger.sign(stranger.key())])),
        ("list-signed-by-another-key", scene.claimed(), Known::lists([forged.clone()])),
        ("list-signed-by-another-key-and-demanded", scene.claimed(), Known::lists([forged]).demanded(0)),
        ("list-of-today", scene.claimed(), list(fresh.0, fresh.1).demanded(0)),
        ("list-of-yesterday", scene.claimed(), list("2026-11-19", "2026-11-26")),
        ("list-of-tomorrow", scene.claimed(), list("2026-11-22", "2026-11-28")),
        ("list-ended-since", scene.claimed(), list("2026-11-15", "2026-11-21")),
        ("list-ended-since-stamped", scene.stamped(), list("2026-11-15", "2026-11-21")),
        ("list-ended-since-within-grace", scene.claimed(), list("2026-11-15", "2026-11-21").demanded(1)),
        ("list-ended-before", scene.claimed(), list("2026-11-01", "2026-11-10")),
        ("list-ended-before-within-grace", scene.claimed(), list("2026-11-01", "2026-11-10").demanded(30)),
        ("list-ended-before-and-grace-too", scene.claimed(), list("2026-11-01", "2026-11-10").demanded(5)),
        ("answers", scene.claimed(), answers(good).demanded(0)),
        ("answer-unknown", scene.claimed(), answers(unknown).demanded(0)),
        ("expired-signer-on-no-list", scene.of_an_expired_signer(), list(fresh.0, fresh.1)),
        ("expired-signer-in-the-archive", scene.of_an_expired_signer(), {
            let lists = [("2026-11-19", "2026-11-26"), fresh];
            Known::lists(lists.map(|(from, until)| scene.signed(&scene.list(from, until))))
        }),
    ]
}

fn of_the_signer(scene: &Scene) -> Vec<Case> {
    let entry = |since, reason| Entry::new(&scene.signer, since, reason);
    let dated = |since| Entry { invalid_since: Some(since), ..entry(since, KEY_COMPROMISE) };
    let unstated = |since| Entry { reason: None, ..entry(since, UNSPECIFIED) };
    const BEFORE: &str = "2026-11-01";
    const SINCE: &str = "2026-11-21";
    let both = |name: [&'static str; 2], entry: Entry| {
        [
            (name[0], scene.claimed(), scene.revoked(entry.clone())),
            (name[1], scene.stamped(), scene.revoked(entry)),
        ]
    };
    [
        both(["signer-superseded-before", "signer-superseded-before-stamped"], entry(BEFORE, SUPERSEDED)),
        both(["signer-superseded-since", "signer-superseded-since-stamped"], entry(SINCE, SUPERSEDED)),
        both(["signer-revoked-since", "signer-revoked-since-stamped"], unstated(SINCE)),
        both(["signer-compromised-since", "signer-compromised-since-stamped"], dated(SINCE)),
        both(
            ["signer-compromised-undated", "signer-compromised-undated-stamped"],
            entry(SINCE, KEY_COMPROMISE),
        ),
        both(["signer-on-hold-before", "signer-on-hold-before-stamped"], entry(BEFORE, HOLD)),
        both(["signer-on-hold-since", "signer-on-hold-since-stamped"], entry(SINCE, HOLD)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_the_maker(scene: &Scene) -> Vec<Case> {
    let revoked = |since, reason| scene.revoked(Entry::new(&scene.maker, since, reason));
    let unstated =
        |since| scene.revoked(Entry { reason: None, ..Entry::new(&scene.maker, since, UNSPECIFIED) });
    vec![
        // The seal was made on the first day of the year.
        ("maker-superseded-before", scene.claimed(), revoked("2025-12-31", SUPERSEDED)),
        ("maker-superseded-since", scene.claimed(), revoked("2026-11-01", SUPERSEDED)),
        ("maker-revoked-since", scene.claimed(), unstated("2026-11-21")),
        ("maker-revoked-since-seal-seen-before", scene.stamped(), unstated("2026-11-21")),
        ("maker-revoked-since-seal-seen-after", scene.stamped(), unstated("2026-11-01")),
    ]
}

fn of_the_timestamper(scene: &Scene) -> Vec<Case> {
    let timestamper = parsed(&scene.timestamper.certificate);
    let revoked = |since, reason| scene.revoked(Entry::new(&timestamper, since, reason));
    vec![
        ("timestamper-good", scene.stamped(), {
            Known::lists([scene.signed(&scene.list("2026-11-21", "2026-11-28"))])
        }),
        ("timestamper-superseded-before", scene.stamped(), revoked("2026-11-01", SUPERSEDED)),
        ("timestamper-superseded-since", scene.stamped(), revoked("2026-11-21", SUPERSEDED)),
        ("timestamper-compromised-since", scene.stamped(), revoked("2026-11-21", KEY_COMPROMISE)),
    ]
}

fn row((name, file, known): Case, scene: &Scene) -> String {
    let judgement = scene.judged(&file, &known);
    let signature = &judgement.signatures[0];
    let revocation = signature.chain.revocation;
    let as_of = revocation.then.as_of.map_or("-".to_owned(), |at| at.to_string());
    let then = revocation.then.state.as_str();
    let now = revocation.now.state.as_str();
    let source = signature.time_source.as_str();
    let (outcome, notes) = (golden::outcome(&judgement), golden::notes(&judgement));
    format!("{name}\t{source}\t{then}\t{now}\t{as_of}\t{outcome}\t{notes}")
}

#[test]
fn every_revocation_gets_its_verdict_and_reasons() {
    let scene = Scene::new();
    let groups =
        [of_freshness(&scene), of_the_signer(&scene), of_the_maker(&scene), of_the_timestamper(&scene)];
    let rows: Vec<String> = groups.into_iter().flatten().map(|case| row(case, &scene)).collect();
    let head = "known\ttime\tthen\tnow\tas of\tverdict\tintegrities\treasons\tnotes";
    golden::compare("revocation.tsv", head, &rows);
}

#[test]
fn a_signer_revoked_now_with_no_time_of_signing_is_open() {
    let scene = Scene::new();
    let known = scene.revoked(Entry::new(&scene.signer, "2026-11-01", SUPERSEDED));
    let evidence = known.evidence(&scene);
    let anchors = scene.lab.anchors();
    let revocation = RevocationKnowledge { evidence: &evidence, rules: EvidenceRules::default() };
    let setting = Setting {
        beside: &[],
        anchors: &anchors,
        revocation: Some(revocation),
        role: Role::Signer,
        moment: None,
        present: at("2026-11-21T08:00:00Z"),
        place: "signer",
    };
    let (chain, reasons) = assess(&scene.signer, &setting, &mut Budget::new(Limits::default())).unwrap();
    assert_eq!(chain.state, ChainState::RevocationOpen);
    assert_eq!(reasons[0].code.as_str(), "chain.revoked_unproven");
}

#[test]
fn the_reports_say_as_of_when() {
    let scene = Scene::new();
    let superseded = scene.revoked(Entry::new(&scene.signer, "2026-11-21", SUPERSEDED));
    let judgement = scene.judged(&scene.claimed(), &superseded);
    let json = to_json(None, &judgement, Language::English);
    let revocation = &json["signatures"][0]["chain"]["revocation"];
    assert_eq!(revocation["then"]["state"], "good");
    assert_eq!(revocation["then"]["as_of"], "2026-11-21T00:00:00Z");
    assert_eq!(revocation["then"]["next_update"], serde_json::Value::Null);
    assert_eq!(revocation["now"]["state"], "revoked");
    assert_eq!(json["signatures"][0]["seal"]["maker_chain"]["revocation"]["then"]["state"], "good");
    let maker = &json["signatures"][0]["seal"]["maker_chain"]["revocation"]["then"];
    assert_eq!(maker["next_update"], "2026-11-28T00:00:00Z");
    let english = to_text("file", &judgement, Language::English, Style::Plain);
    let line =
        "revocation none as of 2026-11-21T08:00:00+08:00; at present revoked as of 2026-11-21T08:00:00+08:00";
    assert!(english.contains(line), "{english}");
    let grace = Known::lists([scene.signed(&scene.list("2026-11-01", "2026-11-10"))]).demanded(30);
    let chinese = to_text("file", &scene.judged(&scene.claimed(), &grace), Language::Chinese, Style::Plain);
    let line = "未吊销，截至 2026-11-01T08:00:00+08:00，宽限至 2026-12-10T08:00:00+08:00";
    assert!(chinese.contains(line), "{chinese}");
}

#[test]
fn the_command_line_takes_lists_and_directories_of_them() {
    let scene = Scene::new();
    let directory = tempfile::tempdir().unwrap();
    let written = |name: &str, content: &[u8]| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let license = written("license.ofd", &scene.claimed());
    let anchor = written("root.pem", pem("CERTIFICATE", scene.root.der()).as_bytes());
    let judged = |option: &str, path: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tongban"))
            .args(["verify", "--at", "2026-11-21T08:00:00Z", "--anchors", &anchor, option, path, &license])
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let entry = Entry::new(&scene.signer, "2026-11-01", SUPERSEDED);
    let list = scene.signed(&scene.list("2026-11-21", "2026-11-28").with(entry));
    written("lists/today.crl", &list);
    let (status, text) = judged("--crl", directory.path().join("lists").to_str().unwrap());
    assert!(status == Some(1) && text.contains("chain.revoked"), "{status:?} {text}");
    let answer = written("answers/signer.ocsp", &scene.answer(&scene.signer, Said::Good));
    let (status, text) = judged("--ocsp", &answer);
    assert!(status == Some(0) && text.contains("chain.revocation_unchecked"), "{status:?} {text}");
    written("answers/maker.ocsp", &scene.answer(&scene.maker, Said::Good));
    let (status, text) = judged("--ocsp", directory.path().join("answers").to_str().unwrap());
    assert!(status == Some(0) && text.contains("revocation none as of"), "{status:?} {text}");
    let bent = written("bent.crl", &list[..list.len() - 1]);
    let (status, text) = judged("--crl", &bent);
    assert!(
        status == Some(64) && text.contains("path.list_unusable: ") && text.contains("bent.crl"),
        "{text}"
    );
}
