//! Manifests that must be refused, each by its code, and random edits of a signed one.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::manifest::{
    Emergencies, FilePath, KeyName, Officer, OfficersError, PrivateKey, Scheme, Standing, Subject, Suspended,
    Suspension,
};

const DAY: i64 = 86_400_000;

fn at(days: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_219_200).plus_millis(days * DAY)
}

fn keys(name: &str) -> Vec<PrivateKey> {
    let name = KeyName::parse(name).unwrap();
    let seed = |add: u8| [name.as_str().bytes().fold(add, u8::wrapping_add); 32];
    let mut keys = vec![PrivateKey::new(name.clone(), Scheme::Ed25519, &seed(1)).unwrap()];
    // Li alone has two keys.
    if name.as_str() == "li" {
        keys.push(PrivateKey::new(name.clone(), Scheme::Sm2, &seed(2)).unwrap());
    }
    keys
}

fn officer(name: &str) -> Officer {
    Officer::new(keys(name).iter().map(|key| key.public().clone()).collect()).unwrap()
}

fn officers(names: &[&str], threshold: u32) -> Officers {
    Officers::new(names.iter().map(|name| officer(name)).collect(), threshold).unwrap()
}

fn files() -> RuleFiles {
    let file = |path: &str, content: &str| (FilePath::parse(path).unwrap(), content.as_bytes().to_vec());
    RuleFiles::from_iter([file("certs/anchors/a.pem", "one"), file("policies/agreements/b.cedar", "two")])
}

fn terms() -> Terms {
    let publication = PublicationName::parse("trust.test").unwrap();
    Terms { publication, officers: officers(&["wang", "li"], 2), break_glass: false }
}

/// The first manifest, as Wang and Li would make it.
fn first() -> Manifest {
    Manifest {
        publication: terms().publication,
        version: 1,
        previous: None,
        created: at(0),
        expires: at(90),
        officers: terms().officers,
        lifted: BTreeSet::new(),
        break_glass: false,
        reason: "we begin".to_owned(),
        files: files().shapes(),
    }
}

/// The one after `before`, with a change.
fn next(before: &Signed, change: impl FnOnce(&mut Manifest)) -> Manifest {
    let mut manifest = before.manifest().clone();
    manifest.version += 1;
    manifest.previous = Some(before.manifest().digest());
    change(&mut manifest);
    manifest
}

fn signed(manifest: &Manifest, by: &[&str]) -> Vec<u8> {
    let mut note = Note::unsigned(manifest.to_string());
    for key in by.iter().flat_map(|name| keys(name)) {
        key.sign(&mut note).unwrap();
    }
    note.to_string().into_bytes()
}

fn entered() -> Signed {
    terms().enter(&signed(&first(), &["wang", "li"])).unwrap()
}

fn code<T>(checked: Result<T, Refusal>) -> &'static str {
    match checked {
        Ok(_) => "accepted",
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty() && !refusal.mend().is_empty());
            refusal.code()
        }
    }
}

#[test]
fn two_officers_of_the_config_begin() {
    let signed = entered();
    assert_eq!(signed.approved().len(), 2);
    signed.accept(files(), Arrival::Offered(at(1))).unwrap();
}

#[test]
fn who_counts() {
    let text = first().to_string();
    let note = |keys: &[&PrivateKey]| {
        let mut note = Note::unsigned(text.clone());
        keys.iter().for_each(|key| assert!(key.sign(&mut note).unwrap()));
        code(terms().enter(note.to_string().as_bytes()))
    };
    let (wang, li, chen) = (keys("wang"), keys("li"), keys("chen"));
    assert_eq!(note(&[&wang[0], &li[0], &li[1]]), "accepted");
    assert_eq!(note(&[]), "trust.unsigned");
    assert_eq!(note(&[&wang[0]]), "trust.too_few_officers");
    // Li has two keys and is one person, who has signed only with both.
    assert_eq!(note(&[&li[0], &li[1]]), "trust.too_few_officers");
    assert_eq!(note(&[&wang[0], &li[0]]), "trust.too_few_officers");
    assert_eq!(note(&[&wang[0], &li[1]]), "trust.too_few_officers");
    assert_eq!(note(&[&wang[0], &chen[0]]), "trust.unknown_officer");
    // Who is no officer takes nothing away either.
    assert_eq!(note(&[&chen[0], &li[0], &wang[0], &li[1]]), "accepted");

    let whole = String::from_utf8(signed(&first(), &["wang", "li"])).unwrap();
    let wangs = whole.lines().find(|line| line.starts_with("— wang")).unwrap();
    assert_eq!(code(terms().enter(format!("{whole}{wangs}\n").as_bytes())), "trust.signed_twice");
    let other =
        String::from_utf8(signed(&Manifest { reason: "x".to_owned(), ..first() }, &["wang"])).unwrap();
    let others = other.lines().find(|line| line.starts_with("— wang")).unwrap();
    assert_eq!(code(terms().enter(whole.replace(wangs, others).as_bytes())), "trust.signature_broken");
}

#[test]
fn one_person_is_one_officer() {
    let key = |name: &str| PrivateKey::new(KeyName::parse(name).unwrap(), Scheme::Ed25519, &[9; 32]).unwrap();
    let [one, other] = ["one", "other"].map(|name| Officer::new(vec![key(name).public().clone()]).unwrap());
    let twice = Officers::new(vec![one.clone(), one.clone()], 2);
    assert!(matches!(twice, Err(OfficersError::Twice(_))));
    assert!(matches!(Officers::new(vec![one.clone(), other], 2), Err(OfficersError::SameKey(..))));
    for threshold in [0, 1, 3] {
        let refused = Officers::new(vec![officer("wang"), officer("li")], threshold);
        assert!(matches!(refused, Err(OfficersError::Threshold { .. })));
    }
}

#[test]
fn versions_only_grow_one_by_one() {
    let base = entered();
    let offer = |manifest: Manifest| code(base.follow(&signed(&manifest, &["wang", "li"])));
    assert_eq!(offer(next(&base, |_| {})), "accepted");
    assert_eq!(offer(first()), "trust.old_version");
    assert_eq!(offer(Manifest { reason: "another".to_owned(), ..first() }), "trust.other_text");
    assert_eq!(offer(next(&base, |manifest| manifest.version = 3)), "trust.version_gap");
    let other = Manifest { reason: "another".to_owned(), ..first() };
    assert_eq!(
        offer(next(&base, |manifest| manifest.previous = Some(other.digest()))),
        "trust.wrong_previous"
    );
    assert_eq!(offer(next(&base, |manifest| manifest.previous = None)), "trust.malformed");
    let elsewhere = PublicationName::parse("trust.trial").unwrap();
    assert_eq!(offer(next(&base, |manifest| manifest.publication = elsewhere)), "trust.other_publication");
    assert_eq!(offer(next(&base, |manifest| manifest.expires = at(401))), "trust.too_long");
    assert_eq!(offer(next(&base, |manifest| manifest.expires = at(0))), "trust.malformed");
    assert_eq!(offer(next(&base, |manifest| manifest.break_glass = true)), "trust.break_glass_place");
}

#[test]
fn officers_change_by_those_before_and_those_after() {
    let base = entered();
    let change = |names: &[&str], threshold: u32, by: &[&str]| {
        let manifest = next(&base, |manifest| manifest.officers = officers(names, threshold));
        code(base.follow(&signed(&manifest, by)))
    };
    assert_eq!(change(&["wang", "li", "chen"], 2, &["wang", "li"]), "accepted");
    // Added and counted in the same change.
    assert_eq!(change(&["wang", "li", "chen"], 2, &["wang", "chen"]), "trust.unknown_officer");
    // Removed in the same change: the one who stays cannot do it alone, nor with the new one.
    assert_eq!(change(&["wang", "chen"], 2, &["wang", "chen"]), "trust.unknown_officer");
    assert_eq!(change(&["wang", "chen"], 2, &["wang", "li"]), "trust.unknown_officer");
    assert_eq!(change(&["wang", "chen"], 2, &["wang", "li", "chen"]), "accepted");

    // Three must approve until three have approved that two suffice.
    let three = next(&base, |manifest| manifest.officers = officers(&["wang", "li", "chen"], 3));
    let three = base.follow(&signed(&three, &["wang", "li", "chen"])).unwrap();
    let two = next(&three, |manifest| manifest.officers = officers(&["wang", "li", "chen"], 2));
    assert_eq!(code(three.follow(&signed(&two, &["wang", "li"]))), "trust.too_few_officers");
    assert_eq!(code(three.follow(&signed(&two, &["wang", "li", "chen"]))), "accepted");
    let text = two.to_string().replace("threshold 2", "threshold 1");
    assert!(Manifest::parse(&text).unwrap_err().problem.contains("threshold"));
}

#[test]
fn a_manifest_comes_in_time_and_with_its_files() {
    let offer = |files: RuleFiles, now: Timestamp| code(entered().accept(files, Arrival::Offered(now)));
    assert_eq!(offer(files(), at(0).plus_millis(-FUTURE_MILLIS)), "accepted");
    assert_eq!(offer(files(), at(0).plus_millis(-FUTURE_MILLIS - 1)), "trust.from_future");
    assert_eq!(offer(files(), at(90)), "trust.expired");
    // What was accepted in time is not undone.
    assert_eq!(code(entered().accept(files(), Arrival::Kept)), "accepted");
    let path = |text: &str| FilePath::parse(text).unwrap();
    let (mut changed, mut outside) = (files(), files());
    changed.insert(path("certs/anchors/a.pem"), b"ONE".to_vec());
    outside.insert(path("certs/anchors/evil.pem"), b"three".to_vec());
    let missing = files().iter().take(1).map(|(path, content)| (path.clone(), content.to_vec())).collect();
    assert_eq!(offer(changed, at(1)), "trust.file_changed");
    assert_eq!(offer(outside, at(1)), "trust.file_outside");
    assert_eq!(offer(missing, at(1)), "trust.file_missing");
}

#[test]
fn one_manifest_has_one_text() {
    let text = first().to_string();
    assert_eq!(Manifest::parse(&text).unwrap(), first());
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let edits = [
            format!("{line} "),
            line.replacen(' ', "  ", 1),
            format!("{line}\n{line}"),
            String::new(),
            line.to_uppercase(),
            line.replacen(' ', " 0", 1),
        ];
        for edit in edits.iter().filter(|edit| edit != line) {
            let mut edited: Vec<&str> = lines.clone();
            edited[number] = edit;
            let edited = format!("{}\n", edited.join("\n"));
            // What is still a manifest is another one, with a text of its own.
            let meant = Manifest::parse(&edited);
            assert!(meant.is_err() || meant.is_ok_and(|meant| meant != first()), "{edited}");
        }
    }
    let climbing = text.replace("certs/anchors/a.pem", "certs/../../a.pem");
    assert_eq!(Manifest::parse(&climbing).unwrap_err().line, 10);
    let mut swapped = lines.clone();
    let last = swapped.len() - 1;
    swapped.swap(last, last - 1);
    assert!(Manifest::parse(&format!("{}\n", swapped.join("\n"))).is_err());
    for time in ["2026-11-21T08:00:00+00:00", "2026-11-21t08:00:00Z", "2026-11-21T08:00:00.0Z", "2026-11-21"]
    {
        assert!(Manifest::parse(&text.replace(&at(0).to_string(), time)).is_err(), "{time}");
    }
    for steering in [
        "reason we\u{202e}begin",
        "reason we\u{200b}begin",
        "reason  ",
        &format!("reason {}", "x".repeat(501)),
    ] {
        assert!(Manifest::parse(&text.replace("reason we begin", steering)).is_err(), "{steering}");
    }
}

#[test]
fn break_glass_is_for_a_day_and_only_where_it_is_allowed() {
    let base = entered();
    let open = Terms { break_glass: true, ..terms() };
    let emergency = |change: fn(&mut Manifest)| {
        next(&base, |manifest| {
            (manifest.break_glass, manifest.created, manifest.expires) = (true, at(1), at(2));
            change(manifest);
        })
    };
    let offer = |terms: &Terms, manifest: Manifest, by: &[&str], before: Option<&Emergencies>| {
        code(base.emergency(&signed(&manifest, by), terms, before))
    };
    assert_eq!(offer(&terms(), emergency(|_| {}), &["wang"], None), "trust.break_glass_off");
    assert_eq!(offer(&terms(), emergency(|_| {}), &["wang", "li"], None), "trust.break_glass_off");
    assert_eq!(offer(&open, emergency(|_| {}), &["wang"], None), "accepted");
    assert_eq!(offer(&open, emergency(|_| {}), &["chen"], None), "trust.unknown_officer");
    assert_eq!(
        offer(&open, emergency(|manifest| manifest.expires = at(3)), &["wang"], None),
        "trust.too_long"
    );
    // None made before the last comes back, and all end a day after the first, whoever renews them.
    let first = base.emergency(&signed(&emergency(|_| {}), &["wang"]), &open, None).unwrap();
    let begun = Emergencies::begin(first);
    let renewed = |hour: i64, change: fn(&mut Manifest)| {
        let mut manifest = emergency(change);
        manifest.created = at(1).plus_millis(hour * 3_600_000);
        manifest
    };
    let offered =
        |manifest: Manifest, by: &str, before: &Emergencies| offer(&open, manifest, &[by], Some(before));
    assert_eq!(offered(emergency(|_| {}), "wang", &begun), "accepted");
    let other = |manifest: &mut Manifest| manifest.reason = "another".to_owned();
    assert_eq!(offered(emergency(other), "wang", &begun), "trust.break_glass_old");
    assert_eq!(offered(renewed(23, |_| {}), "li", &begun), "accepted");
    let beyond = |manifest: &mut Manifest| manifest.expires = at(2).plus_millis(1_000);
    assert_eq!(offered(renewed(1, beyond), "wang", &begun), "trust.break_glass_chain");
    let renewal = base.emergency(&signed(&renewed(23, |_| {}), &["li"]), &open, Some(&begun)).unwrap();
    assert_eq!(
        offered(renewed(24, beyond), "wang", &begun.clone().then(renewal.clone())),
        "trust.break_glass_chain"
    );
    assert_eq!(offered(renewed(22, |_| {}), "wang", &begun.then(renewal)), "trust.break_glass_old");
    assert_eq!(
        offer(&open, emergency(|manifest| manifest.break_glass = false), &["wang"], None),
        "trust.break_glass_place"
    );
    let swapped = emergency(|manifest| manifest.officers = officers(&["wang", "chen"], 2));
    assert_eq!(offer(&open, swapped, &["wang"], None), "trust.break_glass_officers");

    // It holds until it is over, or until enough officers make the next one.
    let accept = |signed: Signed| signed.accept(files(), Arrival::Kept).unwrap();
    let mut standing = Standing::new(accept(base.clone()));
    let note = signed(&emergency(|_| {}), &["wang"]);
    standing.break_glass(accept(base.emergency(&note, &open, None).unwrap()));
    standing.pass(at(2).plus_millis(-1));
    assert!(standing.in_effect().manifest().break_glass);
    let mut over = standing.clone();
    over.pass(at(2));
    let last = over.emergencies().unwrap().last().manifest().created;
    assert_eq!((over.in_effect().manifest().version, last), (1, at(1)));
    standing.succeed(accept(base.follow(&signed(&next(&base, |_| {}), &["wang", "li"])).unwrap()));
    assert!(standing.emergency().is_none() && standing.emergencies().is_none());
}

#[test]
fn one_officer_suspends_and_a_manifest_lifts() {
    let suspension = |kind: &str, id: &str| Suspension {
        publication: terms().publication,
        subject: Subject::parse(kind, id).unwrap(),
        since: at(1),
        reason: "stolen".to_owned(),
    };
    let note = |suspension: &Suspension, by: &[&str]| {
        let mut note = Note::unsigned(suspension.to_string());
        by.iter().flat_map(|name| keys(name)).for_each(|key| assert!(key.sign(&mut note).unwrap()));
        note.to_string().into_bytes()
    };
    let check = |note: &[u8]| Suspended::check(note, &terms().publication, &terms().officers, at(1));
    for (kind, id) in [
        ("anchor", "ab".repeat(32).as_str()),
        ("key", "cd".repeat(32).as_str()),
        ("seal", "44990000000001"),
        ("seal", "{2F1C-99}/4401#电子 印章;%&'\""),
        ("system", "gd-window"),
        ("gateway", "43"),
        ("department", "11440000DEM000006C@440000"),
        ("agreement", "gd-housing-tax"),
    ] {
        let stated = suspension(kind, id);
        assert_eq!(Suspension::parse(&stated.to_string()).unwrap(), stated);
        assert_eq!(code(check(&note(&stated, &["wang"]))), "accepted");
        assert_eq!(Subject::parse(kind, "a\nb"), None);
    }
    for hidden in [" 1", "1 ", "1\u{3164}", "1\u{202e}2", "1\u{3000}2", "1\t2", ""] {
        assert_eq!(Subject::parse("seal", hidden), None, "{hidden:?}");
    }
    let agreement = suspension("agreement", "gd-housing-tax");
    assert_eq!(code(check(&note(&agreement, &["chen"]))), "trust.unknown_officer");
    assert_eq!(code(check(&note(&agreement, &[]))), "trust.unsigned");
    // Whoever else is named in it: it is by whom it was checked to be, then and when it is read again.
    let signed_by_wang = String::from_utf8(note(&agreement, &["wang"])).unwrap();
    let (text, lines) = signed_by_wang.rsplit_once("\n\n").unwrap();
    let own = lines.lines().next().unwrap();
    let forged = format!("{text}\n\n{}\n{lines}", own.replacen("wang", "li", 1));
    let taken = check(forged.as_bytes()).unwrap();
    let kept = taken.note().to_string();
    let resumed = Suspended::resume(kept.as_bytes(), &taken.suspension().publication).unwrap();
    assert_eq!((taken.officer().as_str(), resumed.officer().as_str()), ("wang", "wang"));
    let later = Suspension { since: at(2), ..agreement.clone() };
    assert_eq!(code(check(&note(&later, &["wang"]))), "trust.from_future");
    // Neither is good for the other.
    assert_eq!(code(check(&signed(&first(), &["wang", "li"]))), "trust.malformed");
    assert_eq!(code(terms().enter(&note(&agreement, &["wang", "li"]))), "trust.malformed");

    let base = entered();
    let accept = |signed: Signed| signed.accept(files(), Arrival::Kept).unwrap();
    let mut standing = Standing::new(accept(base.clone()));
    assert!(standing.suspend(check(&note(&agreement, &["wang"])).unwrap()));
    assert!(!standing.suspend(check(&note(&agreement, &["li"])).unwrap()));
    assert_eq!(standing.suspensions().count(), 1);
    let lifting = next(&base, |manifest| manifest.lifted.extend([agreement.digest()]));
    let lifting = base.follow(&signed(&lifting, &["wang", "li"])).unwrap();
    standing.succeed(accept(lifting));
    assert_eq!((standing.suspensions().count(), standing.seen().len()), (0, 1));
}

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| signed(&first(), &["wang", "li"]));

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever is edited about a signed manifest, it is not accepted.
    #[test]
    fn no_edit_of_a_signed_manifest_is_accepted(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 1..4),
    ) {
        let whole = &*WHOLE;
        let mut edited = whole.clone();
        for (index, kind, byte) in edits {
            let at = index.index(edited.len());
            match kind {
                0 => edited[at] = byte,
                1 => edited[at] ^= 1 << (byte % 8),
                2 => edited.insert(at, byte),
                _ => drop(edited.remove(at)),
            }
        }
        prop_assume!(edited != *whole);
        prop_assert!(terms().enter(&edited).is_err(), "{}", String::from_utf8_lossy(&edited));
    }
}
