//! `tongban verify` as a user meets it: exit codes, JSON, hostile files. What these may cost is shown in `bombs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/lab.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod lab;
#[path = "support/rules.rs"]
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lab::{Lab, sealed};
use rules::put_anchor;
use serde_json::Value;
use tempfile::TempDir;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{Method, Signing, Statement, pem};

fn verify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tongban")).arg("verify").args(arguments).output().unwrap()
}

fn written(directory: &TempDir, name: &str, contents: &[u8]) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, contents).unwrap();
    path
}

fn json_of(path: &Path) -> (Value, Option<i32>) {
    let output = verify(&["--json", "--at", "2026-11-21T00:00:00Z", path.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
    (value, output.status.code())
}

#[test]
fn unreadable_files_get_a_coded_answer() {
    let directory = tempfile::tempdir().unwrap();
    let empty_zip = [b"PK\x05\x06", &[0; 18][..]].concat();
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty.ofd", b"", "document.empty"),
        ("text.ofd", b"this is not a license\n", "document.unknown_format"),
        ("truncated.ofd", b"PK\x03\x04\x14\0\0\0\x08\0", "container.malformed"),
        ("empty-zip.ofd", &empty_zip, "ofd.missing_entry"),
        ("deep.der", &[0x30; 5000], "seal.unreadable"),
        ("cut.der", &[0x30, 0x82, 0x01, 0x00, 0x06, 0x01], "signature.unreadable"),
    ];
    for (name, contents, code) in cases {
        let path = written(&directory, name, contents);
        let (value, status) = json_of(&path);
        let own = value["reasons"][0]["code"].as_str();
        let found = own.or(value["signatures"][0]["reasons"][0]["code"].as_str());
        assert_eq!((found, status), (Some(code), Some(1)), "{name}");
    }
}

#[test]
fn usage_errors_exit_64() {
    for arguments in [&[][..], &["--at", "noon", "x"], &["--anchors", "/nonexistent", "x"], &["/nonexistent"]]
    {
        let output = verify(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn directories_are_walked_and_one_bad_file_ends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("b/c");
    fs::create_dir_all(&below).unwrap();
    let names: Vec<PathBuf> = (0..600).map(|number| below.join(format!("{number:03}.ofd"))).collect();
    names.iter().for_each(|path| fs::write(path, b"no license").unwrap());
    fs::write(directory.path().join("a.ofd"), b"").unwrap();
    std::os::unix::fs::symlink("/dev/zero", directory.path().join("endless.ofd")).unwrap();
    let output = verify(&["--json", directory.path().to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let files: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["file"].as_str().unwrap().to_owned())
        .collect();
    let mut expected = vec![directory.path().join("a.ofd")];
    expected.extend(names);
    let expected: Vec<String> = expected.iter().map(|path| path.display().to_string()).collect();
    assert_eq!(files, expected, "in order, links left out");
    assert_eq!(output.status.code(), Some(1));

    // A directory in the place of a file that is named twice over is read as one; a pipe gives what it has.
    let output = verify(&["--json", directory.path().join("a.ofd").to_str().unwrap(), "/dev/null"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
}

#[test]
fn a_reader_that_leaves_changes_no_exit_status() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..300 {
        written(&directory, &format!("{number:03}.ofd"), b"no license");
    }
    let command = format!(
        "\"$0\" verify {} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        directory.path().display()
    );
    let status =
        Command::new("bash").args(["-c", &command]).arg(env!("CARGO_BIN_EXE_tongban")).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn several_files_give_one_object_a_line() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = (written(&directory, "1", b"text"), written(&directory, "2", b""));
    let output = verify(&["--json", one.to_str().unwrap(), two.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let files: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(files.len(), 2);
    for key in ["file", "format", "verdict", "reasons", "signatures", "license", "status", "copy", "usable"] {
        assert!(files.iter().all(|file| file.get(key).is_some()), "{key}");
    }
}

#[test]
fn reasons_speak_the_language_that_was_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = written(&directory, "empty.ofd", b"");
    let text = |lang: &str| {
        let output = verify(&["--lang", lang, path.to_str().unwrap()]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(text("en").contains("the file is empty"));
    assert!(text("zh").contains("文件为空"));
}

const AT: [&str; 2] = ["--at", "2026-11-21T08:00:00Z"];

#[test]
fn exit_statuses_follow_the_worst_verdict() {
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new();
    let anchors = directory.path().join("anchors");
    put_anchor(&anchors, "root", lab.hierarchy.root.certificate());
    let sound = written(&directory, "sound.ofd", &lab.sealed().to_zip().unwrap());
    let mut changed = lab.sealed();
    changed.put("Doc_0/Pages/Page_0/Content.xml", "<changed/>");
    let changed = written(&directory, "changed.ofd", &changed.to_zip().unwrap());
    let trusting = ["--anchors", anchors.to_str().unwrap()];
    let (sound, changed) = (sound.to_str().unwrap(), changed.to_str().unwrap());
    let status = |arguments: &[&str]| verify(&[&AT, arguments].concat()).status.code();
    assert_eq!(status(&[&trusting[..], &[sound]].concat()), Some(0));
    assert_eq!(status(&[sound]), Some(2), "without an anchor nothing is genuine");
    let root =
        written(&directory, "root.pem", pem("CERTIFICATE", lab.hierarchy.root.certificate()).as_bytes());
    assert_eq!(status(&["--anchors", root.to_str().unwrap(), sound]), Some(0), "a file alone is trusted too");
    fs::remove_file(anchors.join("root.toml")).unwrap();
    let refused = verify(&[&trusting[..], &[sound]].concat());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(64), "a certificate that nothing is said of");
    assert!(
        said.contains("root.der: no entry says what this is trusted for; write `certs/anchors/root.toml`"),
        "{said}"
    );
    put_anchor(&anchors, "root", lab.hierarchy.root.certificate());
    assert_eq!(status(&[&trusting[..], &[sound, changed]].concat()), Some(1));
    assert_eq!(status(&[&trusting[..], &[sound, "/nonexistent"]].concat()), Some(64));

    let arguments = [&AT[..], &trusting, &["--json", "--lang", "zh", sound, changed]].concat();
    let (once, twice) = (verify(&arguments).stdout, verify(&arguments).stdout);
    assert_eq!(once, twice, "two runs must be the same to the byte");
    assert_eq!(String::from_utf8(once).unwrap().lines().count(), 2);
}

#[test]
fn a_loose_signature_is_judged_by_its_content_or_the_digest_of_that() {
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new();
    let signer = &lab.office.signer;
    let content = "notice".as_bytes();
    let path = |name: &str, bytes: &[u8]| written(&directory, name, bytes).to_str().unwrap().to_owned();
    let certificate = path("signer.pem", pem("CERTIFICATE", &signer.certificate).as_bytes());
    let (right, wrong) = (path("notice.txt", content), path("other.txt", b"another notice"));
    let (raw, der) = (signer.key().sign_raw(content).unwrap(), signer.key().sign(content).unwrap());
    let statement = Statement::new(&lab.office.seal, signer, sealed(), content, "/x").unwrap();
    let seal_signature = path("seal-signature.der", &statement.sign(signer).unwrap());
    let sm3 = format!("sm3:{}", DigestAlgorithm::Sm3.digest(content).hex());
    let prefixed = signer.key().public_key().unwrap().prefixed_digest(content).unwrap();
    let prefixed = format!("sm3-za:{}", prefixed.hex());
    let judged = |arguments: &[&str]| {
        let output = verify(&[&AT[..], &["--json"], arguments].concat());
        let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let integrity = value["signatures"][0]["integrity"].as_str().unwrap_or("none").to_owned();
        (integrity, output.status.code())
    };
    let intact = ("intact".to_owned(), Some(2));
    for value in [path("raw.sig", &raw), path("der.sig", &der)] {
        let beside = ["--signer", certificate.as_str()];
        assert_eq!(judged(&[&beside[..], &["--content", &right, &value]].concat()), intact);
        assert_eq!(judged(&[&beside[..], &["--digest", &prefixed, &value]].concat()), intact);
        let broken = ("broken".to_owned(), Some(1));
        assert_eq!(judged(&[&beside[..], &["--content", &wrong, &value]].concat()), broken);
        let open = ("unchecked".to_owned(), Some(2));
        assert_eq!(judged(&[&beside[..], &["--digest", &sm3, &value]].concat()), open);
    }
    assert_eq!(judged(&["--digest", &sm3, &seal_signature]), intact);
    let usage = ("none".to_owned(), Some(64));
    assert_eq!(judged(&["--digest", "sm3:00", &seal_signature]), usage);
    assert_eq!(judged(&["--digest", &sm3, "--content", &right, &seal_signature]), usage);
}

/// A part of the content must never pass for the whole, and a pipe or device is no file to rely on.
#[test]
fn content_is_read_whole_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let signature = written(&directory, "notice.sig", b"no signature");
    let (content, limit) = (written(&directory, "content", b""), 64 << 20);
    let content_file = fs::OpenOptions::new().write(true).open(&content).unwrap();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let judged = |option: &str, path: &Path| {
        let output = verify(&[option, path.to_str().unwrap(), signature.to_str().unwrap()]);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, error) = judged("--content", &content);
    assert!(status == Some(64) && error.contains("is empty"), "{status:?} {error}");
    content_file.set_len(limit).unwrap();
    assert_ne!(judged("--content", &content).0, Some(64));
    content_file.set_len(limit + 1).unwrap();
    let (status, error) = judged("--content", &content);
    assert_eq!(status, Some(64));
    assert!(error.contains(content.to_str().unwrap()) && error.contains("67108864"), "{error}");
    assert!(error.contains("--digest"), "{error}");
    for option in ["--content", "--signer"] {
        for path in [&pipe, Path::new("/dev/zero"), directory.path()] {
            let (status, error) = judged(option, path);
            assert_eq!(status, Some(64), "{option} {path:?}");
            assert!(error.contains("is not a regular file"), "{error}");
        }
    }
}

#[test]
fn a_certificate_beside_the_file_checks_a_bare_signature() {
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new();
    let mut package = lab.unsigned();
    Signing::new(&lab.office.signer, Method::Bare, sealed()).sign(&mut package).unwrap();
    let file = written(&directory, "bare.ofd", &package.to_zip().unwrap());
    let certificate = pem("CERTIFICATE", &lab.office.signer.certificate);
    let certificate = written(&directory, "signer.pem", certificate.as_bytes());
    let integrity = |arguments: &[&str]| {
        let output = verify(&[&AT[..], &["--json"], arguments, &[file.to_str().unwrap()]].concat());
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        value["signatures"][0]["integrity"].as_str().unwrap().to_owned()
    };
    assert_eq!(integrity(&[]), "unchecked");
    assert_eq!(integrity(&["--signer", certificate.to_str().unwrap()]), "intact");
}
