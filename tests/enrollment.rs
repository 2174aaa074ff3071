//! What is wrong with files that enroll systems and gateways, each fault with its place. The table is
//! `tests/enrollment_faults.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

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

use lab::Lab;
use tongban::demo::forge::pem;
use tongban::manifest::{FilePath, RuleFiles};
use tongban::rulebook::store::Reading;

const HALL: &str = "departments = [\"11440000DEM000006C@440000\"]\n";
const PEER: &str = "province = \"43\"\n";

fn certificate(digit: &str) -> String {
    format!("[[certificates]]\nsha256 = \"{}\"\n", digit.repeat(64))
}

fn faults(files: &[(&str, String)]) -> Vec<String> {
    let mut rules = RuleFiles::default();
    for (name, text) in files {
        rules.insert(FilePath::parse(&format!("certs/{name}")).unwrap(), text.as_bytes().to_vec());
    }
    for catalog in [
        "catalog.json",
        "departments.json",
        "field_types.json",
        "license_types.json",
        "matters.json",
        "regions.json",
        "services.json",
    ] {
        let path = format!("policies/catalog/{catalog}");
        let at = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&path);
        rules.insert(FilePath::parse(&path).unwrap(), std::fs::read(at).unwrap());
    }
    let faults = Reading::of(&rules).into_faults();
    faults.iter().filter(|fault| fault.file.starts_with("certs/")).map(ToString::to_string).collect()
}

#[test]
fn every_fault_is_told_with_its_place() {
    let lab = Lab::new();
    let one = pem("CERTIFICATE", lab.hierarchy.root.certificate());
    let two = format!("{one}{}", pem("CERTIFICATE", &lab.hierarchy.maker.certificate));
    let (a, b) = (certificate("a"), certificate("b"));
    let of_file = "[[certificates]]\nfile = \"window.pem\"\n";
    let hall = |tail: &str| vec![("systems/hall.toml", format!("{HALL}{tail}"))];
    let cases: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("two certificates", hall(&format!("{a}{b}"))),
        ("a certificate of a file", [hall(of_file), vec![("systems/window.pem", one.clone())]].concat()),
        ("a gateway", vec![("peers/hunan.toml", format!("{PEER}{a}"))]),
        ("no certificate", hall("")),
        ("a certificate that is none", hall("certificates = [\"window.pem\"]")),
        ("no fingerprint", hall("[[certificates]]\nsha256 = \"abc\"\n")),
        ("both places", hall("[[certificates]]\nsha256 = \"abc\"\nfile = \"window.pem\"")),
        ("no place", hall("[[certificates]]\n")),
        ("a file that is not there", hall(of_file)),
        ("a file elsewhere", hall("[[certificates]]\nfile = \"../anchors/root.pem\"")),
        ("a file of two", [hall(of_file), vec![("systems/window.pem", two)]].concat()),
        ("a file of none", [hall(of_file), vec![("systems/window.pem", "x".to_owned())]].concat()),
        ("a file that nobody names", [hall(&a), vec![("systems/window.pem", one.clone())]].concat()),
        ("no department", vec![("systems/hall.toml", a.clone())]),
        ("departments none", vec![("systems/hall.toml", format!("departments = []\n{a}"))]),
        (
            "a department malformed",
            vec![(
                "systems/hall.toml",
                format!("departments = [\"x\",\n\"11440000DEM0000060@440000\"]\n{a}"),
            )],
        ),
        (
            "a department unknown",
            vec![("systems/hall.toml", format!("departments = [\n\"11430000DEM000099T@440000\"]\n{a}"))],
        ),
        ("a name with capitals", vec![("systems/Hall.toml", format!("{HALL}{a}"))]),
        ("unknown keys", hall(&format!("role = 1\n{a}since = 2026-01-01\n"))),
        ("grammar", hall("departments = 1")),
        ("times backwards", hall(&format!("{a}from = 2026-01-02T00:00:00Z\nuntil = 2026-01-01T00:00:00Z"))),
        (
            "a certificate after its system",
            hall(&format!("until = 2026-01-01T00:00:00Z\n{a}from = 2026-01-01T00:00:00Z")),
        ),
        ("twice in one file", hall(&format!("{a}{a}"))),
        ("in two systems", [hall(&a), vec![("systems/portal.toml", format!("{HALL}{a}"))]].concat()),
        ("in a system and a gateway", [hall(&a), vec![("peers/hunan.toml", format!("{PEER}{a}"))]].concat()),
        ("no province", vec![("peers/hunan.toml", a.clone())]),
        ("no such province", vec![("peers/hunan.toml", format!("province = \"99\"\n{a}"))]),
        ("a gateway with departments", vec![("peers/hunan.toml", format!("{PEER}{HALL}{a}"))]),
        ("an entry in a folder", vec![("systems/gd/hall.toml", format!("{HALL}{a}"))]),
        ("an entry astray", vec![("hall.toml", format!("{HALL}{a}")), ("system/hall.toml", HALL.to_owned())]),
    ];
    let rows: Vec<String> = cases
        .iter()
        .flat_map(|(name, files)| {
            let found = faults(files);
            let lines = if found.is_empty() { vec!["-".to_owned()] } else { found };
            lines.into_iter().map(|line| format!("{name}\t{line}")).collect::<Vec<_>>()
        })
        .collect();
    golden::compare("../enrollment_faults.tsv", "case\tfault", &rows);
}
