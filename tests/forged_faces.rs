//! What the judge says about the license on a document: metadata and what covers it, identifiers, holders, issuer,
//! state, kind of copy, and whether a counter may rely on it. The table is `tests/golden/faces.tsv`; with
//! `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

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
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "support/lab.rs"]
mod lab;
#[path = "support/rules.rs"]
mod rules;

use std::process::Command;
use std::sync::LazyLock;

use lab::{Lab, at, sealed, validity};
use proptest::prelude::*;
use rules::put_anchor;
use serde_json::Value;
use tongban::demo::forge::{
    CopyNote, Coverage, Document, Issuer, Layout, License, Method, Name, Package, Profile, SealDraft,
    SealSigners, Signing, identity_card, marriage_certificate, samples,
};
use tongban::report::{Asked, Style, to_json, to_text};
use tongban::verdict::{Judgement, Language, Usable, Verdict};

const ROOT: &str = "OFD.xml";
const LIST: &str = "Doc_0/Tags/CustomTags.xml";
const TAGS: &str = "Doc_0/Tags/CustomTag.xml";
const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";
const DOCUMENT: &str = "Doc_0/Document.xml";
const PURPOSE: &str = "办理社保转移";

static BENCH: LazyLock<Bench> = LazyLock::new(Bench::new);

/// The lab with all its offices.
struct Bench {
    lab: Lab,
}

impl Bench {
    fn new() -> Self {
        Self { lab: Lab::new() }
    }

    fn issued() -> tongban::clock::Timestamp {
        at("2026-03-15T00:00:00Z")
    }

    fn license() -> License {
        samples(Self::issued()).unwrap().remove(0).1
    }

    fn office(&self, name: &str) -> Issuer {
        self.lab.hierarchy.issuer(name, "44990000000001", Layout::Gb2020).unwrap()
    }

    /// `package` sealed whole by the office called `name`.
    fn sealed_by(&self, name: &str, package: Package) -> Package {
        self.covering(name, package, Coverage::Everything)
    }

    fn covering(&self, name: &str, mut package: Package, coverage: Coverage) -> Package {
        let office = self.office(name);
        let mut signing = Signing::new(&office.signer, Method::Seal(&office.seal), sealed());
        signing.coverage = coverage;
        signing.sign(&mut package).unwrap();
        package
    }

    /// The license sealed by its own issuer.
    fn sealed(&self, license: &License) -> Package {
        self.sealed_by(&license.issuer, license.document(sealed()).package().unwrap())
    }

    /// A business license that `change` has bent before it was sealed.
    fn license_with(&self, change: impl FnOnce(&mut License)) -> Package {
        let mut license = Self::license();
        change(&mut license);
        self.sealed(&license)
    }

    /// A business license whose datum `name` for machines says `value`.
    fn datum(&self, name: &str, value: &str) -> Package {
        let mut document = Self::license().document(sealed());
        put(&mut document, name, value);
        self.sealed_by(&Self::license().issuer, document.package().unwrap())
    }

    /// A business license whose `entry` was bent as text before it was sealed.
    fn text(&self, entry: &str, change: impl FnOnce(String) -> String) -> Package {
        let mut package = Self::license().document(sealed()).package().unwrap();
        let text = change(package.text(entry).unwrap().to_owned());
        package.put(entry, text);
        self.sealed_by(&Self::license().issuer, package)
    }

    /// A business license sealed with `entries` left out.
    fn open(&self, entries: &[&str]) -> Package {
        let license = Self::license();
        let entries = entries.iter().map(|&entry| entry.to_owned()).collect();
        let package = license.document(sealed()).package().unwrap();
        self.covering(&license.issuer, package, Coverage::Except(entries))
    }

    fn judged(&self, package: &Package) -> Judgement {
        self.lab.judged(&package.to_zip().unwrap())
    }
}

fn put(document: &mut Document, name: &str, value: &str) {
    match document.custom_data.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => value.clone_into(known),
        None => document.custom_data.push((name.to_owned(), value.to_owned())),
    }
}

fn note(until: &str) -> CopyNote {
    CopyNote {
        made_by: "示例市政务服务中心".to_owned(),
        made_at: at("2026-11-19T01:00:00Z"),
        made_for: format!("仅用于{PURPOSE}"),
        until: at(until),
    }
}

fn annotated(bench: &Bench, until: &str) -> Package {
    bench.license_with(|license| license.annotation = Some(note(until)))
}

fn cases(bench: &Bench) -> Vec<(&'static str, Package)> {
    let replaced = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "no `{from}`");
            text.replacen(from, to, 1)
        }
    };
    let by = |name: &str| bench.sealed_by(name, Bench::license().document(sealed()).package().unwrap());
    let day = |text| at(text);
    let marriage = marriage_certificate(Bench::issued()).unwrap();
    let married = |name: &str, value: &str| {
        let mut document = marriage.document(sealed());
        put(&mut document, name, value);
        bench.sealed_by(&marriage.issuer, document.package().unwrap())
    };
    let carded = |name: &str, value: &str| {
        let card = identity_card(Bench::issued()).unwrap();
        let mut document = card.document(sealed());
        put(&mut document, name, value);
        bench.sealed_by(&card.issuer, document.package().unwrap())
    };
    vec![
        ("sound", bench.sealed(&Bench::license())),
        ("two-holders", bench.sealed(&marriage)),
        // Coverage: what each value depends on.
        ("root-uncovered", bench.open(&[ROOT])),
        ("tag-list-uncovered", bench.open(&[LIST])),
        ("tag-file-uncovered", bench.open(&[TAGS])),
        ("tag-page-uncovered", bench.open(&[PAGE])),
        ("document-uncovered", bench.open(&[DOCUMENT])),
        ("all-metadata-uncovered", bench.open(&[ROOT, TAGS])),
        // Tags.
        (
            "tag-namespace-broken",
            bench.text(TAGS, |text| {
                text.replace("<电子证照", "<:params xmlns:=\"\"").replace("</电子证照>", "</:params>")
            }),
        ),
        ("tag-file-malformed", bench.text(TAGS, replaced("</电子证照>", ""))),
        ("tag-dangling", bench.text(TAGS, replaced("</ofd:ObjectRef>", "9</ofd:ObjectRef>"))),
        ("tag-page-unknown", bench.text(TAGS, replaced("PageRef=\"", "PageRef=\"9"))),
        ("tag-file-missing", bench.text(LIST, replaced("CustomTag.xml", "Nowhere.xml"))),
        ("tag-doctype", bench.text(TAGS, |text| text.replacen("?>\n", "?>\n<!DOCTYPE a>\n", 1))),
        ("custom-data-in-lower-case", bench.text(ROOT, |text| text.replace(" Name=", " name="))),
        // Contradictions.
        ("issuer-contradicted", bench.datum("ZZBFJG", "广东省示例市民政局")),
        ("number-contradicted", bench.datum("ZZBH", "91449900TB0000037")),
        ("type-code-contradicted", bench.datum("ZZLXDM", "11100000000013127D001")),
        (
            "end-given-twice",
            bench.text(ROOT, |text| {
                let datum = "<ofd:CustomData Name=\"ZZYXQJZRQ\">";
                text.replacen(datum, &format!("{datum}2026-01-01</ofd:CustomData>{datum}"), 1)
            }),
        ),
        // Identifiers.
        (
            "identifier-check-wrong",
            bench.text(ROOT, |text| {
                let (head, rest) = text.split_once("Name=\"ZZBS\">").unwrap();
                let (identifier, rest) = rest.split_once('<').unwrap();
                let wrong = if identifier.ends_with('0') { "1" } else { "0" };
                let kept = &identifier[..identifier.len() - 1];
                format!("{head}Name=\"ZZBS\">{kept}{wrong}<{rest}")
            }),
        ),
        ("type-code-wrong", bench.datum("ZZLXDM", "11100000MB0143029R001")),
        ("issuer-code-wrong", bench.datum("ZZBFJGDM", "11449900TB00000019")),
        ("credit-code-wrong", bench.datum("CZZTDM", "91449900TB0000036A")),
        ("citizen-number-wrong", carded("CZZTDM", "449901199003070012")),
        ("holder-type-unknown", carded("CZZTDMLXDM", "112")),
        ("holder-type-by-name", carded("CZZTDMLXDM", "")),
        ("holders-unpaired", married("CZZTDM", "449901199003070013")),
        // Dates and states.
        ("not-yet", bench.license_with(|license| license.valid_from = day("2026-12-01T00:00:00Z"))),
        ("expired", bench.license_with(|license| license.valid_until = Some(day("2026-11-20T00:00:00Z")))),
        ("last-day", bench.license_with(|license| license.valid_until = Some(day("2026-11-21T00:00:00Z")))),
        ("end-unreadable", bench.datum("ZZYXQJZRQ", "五年")),
        ("end-absent", bench.datum("ZZYXQJZRQ", "")),
        ("state-03", bench.license_with(|license| license.state = Some("03".to_owned()))),
        ("state-04", bench.license_with(|license| license.state = Some("04".to_owned()))),
        ("state-05", bench.license_with(|license| license.state = Some("05".to_owned()))),
        ("state-06", bench.license_with(|license| license.state = Some("06".to_owned()))),
        ("state-07", bench.license_with(|license| license.state = Some("07".to_owned()))),
        ("state-99", bench.license_with(|license| license.state = Some("99".to_owned()))),
        ("state-in-words", bench.license_with(|license| license.state = Some("有效".to_owned()))),
        ("state-not-known", bench.license_with(|license| license.state = Some("42".to_owned()))),
        (
            "valid-and-expired",
            bench.license_with(|license| {
                license.state = Some("有效".to_owned());
                license.valid_until = Some(day("2026-11-20T00:00:00Z"));
            }),
        ),
        // Issuer.
        ("sealed-by-another-office", by("广东省示例市公安局")),
        ("sealed-by-another-city", by("广东省样本市市场监督管理局")),
        ("sealed-by-another-province", by("湖南省示例市市场监督管理局")),
        ("sealed-by-a-company", by("某某鞋业有限公司")),
        ("sealed-by-its-old-name", by("广东省示例市工商行政管理局")),
        ("sealed-by-the-approval-office", by("示例市行政审批局")),
        ("sealed-by-nobody-known", by("USER")),
        ("sealed-along-with-another", {
            bench.sealed_by("某某鞋业有限公司", bench.sealed(&Bench::license()))
        }),
        // Copies.
        ("annotated", annotated(bench, "2026-12-31T15:59:59Z")),
        ("annotated-and-over", annotated(bench, "2026-11-21T07:59:59Z")),
        ("annotated-without-end", {
            let mut license = Bench::license();
            license.annotation = Some(note("2026-12-31T15:59:59Z"));
            let mut document = license.document(sealed());
            put(&mut document, "JZJYXQJZSJ", "");
            bench.sealed_by(&license.issuer, document.package().unwrap())
        }),
        ("annotated-unsigned", {
            let mut license = Bench::license();
            license.annotation = Some(note("2026-12-31T15:59:59Z"));
            let package = license.document(sealed()).package().unwrap();
            bench.covering(&license.issuer, package, Coverage::Except(vec![ROOT.to_owned()]))
        }),
    ]
}

#[test]
fn every_face_gets_its_facts_and_reasons() {
    let bench = &*BENCH;
    let rows: Vec<String> = cases(bench)
        .iter()
        .map(|(name, package)| {
            let judgement = bench.judged(package);
            let usable = [None, Some(PURPOSE), Some("不动产登记")].map(|purpose| judgement.usable(purpose));
            let usable = usable.map(Usable::as_str).join(",");
            let (state, kind) = (judgement.status.state.as_str(), judgement.copy.kind.as_str());
            let license = judgement.license.as_ref();
            let holders = license.map_or(0, |license| license.holders.len());
            let values = license.map_or(&[][..], |license| license.values.as_slice());
            let covered = |source: &str| {
                let of: Vec<_> = values.iter().filter(|value| value.source.as_str() == source).collect();
                format!("{}/{}", of.iter().filter(|value| value.covered).count(), of.len())
            };
            let covered = format!("{} {}", covered("custom_data"), covered("tag"));
            let (outcome, notes) = (golden::outcome(&judgement), golden::notes(&judgement));
            format!("{name}\t{usable}\t{state}\t{kind}\t{holders}\t{covered}\t{outcome}\t{notes}")
        })
        .collect();
    let head = "face\tusable (unasked, own purpose, another)\tstate\tcopy\tholders\tcovered custom data and tags\t\
                verdict\tintegrities\treasons\tnotes";
    golden::compare("faces.tsv", head, &rows);
}

#[test]
fn no_union_of_signatures_covers_a_tag() {
    let bench = &*BENCH;
    let license = Bench::license();
    let package = license.document(sealed()).package().unwrap();
    let first = bench.covering(&license.issuer, package, Coverage::Except(vec![PAGE.to_owned()]));
    let both = bench.covering(&license.issuer, first, Coverage::Except(vec![TAGS.to_owned()]));
    let values = bench.judged(&both).license.unwrap().values;
    for value in values {
        assert_eq!(value.covered, value.source.as_str() == "custom_data", "{}", value.name);
    }
}

#[test]
fn the_json_names_holders_issuer_version_and_dates() {
    let bench = &*BENCH;
    let license = marriage_certificate(Bench::issued()).unwrap();
    let json = to_json(None, &bench.judged(&bench.sealed(&license)), Language::English);
    let found = &json["license"];
    assert_eq!(found["issuer"]["name"], "广东省示例市民政局");
    assert_eq!(found["issuer"]["code"], license.issuer_code.as_str());
    assert_eq!(found["issuer"]["region"], "449900");
    assert_eq!(found["version"], "001");
    assert_eq!(found["dates"]["issued"], "2026-03-15");
    assert_eq!(found["dates"]["until"], Value::Null);
    assert_eq!(found["dates"]["unlimited"], true);
    let holders = found["holders"].as_array().unwrap();
    let names: Vec<&str> = holders.iter().map(|holder| holder["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["张样例", "王样例"]);
    for holder in holders {
        assert_eq!((holder["type"].as_str(), holder["covered"].as_bool()), (Some("111"), Some(true)));
        assert_eq!(holder["code"].as_str().unwrap().len(), 18);
    }
    let values = found["values"].as_array().unwrap();
    let by_name = |name: &str| values.iter().find(|value| value["name"] == name).unwrap();
    assert_eq!(by_name("ZZBS")["element"], "identifier");
    assert_eq!(by_name("KZ_DJRQ")["element"], "business");
    assert_eq!(by_name("登记日期")["element"], Value::Null);
    assert_eq!(by_name("登记日期")["source"], "tag");
    let signature = &json["signatures"][0];
    assert_eq!(signature["standard_verdict"], "valid");
    assert_eq!(
        (&signature["indication"], &signature["sub_indication"]),
        (&"TOTAL-PASSED".into(), &Value::Null)
    );
    assert_eq!(signature["seal"]["standing"]["state"], "unknown");
}

#[test]
fn the_standard_alone_and_etsi_are_told_beside_the_verdict() {
    let bench = &*BENCH;
    let told = |package: &Package| {
        let signature = &to_json(None, &bench.judged(package), Language::English)["signatures"][0];
        ["verdict", "standard_verdict", "indication", "sub_indication"]
            .map(|key| signature[key].as_str().unwrap_or("-").to_owned())
    };
    let open = told(&bench.open(&[PAGE]));
    assert_eq!(open, ["undetermined", "valid", "INDETERMINATE", "SIG_CONSTRAINTS_FAILURE"]);
    let mut changed = bench.sealed(&Bench::license());
    changed.edit(PAGE, |content| content.push(b'\n')).unwrap();
    assert_eq!(told(&changed), ["not_genuine", "invalid", "TOTAL-FAILED", "HASH_FAILURE"]);
}

#[test]
fn a_province_in_the_certificate_counts_where_names_say_nothing() {
    let bench = &*BENCH;
    let sealed_in = |province: &str, name: &str| {
        let mut subject = Name::new(name, name);
        subject.province = Some(province.to_owned());
        let signer = bench.lab.hierarchy.root.issue(Profile::Signer, subject, validity()).unwrap();
        let signers = SealSigners::certificates(&[&signer]);
        let seal = SealDraft::new(Layout::Gb2020, "1", name, signers, validity()).unwrap();
        let seal = seal.sign(&bench.lab.hierarchy.maker).unwrap();
        let mut package = Bench::license().document(sealed()).package().unwrap();
        Signing::new(&signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
        bench.judged(&package).verdict()
    };
    assert_eq!(sealed_in("广东省", "USER"), Verdict::Genuine);
    assert_eq!(sealed_in("湖南省", "USER"), Verdict::Undetermined);
    assert_eq!(sealed_in("湖南省", "广东省示例市市场监督管理局"), Verdict::Genuine);
}

/// Everything that the program may print or keep of a judgement, the JSON answer apart.
fn printed(judgement: &Judgement) -> String {
    let mut text = format!("{judgement:?} {judgement:#?}");
    for language in [Language::English, Language::Chinese] {
        let reasons = judgement.signatures.iter().flat_map(|signature| &signature.reasons);
        for reason in judgement.reasons.iter().chain(reasons) {
            text.push_str(&reason.text(language));
            text.push_str(&reason.place);
        }
    }
    text
}

#[test]
fn holders_appear_in_the_answer_and_nowhere_else() {
    let bench = &*BENCH;
    let canaries = ["张样例", "王样例", "449901199003070013", "44990119911105002", "44990119900307001"];
    let mut license = marriage_certificate(Bench::issued()).unwrap();
    license.annotation = Some(CopyNote {
        made_by: "张样例".to_owned(),
        made_for: "为王样例办理".to_owned(),
        ..note("2026-12-31T00:00:00Z")
    });
    let document = license.document(sealed());
    let mut bent = Vec::new();
    for (name, value) in [
        ("ZZMC", "结婚证"),
        ("CZZTDM", "449901199003070013"),
        ("CZZTDM", "449901199003070012、44990119911105002A"),
        ("CZZT", "张样例"),
        ("CZZTDMLXDM", "张样例"),
        ("ZZZT", "张样例"),
        ("ZZYXQJZRQ", "449901199003070013"),
        ("ZZLXDM", "449901199003070013"),
        ("ZZBFJGDM", "449901199003070013"),
        ("ZZBS", "1.2.156.3005.2.449901199003070013"),
        ("JZJYXQJZSJ", "张样例"),
    ] {
        let mut document = document.clone();
        put(&mut document, name, value);
        bent.push(bench.sealed_by(&license.issuer, document.package().unwrap()));
    }
    let mut dangling = document.package().unwrap();
    let text = dangling.text(TAGS).unwrap().replace("</ofd:ObjectRef>", "9</ofd:ObjectRef>");
    dangling.put(TAGS, text);
    bent.push(bench.sealed_by(&license.issuer, dangling));
    for package in bent {
        let judgement = bench.judged(&package);
        let text = printed(&judgement);
        for canary in canaries {
            assert!(!text.contains(canary), "a judgement prints `{canary}`");
        }
        assert!(to_json(None, &judgement, Language::English).to_string().contains("张样例"));
    }
}

#[test]
fn the_report_for_people_says_what_a_counter_needs() {
    let bench = &*BENCH;
    let judgement = bench.judged(&annotated(bench, "2026-12-31T15:59:59Z"));
    let text = |language, purpose| to_text("a.ofd", &judgement, Asked { language, purpose }, Style::Plain);
    let english = text(Language::English, Some(PURPOSE));
    for line in [
        "annotated copy",
        "made for   仅用于办理社保转移",
        "until      2026-12-31 23:59:59",
        "standard   valid",
        "TOTAL-PASSED",
        "state      in force (face of the license)",
        "holders    1 (unified social credit code), covered by a good signature",
        "version    001",
        "valid      2026-03-15 – no end",
        "usable (办理社保转移): yes",
    ] {
        assert!(english.contains(line), "`{line}` is not in\n{english}");
    }
    assert!(text(Language::English, None).contains("usable: undetermined"));
    let chinese = text(Language::Chinese, Some("不动产登记"));
    for line in ["加注件", "按标准     有效", "制作事由   仅用于", "有效(照面记载)", "可用 (不动产登记): 否"]
    {
        assert!(chinese.contains(line), "`{line}` is not in\n{chinese}");
    }
    assert!(!english.contains("样本科技"), "holders are counted, not named");
}

#[test]
fn the_command_line_exits_by_usable() {
    let bench = &*BENCH;
    let directory = tempfile::tempdir().unwrap();
    let anchors = directory.path().join("anchors");
    put_anchor(&anchors, "root", bench.lab.hierarchy.root.certificate());
    let written = |name: &str, package: &Package| {
        let path = directory.path().join(name);
        std::fs::write(&path, package.to_zip().unwrap()).unwrap();
        path
    };
    let original = written("original.ofd", &bench.sealed(&Bench::license()));
    let copy = written("copy.ofd", &annotated(bench, "2026-12-31T15:59:59Z"));
    let status = |arguments: &[&str], files: &[&std::path::PathBuf]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tongban"))
            .args(["verify", "--at", "2026-11-21T08:00:00Z", "--anchors"])
            .arg(&anchors)
            .args(arguments)
            .args(files)
            .output()
            .unwrap();
        output.status.code()
    };
    assert_eq!(status(&[], &[&original, &copy]), Some(0), "both are genuine");
    assert_eq!(status(&["--usable"], &[&original]), Some(0));
    assert_eq!(status(&["--usable"], &[&copy]), Some(2));
    assert_eq!(status(&["--usable", "--purpose", PURPOSE], &[&original, &copy]), Some(0));
    assert_eq!(status(&["--usable", "--purpose", "不动产登记"], &[&original, &copy]), Some(1));
    assert_eq!(status(&["--usable", "--json", "--at", "2026-11-19T00:00:00Z"], &[&original]), Some(64));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever stands in a signed tag file, the license stays as genuine as it is.
    #[test]
    fn tag_files_decide_nothing(text in "(<:?a( xmlns:?=\"\")?>|</:?a>|<ofd:ObjectRef PageRef=\"1?[0-9]\">|1?[0-9]|</ofd:ObjectRef>|&a;|<!--|[<>\"]){0,12}") {
        let bench = &*BENCH;
        let judgement = bench.judged(&bench.text(TAGS, |whole| whole.replacen("<ofd:ObjectRef", &format!("{text}<ofd:ObjectRef"), 1)));
        prop_assert_eq!(judgement.verdict(), Verdict::Genuine);
    }
}
