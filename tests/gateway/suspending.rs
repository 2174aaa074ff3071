//! Suspensions that are many, and those that come while others keep the gateway at work: each takes effect all the same.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use serde_json::json;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::TlsCredentials;
use tongban::trust::Change;

use crate::client::{Client, question};
use crate::officers::{change, office, publish, publish_change};
use crate::trust::{Site, suspend, suspend_by};
use crate::world::{HOUSING, PATIENCE};

const INSURED: &str = "/v1/exchange/44/sb.insured.query";

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// A client whose chain is as long as any may be and ends at the name of the authority of clients, by another key: each of its
/// certificates is checked before that shows.
fn costly() -> TlsCredentials {
    let authority = |name: &str| {
        let mut params = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params, KeyPair::generate().unwrap())
    };
    let (params, key) = authority("test authority");
    let mut issuer = CertifiedIssuer::self_signed(params, key).unwrap();
    let mut chain = Vec::new();
    for number in 0..7 {
        let (params, key) = authority(&format!("issuing {number}"));
        issuer = CertifiedIssuer::signed_by(params, key, &issuer).unwrap();
        chain.insert(0, issuer.pem());
    }
    let key = KeyPair::generate().unwrap();
    let leaf = named("nobody").signed_by(&key, &issuer).unwrap();
    chain.insert(0, leaf.pem());
    TlsCredentials {
        certificate: leaf.der().to_vec(),
        certificate_pem: chain.concat(),
        key_pem: key.serialize_pem(),
    }
}

/// Threads that judge clients, or those that wait for one, keep no publication from taking effect, nor requests from answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_handshakes_keeps_no_suspension_from_holding() {
    let site = Site::start("").await;
    let mut kept = site.client().keep().await.unwrap();
    let mut asked = question();
    asked["context"]["department"] = json!(HOUSING);
    assert_eq!(kept.post(INSURED, &asked).await.unwrap().status, 200);
    let (over, turned_away) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let identity = costly();
    let flood: Vec<_> = (0..48)
        .map(|_| {
            let client = Client::new(&site.files.authority, Some(&identity), site.running().address(), "h2");
            let (over, turned_away) = (Arc::clone(&over), Arc::clone(&turned_away));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    // Told as an alert, or for want of a place not at all.
                    if let Ok(stream) = client.connect().await {
                        let _ =
                            tokio::time::timeout(Duration::from_secs(5), client.until_refused(stream)).await;
                    }
                    turned_away.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let turned = |more: u64| {
        let (turned_away, begun) = (Arc::clone(&turned_away), turned_away.load(Ordering::Relaxed));
        let all = async move {
            while turned_away.load(Ordering::Relaxed) < begun + more {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        async { tokio::time::timeout(PATIENCE, all).await.expect("the flood has ended") }
    };
    turned(48).await;
    suspend(&site.at, "agreement", "sb.insured.query-44");
    let reload = tokio::time::timeout(PATIENCE, site.running().reload());
    assert_eq!(reload.await.expect("the publication waits for the flood").unwrap(), 2);
    let answered = tokio::time::timeout(PATIENCE, kept.post(INSURED, &asked)).await;
    let reply = answered.expect("the kept connection waits for the flood").unwrap();
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("policy.denied")));
    // It was on all the while.
    turned(1).await;
    over.store(true, Ordering::Relaxed);
    for task in flood {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_officers_many_suspensions_stop_nothing() {
    let mut site = Site::start("[trust.limits]\nsuspensions = 3\n").await;
    let at = site.at.clone();
    let many =
        |from: usize| (from..from + 5).map(|number| suspend(&at, "seal", &format!("s{number}"))).collect();
    let first: BTreeSet<_> = many(0);
    let said = site.refused().await;
    assert_eq!(said.matches("`trust.too_many_suspensions`: officer `wang` has 3").count(), 2, "{said}");
    let named = first.iter().filter(|digest| said.contains(&digest.hex())).count();
    assert_eq!((named, site.metric("tongban_trust_suspensions").await), (2, 3), "{said}");
    assert!(site.metric("tongban_trust_refused_total{code=\"trust.too_many_suspensions\"}").await >= 2);
    assert_eq!(site.ask(HOUSING).await.0, 200);
    // Neither what another suspends nor a publication waits until that is mended.
    let li = &office().1[1..];
    suspend_by(&at, "department", HOUSING, li);
    publish(&at, "the next");
    site.refused().await;
    assert_eq!(site.ask(HOUSING).await.1, "policy.denied");
    assert_eq!(
        (site.metric("tongban_trust_version").await, site.metric("tongban_trust_suspensions").await),
        (2, 4)
    );
    // Those that are held stay, though the publication names others instead, over a restart and under a lower limit.
    fs::remove_dir_all(at.join("published/suspensions")).unwrap();
    let _: BTreeSet<_> = many(10);
    assert!(site.refused().await.contains("`trust.too_many_suspensions`"));
    let config = fs::read_to_string(&site.files.asking).unwrap();
    fs::write(&site.files.asking, config.replace("suspensions = 3", "suspensions = 1")).unwrap();
    // What a disk damaged under its name is written again with whatever is kept next.
    let catalog = fs::read(at.join("policies/catalog/services.json")).unwrap();
    let kept = at.join("state/files").join(DigestAlgorithm::Sha256.digest(&catalog).hex());
    fs::write(&kept, vec![0; catalog.len()]).unwrap();
    publish(&at, "one more");
    site.refused().await;
    assert!(fs::read(&kept).unwrap() == catalog);
    site.restart().await;
    assert_eq!((site.metric("tongban_trust_suspensions").await, site.ask(HOUSING).await.0), (4, 403));
    // What two lift makes room.
    fs::write(&site.files.asking, config).unwrap();
    site.restart().await;
    publish_change(&at, Change { lift: first, ..change("they are found") });
    site.refused().await;
    assert_eq!(site.metric("tongban_trust_suspensions").await, 4);
    let refused = site.refused().await;
    assert_eq!(refused.matches("`trust.too_many_suspensions`").count(), 2, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_at_fault_stops_no_suspension() {
    let site = Site::start("").await;
    fs::write(site.at.join("policies/agreements/bad.cedar"), "permit (").unwrap();
    // What would run the parser out of its stack takes no gateway down.
    let deep = format!("permit (principal, action, resource) when {{\n{} }};", "(".repeat(100_000));
    fs::write(site.at.join("policies/agreements/deep.cedar"), deep).unwrap();
    publish(&site.at, "what does not compile");
    suspend(&site.at, "department", HOUSING);
    let said = site.refused().await;
    assert!(said.starts_with("policies/agreements/bad.cedar:1: "), "{said}");
    assert!(said.contains("policies/agreements/deep.cedar:2: `policy.too_deep`"), "{said}");
    assert_eq!(site.ask(HOUSING).await.1, "policy.denied");
    assert_eq!(site.metric("tongban_trust_version").await, 1);
    assert_eq!(site.metric("tongban_trust_refused_total{code=\"trust.unfit\"}").await, 1);
}
