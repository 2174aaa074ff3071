//! `tongban chain` as people and scripts call it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tongban::clock::Timestamp;
use tongban::demo::forge::{Authority, Name, Profile, Seed, Validity, pem};

struct Files {
    directory: tempfile::TempDir,
    root: Vec<u8>,
    middle: Vec<u8>,
    leaf: Vec<u8>,
}

fn files() -> Files {
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    let validity = Validity { from: at("2020-01-01T00:00:00Z"), until: at("2030-01-01T00:00:00Z") };
    let name = |text: &str| Name::new("Tongban Test", text);
    let root = Authority::root(&Seed::new("chain"), name("Root"), validity).unwrap();
    let middle = root.subordinate(name("Middle"), validity).unwrap();
    let leaf = middle.issue(Profile::Signer, name("Leaf"), validity).unwrap().certificate;
    let directory = tempfile::tempdir().unwrap();
    let (root, middle) = (root.certificate().to_vec(), middle.certificate().to_vec());
    for (file, content) in [
        ("root.der", root.clone()),
        ("middle.pem", pem("CERTIFICATE", &middle).into_bytes()),
        ("leaf.pem", pem("CERTIFICATE", &leaf).into_bytes()),
        ("chain.pem", [pem("CERTIFICATE", &leaf), pem("CERTIFICATE", &middle)].concat().into_bytes()),
    ] {
        std::fs::write(directory.path().join(file), content).unwrap();
    }
    Files { directory, root, middle, leaf }
}

fn chain(directory: &Path, arguments: &str, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tongban"))
        .current_dir(directory)
        .arg("chain")
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Beside the reading, or both sides wait. A process that refuses its arguments does not read at all.
        scope.spawn(move || {
            let _ = stdin.write_all(input.as_bytes());
        });
        child.wait_with_output().unwrap()
    })
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

#[test]
fn the_exit_status_is_the_verdict() {
    let files = files();
    let directory = files.directory.path();
    let now = "--at 2026-11-21T00:00:00Z --anchor root.der";
    for (arguments, code, says) in [
        (format!("{now} chain.pem"), 0, "✓ VALID  chain.pem  (at 2026-11-21T08:00:00+08:00)"),
        (format!("{now} --intermediate middle.pem --profile signer leaf.pem"), 0, "(as signer, at"),
        (format!("{now} leaf.pem"), 1, "? UNDETERMINED  leaf.pem"),
        ("--at 2031-01-01T00:00:00Z --anchor root.der chain.pem".to_owned(), 1, "[path.dates]"),
        (format!("{now} --profile timestamp chain.pem"), 1, "(RFC 3161 §2.3)  [path.key_usage]"),
        (format!("{now} --require-explicit-policy chain.pem"), 1, "[path.policies]"),
        (format!("{now} --dns-name www.example.cn chain.pem"), 1, "does not name `www.example.cn`"),
        (format!("{now} chain.pem leaf.pem"), 1, "✓ VALID"),
    ] {
        let output = chain(directory, &arguments, "");
        let report = text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {report}");
        assert!(report.contains(says), "{arguments}: {report}");
    }
    for arguments in [
        "leaf.pem",
        "--anchor root.der",
        "--anchor absent.pem leaf.pem",
        "--anchor root.der --profile clerk leaf.pem",
        "--anchor root.der --policy one.two leaf.pem",
        "--anchor root.der --at yesterday leaf.pem",
        "--batch --anchor root.der",
    ] {
        let output = chain(directory, arguments, "");
        assert_eq!(output.status.code(), Some(64), "{arguments}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments}");
    }
}

#[test]
fn the_report_shows_the_path() {
    let files = files();
    let directory = files.directory.path();
    let arguments = "--anchor root.der --at 2026-11-21T00:00:00Z chain.pem";
    let report = text(&chain(directory, arguments, "").stdout);
    let parts: Vec<&str> = report.lines().filter(|line| !line.starts_with("    ")).map(str::trim).collect();
    assert_eq!(
        parts[1..],
        [
            "leaf      C=CN, O=Tongban Test, CN=Leaf",
            "issuer    C=CN, O=Tongban Test, CN=Middle",
            "anchor    C=CN, O=Tongban Test, CN=Root",
            "policies  none",
        ],
        "{report}"
    );
    let json: Value =
        serde_json::from_slice(&chain(directory, &format!("{arguments} --json"), "").stdout).unwrap();
    assert_eq!(json["verdict"], "valid");
    assert_eq!(json["path"].as_array().unwrap().len(), 3);
    assert_eq!(json["path"][0]["subject"], "C=CN, O=Tongban Test, CN=Leaf");
    assert_eq!(json["reasons"], json!([]));
}

#[test]
fn a_batch_is_answered_line_by_line_and_in_order() {
    let files = files();
    let encode = |der: &[u8]| STANDARD.encode(der);
    let question = |id: Value, changes: Value| {
        let mut question = json!({
            "id": id, "anchors": [encode(&files.root)], "intermediates": [encode(&files.middle)],
            "leaf": encode(&files.leaf), "at": "2026-11-21T00:00:00Z", "profile": "none",
        });
        for (key, value) in changes.as_object().unwrap() {
            question[key] = value.clone();
        }
        question.to_string()
    };
    let mut lines = vec![
        question(json!("plain"), json!({})),
        question(json!(2), json!({"intermediates": []})),
        question(json!(3), json!({"at": "2019-01-01T00:00:00Z"})),
        question(json!(4), json!({"policies": ["1.2.3"], "require_explicit_policy": true})),
        question(json!(5), json!({"profile": "clerk"})),
        question(json!(6), json!({"leaf": encode(b"none")})),
        question(json!(7), json!({"surprise": true})),
        String::new(),
        "{".to_owned(),
        question(json!(8), json!({"eku": ["1.3.6.1.5.5.7.3.4"], "profile": "signer"})),
    ];
    // More than one round, so that order is a matter of more than one.
    lines.extend((0..600).map(|number| question(json!(number), json!({"intermediates": []}))));
    let output = chain(files.directory.path(), "--batch", &format!("{}\n", lines.join("\n")));
    assert_eq!(output.status.code(), Some(1));
    let answers: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let short: Vec<(Value, &str, &str)> = answers
        .iter()
        .map(|answer| {
            let reason = answer["reasons"][0]["code"].as_str().unwrap_or("");
            (answer["id"].clone(), answer["verdict"].as_str().unwrap(), reason)
        })
        .collect();
    assert_eq!(
        short[..9],
        [
            (json!("plain"), "valid", ""),
            (json!(2), "undetermined", "path.no_anchor"),
            (json!(3), "invalid", "path.dates"),
            (json!(4), "invalid", "path.policies"),
            (json!(5), "undetermined", "path.question"),
            (json!(6), "invalid", "path.unreadable"),
            (json!(7), "undetermined", "path.question"),
            (Value::Null, "undetermined", "path.question"),
            (json!(8), "valid", ""),
        ]
    );
    let ids: Vec<u64> = answers[9..].iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (0..600).collect::<Vec<u64>>());
    let good = chain(files.directory.path(), "--batch", &question(json!(1), json!({})));
    assert_eq!(good.status.code(), Some(0));
}

#[test]
fn the_report_speaks_chinese() {
    let files = files();
    let directory = files.directory.path();
    let say = |arguments: &str| {
        text(&chain(directory, &format!("--anchor root.der --lang zh {arguments}"), "").stdout)
    };
    let report = say("--at 2026-11-21T00:00:00Z --profile signer chain.pem");
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "✓ 有效  chain.pem  (用途 signer，时间 2026-11-21T08:00:00+08:00)");
    assert_eq!(lines[1], "  终端      C=CN, O=Tongban Test, CN=Leaf");
    assert!(
        lines[2].starts_with("            SM2，序列号 ") && lines[2].contains("，有效期 2020-"),
        "{report}"
    );
    assert_eq!(lines[lines.len() - 1], "  证书策略  无");
    for (arguments, says) in [
        ("--at 2026-11-21T00:00:00Z leaf.pem", "  没有可达信任锚的路径  [path.no_anchor]"),
        ("--at 2031-01-01T00:00:00Z chain.pem", "不在有效期内  [path.dates]"),
        (
            "--at 2026-11-21T00:00:00Z --profile timestamp chain.pem",
            "密钥用途不允许（RFC 3161 §2.3）  [path.key_usage]",
        ),
        (
            "--at 2026-11-21T00:00:00Z --require-explicit-policy chain.pem",
            "要求的证书策略无一可用  [path.policies]",
        ),
    ] {
        let report = say(arguments);
        assert!(report.contains(says), "{says} in\n{report}");
    }
}

#[test]
fn help_names_every_profile() {
    let help = |columns: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tongban"))
            .args(["chain", "--help"])
            .env("COLUMNS", columns)
            .output()
            .unwrap();
        text(&output.stdout)
    };
    let words = help("80").split_whitespace().collect::<Vec<_>>().join(" ");
    let names = tongban::pki::Role::ALL.map(tongban::pki::Role::name).join(", ");
    assert!(words.contains(&format!("[possible values: {names}]")), "{words}");
    let refused = chain(Path::new("."), "--anchor root.der --profile clerk leaf.pem", "");
    assert!(text(&refused.stderr).contains(&names), "{}", text(&refused.stderr));
}

#[test]
fn examples_fit_where_nothing_tells_how_wide_a_screen_is() {
    for command in [
        "chain",
        "trust",
        "trust approve",
        "trust impact",
        "trust import",
        "trust inspect",
        "trust keygen",
        "trust list",
        "trust propose",
        "trust publish",
        "trust restore",
        "trust rollback",
        "trust suspend",
    ] {
        let help = |columns: &str| {
            let mut run = Command::new(env!("CARGO_BIN_EXE_tongban"));
            let output = run.args(command.split(' ')).arg("--help").env("COLUMNS", columns).output().unwrap();
            let examples = text(&output.stdout);
            examples
                .lines()
                .filter(|line| line.starts_with("  tongban "))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let wide = help("120");
        assert!(!wide.is_empty() && wide == help("100"), "{command}: {wide:#?}");
    }
}

#[test]
fn what_is_not_there_is_said_in_one_way() {
    let files = files();
    for (command, file) in [
        ("chain --anchor absent.pem leaf.pem", "absent.pem"),
        ("chain --anchor root.der absent.pem", "absent.pem"),
        ("chain --anchor root.der --crl absent.crl leaf.pem", "absent.crl"),
        ("verify absent.ofd", "absent.ofd"),
        ("verify --signer absent.pem leaf.pem", "absent.pem"),
        ("check --config absent.toml", "absent.toml"),
        ("trust inspect absent --published p", "absent/manifest"),
        ("trust import absent", "absent"),
        ("trust suspend anchor x --published p --key absent.key --reason x", "absent.key"),
        ("ledger verify absent.ledger", ""),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_tongban"))
            .args(command.split(' '))
            .current_dir(files.directory.path())
            .output()
            .unwrap();
        let said = text(&output.stderr);
        assert!(said.contains(file) && said.contains("is not there; check the path"), "{command}: {said}");
    }
}
