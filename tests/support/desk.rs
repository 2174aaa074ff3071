//! A desk at which officers work with `tongban trust`, for tests.

#![allow(dead_code, reason = "each table uses what it needs")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tongban::manifest::PrivateKey;
use tongban::trust::Proposal;

/// The agreements that stay, and the red lines.
const KEPT: [&str; 5] = [
    "all-identity.cedar",
    "gd-civil-affairs-pension.cedar",
    "gd-education-household.cedar",
    "gd-housing-tax.cedar",
    "red-lines.cedar",
];

/// A directory with three officers, of whom two publish the shipped rules.
pub(crate) struct Desk {
    scratch: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self { scratch: tempfile::tempdir().unwrap() };
        tongban::demo::policies::write(&desk.path().join("policies")).unwrap();
        for file in fs::read_dir(desk.path().join("policies/agreements")).unwrap().flatten() {
            // Few: each command compiles them all.
            if !KEPT.contains(&file.file_name().to_str().unwrap()) {
                fs::remove_file(file.path()).unwrap();
            }
        }
        desk.run("keygen wang").unwrap();
        desk.run("keygen li --sm2").unwrap();
        desk.run("keygen chen -o other/chen.key").unwrap();
        let (wang, li) = (desk.keys("wang.key"), desk.keys("li.key"));
        let officers = format!("--add-officer '{wang}' --add-officer '{li}'");
        let first = "propose --rules . --published p -o first --reason begin";
        desk.run(&format!("{first} --first trust.test {officers}")).unwrap();
        desk.approve_and_publish("first");
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Runs a subcommand: what it printed, or its exit status and what it said.
    pub(crate) fn run(&self, command: &str) -> Result<String, (i32, String)> {
        let bin = env!("CARGO_BIN_EXE_tongban");
        let output = Command::new("sh")
            .args(["-c", &format!("'{bin}' trust {command} < /dev/null")])
            .current_dir(self.path())
            .output()
            .unwrap();
        match output.status.code().unwrap() {
            0 => Ok(String::from_utf8(output.stdout).unwrap()),
            code => Err((code, String::from_utf8(output.stderr).unwrap())),
        }
    }

    /// The public keys of a key file, as `--add-officer` takes them.
    pub(crate) fn keys(&self, file: &str) -> String {
        let text = fs::read_to_string(self.path().join(file)).unwrap();
        let public =
            text.lines().map(|line| tongban::manifest::PrivateKey::parse(line).unwrap().public().to_string());
        public.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn approve_and_publish(&self, proposal: &str) {
        for key in ["wang.key", "li.key"] {
            self.run(&format!("approve {proposal} --yes --published p --key {key}")).unwrap();
        }
        self.run(&format!("publish {proposal} --published p")).unwrap();
    }

    /// Signs a proposal with whatever keys, as one does who asks no command.
    pub(crate) fn sign(&self, proposal: &str, key: &str) {
        let at = self.path().join(proposal);
        let mut proposal = Proposal::read(&at).unwrap();
        let text = fs::read_to_string(self.path().join(key)).unwrap();
        let keys: Vec<_> = text.lines().map(|line| PrivateKey::parse(line).unwrap()).collect();
        proposal.approve(&keys).unwrap();
        proposal.write(&at).unwrap();
    }

    pub(crate) fn published(&self) -> Value {
        serde_json::from_str(&self.run("list --published p --json").unwrap()).unwrap()
    }

    /// Fails unless Wang alone cannot publish `proposal`, nor with another's or a second signature.
    pub(crate) fn assert_not_alone(&self, proposal: &str) {
        let before = self.published();
        let publish = format!("publish {proposal} --published p");
        let (status, said) = self.run(&publish).unwrap_err();
        assert!(status == 1 && said.contains("`trust.unsigned`"), "{said}");
        let approve = format!("approve {proposal} --yes --published p --key");
        assert!(self.run(&format!("{approve} wang.key")).unwrap().contains("wang; not enough to publish"));
        assert!(self.run(&format!("{approve} wang.key")).unwrap().contains("signed with this key before"));
        assert!(self.run(&publish).unwrap_err().1.contains("`trust.too_few_officers`"));
        self.sign(proposal, "other/chen.key");
        assert!(self.run(&publish).unwrap_err().1.contains("`trust.unknown_officer`"));
        assert_eq!(self.published(), before);
    }
}
