//! `tongban trust` as officers use it: every change takes two of them, whatever the command; what they see is what they sign.

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
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use desk::Desk;
use rules::{enroll, put_anchor};
use serde_json::{Value, json};

#[test]
fn a_key_is_for_its_officer_alone() {
    let desk = Desk::new();
    let file = fs::metadata(desk.path().join("wang.key")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let (status, said) = desk.run("keygen wang").unwrap_err();
    assert!(status == 64 && said.contains("wang.key: is there already and is left as it is"), "{said}");
    assert_eq!(desk.run("keygen '张'").unwrap_err().0, 64);
    // What is printed is what configs take, and no secret is in it.
    let said = desk.run("keygen zhao --sm2").unwrap();
    assert!(said.contains("[[trust.officers]]\nkeys = [\"zhao+") && !said.contains("PRIVATE"), "{said}");
}

#[test]
fn officers_see_what_they_approve() {
    let desk = Desk::new();
    let at = desk.path();
    let seed = tongban::demo::forge::Seed::new("desk");
    let time = |text: &str| tongban::clock::Timestamp::parse_rfc3339(text).unwrap();
    let (from, until) = (time("2026-01-01T00:00:00Z"), time("2036-01-01T00:00:00Z"));
    let validity = tongban::demo::forge::Validity { from, until };
    let root = tongban::demo::forge::Hierarchy::new(&seed, validity).unwrap().root;
    fs::create_dir_all(at.join("certs/anchors")).unwrap();
    put_anchor(&at.join("certs/anchors"), "root", root.certificate());
    enroll(at, "systems/window", "departments = [\"11440000DEM000006C@440000\"]", &["a5".repeat(32)]);
    fs::remove_file(at.join("policies/agreements/gd-housing-tax.cedar")).unwrap();
    let agreement = at.join("policies/agreements/all-identity.cedar");
    fs::write(&agreement, fs::read_to_string(&agreement).unwrap() + "// reviewed\n").unwrap();
    let before = desk.published()["files"].as_array().unwrap().len();
    let shown = desk.run("propose --rules . --published p -o change --reason '新增根证书'").unwrap();
    let digest = tongban::crypto::DigestAlgorithm::Sha256.digest(root.certificate()).hex();
    for line in [
        "Version 2 of trust.test, to follow version 1",
        "  reason       新增根证书",
        "               li (Ed25519 and SM2)",
        &format!("Files: 3 added, 1 changed, 1 removed, {} as before", before - 2),
        "  + certs/anchors/root.der",
        "  + certs/anchors/root.toml",
        "  ~ policies/agreements/all-identity.cedar",
        "  - policies/agreements/gd-housing-tax.cedar",
        "Anchors: 1 added, 0 changed, 0 removed",
        "      root for seal_maker, signer, timestamp",
        "Callers: 1 added, 0 changed, 0 removed",
        "  + window",
        "      speaks for 11440000DEM000006C@440000",
        &format!("      by SHA-256 {}", "a5".repeat(32)),
        "      2026-01-01T00:00:00Z to 2036-01-01T00:00:00Z",
        &format!("      SHA-256 {digest}"),
        "Approvals: nobody; not enough to publish",
    ] {
        assert!(shown.lines().any(|one| one == line), "`{line}` in\n{shown}");
    }
    assert_eq!(desk.run("inspect change --published p").unwrap(), shown);
    assert!(desk.run("approve change --yes --published p --key li.key").unwrap().starts_with(&shown));
    let json: Value =
        serde_json::from_str(&desk.run("inspect change --published p --json").unwrap()).unwrap();
    assert_eq!(json["anchors"]["added"][0]["sha256"], digest);
    assert_eq!((&json["approved"], &json["complete"]), (&json!(["li"]), &json!(false)));

    // What was swapped or edited since is not what is approved.
    let name = tongban::crypto::DigestAlgorithm::Sha256.digest(root.certificate()).hex();
    let swapped = at.join("change/files").join(name);
    fs::write(&swapped, "another").unwrap();
    assert!(
        desk.run("approve change --yes --published p --key wang.key")
            .unwrap_err()
            .1
            .contains("`trust.file_changed`")
    );
    fs::write(&swapped, root.certificate()).unwrap();
    let manifest = at.join("change/manifest");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("threshold 2", "threshold 1")).unwrap();
    let (status, said) = desk.run("inspect change --published p").unwrap_err();
    assert!(status == 1 && said.contains("change/manifest:6: `trust.malformed`"), "{said}");
    fs::write(&manifest, text).unwrap();
    desk.run("approve change --yes --published p --key wang.key").unwrap();
    desk.run("publish change --published p").unwrap();
    assert_eq!(desk.published()["version"], 2);
}

#[test]
fn no_command_widens_by_one_officer_alone() {
    let desk = Desk::new();
    let propose = "propose --rules . --published p --reason test";
    let chen = desk.keys("other/chen.key");
    fs::write(desk.path().join("policies/agreements/note.txt"), "x").unwrap();
    desk.run(&format!("{propose} -o files")).unwrap();
    desk.assert_not_alone("files");
    desk.run(&format!("{propose} -o added --add-officer '{chen}'")).unwrap();
    desk.assert_not_alone("added");
    desk.run(&format!("{propose} -o swapped --remove-officer li --add-officer '{chen}'")).unwrap();
    desk.assert_not_alone("swapped");
    for alone in ["--threshold 1", "--remove-officer li", "--threshold 0"] {
        assert_eq!(desk.run(&format!("{propose} -o lone {alone}")).unwrap_err().0, 64, "{alone}");
    }
    desk.run(&format!("{propose} -o second")).unwrap();
    desk.approve_and_publish("second");
    desk.run("rollback --published p -o back --reason test").unwrap();
    desk.assert_not_alone("back");
    let suspend = "suspend agreement gd-housing-tax --published p --reason test --key";
    assert!(
        desk.run(&format!("{suspend} other/chen.key")).unwrap_err().1.contains("`trust.unknown_officer`")
    );
    let said = desk.run(&format!("{suspend} wang.key")).unwrap();
    let digest = said.lines().last().unwrap();
    desk.run(&format!("restore {digest} --published p -o restored --reason test")).unwrap();
    desk.assert_not_alone("restored");
    // An approved proposal is good for its place alone.
    let (status, said) = desk.run("publish second --published p").unwrap_err();
    assert!(status == 1 && said.contains("version 2 is published already"), "{said}");
    desk.run(&format!("{propose} -o third --days 7")).unwrap();
    desk.approve_and_publish("third");
    let (status, said) = desk.run("publish second --published p").unwrap_err();
    assert!(status == 1 && said.contains("second/manifest: `trust.old_version`"), "{said}");
}

#[test]
fn what_was_done_is_undone_by_two() {
    let desk = Desk::new();
    let files = desk.published()["files"].clone();
    fs::remove_file(desk.path().join("policies/agreements/gd-housing-tax.cedar")).unwrap();
    desk.run("propose --rules . --published p -o change --reason less").unwrap();
    desk.approve_and_publish("change");
    assert_ne!(desk.published()["files"], files);
    let (status, said) =
        desk.run("suspend agreement gd-housing-tax --published p --reason x --key wang.key").unwrap_err();
    assert!(status == 1 && said.contains("no agreement `gd-housing-tax` is published"), "{said}");
    assert!(
        desk.run("rollback --published p -o back --reason back")
            .unwrap()
            .contains("+ policies/agreements/gd-housing-tax.cedar")
    );
    desk.approve_and_publish("back");
    let published = desk.published();
    assert_eq!((&published["files"], &published["version"]), (&files, &json!(3)));

    let suspend = "suspend seal 44990000000001 --published p --reason lost --key li.key";
    let said = desk.run(&format!("{suspend} --unlisted")).unwrap();
    let digest = said.lines().last().unwrap().to_owned();
    assert_eq!(desk.published()["suspensions"][0]["digest"], digest);
    assert_eq!(desk.run("restore 00 --published p -o no --reason x").unwrap_err().0, 64);
    let shown =
        desk.run(&format!("restore {} --published p -o restored --reason found", &digest[..8])).unwrap();
    assert!(
        shown.contains("+ lifts      seal 44990000000001 (since ") && shown.contains(": lost)"),
        "{shown}"
    );
    desk.approve_and_publish("restored");
    assert_eq!(desk.published()["suspensions"][0]["lifted"], true);
    // A later proposal keeps what was lifted.
    desk.run("propose --rules . --published p -o later --reason later").unwrap();
    desk.approve_and_publish("later");
    assert_eq!(desk.published()["suspensions"][0]["lifted"], true);
}

#[test]
fn rules_at_fault_are_not_proposed() {
    let desk = Desk::new();
    fs::write(desk.path().join("policies/agreements/bad.cedar"), "permit (").unwrap();
    fs::create_dir_all(desk.path().join("certs")).unwrap();
    fs::write(desk.path().join("certs/root.pem"), "x").unwrap();
    let (status, said) = desk.run("propose --rules . --published p -o change --reason x").unwrap_err();
    assert_eq!(status, 1);
    for fault in ["policies/agreements/bad.cedar:1: ", "certs/root.pem: a certificate that nothing reads"] {
        assert!(said.contains(fault), "{said}");
    }
    assert!(!desk.path().join("change").exists());
    fs::write(desk.path().join("policies/a\u{202e}b.json"), "x").unwrap();
    assert!(
        desk.run("propose --rules . --published p -o c --reason x").unwrap_err().1.contains("characters")
    );
    assert_eq!(desk.run("propose --rules nowhere --published p -o c --reason x").unwrap_err().0, 1);
    // What cannot be read hides nothing of the rest.
    fs::rename(desk.path().join("policies"), desk.path().join("elsewhere")).unwrap();
    let (_, said) = desk.run("propose --rules . --published p -o c --reason x").unwrap_err();
    for fault in
        ["policies: is not there; check the path", "certs/root.pem: a certificate that nothing reads"]
    {
        assert!(said.contains(fault), "{said}");
    }
    fs::rename(desk.path().join("elsewhere"), desk.path().join("policies")).unwrap();
    assert_eq!(desk.run("list --published nowhere").unwrap_err().0, 64);
}

#[test]
fn break_glass_is_shown_to_whoever_looks() {
    let desk = Desk::new();
    fs::write(desk.path().join("policies/agreements/note.txt"), "x").unwrap();
    let shown = desk.run("propose --rules . --published p -o now --reason fire --break-glass").unwrap();
    assert!(shown.contains("! break-glass: one officer alone"), "{shown}");
    desk.run("approve now --yes --published p --key wang.key").unwrap();
    assert!(desk.run("publish now --published p").unwrap().contains("by break-glass"));
    assert!(desk.run("list --published p").unwrap().contains("! break-glass until "));
    assert_eq!(desk.published()["version"], 1);
}

#[test]
fn who_is_no_officer_leaves_no_trace() {
    let desk = Desk::new();
    desk.run("propose --rules . --published p -o change --reason test").unwrap();
    let before = fs::read(desk.path().join("change/manifest")).unwrap();
    let approve = "approve change --yes --published p --key";
    let (status, said) = desk.run(&format!("{approve} other/chen.key")).unwrap_err();
    assert!(
        status == 1 && said.contains("the key `chen` (Ed25519) is no officer's, present or proposed"),
        "{said}"
    );
    // A key that an officer made anew and nobody approved.
    desk.run("keygen wang -o other/wang.key").unwrap();
    let (status, said) = desk.run(&format!("{approve} other/wang.key")).unwrap_err();
    assert!(status == 1 && said.contains("the officer of that name has another key"), "{said}");
    assert_eq!(fs::read(desk.path().join("change/manifest")).unwrap(), before);
    // Who is to be an officer signs before that.
    let chen = desk.keys("other/chen.key");
    desk.run(&format!("propose --rules . --published p -o add --reason test --add-officer '{chen}'"))
        .unwrap();
    desk.run("approve add --yes --published p --key other/chen.key").unwrap();
}

#[test]
fn what_cannot_be_suspended_or_is_already_says_so() {
    let desk = Desk::new();
    let suspend = |what: &str, key: &str| {
        desk.run(&format!("suspend {what} --published p --reason 'lost, says {key}' --key {key}"))
    };
    for (what, says) in [
        (format!("anchor {}", "0".repeat(64)), "is published"),
        (
            "department 11440000DEM0000990@440000".to_owned(),
            "no department `11440000DEM0000990@440000` is published",
        ),
        ("agreement nothing-of-the-kind".to_owned(), "no agreement `nothing-of-the-kind` is published"),
        ("seal 44990000000001".to_owned(), "look twice and say `--unlisted`"),
    ] {
        let (status, said) = suspend(&what, "wang.key").unwrap_err();
        assert!(status != 0 && said.contains(says), "{what}: {said}");
    }
    assert_eq!(desk.published()["suspensions"], json!([]));
    let first = suspend("seal 44990000000001 --unlisted", "wang.key").unwrap();
    let digest = first.lines().last().unwrap();
    let (status, said) = suspend("seal 44990000000001 --unlisted", "wang.key").unwrap_err();
    assert!(
        status == 1
            && said.contains("is suspended already since ")
            && said.contains("by wang: lost, says wang.key"),
        "{said}"
    );
    assert!(said.contains(digest), "{said}");
    // Another officer may, so that it does not hang on one who leaves.
    let said = suspend("seal 44990000000001 --unlisted", "li.key").unwrap();
    assert!(
        said.contains("it was suspended already since ") && said.ends_with(&format!("{digest}\n")),
        "{said}"
    );
    assert_eq!(desk.published()["suspensions"].as_array().unwrap().len(), 2);
    // A file that no gateway counts keeps nobody from suspending.
    let agreement = suspend("agreement gd-housing-tax", "wang.key").unwrap();
    let file = desk.path().join("p/suspensions").join(agreement.lines().last().unwrap());
    let note = fs::read_to_string(&file).unwrap();
    let signature = note.lines().last().unwrap().to_owned();
    let other = fs::read_to_string(desk.path().join("p/suspensions").join(digest)).unwrap();
    fs::write(&file, note.replace(&signature, other.lines().last().unwrap())).unwrap();
    assert!(suspend("agreement gd-housing-tax", "wang.key").is_ok());
}

#[test]
fn a_certificate_that_nothing_lists_is_suspended_with_its_key() {
    use tongban::demo::forge::{Authority, Name, Seed, Validity};
    let desk = Desk::new();
    let time = |text: &str| tongban::clock::Timestamp::parse_rfc3339(text).unwrap();
    let validity = Validity { from: time("2020-01-01T00:00:00Z"), until: time("2099-01-01T00:00:00Z") };
    let root = Authority::root(&Seed::new("one"), Name::new("省", "Root"), validity).unwrap();
    let certificate = tongban::pki::Certificate::from_der(root.certificate()).unwrap();
    fs::write(desk.path().join("root.der"), root.certificate()).unwrap();
    let suspend = "--published p --reason stolen --key wang.key";
    let (status, said) = desk.run(&format!("suspend anchor root.der {suspend}")).unwrap_err();
    assert!(status == 1 && said.contains("no anchor `root.der` is published"), "{said}");
    let (status, said) = desk.run(&format!("suspend anchor nothing.der {suspend} --unlisted")).unwrap_err();
    assert!(status == 1 && said.contains("nothing.der: is not there; check the path"), "{said}");
    desk.run(&format!("suspend anchor root.der {suspend} --unlisted")).unwrap();
    let subjects = || {
        let suspensions = desk.published()["suspensions"].as_array().unwrap().clone();
        suspensions
            .iter()
            .map(|one| format!("{} {}", one["kind"].as_str().unwrap(), one["id"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let digest = tongban::crypto::DigestAlgorithm::Sha256.digest(root.certificate()).hex();
    let key = certificate.key_digest().hex();
    let mut wanted = [format!("anchor {digest}"), format!("key {key}")];
    let mut found = subjects();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted, "{}", desk.published()["suspensions"]);
}

#[test]
fn an_empty_publication_tells_how_to_begin() {
    let desk = Desk::new();
    let wang = desk.keys("wang.key");
    for command in [
        "propose --rules . --published none -o new --reason test".to_owned(),
        "propose --rules . --published none -o new --reason test --first trust.test".to_owned(),
        format!("propose --rules . --published none -o new --reason test --add-officer '{wang}'"),
        "list --published none".to_owned(),
        "suspend agreement gd-housing-tax --published none --reason x --key wang.key".to_owned(),
    ] {
        let (status, said) = desk.run(&command).unwrap_err();
        assert!(
            status == 64 && said.contains("begin with `tongban trust propose --first NAME"),
            "{command}: {said}"
        );
    }
}

#[test]
fn what_was_handed_out_is_reviewed_before_it_is_proposed() {
    use tongban::demo::forge::{Authority, Name, Profile, Seed, Validity, pem};
    let desk = Desk::new();
    let at = desk.path();
    let time = |text: &str| tongban::clock::Timestamp::parse_rfc3339(text).unwrap();
    let validity = |from: &str, until: &str| Validity { from: time(from), until: time(until) };
    let now = validity("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
    let root = |seed: &str, name: &str, validity: Validity| {
        Authority::root(&Seed::new(seed), Name::new("样例省", name), validity).unwrap()
    };
    let province = root("one", "样例省电子印章根 CA", now);
    let renewed = root("two", "样例省电子印章根 CA", now);
    let issuing = province.subordinate(Name::new("样例省", "Issuing"), now).unwrap();
    let signer = province.issue(Profile::Signer, Name::new("样例省", "Signer"), now).unwrap();
    let past = root("past", "Past", validity("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z"));
    let future = root("future", "Future", validity("2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z"));
    let handed = at.join("handed-out/from-the-south");
    fs::create_dir_all(&handed).unwrap();
    let texts = [past.certificate(), future.certificate(), province.certificate()];
    fs::write(handed.join("all.PEM"), texts.map(|der| pem("CERTIFICATE", der)).concat()).unwrap();
    fs::write(handed.join("issuing.der"), issuing.certificate()).unwrap();
    fs::write(handed.join("renewed.cer"), renewed.certificate()).unwrap();
    fs::write(at.join("handed-out/signer.crt"), &signer.certificate).unwrap();
    fs::write(at.join("handed-out/notes.txt"), "of no interest").unwrap();
    put_anchor(&at.join("certs/anchors"), "trusted", province.certificate());

    // What an authority wrote cannot be read as something else than it is.
    let posing = root("posing", "湖南\u{202e}AC 根\u{200b}\u{2066}", now);
    fs::create_dir_all(at.join("posing")).unwrap();
    fs::write(at.join("posing/\u{202e}one.der"), posing.certificate()).unwrap();
    for how in ["import posing", "import posing --json", "import posing --into elsewhere"] {
        let said = desk.run(how).unwrap();
        let hidden = |text: &str| text.contains(['\u{202e}', '\u{200b}', '\u{2066}']);
        assert!(
            said.contains("湖南\u{fffd}AC 根\u{fffd}\u{fffd}") && (!hidden(&said) || how.contains("json")),
            "{said}"
        );
        for entry in fs::read_dir(at.join("elsewhere/certs/anchors")).into_iter().flatten().flatten() {
            assert!(
                !hidden(&fs::read_to_string(entry.path()).unwrap())
                    && !hidden(entry.file_name().to_str().unwrap())
            );
        }
    }

    // Nothing is written unless it is said where.
    let listed = desk.run("import handed-out").unwrap();
    assert!(listed.starts_with("6 certificates: 6 new, 0 known, 0 repeated\n"), "{listed}");
    let passed =
        "1 file passed over, by how they end: handed-out/notes.txt; name one by itself to have it read";
    assert!(listed.lines().any(|line| line == passed), "{listed}");
    let shown = desk.run("import handed-out handed-out/signer.crt --into .").unwrap();
    assert!(shown.starts_with("7 certificates: 5 drafted, 1 known, 1 repeated\n"), "{shown}");
    for line in [
        "  = trusted, known",
        "  = repeated, as in handed-out/signer.crt",
        "      validity  2000-01-01T00:00:00Z to 2001-01-01T00:00:00Z",
        "      key       SM2",
        "      kind      authority, self-signed",
        "      kind      no authority",
        "    ! it has expired",
        "    ! its validity has not begun",
        "    ! it is no authority's: as an anchor it vouches for itself alone",
        "    ! another authority issued it",
        "    ! another certificate has the same name: a roll-over, or somebody who took the name",
    ] {
        assert!(shown.lines().any(|one| one == line), "`{line}` in\n{shown}");
    }
    let digest = tongban::crypto::DigestAlgorithm::Sha256.digest(renewed.certificate()).hex();
    let draft = at.join(format!("certs/anchors/样例省电子印章根-ca-{}.toml", &digest[..32]));
    let text = fs::read_to_string(&draft).unwrap();
    assert!(text.contains(&format!("# SHA-256 {digest}\n# Look twice: another certificate has")), "{text}");

    // Of a run that was cut short, what is there is kept and the rest added.
    let certificate = draft.with_extension("pem");
    let modified = fs::metadata(&certificate).unwrap().modified().unwrap();
    fs::remove_file(&draft).unwrap();
    let again = desk.run("import handed-out --into .").unwrap();
    assert!(again.starts_with("6 certificates: 1 drafted, 5 known, 0 repeated\n"), "{again}");
    assert_eq!(fs::read_to_string(&draft).unwrap(), text);
    assert_eq!(fs::metadata(&certificate).unwrap().modified().unwrap(), modified);

    // A second time there is nothing new, and a file that is none is told without hiding the others.
    fs::write(at.join("handed-out/broken.p7b"), "x").unwrap();
    let (status, said) = desk.run("import handed-out --into . --json").unwrap_err();
    assert!(status == 1 && said.contains("handed-out/broken.p7b: there is no certificate inside"), "{said}");
    fs::remove_file(at.join("handed-out/broken.p7b")).unwrap();
    let json: Value = serde_json::from_str(&desk.run("import handed-out --into . --json").unwrap()).unwrap();
    let states = json.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap());
    assert_eq!(states.collect::<Vec<_>>(), ["known"; 6]);

    // A draft is in nobody's way and in effect nowhere: no proposal takes it until its roles are stated.
    let propose = "propose --rules . --published p --reason test";
    let (status, said) = desk.run(&format!("{propose} -o change")).unwrap_err();
    assert!(
        status == 1 && said.matches("`roles` names none; write what it is trusted for").count() == 5,
        "{said}"
    );
    for entry in fs::read_dir(at.join("certs/anchors")).unwrap().flatten() {
        let text = fs::read(entry.path()).unwrap();
        if let Ok(text) = String::from_utf8(text) {
            fs::write(entry.path(), text.replace("roles = []", "roles = [\"signer\"]")).unwrap();
        }
    }
    desk.run(&format!("{propose} -o change")).unwrap();
    desk.assert_not_alone("change");
}

#[test]
fn a_draft_says_all_that_an_entry_may_say() {
    use tongban::demo::forge::{Authority, Name, Seed, Validity};
    let desk = Desk::new();
    let at = desk.path();
    let time = |text: &str| tongban::clock::Timestamp::parse_rfc3339(text).unwrap();
    let validity = Validity { from: time("2020-01-01T00:00:00Z"), until: time("2099-01-01T00:00:00Z") };
    let root = Authority::root(&Seed::new("draft"), Name::new("样例省", "Root"), validity).unwrap();
    fs::write(at.join("root.der"), root.certificate()).unwrap();
    desk.run("import root.der --into .").unwrap();
    let draft = fs::read_dir(at.join("certs/anchors")).unwrap().flatten().map(|entry| entry.path());
    let draft = draft.into_iter().find(|path| path.extension().is_some_and(|end| end == "toml")).unwrap();
    let text = fs::read_to_string(&draft).unwrap();
    // With roles, and with each key that is commented out, it is an entry; no comment is untrue then.
    let stated: String = text.replace("roles = []", "roles = [\"signer\"]");
    let whole: String = stated
        .lines()
        .map(|line| {
            let key = line
                .strip_prefix("# ")
                .filter(|key| key.contains(" = \"") || key.starts_with("[[") || key.contains(" = ["));
            format!("{}\n", key.unwrap_or(line))
        })
        .collect();
    fs::write(&draft, &whole).unwrap();
    let shown = desk.run("propose --rules . --published p -o change --reason test").unwrap();
    for line in [
        "in regions 440000",
        "revocation may be 1d stale",
        "revocation by crl from http://crl.example/full.crl every 1h",
    ] {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
    assert!(!stated.contains("until `roles` says"), "{stated}");
}

#[test]
fn what_only_stands_for_something_else_is_refused_by_name() {
    let desk = Desk::new();
    let at = desk.path();
    let agreements = at.join("policies/agreements");
    let pipe = |path: &Path| {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    fs::create_dir_all(at.join("handed-out")).unwrap();
    for directory in [&agreements, &at.join("handed-out")] {
        // Following them would publish a key, never end, or go in a ring.
        std::os::unix::fs::symlink(at.join("wang.key"), directory.join("link.pem")).unwrap();
        std::os::unix::fs::symlink(".", directory.join("ring")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", directory.join("device.pem")).unwrap();
        pipe(&directory.join("pipe.pem"));
        fs::File::create(directory.join("huge.pem")).unwrap().set_len((16 << 20) + 1).unwrap();
        let deep = "d/".repeat(12);
        fs::create_dir_all(directory.join(deep)).unwrap();
    }
    let wanted = [
        ("link.pem", "rules.link"),
        ("ring", "rules.link"),
        ("device.pem", "rules.link"),
        ("pipe.pem", "rules.not_a_file"),
        ("huge.pem", "rules.too_large"),
        ("d/d/d", "rules.too_deep"),
    ];
    for command in ["propose --rules . --published p -o change --reason test", "import handed-out"] {
        let (status, said) = desk.run(command).unwrap_err();
        assert_eq!(status, 1, "{command}: {said}");
        for (name, code) in wanted {
            let told = |line: &str| line.contains(name) && line.contains(&format!("`{code}`"));
            assert!(said.lines().any(told), "{command}: {name} in\n{said}");
        }
    }
    assert!(!at.join("change").exists());
    let check =
        Command::new(env!("CARGO_BIN_EXE_tongban")).args(["policy", "check"]).current_dir(at).output();
    let check = check.unwrap();
    assert_eq!(check.status.code(), Some(64));
    assert!(String::from_utf8(check.stderr).unwrap().contains("link.pem: `rules.link`"));
    // Nor is a whole directory of rules taken from elsewhere.
    fs::remove_dir_all(&agreements).unwrap();
    fs::rename(at.join("policies"), at.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", at.join("policies")).unwrap();
    let (status, said) = desk.run("propose --rules . --published p -o change --reason test").unwrap_err();
    assert!(status == 1 && said.contains("policies: `rules.link`"), "{said}");
}
