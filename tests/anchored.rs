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

use std::collections::BTreeSet;
use std::sync::Arc;

use lab::{Lab, at, sealed, validity};
use tongban::budget::{Budget, Limits};
use tongban::clock::Period;
use tongban::crypto::{Digest, DigestAlgorithm};
use tongban::demo::forge::pdf::{PdfFile, PdfMethod, PdfSigning};
use tongban::demo::forge::{
    Authority, Encoding, Flavor, Hierarchy, Identity, Layout, Method, Name, Profile, SealDraft, SealSigners,
    Seed, Signing, Statement, TimestampDraft, Validity,
};
use tongban::identifier::{Region, TypeCode};
use tongban::license::{Circumstances, judge};
use tongban::pki::revocation::{Evidence, EvidenceRules};
use tongban::pki::{
    Anchor, AnchorEntry, AnchorRole, AnchorScope, Anchors, Certificate, PathError, RevocationKnowledge, Role,
    Terms, unchecked, validate,
};
use tongban::rulebook::{ClientChain, Clients};
use tongban::verdict::{ChainState, Code, Judgement, Verdict};

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

/// A root, an authority below it, and one who signs below that.
struct Ladder {
    root: Authority,
    middle: Authority,
    signer: Identity,
}

impl Ladder {
    fn new() -> Self {
        let root = Authority::root(&Seed::new("ladder"), Name::new("省", "Root"), validity()).unwrap();
        let middle = root.subordinate(Name::new("省", "Issuing"), validity()).unwrap();
        let office = "广东省示例市市场监督管理局";
        let signer = middle.issue(Profile::Signer, Name::new(office, office), validity()).unwrap();
        Self { root, middle, signer }
    }

    /// Both authorities as anchors, as those list them who judge seals, which bring no chain.
    fn anchors(&self) -> Vec<Anchor> {
        [("issuing", &self.middle), ("root", &self.root)]
            .map(|(name, authority)| stated(authority.certificate(), &entry(name, |_| {})))
            .to_vec()
    }

    /// The lab's license, signed in every way that brings the chain along, and in the one that does not.
    fn files(&self, lab: &Lab) -> Vec<(&'static str, Vec<u8>)> {
        let signers = SealSigners::certificates(&[&self.signer]);
        let name = "广东省示例市市场监督管理局";
        let draft = SealDraft::new(Layout::Gb2020, "44990000000001", name, signers, validity());
        let maker = self.middle.issue(Profile::Signer, Name::new("制章", "Maker"), validity()).unwrap();
        let seal = draft.unwrap().sign(&maker).unwrap();
        let ofd = |method: Method<'_>| {
            let mut package = lab.unsigned();
            Signing::new(&self.signer, method, sealed()).sign(&mut package).unwrap();
            package.to_zip().unwrap()
        };
        let pdf = |method: PdfMethod<'_>| {
            let mut file = PdfFile::new("Certificate of Registration").unwrap();
            PdfSigning::new(&self.signer, method, sealed()).sign(&mut file).unwrap();
            file.bytes
        };
        vec![
            ("CMS", ofd(Method::Cms(Flavor::SignedAttributes, Encoding::Der))),
            ("seal", ofd(Method::Seal(&seal))),
            ("PDF", pdf(PdfMethod::Ordinary)),
            ("PAdES", pdf(PdfMethod::Pades)),
            ("PDF seal", pdf(PdfMethod::Seal(&seal))),
        ]
    }
}

fn digests(certificates: &[&[u8]], algorithm: DigestAlgorithm) -> BTreeSet<Digest> {
    certificates.iter().map(|der| algorithm.digest(der)).collect()
}

/// Whoever took the key of an authority brings its certificate along: the root above it must not vouch for it either.
#[test]
fn what_is_suspended_is_on_no_path_to_another_anchor() {
    let (lab, ladder, limits) = (Lab::new(), Ladder::new(), Limits::default());
    let [root, middle] = [&ladder.root, &ladder.middle].map(Authority::certificate);
    let chain_of = |file: &[u8], anchors: &Anchors| {
        let judgement = judge(file, &Circumstances::new(anchors, at(NOW), &limits));
        let [signature] = judgement.signatures.as_slice() else { panic!("{:?}", judgement.signatures) };
        let maker = signature.seal.as_ref().map(|seal| seal.maker_chain.state);
        (signature.chain.state, maker.unwrap_or(signature.chain.state))
    };
    for (kind, file) in ladder.files(&lab) {
        let under = |digests| {
            chain_of(
                &file,
                &Anchors::stated(ladder.anchors(), Vec::new()).suspending(digests, BTreeSet::new()),
            )
        };
        let (trusted, none) = (ChainState::Trusted, ChainState::NoAnchor);
        assert_eq!(under(BTreeSet::new()), (trusted, trusted), "{kind}");
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3] {
            assert_eq!(under(digests(&[middle], algorithm)), (none, none), "{kind}");
            // Who suspends a root leaves the word of an authority below it that officers trust by itself.
            assert_eq!(under(digests(&[root], algorithm)), (trusted, trusted), "{kind}");
        }
        // One that officers took off the list and that is suspended all the same is no way to the root either.
        let only_root = Anchors::stated(ladder.anchors().split_off(1), Vec::new());
        let suspended = only_root.suspending(digests(&[middle], DigestAlgorithm::Sha256), BTreeSet::new());
        assert_eq!(chain_of(&file, &suspended), (none, none), "{kind}");
    }
}

/// The same authority certified anew is the same key in the same hands.
#[test]
fn another_certificate_for_a_suspended_key_is_suspended_as_well() {
    let ladder = Ladder::new();
    let leaf = Certificate::from_der(&ladder.signer.certificate).unwrap();
    let found = |beside: &[Certificate], anchors: &Anchors, leaf: &Certificate| {
        let terms = Terms { beside, ..Terms::new(anchors, Role::Signer, at(NOW)) };
        validate(leaf, &terms, &mut unchecked, &mut Budget::new(Limits::default())).map(|_| ())
    };
    let until = Validity { until: at("2035-01-01T00:00:00Z"), ..validity() };
    // The seed gives the same key for the same name.
    let anew = ladder.root.subordinate(Name::new("省", "Issuing"), until).unwrap();
    let beside = [Certificate::from_der(anew.certificate()).unwrap()];
    let middle = Certificate::from_der(ladder.middle.certificate()).unwrap();
    assert!(beside[0] != middle && beside[0].spki() == middle.spki());
    let anchors = Anchors::stated(ladder.anchors(), Vec::new());
    assert_eq!(found(&beside, &Anchors::stated(ladder.anchors().split_off(1), Vec::new()), &leaf), Ok(()));
    let suspended = anchors.suspending(digests(&[middle.der()], DigestAlgorithm::Sha256), BTreeSet::new());
    assert_eq!(found(&beside, &suspended, &leaf), Err(PathError::NoAnchor));
    // An anchor of its own, or one that helps on the way, it is not any more.
    let both = [ladder.anchors(), vec![stated(anew.certificate(), &entry("anew", |_| {}))]].concat();
    let suspended = Anchors::stated(both, vec![middle.clone()])
        .suspending(digests(&[middle.der()], DigestAlgorithm::Sm3), BTreeSet::new());
    assert_eq!(suspended.trusted().len(), 1);
    assert!(suspended.intermediates().is_empty());
    // Another authority below the same root is not touched.
    let sister = ladder.root.subordinate(Name::new("省", "Sister"), validity()).unwrap();
    let other = sister.issue(Profile::Signer, Name::new("省", "Other"), validity()).unwrap();
    let other = Certificate::from_der(&other.certificate).unwrap();
    assert_eq!(found(&[Certificate::from_der(sister.certificate()).unwrap()], &suspended, &other), Ok(()));
}

#[test]
fn a_client_below_a_suspended_authority_is_not_trusted_by_the_root_above_it() {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    let params = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let authority = |name: &str| {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params, KeyPair::generate().unwrap())
    };
    let ((root, root_key), (middle, middle_key)) = (authority("root"), authority("middle"));
    let root = CertifiedIssuer::self_signed(root, root_key).unwrap();
    let middle = CertifiedIssuer::signed_by(middle, middle_key, &root).unwrap();
    let mut client = params("client");
    client.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let client = client.signed_by(&KeyPair::generate().unwrap(), &middle).unwrap();
    let chain = [client.der().as_ref(), middle.der().as_ref()];
    let anchors = || {
        let role = |entry: &mut AnchorEntry| entry.roles = [AnchorRole::TlsClient].into();
        let anchors = [("middle", middle.der()), ("root", root.der())];
        Anchors::stated(anchors.map(|(name, der)| stated(der, &entry(name, role))).to_vec(), Vec::new())
    };
    let evidence = Evidence::default();
    let standing_for = |anchors: Anchors, regions: &[Region]| {
        let known = RevocationKnowledge { evidence: &evidence, rules: EvidenceRules::default() };
        let clients = Clients::new(Arc::new(anchors));
        let chain = ClientChain::read(chain).unwrap();
        clients.standing_of(&chain, at(NOW), known, regions).map_err(|distrust| distrust.code())
    };
    let standing = |anchors| standing_for(anchors, &[]);
    assert!(standing(anchors()).is_ok());
    for suspended in [middle.der(), client.der()] {
        let anchors = anchors().suspending(digests(&[suspended], DigestAlgorithm::Sha256), BTreeSet::new());
        assert_eq!(standing(anchors), Err("caller.uncertified"));
    }
    // Whoever acts for a region needs an authority that may vouch for it: both regions by one, whichever of them it is.
    let [here, there] = ["440106", "430000"].map(|region| Region::parse(region).unwrap());
    for (of_middle, of_root, fit) in [
        (scope(&["440000"], &[]), scope(&["430000"], &[]), [true, true, false]),
        (scope(&["430000"], &[OTHER_TYPE]), scope(&["650000"], &[]), [false, true, false]),
        (scope(&["430000"], &[]), AnchorScope::default(), [true, true, true]),
    ] {
        let limited = || {
            let anchors = [("middle", middle.der(), &of_middle), ("root", root.der(), &of_root)];
            let limited = anchors.map(|(name, der, scope)| {
                let change = |entry: &mut AnchorEntry| {
                    (entry.roles, entry.scope) =
                        ([AnchorRole::TlsClient, AnchorRole::Signer].into(), scope.clone());
                };
                stated(der, &entry(name, change))
            });
            Anchors::stated(limited.to_vec(), Vec::new())
        };
        let both = [here.clone(), there.clone()];
        let asked = [&both[..1], &both[1..], &both];
        assert_eq!(asked.map(|regions| standing_for(limited(), regions).is_ok()), fit, "{of_middle:?}");
        assert_eq!(standing_for(limited(), &[Region::parse("110000").unwrap()]).is_ok(), fit[2]);
    }
    // The authority that is trusted by itself stays when the root goes.
    assert!(
        standing(anchors().suspending(digests(&[root.der()], DigestAlgorithm::Sha256), BTreeSet::new()))
            .is_ok()
    );
}

#[test]
fn what_a_chain_names_is_the_anchor_that_vouches() {
    let (lab, ladder) = (Lab::new(), Ladder::new());
    let (here, there) = (scope(&["440000"], &[]), scope(&["430000"], &[]));
    let (_, file) = ladder.files(&lab).swap_remove(0);
    for (of_middle, of_root, anchors, length) in [
        (&there, &here, &["root"][..], 3),
        (&here, &there, &["issuing"], 2),
        (&here, &here, &["issuing", "root"], 2),
    ] {
        let anchors_are = vec![
            stated(ladder.middle.certificate(), &entry("issuing", |entry| entry.scope = of_middle.clone())),
            stated(ladder.root.certificate(), &entry("root", |entry| entry.scope = of_root.clone())),
        ];
        let judgement = judged(anchors_are, NOW, &file);
        let [signature] = judgement.signatures.as_slice() else { panic!() };
        assert_eq!(signature.chain.state, ChainState::Trusted);
        assert_eq!(
            (signature.chain.anchors.as_slice(), signature.chain.path.len()),
            (&anchors.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()[..], length)
        );
    }
}

/// What one authority tolerates is no excuse for a license on which only another has a say.
#[test]
fn dates_of_makers_are_tolerated_by_those_who_vouch() {
    let (lab, ladder) = (Lab::new(), Ladder::new());
    let late = Validity { from: at("2026-02-01T00:00:00Z"), until: validity().until };
    let maker = ladder.middle.issue(Profile::Signer, Name::new("制章", "Late maker"), late).unwrap();
    let signers = SealSigners::certificates(&[&lab.office.signer]);
    let name = "广东省示例市市场监督管理局";
    let draft = SealDraft::new(Layout::Gb2020, "44990000000001", name, signers, validity());
    let seal = draft.unwrap().sign(&maker).unwrap();
    let mut package = lab.unsigned();
    Signing::new(&lab.office.signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
    let file = package.to_zip().unwrap();
    for (by_middle, by_root, tolerated) in
        [(true, false, false), (false, true, false), (false, false, false), (true, true, true)]
    {
        let stating = |der, name, region, tolerates| {
            let change = |entry: &mut AnchorEntry| {
                (entry.scope, entry.tolerates_maker_dates) = (scope(&[region], &[]), tolerates);
            };
            stated(der, &entry(name, change))
        };
        let anchors = vec![
            stated(lab.hierarchy.root.certificate(), &entry("lab", |_| {})),
            stating(ladder.middle.certificate(), "issuing", "430000", by_middle),
            stating(ladder.root.certificate(), "root", "440000", by_root),
        ];
        let judgement = judged(anchors, NOW, &file);
        let [signature] = judgement.signatures.as_slice() else { panic!() };
        let has = |code| signature.reasons.iter().any(|reason| reason.code == code);
        assert_eq!(has(Code::SealMakerDatesTolerated), tolerated, "{by_middle} {by_root}");
        assert_eq!(has(Code::SealMakerOutOfDate), !tolerated, "{by_middle} {by_root}");
    }
}

/// Whoever is doubtful about the region of a license has not thereby made it that of the signer.
#[test]
fn a_region_that_cannot_be_read_lies_in_no_scope() {
    let bench = Bench { lab: Lab::new(), rows: Vec::new() };
    let changed = |changes: &[(&str, &str)]| {
        let mut document = bench.lab.license().document(sealed());
        for (name, value) in changes {
            let datum = document.custom_data.iter_mut().find(|(known, _)| known == name).unwrap();
            (*value).clone_into(&mut datum.1);
        }
        let mut package = document.package().unwrap();
        bench.lab.signing().sign(&mut package).unwrap();
        package.to_zip().unwrap()
    };
    let (identifier, issuer) = (("ZZBS", "1.2.156.3005.2"), ("ZZBFJGDM", "11449900TB00000019"));
    for (changes, trusted) in [
        (&[][..], true),
        (&[identifier], false),
        (&[issuer], false),
        (&[identifier, issuer], false),
        // An empty one says nothing, and another says it.
        (&[("ZZBFJGDM", "")], true),
    ] {
        let file = changed(changes);
        let lost = |judgement: Judgement| {
            let codes = judgement.signatures.iter().flat_map(|one| &one.reasons);
            codes.filter(|reason| reason.code == Code::ChainAnchorScope).count() > 0
        };
        let within = bench.under(NOW, &file, |entry| entry.scope = scope(&["440000"], &[]));
        assert_eq!(lost(within), !trusted, "{changes:?}");
        assert!(!lost(bench.under(NOW, &file, |_| {})), "{changes:?}");
    }
}
