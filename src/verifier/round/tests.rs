//! Rounds with all kinds of work in them.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

use bytes::Bytes;

use super::*;
use crate::demo::forge::{Hierarchy, Layout, Seed, Validity, samples};
use crate::license::Sought;
use crate::pki::revocation::EvidenceRules;
use crate::pki::{Anchors, Certificate};

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn sealed(at_sealing: Timestamp) -> (Vec<u8>, Vec<u8>, Grounds) {
    let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
    let hierarchy = Hierarchy::new(&Seed::new("round"), validity).unwrap();
    let office = hierarchy.issuer("示例局", "44990000000001", Layout::Gb2020).unwrap();
    let license = samples(at("2026-03-15T00:00:00Z")).unwrap().remove(0).1;
    let sound = office.seal_license(&license, at_sealing).unwrap();
    let mut forged = sound.clone();
    forged.edit("Doc_0/Document.xml", |content| content.push(b' ')).unwrap();
    let root = Certificate::from_der(hierarchy.root.certificate()).unwrap();
    let grounds = Grounds {
        anchors: Arc::new(Anchors::new(vec![root], Vec::new())),
        seals: Arc::default(),
        evidence: Arc::default(),
        rules: EvidenceRules::default(),
    };
    (sound.to_zip().unwrap(), forged.to_zip().unwrap(), grounds)
}

/// One round with what panics, what cannot be read, and what is sound: each gets what it would get alone.
#[test]
fn nobody_in_a_round_harms_the_others() {
    let (sound, forged, grounds) = sealed(at("2026-11-20T08:00:00Z"));
    let files = [sound, forged, b"PK\x03\x04".to_vec(), Vec::new()];
    let (now, config) = (at("2026-11-21T08:00:00Z"), Config::default());
    for lanes in [true, false] {
        let tools = Arc::new(Tools::new(&Config { lanes, ..config.clone() }));
        let (mut round, mut told) = (Vec::new(), Vec::new());
        for file in files.iter().cycle().take(40) {
            let material = Material::file(Bytes::from(file.clone()));
            let material = Arc::new(material);
            let (tell, identified) = Tell::new(None);
            round.push(Work::Identify(Arc::clone(&material), tell));
            let question = Question { material, grounds: grounds.clone(), at: now };
            let (tell, seen) = Tell::new(None);
            round.push(Work::See(question.clone(), Box::new(|_| false), tell));
            let (tell, judged) = Tell::new(None);
            round.push(Work::Judge(question, tell));
            round.push(Work::Other(Box::new(|| panic!("for the test"))));
            told.push((file, identified, seen, judged));
        }
        tools.work(round);
        for (number, (file, mut identified, mut seen, mut judged)) in told.into_iter().enumerate() {
            assert_eq!(identified.try_recv().unwrap().digests.file, DigestAlgorithm::Sm3.digest(file));
            let seen = seen.try_recv().unwrap();
            assert_eq!(seen.identified.digests.file, DigestAlgorithm::Sm3.digest(file));
            let judged = judged.try_recv().unwrap();
            let circumstances = Circumstances {
                seals: Some(&grounds.seals),
                ..Circumstances::new(&grounds.anchors, now, &config.limits)
            };
            let revocation = RevocationKnowledge { evidence: &grounds.evidence, rules: grounds.rules };
            let circumstances = Circumstances { revocation: Some(revocation), ..circumstances };
            let (alone, trace) = judge_at_once(Sought::File, file, &circumstances);
            let alone = format!("{:?}", Judged { judgement: alone, trace });
            assert_eq!(format!("{judged:?}"), alone);
            // Of the same file only one is judged as it is seen.
            assert_eq!(
                seen.judged.map(|judged| format!("{judged:?}")),
                (number < files.len()).then_some(alone)
            );
        }
    }
}

/// Material, what is said of whether its judgement is kept, and whether it is judged at sight.
type Case = (Material, fn(&MaterialKey) -> bool, bool);

/// What is judged already, or may take long to judge, is only identified.
#[test]
fn what_others_may_share_is_not_judged_at_sight() {
    let grounds = Grounds {
        anchors: Arc::default(),
        seals: Arc::default(),
        evidence: Arc::default(),
        rules: EvidenceRules::default(),
    };
    let small = Material::file(Bytes::from_static(b"small"));
    let beside = |length| {
        let content = Some(Given::Bytes(Bytes::from(vec![0; length])));
        Material { sought: Sought::Signature, file: small.file.clone(), content, signer: None }
    };
    let (sound, _, hierarchy) = sealed(at("2026-11-20T08:00:00Z"));
    let signer = hierarchy.anchors.trusted().first().cloned();
    let mut of_somebody = beside(200);
    of_somebody.signer = signer;
    let cases: [Case; 9] = [
        (beside(100), |_| false, true),
        (beside(300 << 10), |_| false, false),
        (of_somebody, |_| false, true),
        (beside(3 << 20), |_| false, false),
        (small, |_| false, true),
        (Material::file(Bytes::from_static(b"known")), |_| true, false),
        (Material::file(Bytes::from(sound)), |_| panic!("for the test"), false),
        (Material::file(Bytes::from(vec![0; 300 << 10])), |_| false, false),
        (Material::file(Bytes::from(vec![0; 3 << 20])), |_| false, false),
    ];
    let (mut round, mut told) = (Vec::new(), Vec::new());
    for (material, is_kept, at_once) in cases {
        let material = Arc::new(material);
        let alone = Arc::clone(&material).identified();
        let question = Question { material, grounds: grounds.clone(), at: at("2026-11-21T08:00:00Z") };
        let (tell, seen) = Tell::new(None);
        round.push(Work::See(question, Box::new(is_kept), tell));
        told.push((alone, at_once, seen));
    }
    Tools::new(&Config::default()).work(round);
    for (alone, at_once, mut seen) in told {
        let Seen { identified, judged } = seen.try_recv().unwrap();
        assert_eq!((identified.digests, identified.key), (alone.digests, alone.key));
        assert_eq!(judged.is_some(), at_once, "{:?}", alone.material);
    }
}

/// Ends when somebody is told.
type Told = Pin<Box<dyn Future<Output = ()>>>;

/// Writes down who was told.
struct Note(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
    }
}

/// Who came with a small file is told before those whose files are large, forged, or take what others do not.
#[test]
fn nobody_waits_for_larger_files_nor_for_forged_ones() {
    let (sound, forged, grounds) = sealed(at("2026-11-20T08:00:00Z"));
    let mut large = sound.clone();
    // Whatever is found about it, it is large.
    large.extend(std::iter::repeat_n(0, 300 << 10));
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut round = Vec::new();
    let mut told: Vec<Told> = Vec::new();
    let question = |file: &[u8]| Question {
        material: Arc::new(Material::file(Bytes::copy_from_slice(file))),
        grounds: grounds.clone(),
        at: at("2026-11-21T08:00:00Z"),
    };
    let mut push = |name, work: &dyn Fn(&mut Vec<Work>) -> Told| {
        let mut future = work(&mut round);
        let waker = Waker::from(Arc::new(Note(name, Arc::clone(&order))));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        told.push(future);
    };
    let huge = vec![0; 2 << 20];
    push("huge identified", &|round| {
        let (tell, told) = Tell::new(None);
        round.push(Work::Identify(question(&huge).material, tell));
        Box::pin(async { drop(told.await) })
    });
    let judge = |file: Vec<u8>| {
        move |round: &mut Vec<Work>| -> Told {
            let (tell, told) = Tell::new(None);
            round.push(Work::Judge(question(&file), tell));
            Box::pin(async { drop(told.await) })
        }
    };
    push("forged judged", &judge(forged));
    push("large judged", &judge(large));
    push("small judged", &judge(sound.clone()));
    push("small seen", &|round| {
        let (tell, told) = Tell::new(None);
        round.push(Work::See(question(&sound), Box::new(|_| false), tell));
        Box::pin(async { drop(told.await) })
    });
    push("small identified", &|round| {
        let (tell, told) = Tell::new(None);
        round.push(Work::Identify(question(&sound).material, tell));
        Box::pin(async { drop(told.await) })
    });
    Tools::new(&Config::default()).work(round);
    let order = order.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(
        *order,
        [
            "small identified",
            "small judged",
            "small seen",
            "large judged",
            "huge identified",
            "forged judged"
        ]
    );
}
