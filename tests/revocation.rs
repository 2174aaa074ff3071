//! Forged lists and OCSP responses over SM2 keys: what each says of a certificate at which time, and what counts for
//! nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/scene.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod scene;
#[path = "support/statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;

use std::sync::Arc;

use scene::{Scene, ocsp_signing};
use statements::{AnswerDraft, Entry, ListDraft, Said, at, extension};
use tongban::asn1::write;
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::DigestAlgorithm;
use tongban::pki::revocation::{
    Answer, CertificateStanding, Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationTerms,
    Standing, TimeBasis, validate_with_revocation,
};
use tongban::pki::{Anchors, Certificate, LeafDates, PathError, PathFault, Role, Terms};

const NOW: &str = "2026-11-21";
/// What is asked; the rest is as usual.
struct Question<'a> {
    scene: &'a Scene,
    lists: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
    at: &'static str,
    proof: TimeBasis,
    now: &'static str,
    rules: EvidenceRules,
    mode: RevocationMode,
}

impl<'a> Question<'a> {
    fn new(scene: &'a Scene) -> Self {
        Self {
            scene,
            lists: vec![scene.of_root()],
            answers: Vec::new(),
            at: NOW,
            proof: TimeBasis::Shown,
            now: NOW,
            rules: EvidenceRules::default(),
            mode: RevocationMode::Require,
        }
    }

    fn lists(mut self, lists: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.lists.extend(lists);
        self
    }

    fn answers(mut self, answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.answers.extend(answers);
        self
    }

    fn at(self, at: &'static str, proof: TimeBasis) -> Self {
        Self { at, proof, ..self }
    }

    fn grace(mut self, days: i64) -> Self {
        self.rules.grace_millis = days * 24 * 60 * 60 * 1000;
        self
    }

    fn evidence(&self, authorities: &[Certificate]) -> Evidence {
        let mut budget = Budget::new(Limits::default());
        let limits = ListLimits::default();
        let lists =
            self.lists.iter().map(|der| List::load(der, authorities, &limits, &mut budget).map(Arc::new));
        let lists: Vec<_> = lists.collect::<Result<_, _>>().unwrap();
        let mut budget = Budget::new(Limits::default());
        let answers =
            self.answers.iter().map(|der| Answer::load(der, None, authorities, &mut budget).map(Arc::new));
        Evidence::new(lists, answers.collect::<Result<Vec<_>, _>>().unwrap(), false)
    }

    /// The standings on the path, leaf first, and its verdict.
    fn ask(&self) -> (Vec<CertificateStanding>, Result<(), PathError>) {
        let Scene { root_certificate: root, sub_certificate: sub, signer, .. } = self.scene;
        let anchors = Anchors::new(vec![root.clone()], vec![sub.clone()]);
        // Whether keys are known when evidence is loaded or only when a path brings them must make no difference.
        let outcomes = [self.evidence(&[root.clone(), sub.clone()]), self.evidence(&[])].map(|evidence| {
            let terms = Terms {
                leaf_dates: LeafDates::LeaveToCaller,
                ..Terms::new(&anchors, Role::Signer, at(self.at))
            };
            let revocation = RevocationTerms {
                evidence: &evidence,
                rules: self.rules,
                mode: self.mode,
                proof: self.proof,
                now: at(self.now),
            };
            let mut budget = Budget::new(Limits::default());
            let judged = validate_with_revocation(signer, &terms, &revocation, &mut budget);
            (judged.standing.certificates, judged.path.map(|_| ()))
        });
        let [known, late] = outcomes;
        assert_eq!(known, late);
        known
    }

    /// The state then and now of the leaf, in one word and a date each.
    fn says(&self) -> (String, String) {
        let (standings, _) = self.ask();
        (word(&standings[0].then), word(&standings[0].now))
    }
}

fn day(at: Timestamp) -> String {
    at.to_string()[..10].to_owned()
}

fn word(standing: &Standing) -> String {
    match standing {
        Standing::Good(good) => {
            let grace = good.grace_until.map(|until| format!(" by grace until {}", day(until)));
            let later = good.revoked_later.map(|later| format!(", revoked {}", day(later.since)));
            format!("good {}{}{}", day(good.as_of), grace.unwrap_or_default(), later.unwrap_or_default())
        }
        Standing::Revoked(revocation) => {
            format!("revoked {} {}", day(revocation.stated.since), revocation.stated.reason.name())
        }
        Standing::Undetermined(why) => why.code().trim_start_matches("path.revocation_").to_owned(),
        Standing::Unchecked => "unchecked".to_owned(),
    }
}

fn words(then: &str, now: &str) -> (String, String) {
    (then.to_owned(), now.to_owned())
}

use TimeBasis::{Claimed, Shown};

#[test]
fn what_is_asked_depends_on_the_mode() {
    let scene = Scene::new();
    let with = |mode, lists: Vec<Vec<u8>>| Question { mode, lists, ..Question::new(&scene) }.says().0;
    assert_eq!(with(RevocationMode::Require, vec![]), "missing");
    assert_eq!(with(RevocationMode::IfPresent, vec![]), "unchecked");
    assert_eq!(with(RevocationMode::Off, vec![scene.of_root()]), "unchecked");
    // Any list given makes all of the path need one.
    assert_eq!(with(RevocationMode::IfPresent, vec![scene.of_root()]), "missing");
    for (name, mode) in [("require", RevocationMode::Require), ("if-present", RevocationMode::IfPresent)] {
        assert_eq!(RevocationMode::from_name(name), Some(mode));
    }
}

#[test]
fn lists_are_weighed_at_the_time_judged() {
    let scene = Scene::new();
    let signer = &scene.signer;
    let key = scene.sub.key();
    let fresh = || scene.list("2026-11-20", "2026-11-27");
    let listed = |reason| fresh().with(Entry::new(signer, "2026-06-01", reason)).sign(key);
    let dated = |reason, day| {
        let entry = Entry { invalid_since: Some(day), ..Entry::new(signer, "2026-06-01", reason) };
        fresh().with(entry).sign(key)
    };
    let ask = |list: Vec<u8>, at, proof| Question::new(&scene).lists([list]).at(at, proof).says();
    let other = Entry { serial: vec![1, 2, 3], since: "2026-06-01", reason: None, invalid_since: None };

    assert_eq!(ask(fresh().with(other).sign(key), NOW, Shown), words("good 2026-11-20", "good 2026-11-20"));
    // Later evidence tells about earlier times.
    assert_eq!(ask(fresh().sign(key), "2021-01-01", Claimed), words("good 2026-11-20", "good 2026-11-20"));
    for (list, at, proof, then) in [
        (listed(4), "2026-07-01", Shown, "revoked 2026-06-01 superseded"),
        (listed(4), "2026-05-01", Claimed, "good 2026-11-20, revoked 2026-06-01"),
        (listed(0), "2026-05-01", Claimed, "time_unproven"),
        (listed(0), "2026-05-01", Shown, "good 2026-11-20, revoked 2026-06-01"),
        (listed(1), "2026-05-01", Shown, "compromise_undated"),
        (dated(1, "2026-03-01"), "2026-05-01", Shown, "revoked 2026-06-01 keyCompromise"),
        (dated(1, "2026-03-01"), "2026-02-01", Shown, "good 2026-11-20, revoked 2026-06-01"),
        (dated(1, "2026-03-01"), "2026-02-01", Claimed, "time_unproven"),
        (listed(6), "2026-07-01", Shown, "on_hold"),
        (listed(8), "2026-07-01", Shown, "good 2026-11-20"),
    ] {
        assert_eq!(ask(list, at, proof).0, then, "{at} {proof:?}");
    }
    assert_eq!(ask(listed(6), "2026-05-01", Shown), words("good 2026-11-20, revoked 2026-06-01", "on_hold"));
    assert_eq!(ask(listed(4), "2026-05-01", Shown).1, "revoked 2026-06-01 superseded");
}

#[test]
fn stale_lists_make_nothing_good() {
    let scene = Scene::new();
    let key = scene.sub.key();
    let stale = || scene.list("2026-11-01", "2026-11-11");
    let question = |list: Vec<u8>| Question::new(&scene).lists([list]);
    assert_eq!(question(stale().sign(key)).says(), words("stale", "stale"));
    // At the time judged it was fresh; the present is another matter.
    let past = question(stale().sign(key)).at("2026-11-05", Shown);
    assert_eq!(past.says(), words("good 2026-11-01", "stale"));
    let by_grace = question(stale().sign(key)).grace(14).says();
    assert_eq!(by_grace.0, "good 2026-11-01 by grace until 2026-11-25");
    assert_eq!(question(stale().sign(key)).grace(9).says().0, "stale");
    // Yet a stale list says who was revoked.
    let revoked = stale().with(Entry::new(&scene.signer, "2026-10-01", 4)).sign(key);
    assert_eq!(question(revoked).says().0, "revoked 2026-10-01 superseded");
    // Without a next update it is of one day, and one of tomorrow is not there yet.
    let open = ListDraft { next_update: None, ..stale() };
    assert_eq!(question(open.sign(key)).says().0, "stale");
    assert_eq!(question(scene.list("2026-11-22", "2026-12-22").sign(key)).says().0, "missing");
}

#[test]
fn archives_settle_what_has_expired_since() {
    let scene = Scene::new().until("2022-01-01");
    let key = scene.sub.key();
    let early = |entry: Option<Entry>| {
        let list = scene.list("2021-12-20", "2021-12-30");
        entry.into_iter().fold(list, ListDraft::with).sign(key)
    };
    let late = || scene.list("2026-11-20", "2026-11-27");
    let revoked = || Entry::new(&scene.signer, "2021-12-01", 4);
    let ask = |lists: Vec<Vec<u8>>| Question::new(&scene).lists(lists).at("2021-06-01", Shown).says();

    // The last list that covered its validity decides, however many came after.
    assert_eq!(ask(vec![early(None), late().sign(key)]).0, "good 2021-12-20");
    let dropped = ask(vec![early(Some(revoked())), late().sign(key)]);
    assert_eq!(dropped, words("good 2021-12-20, revoked 2021-12-01", "revoked 2021-12-01 superseded"));
    // Lists from after its end drop it, so that their silence says nothing; what they say counts.
    assert_eq!(ask(vec![late().sign(key)]), words("history_missing", "history_missing"));
    let kept = Entry::new(&scene.signer, "2021-05-01", 4);
    assert_eq!(ask(vec![late().with(kept).sign(key)]).0, "revoked 2021-05-01 superseded");
    let since = |day| write::generalized_time(at(day)).unwrap();
    let keeping = |day| late().extended("2.5.29.60", false, &since(day)).sign(key);
    assert_eq!(ask(vec![keeping("2020-01-01")]).0, "good 2026-11-20");
    assert_eq!(ask(vec![keeping("2023-01-01")]).0, "history_missing");
    let answer = |extensions| AnswerDraft {
        extensions,
        ..AnswerDraft::new(&scene.signer, &scene.sub_certificate, Said::Good)
    };
    let answers = |draft: AnswerDraft<'_>| {
        let answer = draft.sign(&scene.sub_certificate, key);
        Question::new(&scene).answers([answer]).at("2021-06-01", Shown).says().0
    };
    assert_eq!(answers(answer(vec![])), "history_missing");
    let cutoff = |day| vec![extension("1.3.6.1.5.5.7.48.1.6", false, &since(day))];
    assert_eq!(answers(answer(cutoff("2019-01-01"))), "good 2026-11-20");
    assert_eq!(answers(answer(cutoff("2025-01-01"))), "history_missing");
}

#[test]
fn deltas_bring_their_base_up_to_date() {
    let scene = Scene::new();
    let key = scene.sub.key();
    let entry = |reason| Entry::new(&scene.signer, "2026-06-01", reason);
    let base = |entries: &[Entry]| {
        let list = scene.list("2026-11-01", "2026-11-30").numbered(5, None);
        entries.iter().cloned().fold(list, ListDraft::with).sign(key)
    };
    let delta = |number, of, entries: &[Entry]| {
        let list = scene.list("2026-11-20", "2026-11-27").numbered(number, Some(of));
        entries.iter().cloned().fold(list, ListDraft::with)
    };
    let ask = |lists: Vec<Vec<u8>>| Question::new(&scene).lists(lists).says().0;
    assert_eq!(ask(vec![base(&[]), delta(6, 5, &[]).sign(key)]), "good 2026-11-20");
    assert_eq!(ask(vec![base(&[]), delta(6, 4, &[entry(4)]).sign(key)]), "revoked 2026-06-01 superseded");
    assert_eq!(ask(vec![base(&[entry(6)]), delta(6, 5, &[entry(8)]).sign(key)]), "good 2026-11-20");
    assert_eq!(ask(vec![base(&[entry(6)]), delta(6, 5, &[]).sign(key)]), "on_hold");
    // Of a later base, of an older number, by another key, alone: not one of this base's.
    assert_eq!(ask(vec![base(&[]), delta(7, 6, &[entry(4)]).sign(key)]), "good 2026-11-01");
    assert_eq!(ask(vec![base(&[]), delta(5, 5, &[entry(4)]).sign(key)]), "good 2026-11-01");
    assert_eq!(ask(vec![base(&[]), delta(6, 5, &[entry(4)]).sign(scene.root.key())]), "good 2026-11-01");
    assert_eq!(ask(vec![delta(6, 5, &[]).sign(key)]), "missing");
}

#[test]
fn only_those_who_may_speak_count() {
    let scene = Scene::new();
    let list = || scene.list("2026-11-20", "2026-11-27");
    let ask = |list: Vec<u8>| Question::new(&scene).lists([list]).says().0;
    assert_eq!(ask(list().sign(scene.root.key())), "unverified");
    let mut bent = list().sign(scene.sub.key());
    let last = bent.len() - 1;
    bent[last] ^= 1;
    assert_eq!(ask(bent), "unverified");
    // A list of the other kind of certificates, or for attributes, or in parts.
    let scoped =
        |der: &[u8]| ask(list().extended("2.5.29.28", true, &write::sequence(&[der])).sign(scene.sub.key()));
    assert_eq!(scoped(&write::tlv(0x81, &[0xff])), "good 2026-11-20");
    assert_eq!(scoped(&write::tlv(0x82, &[0xff])), "missing");
    assert_eq!(scoped(&write::tlv(0x85, &[0xff])), "missing");
    assert_eq!(scoped(&write::tlv(0x83, &[5, 0x60])), "reasons_uncovered");
    // The newest of several decides, in whatever order they come.
    let older = scene.list("2026-11-10", "2026-12-27").sign(scene.sub.key());
    let newer = list().with(Entry::new(&scene.signer, "2026-11-15", 4)).sign(scene.sub.key());
    for lists in [[older.clone(), newer.clone()], [newer, older]] {
        assert_eq!(Question::new(&scene).lists(lists).says().0, "revoked 2026-11-15 superseded");
    }
}

#[test]
fn a_revoked_authority_spoils_the_path() {
    let scene = Scene::new();
    let fresh = scene.list("2026-11-20", "2026-11-27").sign(scene.sub.key());
    let root = ListDraft::new(&scene.root_certificate, "2026-11-20", "2026-11-27");
    let root = root.with(Entry::new(&scene.sub_certificate, "2026-11-01", 2)).sign(scene.root.key());
    let mut question = Question::new(&scene).lists([fresh]);
    assert_eq!(question.ask().1, Ok(()));
    question.lists.push(root);
    let (standings, path) = question.ask();
    assert_eq!(word(&standings[1].then), "revoked 2026-11-01 cACompromise");
    assert!(
        matches!(path, Err(PathError::Broken { position: 1, fault: PathFault::Revoked(_), .. })),
        "{path:?}"
    );
    // What is missing is not the same as what is wrong.
    let (_, path) = Question::new(&scene).ask();
    assert!(
        matches!(path, Err(PathError::Broken { position: 0, fault: PathFault::RevocationOpen(_), .. })),
        "{path:?}"
    );
}

#[test]
fn responses_count_by_issuer_or_whom_it_appointed() {
    let scene = Scene::new();
    let Scene { signer, sub_certificate: sub, .. } = &scene;
    let key = scene.sub.key();
    let draft = |said| AnswerDraft::new(signer, sub, said);
    let ask = |answer: Vec<u8>| Question::new(&scene).answers([answer]).says().0;
    for digest in
        [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sm3]
    {
        for by_key in [true, false] {
            assert_eq!(
                ask(AnswerDraft { digest, by_key, ..draft(Said::Good) }.sign(sub, key)),
                "good 2026-11-20"
            );
        }
    }
    let revoked = Entry::new(signer, "2026-06-01", 5);
    assert_eq!(ask(draft(Said::Revoked(revoked)).sign(sub, key)), "revoked 2026-06-01 cessationOfOperation");
    assert_eq!(ask(draft(Said::Unknown).sign(sub, key)), "unknown");
    let dated = Entry { invalid_since: Some("2026-03-01"), ..Entry::new(signer, "2026-06-01", 1) };
    let answer = draft(Said::Revoked(dated)).sign(sub, key);
    let question = |at| Question::new(&scene).answers([answer.clone()]).at(at, Shown).says().0;
    assert_eq!(question("2026-02-01"), "good 2026-11-20, revoked 2026-06-01");
    assert_eq!(question("2026-04-01"), "revoked 2026-06-01 keyCompromise");

    let timed = |this_update, next_update| {
        ask(AnswerDraft { this_update, next_update, ..draft(Said::Good) }.sign(sub, key))
    };
    assert_eq!(timed("2026-11-21", None), "good 2026-11-21");
    assert_eq!(timed("2026-11-20", None), "stale");
    assert_eq!(timed("2026-11-01", Some("2026-11-11")), "stale");
    assert_eq!(timed("2026-11-22", Some("2026-12-11")), "missing");
    // About a certificate of another issuer with the same serial number.
    let mut other = draft(Said::Good);
    other.issuer = &scene.root_certificate;
    assert_eq!(ask(other.sign(sub, key)), "missing");

    let (responder, responder_key) = scene.appointed("Responder", true);
    assert_eq!(ask(draft(Said::Good).sign(&responder, &responder_key)), "good 2026-11-20");
    assert_eq!(ask(draft(Said::Good).sign(&responder, key)), "unverified");
    let (plain, plain_key) = scene.responder(&scene.sub, "Not appointed", &[]);
    assert_eq!(ask(draft(Said::Good).sign(&plain, &plain_key)), "unverified");
    let (above, above_key) = scene.responder(&scene.root, "Of the root", &[ocsp_signing()]);
    assert_eq!(ask(draft(Said::Good).sign(&above, &above_key)), "unverified");
}

#[test]
fn nobody_vouches_for_itself() {
    let scene = Scene::new();
    let Scene { signer, sub_certificate: sub, .. } = &scene;
    let (one, one_key) = scene.appointed("One", false);
    let (two, two_key) = scene.appointed("Two", false);
    let good = |about| AnswerDraft::new(about, sub, Said::Good);
    let ask = |lists: Vec<Vec<u8>>, answers: Vec<Vec<u8>>| {
        Question::new(&scene).lists(lists).answers(answers).says().0
    };
    let about_signer = good(signer).sign(&one, &one_key);
    assert_eq!(ask(vec![], vec![about_signer.clone()]), "issuer_open");
    // By its own word, and in a circle of two.
    assert_eq!(ask(vec![], vec![about_signer.clone(), good(&one).sign(&one, &one_key)]), "issuer_open");
    let circle = vec![about_signer.clone(), good(&one).sign(&two, &two_key), good(&two).sign(&one, &one_key)];
    assert_eq!(ask(vec![], circle), "issuer_open");
    // By the issuer's own answer it is in office.
    let by_issuer = good(&one).sign(sub, scene.sub.key());
    assert_eq!(ask(vec![], vec![about_signer.clone(), by_issuer]), "good 2026-11-20");
    // A list of the issuer speaks of both, and may take the appointment back.
    let list = scene.list("2026-11-20", "2026-11-27").with(Entry::new(&one, "2026-11-01", 1));
    let revoked = AnswerDraft { this_update: "2026-11-20", ..good(signer) }.sign(&one, &one_key);
    assert_eq!(ask(vec![list.sign(scene.sub.key())], vec![revoked]), "good 2026-11-20");
    let without = scene.list("2026-11-01", "2026-11-11").with(Entry::new(&one, "2026-11-01", 1));
    assert_eq!(ask(vec![without.sign(scene.sub.key())], vec![about_signer]), "stale");
}
