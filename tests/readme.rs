//! The README is held to the program: its config is checked, its commands are run, its map and tables are compared.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/programs.rs"]
mod programs;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tongban::clock::{Clock, SystemClock};
use tongban::demo::forge::{TlsAuthority, Validity};
use tongban::policy::{Authorizer, Basis};
use tongban::upstream::Channel;

const README: &str = include_str!("../README.md");

/// The contents of the README's blocks of one kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let opening = format!("```{kind}\n");
    README.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// A directory in which the README's commands find what they name.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let now = SystemClock.now();
    let day = 86_400_000;
    let validity = Validity { from: now.plus_millis(-day), until: now.plus_millis(day) };
    let authority = TlsAuthority::new("readme", validity).unwrap();
    let gateway = authority.gateway("gateway", &["localhost"], validity).unwrap();
    fs::create_dir_all(at.join("tls")).unwrap();
    fs::write(at.join("tls/hunan.pem"), &gateway.certificate_pem).unwrap();
    fs::write(at.join("tls/hunan.key"), &gateway.key_pem).unwrap();
    fs::write(at.join("tls/authorities.pem"), authority.certificate_pem()).unwrap();
    fs::write(at.join("pseudonym.key"), "5a".repeat(32)).unwrap();
    fs::write(at.join("operator.token"), "5c".repeat(32)).unwrap();
    let [config, verify] = blocks("toml").try_into().unwrap();
    let config = with_officers(config, &officers(at, &authority)) + verify;
    fs::write(at.join("gateway.toml"), config).unwrap();
    directory
}

/// Two officers, made and heard by the commands of the README, who publish the shipped rules; the keys of each.
fn officers(at: &Path, authority: &TlsAuthority) -> Vec<String> {
    let rules = at.join("rules");
    fs::create_dir_all(rules.join("certs/anchors")).unwrap();
    fs::write(rules.join("certs/anchors/systems.pem"), authority.certificate_pem()).unwrap();
    let entry = "certificates = [\"systems.pem\"]\nroles = [\"tls_client\"]\n";
    fs::write(rules.join("certs/anchors/systems.toml"), entry).unwrap();
    tongban::demo::policies::write(&rules.join("policies")).unwrap();
    let keys = |name: &str| {
        let made = run(&rules, &format!("tongban trust keygen {name}"));
        let said = String::from_utf8(made.stdout).unwrap();
        said.lines().find_map(|line| line.strip_prefix("keys = [\"")?.strip_suffix("\"]")).unwrap().to_owned()
    };
    let keys = vec![keys("one"), keys("two")];
    for command in [
        format!(
            "propose --rules . --published ../published -o first --first trust.hunan.example --reason first \
             --add-officer '{}' --add-officer '{}'",
            keys[0], keys[1]
        ),
        "approve first --yes --published ../published --key one.key".to_owned(),
        "approve first --yes --published ../published --key two.key".to_owned(),
        "publish first --published ../published".to_owned(),
    ] {
        let output = run(&rules, &format!("tongban trust {command}"));
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    keys
}

/// The config with the keys of officers where the reader is to put them.
fn with_officers(config: &str, keys: &[String]) -> String {
    let mut parts = config.split("<a line of `tongban trust keygen`>");
    let first = parts.next().unwrap().to_owned();
    assert_eq!(parts.clone().count(), keys.len());
    parts.zip(keys).fold(first, |config, (part, key)| config + key + part)
}

fn run(at: &Path, command: &str) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_tongban")).parent().unwrap().to_owned();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    Command::new("sh").args(["-c", command]).current_dir(at).env("PATH", path).output().unwrap()
}

#[test]
fn every_command_does_what_is_said_of_it() {
    let directory = directory();
    let at = directory.path();
    let record = || {
        // The demonstration that the README runs first has left records.
        let records = fs::read_to_string(at.join("demo/guangdong.ledger")).unwrap_or_default();
        records.lines().next().and_then(|line| line.get(9..41)).unwrap_or_default().to_owned()
    };
    // What the last command printed last, for the next to use.
    let (mut ran, mut printed) = (0, String::new());
    for line in blocks("console").into_iter().flat_map(str::lines) {
        let (command, comment) =
            line.strip_prefix("$ ").unwrap().split_once("  #").unwrap_or((&line[2..], ""));
        let command = command.trim();
        // These two stay until they are stopped, and others test them; the rest of cargo's is how this runs.
        if command.starts_with("cargo ") || command.starts_with("tongban serve ") {
            continue;
        }
        if command.contains("openssl ") && !programs::available("openssl", "version") {
            continue;
        }
        let command =
            command.replace(" ID", &format!(" {}", record())).replace(" DIGEST", &format!(" {printed}"));
        let output = run(at, &command);
        printed = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let expected = match comment.trim() {
            verdict if !command.starts_with("tongban verify ") => {
                assert!(!verdict.starts_with("genuine"), "{line}");
                0
            }
            verdict if verdict.starts_with("not genuine") => 1,
            verdict if verdict.starts_with("undetermined") => 2,
            verdict => {
                assert!(["genuine", "usable"].iter().any(|good| verdict.starts_with(good)), "{line}");
                0
            }
        };
        let fits = output.status.code() == Some(expected) && !output.stdout.is_empty();
        assert!(fits, "{command}: {:?} {said}", output.status);
        ran += 1;
    }
    assert!(ran >= 21, "{ran} commands");
}

#[test]
fn the_interface_has_every_value() {
    for channel in Channel::ALL {
        assert!(README.contains(&format!("`{}`", channel.as_str())), "{}", channel.as_str());
    }
    let authorizers = [Authorizer::Enterprise, Authorizer::Guardian, Authorizer::Subject];
    for basis in authorizers.map(Basis::Authorization).into_iter().chain([Basis::Statute]) {
        assert!(README.contains(&format!("`{}`", basis.as_str())), "{}", basis.as_str());
    }
}

#[test]
fn the_map_is_that_of_the_code() {
    let lib = include_str!("../src/lib.rs");
    let mut floors: Vec<Vec<String>> = Vec::new();
    for line in lib.lines() {
        if line.starts_with("// Floor ") {
            floors.push(Vec::new());
        } else if let Some(module) = line.strip_prefix("pub mod ") {
            floors.last_mut().unwrap().push(format!("`{}`", module.trim_end_matches(';')));
        }
    }
    floors.last_mut().unwrap().push("`main`".to_owned());
    for (number, modules) in floors.iter().enumerate() {
        let row = README.lines().find(|line| line.starts_with(&format!("| {number} "))).unwrap();
        assert_eq!(row.split('|').nth(2).unwrap().trim(), modules.join(" "));
    }
}
