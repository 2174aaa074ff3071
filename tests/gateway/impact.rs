//! What verdicts rest on is on record, without anything about persons; and from there, what a change of anchors would have
//! changed, and what was accepted under one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tongban::clock::{Clock, SystemClock, Timestamp};
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Authority, Holder, Issuer, Layout, Name, Profile, SealDraft, SealSigners, Seed, Validity, samples,
};

use crate::officers::{change, propose, publish};
use crate::rules::put_anchor;
use crate::trust::{DAY, Site};
use crate::world::{HOUSING, records};

/// A root and a license that an office under it sealed.
pub(crate) struct Sealed {
    pub(crate) root: Vec<u8>,
    /// The authority that certified the office, which may be the root.
    pub(crate) issuing: Vec<u8>,
    /// The certificate of the office.
    pub(crate) signer: Vec<u8>,
    pub(crate) file: Vec<u8>,
}

impl Sealed {
    /// Under a root of its own name; the seal's identifier is `seal`.
    pub(crate) fn under(name: &str, seal: &str, now: Timestamp) -> Self {
        let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
        let root = Authority::root(&Seed::new(name), Name::new(name, name), validity).unwrap();
        let file = Self::by(&root, seal, now);
        Self { root: root.certificate().to_vec(), ..file }
    }

    /// The same with an authority between.
    fn below(name: &str, seal: &str, now: Timestamp) -> Self {
        let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
        let root = Authority::root(&Seed::new(name), Name::new(name, name), validity).unwrap();
        let issuing = root.subordinate(Name::new(name, "Issuing"), validity).unwrap();
        Self { root: root.certificate().to_vec(), ..Self::by(&issuing, seal, now) }
    }

    fn by(authority: &Authority, seal: &str, now: Timestamp) -> Self {
        let validity = Validity { from: now.plus_millis(-DAY), until: now.plus_millis(DAY) };
        let maker = authority.issue(Profile::Signer, Name::new("maker", "maker"), validity).unwrap();
        let made = now.plus_millis(-60_000);
        let (_, license) = samples(made).unwrap().remove(0);
        let office = Name::new(&license.issuer, &license.issuer);
        let signer = authority.issue(Profile::Signer, office, validity).unwrap();
        let certificate = signer.certificate.clone();
        let signers = SealSigners::certificates(&[&signer]);
        let draft = SealDraft::new(Layout::Gb2020, seal, &license.issuer, signers, validity).unwrap();
        let issuer = Issuer { signer, seal: draft.sign(&maker).unwrap() };
        let file = issuer.seal_license(&license, made).unwrap().to_zip().unwrap();
        let issuing = authority.certificate().to_vec();
        Self { root: issuing.clone(), issuing, signer: certificate, file }
    }

    pub(crate) fn fingerprint(&self) -> String {
        DigestAlgorithm::Sha256.digest(&self.root).hex()
    }
}

pub(crate) const SEAL: &str = "44990000000001";

impl Site {
    /// The verdict on a file.
    pub(crate) async fn verdict(&self, file: &[u8]) -> String {
        self.verified(file).await["verdict"].as_str().unwrap_or("refused").to_owned()
    }

    pub(crate) async fn verified(&self, file: &[u8]) -> Value {
        let department = [("tongban-department", HOUSING)];
        let reply = self.client().send("POST", "/v1/licenses/verify", &department, file.to_vec()).await;
        reply.unwrap().body
    }
}

fn run(at: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongban"));
    let output = command.args(["trust", "impact"]).args(arguments).current_dir(at).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn anchors(at: &Path) -> PathBuf {
    at.join("certs/anchors")
}

fn forget(at: &Path, name: &str) {
    fs::remove_file(anchors(at).join(format!("{name}.der"))).unwrap();
    fs::remove_file(anchors(at).join(format!("{name}.toml"))).unwrap();
}

fn write_proposal(at: &Path, name: &str) {
    propose(at, change(name), SystemClock.now()).write(&at.join(name)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_names_the_anchor_that_vouches() {
    let site = Site::start("").await;
    let at = site.at.clone();
    let sealed = Sealed::below("Layered", SEAL, SystemClock.now());
    put_anchor(&anchors(&at), "root", &sealed.root);
    put_anchor(&anchors(&at), "issuing", &sealed.issuing);
    let (entry, scope) = (anchors(&at).join("issuing.toml"), "regions = [\"650000\"]\n");
    let digest = |der: &[u8]| DigestAlgorithm::Sha256.digest(der).hex();
    let [root, issuing] = [&sealed.root, &sealed.issuing].map(|der| digest(der));
    let unlimited = fs::read_to_string(&entry).unwrap();
    // The nearer one, unless the license lies outside its scope.
    for (text, anchor, between) in
        [(unlimited.clone(), &issuing, json!([])), (unlimited + scope, &root, json!([issuing]))]
    {
        fs::write(&entry, text).unwrap();
        publish(&at, "an authority and its root");
        site.running().reload().await.unwrap();
        assert_eq!(site.verdict(&sealed.file).await, "genuine");
        let record = records(&at.join("ledger.ndjson")).pop().unwrap();
        for chain in ["signer", "maker"] {
            let chain = &record["relies_on"]["signatures"][0][chain];
            assert_eq!((&chain["anchor"], &chain["intermediates"]), (&json!(anchor), &between), "{chain}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn impact_counts_what_is_on_record() {
    let site = Site::start("").await;
    let at = site.at.clone();
    let now = SystemClock.now();
    let (known, unknown) = (Sealed::under("Known", SEAL, now), Sealed::under("Unknown", SEAL, now));
    put_anchor(&anchors(&at), "known", &known.root);
    publish(&at, "one root of two");
    site.running().reload().await.unwrap();
    for _ in 0..3 {
        assert_eq!(site.verdict(&known.file).await, "genuine");
    }
    assert_eq!(site.verdict(&unknown.file).await, "undetermined");
    assert_eq!(site.verdict(b"no license").await, "not_genuine");

    // The record: digests of anchors, keyed leaves, the missing issuer; of what nobody vouches for, no more than that.
    let all = records(&at.join("ledger.ndjson"));
    let [first, .., open, none] = all.as_slice() else { panic!("{all:?}") };
    let signature = &first["relies_on"]["signatures"][0];
    assert_eq!(signature["seal"], SEAL);
    assert_eq!(signature["time"], "claimed");
    for chain in ["signer", "maker"] {
        let chain = &signature[chain];
        assert_eq!((&chain["state"], &chain["anchor"]), (&json!("trusted"), &json!(known.fingerprint())));
        assert_eq!((&chain["missing"], &chain["intermediates"]), (&json!([]), &json!([])));
        assert_eq!(
            chain["leaf"].as_str().unwrap().len(),
            signature["signer"]["leaf"].as_str().unwrap().len()
        );
    }
    assert_ne!(signature["signer"]["leaf"], signature["maker"]["leaf"]);
    assert_eq!(first["relies_on"]["region"].as_str().unwrap().len(), 6);
    let signature = &open["relies_on"]["signatures"][0];
    assert!(signature["seal"].as_str().unwrap().starts_with("hidden:"), "{signature}");
    assert_eq!(signature["signer"]["missing"], signature["maker"]["missing"]);
    assert_eq!(signature["signer"]["missing"].as_array().unwrap().len(), 1);
    assert_eq!(none["relies_on"]["signatures"], json!([]));
    let sample = samples(now).unwrap().remove(0).1;
    for holder in &sample.holders {
        let (Holder::Citizen(name, _) | Holder::Newborn(name, _) | Holder::Organization(name, _)) = holder;
        assert!(!json!(all).to_string().contains(name.expose().as_str()), "a holder is on record");
    }
    assert!(!json!(all).to_string().contains(&sample.identifier.to_string()));

    // The root ends in a while: nothing changes now, and what it vouched for is lost then.
    let ledger = ["--published", "published", "--ledger", "ledger.ndjson"];
    const DAY: i64 = 86_400_000;
    let entry = anchors(&at).join("known.toml");
    let endless = fs::read_to_string(&entry).unwrap();
    fs::write(&entry, format!("until = \"{}\"\n{endless}", now.plus_millis(30 * DAY))).unwrap();
    write_proposal(&at, "ends");
    let (status, said, _) = run(&at, &[&["ends"][..], &ledger].concat());
    assert_eq!(status, 0, "{said}");
    let then = now.plus_millis(31 * DAY).china_date();
    let (status, said, _) = run(&at, &[&["ends", "--at", &then][..], &ledger].concat());
    assert!(status == 2 && said.contains("3 genuine → undetermined"), "{said}");
    fs::write(&entry, endless).unwrap();

    // The root goes, another comes: three are lost, one may be decided.
    forget(&at, "known");
    put_anchor(&anchors(&at), "other", &unknown.root);
    write_proposal(&at, "swap");
    let (status, said, _) = run(&at, &[&["swap", "--json"][..], &ledger].concat());
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, &json["verdicts"], &json["unknown"]), (2, &json!(5), &json!(0)));
    let fates: Vec<_> = json["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            (
                change["effect"].as_str().unwrap(),
                change["anchor"].as_str().unwrap(),
                change["count"]["records"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(fates, [("lost", "known", 3), ("may_be_decided", "other", 1)]);
    assert_eq!(json["changes"][0]["count"]["departments"], json!({ HOUSING: 3 }));
    let (_, said, _) = run(&at, &[&["swap"][..], &ledger].concat());
    for line in [
        "3 genuine → undetermined — rests on an anchor that goes: known",
        "1 undetermined → may be decided — its missing issuer comes as an anchor: other",
    ] {
        assert!(said.lines().any(|one| one == line), "`{line}` in\n{said}");
    }
    let later = (SystemClock.now().plus_millis(DAY)).to_string();
    let (status, said, _) = run(&at, &[&["swap", "--since", &later][..], &ledger].concat());
    assert!(status == 0 && said.contains("Nothing on record is known to change."), "{said}");

    // And so it is, once it is published.
    publish(&at, "as counted");
    site.running().reload().await.unwrap();
    assert_eq!(site.verdict(&known.file).await, "undetermined");
    assert_eq!(site.verdict(&unknown.file).await, "genuine");

    // A role is taken, and a scope narrowed to where the license is not from.
    let entry = |text: &str| {
        fs::write(anchors(&at).join("other.toml"), format!("certificates = [\"other.der\"]\n{text}\n"))
            .unwrap();
    };
    for (name, text, reason) in [
        (
            "role",
            "roles = [\"signer\", \"timestamp\"]",
            "rests on an anchor no longer trusted for that role or time",
        ),
        (
            "scope",
            "roles = [\"signer\", \"seal_maker\"]\nregions = [\"650000\"]",
            "lies outside the new scope of its anchor",
        ),
        (
            "period",
            "roles = [\"signer\", \"seal_maker\"]\nuntil = 2026-01-01T00:00:00Z",
            "rests on an anchor no longer trusted for that role or time",
        ),
    ] {
        entry(text);
        write_proposal(&at, name);
        let (status, said, _) = run(&at, &[&[name, "--json"][..], &ledger].concat());
        let json: Value = serde_json::from_str(&said).unwrap();
        let change = &json["changes"][0];
        assert_eq!(
            (status, &change["effect"], &change["reason"], &change["count"]["records"]),
            (2, &json!("lost"), &json!(reason), &json!(1)),
            "{name}"
        );
    }
    entry("roles = [\"signer\", \"seal_maker\", \"timestamp\"]\nnotes = \"reviewed\"");
    write_proposal(&at, "notes");
    assert_eq!(run(&at, &[&["notes"][..], &ledger].concat()).0, 0);

    // An agreement goes: so many were permitted by it.
    fs::remove_file(at.join("policies/agreements/verification.cedar")).unwrap();
    write_proposal(&at, "less");
    let (status, said, _) = run(&at, &[&["less", "--json"][..], &ledger].concat());
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, &json["permits_ended"]["verification"]["records"]), (2, &json!(7)), "{json}");

    // After a compromise: every record, and the file that it is about.
    let known_digest = known.fingerprint();
    let (status, said, _) = run(&at, &["--anchor", &known_digest, "--ledger", "ledger.ndjson", "--json"]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((status, lines.len()), (2, 4));
    let file = DigestAlgorithm::Sm3.digest(&known.file).hex();
    assert!(
        lines[..3]
            .iter()
            .all(|line| line["file"] == file && line["through"] == json!(["signer", "seal_maker"]))
    );
    assert_eq!(lines[3]["summary"]["genuine"]["records"], 3);
    let (status, said, _) = run(&at, &[&["--anchor", "other"][..], &ledger].concat());
    assert!(
        status == 2 && said.contains("1 accepted as genuine") && said.contains(&unknown.fingerprint()),
        "{said}"
    );
    let (status, _, said) = run(&at, &[&["--anchor", "nobody"][..], &ledger].concat());
    assert!(status == 64 && said.contains("no anchor of that name"), "{said}");
    let since = ["--anchor", &known_digest, "--ledger", "ledger.ndjson", "--since", &later];
    assert_eq!(run(&at, &since).0, 0);

    // A ledger that was changed tells nothing.
    let text = fs::read_to_string(at.join("ledger.ndjson")).unwrap();
    fs::write(at.join("bent.ndjson"), text.replacen("\"genuine\"", "\"geniune\"", 1)).unwrap();
    let (status, _, said) = run(&at, &["--anchor", &known_digest, "--ledger", "bent.ndjson"]);
    assert!(status == 1 && said.contains("is not what its hash says"), "{said}");
}
