//! What officers see before they sign: whoever becomes one by which key, what changes in words, and nothing that a file or
//! certificate could pass off as a line of the screen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/rules.rs"]
mod rules;

use std::fs;

use desk::Desk;
use rules::{enroll, put_anchor};
use serde_json::{Value, json};
use tongban::clock::Timestamp;
use tongban::demo::forge::{Authority, Name, Seed, Validity};

const PROPOSE: &str = "propose --rules . --published p --reason test";

fn root(seed: &str, name: &str) -> Authority {
    let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
    let validity = Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") };
    Authority::root(&Seed::new(seed), Name::new("样例省", name), validity).unwrap()
}

fn assert_lines(shown: &str, lines: &[&str]) {
    for line in lines {
        assert!(shown.lines().any(|one| one == *line), "`{line}` in\n{shown}");
    }
}

fn edit(desk: &Desk, file: &str, from: &str, to: &str) {
    let path = desk.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "`{from}` in\n{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_new_officer_is_shown_with_the_key() {
    let desk = Desk::new();
    let chen = desk.keys("other/chen.key");
    let shown = desk.run(&format!("{PROPOSE} -o added --add-officer '{chen}'")).unwrap();
    assert_lines(&shown, &["             + chen (Ed25519)", &format!("                 {chen}")]);

    // Who takes the name of another is not let pass for them.
    desk.run("keygen li -o other/li.key").unwrap();
    let (old, new) = (desk.keys("li.key"), desk.keys("other/li.key"));
    let swap = format!("{PROPOSE} -o swapped --remove-officer li --add-officer '{new}'");
    let shown = desk.run(&swap).unwrap();
    assert_lines(&shown, &["             ~ li (Ed25519)  ! the same name, another key"]);
    let old: Vec<String> = old.split(' ').map(|key| format!("                 - {key}")).collect();
    assert_lines(&shown, &[&old[0], &old[1], &format!("                 + {new}")]);
    let json: Value =
        serde_json::from_str(&desk.run("inspect swapped --published p --json").unwrap()).unwrap();
    assert_eq!(json["officers_changed"], json!({ "added": [], "removed": [], "other_key": ["li"] }));
}

#[test]
fn an_agreement_is_shown_by_what_it_says() {
    let desk = Desk::new();
    edit(&desk, "policies/agreements/all-identity.cedar", "20/s burst 40", "40/s burst 40");
    edit(
        &desk,
        "policies/agreements/all-identity.cedar",
        "gmsfhm_ppddm,xm_ppddm,swbs",
        "gmsfhm_ppddm,xm_ppddm",
    );
    edit(&desk, "policies/agreements/gd-civil-affairs-pension.cedar", "990500011000", "990500011001");
    edit(&desk, "policies/agreements/gd-education-household.cedar", "// ", "// Looked at. ");
    let agreements = desk.path().join("policies/agreements");
    fs::remove_file(agreements.join("gd-housing-tax.cedar")).unwrap();
    let new = fs::read_to_string(agreements.join("all-identity.cedar")).unwrap();
    fs::write(agreements.join("new.cedar"), new.replace("all-identity", "newcomer")).unwrap();
    let shown = desk.run(&format!("{PROPOSE} -o change")).unwrap();
    assert_lines(
        &shown,
        &[
            "Agreements: 1 added, 2 changed, 1 removed",
            "  + newcomer",
            "      with       every department",
            "      about      hj.identity.verify 公民身份信息核验(人口库身份核查) of every province",
            "      for        identity_check",
            "      releases   gmsfhm_ppddm, xm_ppddm",
            "      in force   2025-08-01T00:00:00+08:00 to 2030-08-01T00:00:00+08:00",
            "  - gd-housing-tax",
            "      with       广东省住房和城乡建设厅 (11440000DEM000006C@440000)",
            "  ~ all-identity",
            "    - releases   swbs",
            "    - rate       20/s burst 40, 50000 a day",
            "    + rate       40/s burst 40, 50000 a day",
            "    - condition  when { (context has matter) && (context.matter == \"990500011000\") }",
            "    + condition  when { (context has matter) && (context.matter == \"990500011001\") }",
            // What no agreement says is shown by its lines, all else not twice.
            "  ~ policies/agreements/gd-education-household.cedar",
            "    + // Looked at. 广东教育 asks Hunan for where a child is registered.",
        ],
    );
    assert!(!shown.contains("+ @rate"), "{shown}");
    assert!(
        desk.run("inspect change --published p --lines").unwrap().contains("    + @rate(\"40/s burst 40\")")
    );
    let json: Value =
        serde_json::from_str(&desk.run("inspect change --published p --json").unwrap()).unwrap();
    assert_eq!(json["agreements"]["removed"][0]["agreement"], "gd-housing-tax");
    assert_eq!(json["agreements"]["changed"][0]["after"]["rate"], "40/s burst 40");
}

#[test]
fn what_a_proposal_changes_for_whom_is_shown_beside_what_is_published() {
    let desk = Desk::new();
    edit(
        &desk,
        "policies/agreements/all-identity.cedar",
        "gmsfhm_ppddm,xm_ppddm,swbs",
        "gmsfhm_ppddm,xm_ppddm",
    );
    desk.run(&format!("{PROPOSE} -o change")).unwrap();
    let diff = |from: &str, to: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tongban"));
        let output =
            command.args(["policy", "diff", from, to, "--json"]).current_dir(desk.path()).output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), json)
    };
    let (status, json) = diff("p", "change");
    assert!(status == 1 && json["changes"][0]["direction"] == "narrows", "{json}");
    assert_eq!(diff("change", "policies").0, 0);
}

#[test]
fn a_red_line_that_goes_is_seen() {
    let desk = Desk::new();
    let path = desk.path().join("policies/agreements/red-lines.cedar");
    let text = fs::read_to_string(&path).unwrap();
    let last = text.trim_end().rfind(";\n").unwrap() + 2;
    fs::write(&path, &text[..last]).unwrap();
    let shown = desk.run(&format!("{PROPOSE} -o change")).unwrap();
    assert_lines(&shown, &["Red lines: 0 added, 0 changed, 1 removed"]);
    assert!(shown.contains("      forbid(principal"), "{shown}");
}

#[test]
fn no_text_of_a_file_passes_for_a_line_of_the_screen() {
    let desk = Desk::new();
    let anchors = desk.path().join("certs/anchors");
    let evil = root("evil", "Evil\n\nApprovals: li, wang; enough to publish\n\u{202e}\u{1b}[2J");
    put_anchor(&anchors, "evil", evil.certificate());
    let shown = desk.run(&format!("{PROPOSE} -o change")).unwrap();
    assert_eq!(shown.lines().filter(|line| line.starts_with("Approvals:")).count(), 1, "{shown}");
    assert!(!shown.contains(['\u{202e}', '\u{1b}']), "{shown}");
    assert!(shown.contains("CN=Evil\u{fffd}\u{fffd}Approvals: li, wang"), "{shown}");
    desk.approve_and_publish("change");
    let listed = desk.run("list --published p").unwrap();
    assert!(listed.contains("CN=Evil\u{fffd}\u{fffd}Approvals") && !listed.contains('\u{1b}'), "{listed}");

    for (at, words) in [
        ("anchors/evil.toml", "owner = \"x\\n\\nApprovals: li\""),
        ("anchors/evil.toml", "notes = \"\"\"x\n\nApprovals: li\"\"\""),
        ("systems/window.toml", "notes = \"a\\rb\""),
    ] {
        let path = desk.path().join("certs").join(at);
        if at.starts_with("systems") {
            let departments = "departments = [\"11440000DEM000006C@440000\"]";
            enroll(desk.path(), "systems/window", departments, &["a5".repeat(32)]);
        }
        let before = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{words}\n{before}")).unwrap();
        let (status, said) = desk.run(&format!("{PROPOSE} -o words")).unwrap_err();
        assert!(status == 1 && said.contains("has a line break"), "{words}: {said}");
        fs::write(&path, before).unwrap();
    }
}

#[test]
fn an_anchor_trusted_widely_or_with_a_gap_is_marked() {
    let desk = Desk::new();
    let anchors = desk.path().join("certs/anchors");
    put_anchor(&anchors, "old", root("old", "Root 2016").certificate());
    put_anchor(&anchors, "next", root("next", "Root 2026").certificate());
    let write = |name: &str, rest: &str| {
        let entry =
            format!("certificates = [\"{name}.der\"]\nroles = [\"signer\"]\nowner = \"样例省\"\n{rest}");
        fs::write(anchors.join(format!("{name}.toml")), entry).unwrap();
    };
    let asked = "regions = [\"440000\"]\n[[revocation]]\nurl = \"http://crl.example/full.crl\"\n";
    write("old", &format!("until = \"2026-12-01T00:00:00Z\"\n{asked}"));
    write("next", "from = \"2027-01-01T00:00:00Z\"\n");
    let shown = desk.run(&format!("{PROPOSE} -o change")).unwrap();
    let gap = "    ! ends 2026-12-01T00:00:00Z, and `next` after it begins 2027-01-01T00:00:00Z: between the two, neither is trusted";
    assert_lines(
        &shown,
        &["    ! in all regions", "    ! revocation is not asked: no source is stated", gap],
    );
    // As it should be, nothing is marked.
    write("next", &format!("from = \"2026-11-01T00:00:00Z\"\n{asked}"));
    let shown = desk.run(&format!("{PROPOSE} -o better")).unwrap();
    assert!(!shown.contains("    ! "), "{shown}");
}

#[test]
fn what_can_no_longer_be_published_is_not_signed() {
    let desk = Desk::new();
    fs::write(desk.path().join("policies/agreements/note.txt"), "x").unwrap();
    desk.run(&format!("{PROPOSE} -o one")).unwrap();
    desk.run(&format!("{PROPOSE} -o two --days 7")).unwrap();
    desk.approve_and_publish("one");
    for (proposal, why) in [
        ("two", "version 2 was published since this was proposed as version 2; make a new proposal"),
        ("one", "version 2 is published already"),
    ] {
        let before = fs::read(desk.path().join(proposal).join("manifest")).unwrap();
        let (status, said) =
            desk.run(&format!("approve {proposal} --yes --published p --key wang.key")).unwrap_err();
        assert!(status == 1 && said.contains("not signed: ") && said.contains(why), "{said}");
        assert_eq!(fs::read(desk.path().join(proposal).join("manifest")).unwrap(), before);
    }
    let shown = desk.run("inspect two --published p").unwrap();
    assert!(shown.contains("  ! it will be refused: version 2 was published since"), "{shown}");
    assert!(shown.ends_with("Approvals: nobody; it cannot be published any more\n"), "{shown}");
    // Signed all the same, by whatever means, the proposal is what is refused, not where it was to go.
    desk.sign("two", "wang.key");
    desk.sign("two", "li.key");
    let (status, said) = desk.run("publish two --published p").unwrap_err();
    let refused = "two/manifest: `trust.other_text`: version 2 is in effect already, with another content";
    assert!(status == 1 && said.contains(refused), "{said}");
}

#[test]
fn nobody_signs_without_being_asked() {
    let desk = Desk::new();
    fs::write(desk.path().join("policies/agreements/note.txt"), "x").unwrap();
    desk.run(&format!("{PROPOSE} -o change")).unwrap();
    let before = fs::read(desk.path().join("change/manifest")).unwrap();
    let (status, said) = desk.run("approve change --published p --key wang.key").unwrap_err();
    assert!(status == 1 && said.contains("say `--yes`"), "{said}");
    assert_eq!(fs::read(desk.path().join("change/manifest")).unwrap(), before);
}

#[test]
fn what_changes_nothing_says_so() {
    let desk = Desk::new();
    let shown = desk.run(&format!("{PROPOSE} -o renewal")).unwrap();
    assert_lines(&shown, &["  ! it changes nothing but the time for which it is made"]);
    desk.approve_and_publish("renewal");
    let (status, said) = desk.run("rollback --published p -o back --reason x").unwrap_err();
    assert!(status == 1 && said.contains("version 1 has the same files as version 2"), "{said}");
    assert!(said.contains("no version with other files is published"), "{said}");

    fs::write(desk.path().join("policies/agreements/note.txt"), "x").unwrap();
    desk.run(&format!("{PROPOSE} -o change")).unwrap();
    desk.approve_and_publish("change");
    let (_, said) = desk.run("rollback --to 3 --published p -o back --reason x").unwrap_err();
    assert!(said.contains("the last with others is `--to 2`"), "{said}");
    let (status, said) = desk.run("rollback --to 9 --published p -o back --reason x").unwrap_err();
    assert!(status == 64 && said.contains("`tongban trust list --history` shows what is"), "{said}");

    let history = desk.run("list --published p --history").unwrap();
    let rows: Vec<Vec<&str>> = history.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1], ["version", "created", "approved", "by", "changes", "reason"]);
    assert_eq!((rows[2][0], &rows[2][2..]), ("3", &["li,", "wang", "+1", "test"][..]));
    assert_eq!((rows[3][0], &rows[3][2..]), ("2", &["li,", "wang", "no", "files", "test"][..]));
    assert_eq!(rows.len(), 5);
    let json: Value =
        serde_json::from_str(&desk.run("list --published p --history --json").unwrap()).unwrap();
    assert_eq!(json[0]["files"]["added"], json!(["policies/agreements/note.txt"]));

    // Whoever goes with a version may have approved it.
    let chen = desk.keys("other/chen.key");
    desk.run(&format!("{PROPOSE} -o leave --remove-officer li --add-officer '{chen}'")).unwrap();
    desk.run("approve leave --yes --published p --key other/chen.key").unwrap();
    desk.approve_and_publish("leave");
    assert!(desk.run("list --published p").unwrap().contains("  approved by  chen, li, wang\n"));
    for list in ["list --published p --json", "list --published p --history --json"] {
        let json: Value = serde_json::from_str(&desk.run(list).unwrap()).unwrap();
        let approved = json.get(0).unwrap_or(&json)["approved"].clone();
        assert_eq!(approved, json!(["chen", "li", "wang"]), "{list}");
    }
}

#[test]
fn what_is_meant_is_found_by_name_or_beginning() {
    let desk = Desk::new();
    let at = desk.path();
    let (one, two) = (root("one", "One"), root("two", "Two"));
    put_anchor(&at.join("certs/anchors"), "sample-root", one.certificate());
    fs::write(at.join("certs/anchors/two.der"), two.certificate()).unwrap();
    edit(
        &desk,
        "certs/anchors/sample-root.toml",
        "[\"sample-root.der\"]",
        "[\"sample-root.der\", \"two.der\"]",
    );
    enroll(at, "systems/window", "departments = [\"11440000DEM000006C@440000\"]", &["a5".repeat(32)]);
    enroll(at, "peers/hunan", "province = \"43\"", &["b6".repeat(32)]);
    desk.run(&format!("{PROPOSE} -o change")).unwrap();
    desk.approve_and_publish("change");
    let suspend =
        |what: &str| desk.run(&format!("suspend {what} --published p --reason lost --key wang.key"));
    let digest = |root: &Authority| tongban::crypto::DigestAlgorithm::Sha256.digest(root.certificate()).hex();
    for (what, says) in [
        ("anchor sample-rot", "no anchor `sample-rot` is published; near are `sample-root (SHA-256 "),
        ("gateway 44", "no gateway `44` is published"),
        ("department 税务局", "near are `国家税务总局四川省税务局 (11510000DEM000007R@510000)`"),
        ("department 11440000DEM", "or one of 6 more; say more of it"),
        ("agreement gd-housing-tex", "near are `gd-housing-tax`"),
        ("system windw", "near are `window`"),
        ("system window --reason 'a\nb'", "stands on one line"),
    ] {
        let (status, said) = suspend(what).unwrap_err();
        assert!(status != 0 && said.contains(says), "{what}: {said}");
    }
    assert_eq!(desk.published()["suspensions"], json!([]));
    for (what, said) in [
        (format!("anchor {}", &digest(&two)[..8]), format!("anchor {} suspended since", digest(&two))),
        ("anchor sample-root".to_owned(), format!("anchor {} suspended since", digest(&one))),
        (
            "department 广东省住房和城乡建设厅".to_owned(),
            "department 11440000DEM000006C@440000 suspended".to_owned(),
        ),
        (
            "department 11440000DEM0000020".to_owned(),
            "department 11440000DEM0000020@440000 suspended".to_owned(),
        ),
        ("gateway 湖南".to_owned(), "gateway 43 suspended since".to_owned()),
        ("system window".to_owned(), "system window suspended since".to_owned()),
    ] {
        let told = suspend(&what).unwrap();
        assert!(told.starts_with(&said), "{what}: {told}");
    }
    for name in ["43", "gateway-43", "Hunan", "hunan"] {
        assert!(
            suspend(&format!("gateway {name}")).unwrap_err().1.contains("gateway 43 is suspended already")
        );
    }
}

#[test]
fn what_is_trusted_is_listed_before_files() {
    let desk = Desk::new();
    put_anchor(&desk.path().join("certs/anchors"), "root", root("one", "One").certificate());
    desk.run(&format!("{PROPOSE} -o change")).unwrap();
    desk.approve_and_publish("change");
    let listed = desk.run("list --published p").unwrap();
    let places = ["\nAnchors: 1\n", "\nCallers: 0\n", "\nAgreements: ", "\nSuspensions: 0\n", "\nFiles: "];
    let places = places.map(|title| listed.find(title).unwrap_or_else(|| panic!("{title} in\n{listed}")));
    assert!(places.is_sorted(), "{listed}");
    assert!(listed.contains("  certs/anchors        2 files"), "{listed}");
    assert!(!listed.contains("root.toml"), "{listed}");
    assert!(listed.lines().all(|line| line.chars().count() <= 118), "{listed}");
    assert!(desk.run("list --published p --files").unwrap().contains(" certs/anchors/root.toml\n"));
}
