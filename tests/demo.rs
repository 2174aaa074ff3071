//! `tongban demo` as a newcomer meets it: it ends well, leaves nothing behind, and what it keeps can be served.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const TONGBAN: &str = env!("CARGO_BIN_EXE_tongban");

#[test]
fn once_ends_well_and_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let output =
        Command::new(TONGBAN).args(["demo", "--once"]).env("TMPDIR", scratch.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for shown in [
        "✓ genuine  business-license.ofd",
        "reference.mismatch",
        "signature.signer_not_in_seal",
        "withheld aac001, aab001, bab010, aae031",
        "403 Not permitted",
        "missing  guardian",
        "both gateways judged the certificate",
        "evidence license=birth_certificate relation=parent_of",
        "429 The quota is used up",
        "cache hit",
        "✓ Every step ended as it must",
    ] {
        assert!(text.contains(shown), "`{shown}` is missing in:\n{text}");
    }
    let records = text.lines().filter(|line| line.starts_with("   record ")).count();
    assert_eq!(records, 9, "one record a step, and two of what was relayed");
    assert!(text.contains("   record in Hunan "), "{text}");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "scratch files are left");
}

/// A program that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn terminate(mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

#[test]
fn what_it_keeps_is_checked_and_served() {
    let scratch = tempfile::tempdir().unwrap();
    let kept = scratch.path().join("kept");
    let arguments = ["demo", "--once", "--dir"];
    let output = Command::new(TONGBAN).args(arguments).arg(&kept).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["guangdong.toml", "hunan.toml"] {
        let output = Command::new(TONGBAN).args(["check", "--config"]).arg(kept.join(name)).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // Its ports may be another's by now, so this asks for others, and for the line that tells them.
    let config = kept.join("guangdong.toml");
    let text = fs::read_to_string(&config).unwrap();
    let lines = text.lines().map(|line| match line.split_once(" = ") {
        Some((key @ ("listen" | "admin"), _)) => format!("{key} = \"127.0.0.1:0\""),
        Some(("level", _)) => "level = \"info\"\nformat = \"json\"".to_owned(),
        _ => line.to_owned(),
    });
    let text: Vec<String> = lines.collect();
    fs::write(&config, text.join("\n")).unwrap();
    let mut child = Command::new(TONGBAN)
        .args(["serve", "--config"])
        .arg(&config)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let serving = Running(child);
    let said = lines.map(Result::unwrap).find(|line| line.contains("\"serving\"")).unwrap();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let mut stream = TcpStream::connect(said["fields"]["admin_address"].as_str().unwrap()).unwrap();
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn the_printed_commands_work() {
    if Command::new("curl").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "curl is needed");
        eprintln!("skipped: curl is not there");
        return;
    }
    // A shell would take this name apart, and read a part of it as a command.
    let scratch = tempfile::Builder::new().prefix("a b'$(c)").tempdir().unwrap();
    let mut child = Command::new(TONGBAN)
        .arg("demo")
        .env("TMPDIR", scratch.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let running = Running(child);
    let mut commands = Vec::new();
    for line in lines {
        let line = line.unwrap();
        if line.starts_with("curl ") {
            commands.push(line);
        }
        if commands.last().is_some_and(|last| last.ends_with("/metrics")) {
            break;
        }
    }
    assert_eq!(commands.len(), 9, "{commands:#?}");
    let expected = [
        "genuine",
        "not_genuine",
        "not_genuine",
        "answered",
        "policy.denied",
        "\"wanted\"",
        "\"babyName\"",
        "\"aab004\"",
        "# ",
    ];
    for (command, expected) in commands.iter().zip(expected) {
        let output = Command::new("sh").args(["-c", command]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains(expected), "{command}\n{text}");
    }
    assert_eq!(running.terminate(), Some(0));
}
