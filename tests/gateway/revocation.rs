//! Revocation as a running gateway follows it: from the web server of an authority, under a clock that the test sets.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use tongban::clock::FixedClock;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Authority, Encoding, Flavor, Identity, Layout, Method, Name, Profile, SealDraft, SealSigners, Seed,
    Signing, Validity,
};
use tongban::gateway::{Gateway, Prepared, Running};
use tongban::pki::Certificate;

use crate::client::{Client, get};
use crate::crl_server::CrlServer;
use crate::lab::{Lab, at, sealed, validity};
use crate::officers::publish;
use crate::rules::put_anchor;
use crate::statements::{AnswerDraft, Entry, ListDraft, Said};
use crate::world::{Files, Setup, records};

const VERIFY: &str = "/v1/licenses/verify";
/// A day after the licenses were sealed.
const NOW: &str = "2026-11-21T08:00:00Z";
const SUPERSEDED: u8 = 4;

/// A gateway whose one anchor publishes revocation on one web server.
struct Site {
    files: Files,
    clock: Arc<FixedClock>,
    server: CrlServer,
    lab: Lab,
    root: Certificate,
    running: Option<Running>,
}

fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

impl Site {
    /// With an empty list from yesterday to tomorrow.
    async fn start(config: &str) -> Self {
        let mut site = Self::prepare(config).await;
        let source = format!("url = \"{}\"", site.server.url());
        site.state_source(&source);
        site.begin().await;
        site
    }

    /// The same, with an anchor that states no source, and not begun.
    async fn prepare(config: &str) -> Self {
        let lab = Lab::new();
        let root = parsed(lab.hierarchy.root.certificate());
        let list = ListDraft::new(&root, "2026-11-20", "2026-11-22").sign(lab.hierarchy.root.key());
        let server = CrlServer::start(list).await;
        let config = format!("{config}\n");
        let files = Files::new(Setup { config, ..Setup::default() }).await;
        let clock = Arc::new(FixedClock::at(at(NOW)));
        let site = Self { files, clock, server, lab, root, running: None };
        put_anchor(&site.at().join("certs/anchors"), "root", site.root.der());
        publish(&site.at(), "an anchor without sources");
        site
    }

    /// Puts `content` where lists are archived.
    fn archive(&self, name: &str, content: &[u8]) {
        let lists = self.at().join("revocation/lists");
        fs::create_dir_all(&lists).unwrap();
        fs::write(lists.join(name), content).unwrap();
    }

    fn at(&self) -> PathBuf {
        self.files.scratch.path().join("44")
    }

    /// Has the officers publish that the anchor has this source.
    fn state_source(&self, source: &str) {
        let anchors = self.at().join("certs/anchors");
        put_anchor(&anchors, "root", self.root.der());
        let entry = fs::read_to_string(anchors.join("root.toml")).unwrap();
        let entry = format!("{entry}grace = \"2d\"\n\n[[revocation]]\n{source}\n");
        fs::write(anchors.join("root.toml"), entry).unwrap();
        publish(&self.at(), "a source of revocation");
    }

    async fn begin(&mut self) {
        let prepared = Prepared::load(&self.files.asking).unwrap();
        let clock = Arc::clone(&self.clock);
        self.running = Some(Gateway::start(prepared.with_clock(clock)).await.unwrap());
    }

    async fn restart(&mut self) {
        self.running.take().unwrap().shutdown().await;
        self.begin().await;
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    fn list(&self, this_update: &'static str, next_update: &'static str) -> ListDraft {
        ListDraft::new(&self.root, this_update, next_update)
    }

    fn sign(&self, list: &ListDraft) -> Vec<u8> {
        list.sign(self.lab.hierarchy.root.key())
    }

    fn signer(&self) -> Certificate {
        parsed(&self.lab.office.signer.certificate)
    }

    /// Asks the source now; the codes of what is wrong.
    async fn ask(&self) -> Vec<&'static str> {
        let problems = self.running().ask_about_revocation().await;
        problems.iter().map(|problem| problem.fault.code()).collect()
    }

    /// What the gateway says of a license: verdict, reasons that are no notes, and as of when nothing was revoked.
    async fn verify(&self, license: &[u8]) -> (String, String, Value) {
        let body = self.told(license).await;
        let signature = &body["signatures"][0];
        let reasons = signature["reasons"].as_array().unwrap().iter();
        let mut codes: Vec<&str> = reasons
            .filter(|reason| reason["severity"] != "note")
            .map(|reason| reason["code"].as_str().unwrap())
            .filter(|code| *code != "signature.time_claimed_only")
            .collect();
        codes.dedup();
        let as_of = signature["chain"]["revocation"]["then"]["as_of"].clone();
        (body["verdict"].as_str().unwrap().to_owned(), codes.join(" "), as_of)
    }

    /// All that it says.
    async fn told(&self, license: &[u8]) -> Value {
        let client =
            Client::new(&self.files.authority, Some(&self.files.hall), self.running().address(), "h2");
        let reply = client.send("POST", VERIFY, &[], license.to_vec()).await.unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body
    }

    async fn assert_verdict(&self, license: &[u8], verdict: &str, codes: &str, as_of: &str) {
        let as_of = if as_of.is_empty() { Value::Null } else { Value::from(as_of) };
        assert_eq!(self.verify(license).await, (verdict.to_owned(), codes.to_owned(), as_of));
    }

    async fn metrics(&self) -> String {
        get(self.running().admin_address(), "/metrics").await.1
    }

    /// Waits until the operators' numbers have the line `wanted`.
    async fn until_shown(&self, wanted: &str) {
        while !self.metrics().await.lines().any(|line| line == wanted) {
            tokio::task::yield_now().await;
        }
    }

    /// The value of a metric of the source.
    async fn of_source(&self, name: &str) -> Option<i64> {
        let name = format!("tongban_revocation_{name}{{source=\"{}\"}} ", self.server.url());
        let text = self.metrics().await;
        text.lines().find_map(|line| line.strip_prefix(&name)).map(|value| value.parse().unwrap())
    }

    /// What the record of the last verdict says of its signature.
    fn recorded(&self) -> Value {
        records(&self.at().join("ledger.ndjson")).pop().unwrap()["relies_on"]["signatures"][0].take()
    }

    fn license(&self) -> Vec<u8> {
        self.lab.sealed().to_zip().unwrap()
    }
}

const TAKEN_IN: &str = "tongban_revocation_fetches_total{outcome=\"new\"} 1";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_counts_from_the_next_question_on() {
    let site = Site::start("").await;
    site.until_shown(TAKEN_IN).await;
    let license = site.license();
    site.assert_verdict(&license, "genuine", "", "2026-11-20T00:00:00Z").await;
    // The record tells by which list it was known, which is in the archive under that digest.
    let known = site.recorded()["signer"]["revocation"].clone();
    let state = json!({ "state": "good", "as_of": "2026-11-20T00:00:00Z" });
    assert_eq!((&known["then"], &known["now"]), (&state, &state));
    let mut archived = fs::read_dir(site.at().join("revocation/lists")).unwrap();
    let archived = archived.next().unwrap().unwrap().path();
    let list = DigestAlgorithm::Sm3.digest(&fs::read(&archived).unwrap()).hex();
    assert_eq!(known["evidence"], json!([list]));
    assert!(archived.to_str().unwrap().contains(&list));
    assert_eq!(site.of_source("age_seconds").await, Some(32 * 3600));
    assert_eq!(site.of_source("left_seconds").await, Some(16 * 3600));
    assert_eq!(site.of_source("entries").await, Some(0));
    assert_eq!(site.server.answered(), [200]);
    assert!(site.ask().await.is_empty());
    assert_eq!(site.server.answered(), [304], "what did not change is not sent again");

    let entry = Entry::new(&site.signer(), "2026-11-01", SUPERSEDED);
    site.server.give(site.sign(&site.list("2026-11-21", "2026-11-28").with(entry)));
    assert!(site.ask().await.is_empty());
    let (verdict, codes, as_of) = site.verify(&license).await;
    assert_eq!((verdict.as_str(), as_of), ("not_genuine", Value::from("2026-11-21T00:00:00Z")));
    assert!(codes.contains("chain.revoked"), "{codes}");
    assert_eq!(site.told(&license).await["evidence"], 2);
    assert_eq!(site.of_source("entries").await, Some(1));
    site.until_shown("tongban_revocation_evidence 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_away_costs_nothing_until_its_list_and_the_grace_end() {
    let mut site = Site::start("").await;
    site.until_shown(TAKEN_IN).await;
    site.server.go_away();
    assert_eq!(site.ask().await, ["revocation.unreachable"]);
    assert_eq!(site.ask().await, ["revocation.unreachable"]);
    assert_eq!(site.of_source("failures").await, Some(2));
    let license = site.license();
    let as_of = "2026-11-20T00:00:00Z";
    site.assert_verdict(&license, "genuine", "", as_of).await;
    // Nothing of it is needed to start.
    site.restart().await;
    site.assert_verdict(&license, "genuine", "", as_of).await;

    site.clock.set(at("2026-11-23T00:00:00Z"));
    assert_eq!(site.of_source("left_seconds").await, Some(-24 * 3600));
    site.assert_verdict(&license, "genuine", "chain.revocation_grace", as_of).await;
    let ready = get(site.running().admin_address(), "/readyz").await.0;
    assert_eq!(ready, 200, "a source says nothing about whether this gateway can serve");
    site.clock.set(at("2026-11-24T00:00:01Z"));
    site.assert_verdict(&license, "undetermined", "chain.revocation_stale", as_of).await;
    // Open for revocation, it still led to the anchor, and is found there after a compromise.
    let root = DigestAlgorithm::Sha256.digest(site.root.der()).hex();
    for chain in ["signer", "maker"] {
        let chain = site.recorded()[chain].clone();
        assert_eq!((&chain["state"], &chain["anchor"]), (&json!("revocation_open"), &json!(root)));
        assert_eq!(chain["revocation"]["now"]["state"], "undetermined");
    }

    site.server.give(site.sign(&site.list("2026-11-23", "2026-11-30")));
    assert!(site.ask().await.is_empty());
    assert_eq!(site.of_source("failures").await, Some(0));
    site.assert_verdict(&license, "genuine", "", "2026-11-23T00:00:00Z").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bad_changes_nothing_and_is_told() {
    let mut site = Site::start("[revocation.limits]\nbytes = 4096").await;
    site.until_shown(TAKEN_IN).await;
    let license = site.license();
    let stranger =
        Authority::root(&Seed::new("stranger"), Name::new("样例机构", "Root"), validity()).unwrap();
    let entry = Entry::new(&site.signer(), "2026-11-01", SUPERSEDED);
    let revoking = site.list("2026-11-21", "2026-11-28").with(entry);
    let sound = site.sign(&revoking);
    let mut cut = sound.clone();
    cut.pop();
    for (code, list) in [
        ("revocation.malformed", b"garbage".to_vec()),
        ("revocation.malformed", Vec::new()),
        ("revocation.malformed", cut),
        ("revocation.forged", revoking.sign(stranger.key())),
        ("revocation.older", site.sign(&site.list("2026-11-19", "2026-11-30"))),
        ("revocation.from_future", site.sign(&site.list("2026-11-22", "2026-11-30"))),
        ("revocation.too_large", vec![0x30; 5000]),
    ] {
        let before = site.metrics().await;
        site.server.give(list);
        assert_eq!(site.ask().await, [code]);
        site.assert_verdict(&license, "genuine", "", "2026-11-20T00:00:00Z").await;
        let line = format!("tongban_revocation_fetches_total{{outcome=\"{code}\"}} ");
        let counted = |text: &str| {
            let found = text.lines().find_map(|one| one.strip_prefix(line.as_str()));
            found.map_or(0, |value| value.parse::<u64>().unwrap())
        };
        assert_eq!(counted(&site.metrics().await), counted(&before) + 1, "{code}");
    }
    site.until_shown("tongban_revocation_evidence 1").await;
    assert_eq!(site.of_source("entries").await, Some(0), "what was refused is not what the source gave");

    // What a disk spoiled is told and not believed.
    let lists = site.at().join("revocation/lists");
    let kept: Vec<_> = fs::read_dir(&lists).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "what is refused is not kept: {kept:?}");
    fs::write(&kept[0], &sound[..100]).unwrap();
    site.server.go_away();
    site.restart().await;
    site.assert_verdict(&license, "undetermined", "chain.revocation_missing", "").await;
    assert!(site.metrics().await.contains("outcome=\"revocation.malformed\""));
}

impl Site {
    /// A license by an office whose certificate ended four hours after it was sealed, and the certificate.
    fn of_an_expired_signer(&self, name: &str) -> (Vec<u8>, Certificate) {
        let ended = Validity { from: validity().from, until: at("2026-11-20T12:00:00Z") };
        let name = Name::new("广东省示例市市场监督管理局", name);
        let signer: Identity = self.lab.hierarchy.root.issue(Profile::Signer, name, ended).unwrap();
        let signers = SealSigners::certificates(&[&signer]);
        let seal = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
        let seal = seal.sign(&self.lab.hierarchy.maker).unwrap();
        let mut package = self.lab.unsigned();
        Signing::new(&signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
        (package.to_zip().unwrap(), parsed(&signer.certificate))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_signers_are_judged_from_the_archive_after_any_number_of_lists() {
    let mut site = Site::start("").await;
    site.until_shown(TAKEN_IN).await;
    let (sound, _) = site.of_an_expired_signer("Sound");
    let (revoked, certificate) = site.of_an_expired_signer("Revoked");
    let entry = Entry::new(&certificate, "2026-11-01", SUPERSEDED);
    // It is on the first list after its end, as RFC 5280 §3.3 wants it, and dropped from all later ones.
    let lists = [
        (site.list("2026-11-21", "2026-11-28").with(entry), "2026-11-21T08:00:00Z"),
        (site.list("2026-11-22", "2026-11-29"), "2026-11-22T08:00:00Z"),
        (site.list("2026-11-23", "2026-11-30"), "2026-11-23T08:00:00Z"),
    ];
    for (list, now) in lists {
        site.clock.set(at(now));
        site.server.give(site.sign(&list));
        assert!(site.ask().await.is_empty());
    }
    site.server.go_away();
    for _ in 0..2 {
        site.until_shown("tongban_revocation_lists 4").await;
        site.assert_verdict(&sound, "genuine", "", "2026-11-20T00:00:00Z").await;
        let (verdict, codes, _) = site.verify(&revoked).await;
        assert!(verdict == "not_genuine" && codes.contains("chain.revoked"), "{verdict} {codes}");
        site.restart().await;
    }

    // An older list that somebody puts there is history, too.
    let (older, _) = site.of_an_expired_signer("Older");
    let lists = site.at().join("revocation/lists");
    site.until_shown("tongban_revocation_lists 4").await;
    // Named by 2026-11-20.
    let mut files = fs::read_dir(&lists).unwrap().map(|entry| entry.unwrap().path());
    let first = files.find(|file| file.to_str().unwrap().contains("/001795132800-")).unwrap();
    fs::rename(&first, lists.join("from-the-authority.crl")).unwrap();
    site.restart().await;
    site.until_shown("tongban_revocation_lists 4").await;
    site.assert_verdict(&older, "genuine", "", "2026-11-20T00:00:00Z").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_change_with_what_officers_publish() {
    let site = Site::start("").await;
    site.until_shown(TAKEN_IN).await;
    let file = site.at().join("delivered.crl");
    fs::write(&file, site.sign(&site.list("2026-11-21", "2026-11-28"))).unwrap();
    site.state_source(&format!("file = \"{}\"\nevery = \"5m\"", file.display()));
    site.running().reload().await.unwrap();
    site.until_shown("tongban_revocation_fetches_total{outcome=\"new\"} 2").await;
    assert_eq!(site.of_source("failures").await, None, "the old source is not asked any more");
    let shown = format!("tongban_revocation_age_seconds{{source=\"{}\"}} 28800", file.display());
    site.until_shown(&shown).await;
    site.assert_verdict(&site.license(), "genuine", "", "2026-11-21T00:00:00Z").await;
    fs::remove_file(&file).unwrap();
    assert_eq!(site.ask().await, ["revocation.absent"]);

    // Responses in files, of which only the signer's says that it was revoked.
    let (root, key) = (&site.root, site.lab.hierarchy.root.key());
    let signer = site.signer();
    let entry = Entry::new(&signer, "2026-11-01", SUPERSEDED);
    let draft = AnswerDraft::new(&signer, root, Said::Revoked(entry));
    let response = site.at().join("signer.ocsp");
    let stranger =
        Authority::root(&Seed::new("stranger"), Name::new("样例机构", "Root"), validity()).unwrap();
    fs::write(&response, draft.sign(&parsed(stranger.certificate()), stranger.key())).unwrap();
    site.state_source(&format!("file = \"{}\"\nformat = \"ocsp\"", response.display()));
    site.running().reload().await.unwrap();
    assert_eq!(site.ask().await, ["revocation.forged"]);
    site.assert_verdict(&site.license(), "genuine", "", "2026-11-21T00:00:00Z").await;
    fs::write(&response, draft.sign(root, key)).unwrap();
    assert!(site.ask().await.is_empty());
    let (verdict, codes, _) = site.verify(&site.license()).await;
    assert!(verdict == "not_genuine" && codes.contains("chain.revoked"), "{verdict} {codes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_archived_revokes_from_the_first_question_on() {
    let mut site = Site::prepare("").await;
    site.begin().await;
    let license = site.license();
    site.assert_verdict(&license, "genuine", "chain.revocation_unchecked", "").await;
    // So many that whoever answered while they are read would be caught at it.
    let entry = Entry::new(&site.signer(), "2026-11-01", SUPERSEDED);
    let list = site.list("2026-11-01", "2026-11-28").with(entry);
    for number in 0..64 {
        site.archive(&format!("from-the-authority-{number}.crl"), &site.sign(&list));
    }
    for _ in 0..2 {
        site.restart().await;
        let (verdict, codes, _) = site.verify(&license).await;
        assert!(verdict == "not_genuine" && codes.contains("chain.revoked"), "{verdict} {codes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_cannot_be_read_whole_leaves_nothing_good_that_was_not_asked() {
    let mut site = Site::prepare("").await;
    let license = site.license();
    site.archive("spoiled.crl", b"half of a list");
    site.begin().await;
    site.assert_verdict(&license, "undetermined", "chain.revocation_missing", "").await;
    fs::remove_file(site.at().join("revocation/lists/spoiled.crl")).unwrap();
    site.restart().await;
    site.assert_verdict(&license, "genuine", "chain.revocation_unchecked", "").await;
    // What is signed by a key that no anchor has any more is no reason to doubt those of today.
    let former = Authority::root(&Seed::new("former"), Name::new("样例机构", "Root"), validity()).unwrap();
    site.archive("former.crl", &site.list("2026-11-01", "2026-11-28").sign(former.key()));
    site.restart().await;
    site.assert_verdict(&license, "genuine", "chain.revocation_unchecked", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_nobody_known_signed_is_kept_aside_and_only_as_long_as_its_source_gives_it() {
    let mut site = Site::start("").await;
    site.until_shown(TAKEN_IN).await;
    let other = Authority::root(&Seed::new("other"), Name::new("某机构", "Issuing"), validity()).unwrap();
    let authority = parsed(other.certificate());
    let kept = |site: &Site, kind: &str| {
        let files = fs::read_dir(site.at().join("revocation").join(kind)).into_iter().flatten();
        files.count()
    };
    for (this_update, next_update) in [("2026-11-19", "2026-11-28"), ("2026-11-20", "2026-11-28")] {
        site.server.give(ListDraft::new(&authority, this_update, next_update).sign(other.key()));
        assert!(site.ask().await.is_empty());
        assert_eq!((kept(&site, "aside"), kept(&site, "lists")), (1, 1));
    }
    site.until_shown("tongban_revocation_fetches_total{outcome=\"aside\"} 2").await;
    // It is there again after a start, and says nothing of what others certified.
    site.server.go_away();
    site.restart().await;
    assert!(site.of_source("age_seconds").await.is_some());
    site.assert_verdict(&site.license(), "genuine", "", "2026-11-20T00:00:00Z").await;
    site.server.give(site.sign(&site.list("2026-11-21", "2026-11-28")));
    assert!(site.ask().await.is_empty());
    assert_eq!((kept(&site, "aside"), kept(&site, "lists")), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_may_add_so_much_and_no_more() {
    let list = |site: &Site| site.sign(&site.list("2026-11-21", "2026-11-28"));
    let other = Authority::root(&Seed::new("other"), Name::new("某机构", "Issuing"), validity()).unwrap();
    let another = ListDraft::new(&parsed(other.certificate()), "2026-11-20", "2026-11-28").sign(other.key());
    // Of lists here, each has some 250 bytes.
    for (limit, given) in [("bytes_a_day = 400", None), ("series = 1", Some(another))] {
        let site = Site::start(&format!("[revocation.source]\n{limit}")).await;
        site.until_shown(TAKEN_IN).await;
        site.server.give(given.unwrap_or_else(|| list(&site)));
        assert_eq!(site.ask().await, ["revocation.too_much"], "{limit}");
        site.assert_verdict(&site.license(), "genuine", "", "2026-11-20T00:00:00Z").await;
        let lists = fs::read_dir(site.at().join("revocation/lists")).unwrap();
        let bytes: u64 = lists.map(|file| file.unwrap().metadata().unwrap().len()).sum();
        site.until_shown(&format!("tongban_revocation_archive_bytes {bytes}")).await;
        if limit.starts_with("bytes") {
            site.clock.set(at("2026-11-22T08:00:00Z"));
            assert!(site.ask().await.is_empty(), "the next day");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_unknown_signer_the_newest_archived_lists_are_held_and_no_more() {
    const DAYS: [&str; 20] = [
        "2026-11-01",
        "2026-11-02",
        "2026-11-03",
        "2026-11-04",
        "2026-11-05",
        "2026-11-06",
        "2026-11-07",
        "2026-11-08",
        "2026-11-09",
        "2026-11-10",
        "2026-11-11",
        "2026-11-12",
        "2026-11-13",
        "2026-11-14",
        "2026-11-15",
        "2026-11-16",
        "2026-11-17",
        "2026-11-18",
        "2026-11-19",
        "2026-11-20",
    ];
    let mut site = Site::prepare("").await;
    let issuing = Authority::root(&Seed::new("other"), Name::new("某机构", "Issuing"), validity()).unwrap();
    let authority = parsed(issuing.certificate());
    for day in DAYS {
        site.archive(
            &format!("{day}.crl"),
            &ListDraft::new(&authority, day, "2026-11-28").sign(issuing.key()),
        );
    }
    site.begin().await;
    assert!(site.metrics().await.contains("\ntongban_revocation_lists 16\n"));
    site.assert_verdict(&site.license(), "genuine", "chain.revocation_unchecked", "").await;
}

/// The lists of an authority that is no anchor are checked by the key that a path brings, and of many only the newest are held:
/// whoever expired long ago is judged by one that lies in the archive.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_list_in_the_archive_is_read_when_it_is_wanted() {
    const DAYS: [&str; 21] = [
        "2026-11-20",
        "2026-11-21",
        "2026-11-22",
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
        "2026-11-27",
        "2026-11-28",
        "2026-11-29",
        "2026-11-30",
        "2026-12-01",
        "2026-12-02",
        "2026-12-03",
        "2026-12-04",
        "2026-12-05",
        "2026-12-06",
        "2026-12-07",
        "2026-12-08",
        "2026-12-09",
        "2026-12-10",
    ];
    // As of the older of the two that the path rests on, that of the root.
    const AS_OF: &str = "2026-11-19T00:00:00Z";
    let mut site = Site::prepare("").await;
    let issuing = site.lab.hierarchy.root.subordinate(Name::new("样例省", "Issuing"), validity()).unwrap();
    let authority = parsed(issuing.certificate());
    let ended = Validity { from: validity().from, until: at("2026-11-20T12:00:00Z") };
    let by = |name: &str| {
        let name = Name::new("广东省示例市市场监督管理局", name);
        let signer = issuing.issue(Profile::Signer, name, ended).unwrap();
        let mut package = site.lab.unsigned();
        let method = Method::Cms(Flavor::SignedAttributes, Encoding::Der);
        Signing::new(&signer, method, sealed()).sign(&mut package).unwrap();
        (package.to_zip().unwrap(), parsed(&signer.certificate))
    };
    let ((sound, _), (revoked, certificate)) = (by("Sound"), by("Revoked"));
    site.archive("root.crl", &site.sign(&site.list("2026-11-19", "2027-01-01")));
    for (number, day) in DAYS.iter().enumerate() {
        let mut list = ListDraft::new(&authority, day, DAYS.get(number + 1).unwrap_or(&"2026-12-11"));
        // Dropped from all that were made after it had expired.
        if number == 0 {
            list = list.with(Entry::new(&certificate, "2026-11-01", SUPERSEDED));
        }
        site.archive(&format!("{day}.crl"), &list.sign(issuing.key()));
    }
    site.clock.set(at("2026-12-10T08:00:00Z"));
    for _ in 0..2 {
        site.begin().await;
        assert!(site.metrics().await.contains("\ntongban_revocation_lists 17\n"));
        site.assert_verdict(&sound, "genuine", "", AS_OF).await;
        let (verdict, codes, _) = site.verify(&revoked).await;
        assert!(verdict == "not_genuine" && codes.contains("chain.revoked"), "{verdict} {codes}");
        // What was read again is held, and asked for no more.
        let number = site.running().exchange().revocation().current().number;
        site.assert_verdict(&sound, "genuine", "", AS_OF).await;
        assert_eq!(site.running().exchange().revocation().current().number, number);
        site.running.take().unwrap().shutdown().await;
    }
    // One that nothing can tell of stays open.
    let lists = site.at().join("revocation/lists");
    for file in fs::read_dir(&lists).unwrap().flatten() {
        // As it was put there, and under the name by which it sorts.
        let name = file.file_name().into_string().unwrap();
        if name.starts_with("2026-11-20") || name.starts_with("001795132800-") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    site.begin().await;
    site.assert_verdict(&sound, "undetermined", "chain.revocation_history_missing", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_small_answer_is_asked_for_once_more_and_from_then_on_whole() {
    let site = Site::start("[revocation]\nsmall_bytes = 100").await;
    site.until_shown(TAKEN_IN).await;
    assert_eq!(site.server.answered(), [200, 200]);
    assert!(site.ask().await.is_empty());
    assert_eq!(site.server.answered(), [304]);
    site.server.give(site.sign(&site.list("2026-11-21", "2026-11-28")));
    assert!(site.ask().await.is_empty());
    assert_eq!(site.server.answered(), [200]);
    site.assert_verdict(&site.license(), "genuine", "", "2026-11-21T00:00:00Z").await;
}
