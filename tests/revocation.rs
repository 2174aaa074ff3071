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

#[path = "support/statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;

use std::sync::Arc;

use proptest::prelude::*;
use statements::{AnswerDraft, Entry, ListDraft, Said, at, extension};
use tongban::asn1::{tag, write};
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::{DigestAlgorithm, SigningKey};
use tongban::demo::forge::{Authority, Extension, Name, Profile, Seed, Validity};
use tongban::pki::revocation::{
    Answer, AnswerError, CertificateStanding, Evidence, EvidenceRules, List, ListError, ListLimits,
    RevocationMode, RevocationTerms, Standing, TimeBasis, validate_with_revocation,
};
use tongban::pki::{Anchors, Certificate, LeafDates, PathError, PathFault, Role, Terms};

const NOW: &str = "2026-11-21";
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";

fn validity(from: &str, until: &str) -> Validity {
    Validity { from: at(from), until: at(until) }
}

/// A root, an authority below it, and a signer from 2020 to 2030.
struct Scene {
    root: Authority,
    sub: Authority,
    root_certificate: Certificate,
    sub_certificate: Certificate,
    signer: Certificate,
}

fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

impl Scene {
    fn new() -> Self {
        let long = validity("2015-01-01", "2045-01-01");
        let root = Authority::root(&Seed::new("revocation"), Name::new("样例机构", "Root"), long).unwrap();
        let sub = root.subordinate(Name::new("样例机构", "Sub"), long).unwrap();
        let scene = |signer| Self {
            root_certificate: parsed(root.certificate()),
            sub_certificate: parsed(sub.certificate()),
            root: root.clone(),
            sub: sub.clone(),
            signer,
        };
        let until_2030 = validity("2020-01-01", "2030-01-01");
        let signer = sub.issue(Profile::Signer, Name::new("样例机构", "Signer"), until_2030).unwrap();
        scene(parsed(&signer.certificate))
    }

    /// The same with a signer whose certificate ends at the day.
    fn until(mut self, day: &str) -> Self {
        let name = Name::new("样例机构", "Short-lived");
        let signer = self.sub.issue(Profile::Signer, name, validity("2020-01-01", day)).unwrap();
        self.signer = parsed(&signer.certificate);
        self
    }

    /// A list of the authority, from one day to the other.
    fn list(&self, this_update: &'static str, next_update: &'static str) -> ListDraft {
        ListDraft::new(&self.sub_certificate, this_update, next_update)
    }

    /// The list that keeps the authority itself good at all times.
    fn of_root(&self) -> Vec<u8> {
        ListDraft::new(&self.root_certificate, "2019-01-01", "2040-01-01").sign(self.root.key())
    }

    /// A certificate by `issuer` for a key of its own, for signing answers.
    fn responder(
        &self,
        issuer: &Authority,
        name: &str,
        extensions: &[Extension],
    ) -> (Certificate, SigningKey) {
        let key = Seed::new("responders").key(name).unwrap();
        let subject = Name::new("样例机构", name);
        let mut draft =
            issuer.draft(&key, Profile::Signer, subject, validity("2020-01-01", "2040-01-01")).unwrap();
        draft.extensions.extend_from_slice(extensions);
        (parsed(&issuer.certify(&draft).unwrap()), key)
    }

    fn appointed(&self, name: &str, unchecked: bool) -> (Certificate, SigningKey) {
        let mut extensions = vec![ocsp_signing()];
        if unchecked {
            let value = vec![tag::NULL, 0];
            extensions.push(Extension { oid: NO_CHECK.to_owned(), critical: false, value });
        }
        self.responder(&self.sub, name, &extensions)
    }
}

fn ocsp_signing() -> Extension {
    let value = write::sequence(&[&write::oid(OCSP_SIGNING).unwrap()]);
    Extension { oid: "2.5.29.37".to_owned(), critical: false, value }
}

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

#[test]
fn a_nonce_that_was_sent_must_return() {
    let scene = Scene::new();
    let draft = AnswerDraft::new(&scene.signer, &scene.sub_certificate, Said::Good);
    let sign = |nonce: Option<&[u8]>| {
        AnswerDraft { nonce: nonce.map(<[u8]>::to_vec), ..draft.clone() }
            .sign(&scene.sub_certificate, scene.sub.key())
    };
    let load = |der: &[u8], nonce| {
        Answer::load(der, nonce, &[], &mut Budget::new(Limits::default())).map(|answer| answer.len())
    };
    let sent: &[u8] = &[7; 32];
    assert_eq!(load(&sign(Some(sent)), Some(sent)), Ok(1));
    assert_eq!(load(&sign(Some(sent)), None), Ok(1));
    assert_eq!(load(&sign(Some(&[8; 32])), Some(sent)), Err(AnswerError::NonceDiffers));
    assert_eq!(load(&sign(None), Some(sent)), Err(AnswerError::NonceMissing));
    // tryLater, and a type that is not basic.
    assert_eq!(load(&[0x30, 3, 0x0a, 1, 3], None), Err(AnswerError::Refused(3)));
}

fn load(der: &[u8]) -> Result<List, ListError> {
    List::load(der, &[], &ListLimits::default(), &mut Budget::new(Limits::default()))
}

#[test]
fn lists_that_break_the_rules_are_refused_with_the_reason() {
    let scene = Scene::new();
    let key = scene.sub.key();
    let list = || scene.list("2026-11-20", "2026-11-27");
    let entry = |serial: &[u8], extensions: &[u8]| {
        let date = write::utc_time(at("2026-01-01")).unwrap();
        write::sequence(&[&write::tlv(tag::INTEGER, serial), &date, extensions])
    };
    let entries = |extensions: &[Vec<u8>]| {
        load(&list().sign_over(&entry(&[1], &write::sequence(&[&extensions.concat()])), key)).unwrap_err()
    };
    let malformed = |id: &str| ListError::ExtensionMalformed(id.to_owned());
    let reason = extension("2.5.29.21", false, &[0x0a, 1, 1]);
    assert_eq!(entries(&[reason.clone(), reason]), ListError::ExtensionTwice("2.5.29.21".to_owned()));
    assert_eq!(entries(&[extension("2.5.29.21", false, &[0x0a, 1, 7])]), malformed("2.5.29.21"));
    assert_eq!(entries(&[extension("2.5.29.24", false, &[5, 0])]), malformed("2.5.29.24"));
    let unknown = || ListError::UnhandledCritical("2.999.1".to_owned());
    assert_eq!(entries(&[extension("2.999.1", true, &[5, 0])]), unknown());
    // Another issuer's certificates are for indirect lists only.
    let issuer = write::sequence(&[&write::tlv(0xa4, scene.root_certificate.subject_der())]);
    assert_eq!(entries(&[extension("2.5.29.29", true, &issuer)]), malformed("2.5.29.29"));

    let extended =
        |id: &str, critical, der: &[u8]| load(&list().extended(id, critical, der).sign(key)).unwrap_err();
    assert_eq!(extended("2.999.1", true, &[5, 0]), unknown());
    assert_eq!(extended("2.5.29.20", false, &[2, 1, 0xff]), malformed("2.5.29.20"));
    let two_kinds = write::sequence(&[&write::tlv(0x81, &[0xff]), &write::tlv(0x82, &[0xff])]);
    assert_eq!(extended("2.5.29.28", true, &two_kinds), malformed("2.5.29.28"));
    let twice = list().numbered(1, None).numbered(2, None).sign(key);
    assert_eq!(load(&twice).unwrap_err(), ListError::ExtensionTwice("2.5.29.20".to_owned()));

    assert_eq!(load(&list().sign_over(&entry(&[1; 256], &[]), key)).unwrap_err(), ListError::SerialTooLong);
    let many: Vec<u8> = (1..=4_u8).flat_map(|serial| entry(&[serial], &[])).collect();
    let limits = ListLimits { entries: 3, ..ListLimits::default() };
    let load_within = |limits: &ListLimits| {
        List::load(&list().sign_over(&many, key), &[], limits, &mut Budget::new(Limits::default()))
    };
    assert_eq!(load_within(&limits).unwrap_err(), ListError::TooLarge);
    assert_eq!(load_within(&ListLimits { bytes: 99, ..limits }).unwrap_err(), ListError::TooLarge);
    assert_eq!(load_within(&ListLimits::default()).unwrap().len(), 4);
}

#[test]
fn serial_numbers_are_told_apart_by_value() {
    let scene = Scene::new();
    let date = write::utc_time(at("2026-01-01")).unwrap();
    let entries: Vec<u8> = [&[0xff_u8][..], &[0, 0, 5], &[9], &[9]]
        .iter()
        .flat_map(|serial| write::sequence(&[&write::tlv(tag::INTEGER, serial), &date]))
        .collect();
    let list = load(&scene.list("2026-11-20", "2026-11-27").sign_over(&entries, scene.sub.key())).unwrap();
    assert_eq!(list.len(), 3, "one of two alike is kept");
    let has = |serial: &[u8]| list.find(scene.sub_certificate.subject_name(), serial).is_some();
    assert!(has(&[0xff]) && !has(&[0, 0xff]), "-1 and 255");
    assert!(has(&[5]) && has(&[0, 5]) && has(&[9]) && !has(&[10]));
    assert!(list.find(scene.root_certificate.subject_name(), &[9]).is_none());
}

/// A list and a response with every part that is read.
fn samples() -> [Vec<u8>; 2] {
    let scene = Scene::new();
    let entry = Entry { invalid_since: Some("2026-03-01"), ..Entry::new(&scene.signer, "2026-06-01", 1) };
    let issuer = write::sequence(&[&write::tlv(0xa4, scene.root_certificate.subject_der())]);
    let list = scene
        .list("2026-11-20", "2026-11-27")
        .with(entry.clone())
        .numbered(7, Some(6))
        .extended(
            "2.5.29.28",
            true,
            &write::sequence(&[&write::tlv(0x83, &[5, 0x60]), &write::tlv(0x84, &[0xff])]),
        )
        .extended(
            "2.5.29.46",
            false,
            &write::sequence(&[&write::sequence(&[&write::tlv(0xa2, &issuer[2..])])]),
        )
        .sign(scene.sub.key());
    let (responder, key) = scene.appointed("Responder", true);
    let draft = AnswerDraft::new(&scene.signer, &scene.sub_certificate, Said::Revoked(entry));
    [list, AnswerDraft { nonce: Some(vec![1; 16]), ..draft }.sign(&responder, &key)]
}

#[test]
fn truncated_evidence_is_refused() {
    let [list, answer] = samples();
    assert!(load(&list).is_ok());
    let load_answer = |der: &[u8]| Answer::load(der, None, &[], &mut Budget::new(Limits::default()));
    assert!(load_answer(&answer).is_ok());
    for end in 0..list.len() {
        assert!(load(&list[..end]).is_err(), "{end}");
    }
    for end in 0..answer.len() {
        assert!(load_answer(&answer[..end]).is_err(), "{end}");
    }
}

proptest! {
    #[test]
    fn bent_evidence_never_verifies(
        which in 0_usize..2,
        bends in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let scene = Scene::new();
        let sound = samples()[which].clone();
        let mut bent = sound.clone();
        for (place, octet) in bends {
            let place = place.index(bent.len());
            bent[place] = octet;
        }
        let authorities = [scene.sub_certificate.clone(), scene.root_certificate.clone()];
        let mut budget = Budget::new(Limits::default());
        if which == 0 {
            if let Ok(list) = List::load(&bent, &authorities, &ListLimits::default(), &mut budget) {
                prop_assert!(!list.is_verified() || bent == sound);
            }
        } else {
            let _ = Answer::load(&bent, None, &authorities, &mut budget);
        }
    }
}
