//! Seals and signatures judged over HTTP: what comes beside them, what the record keeps, what is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{Cms, Encoding, Flavor, Statement, pem};

use crate::client::{Client, Reply};
use crate::golden;
use crate::lab::{Lab, sealed};
use crate::world::{EDUCATION, HOUSING, Setup, World};

const SEALS: &str = "/v1/seals/verify";
const SIGNATURES: &str = "/v1/signatures/verify";
const CONTENT: &[u8] = "关于核发某某证照的通知".as_bytes();

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn seal_signature(lab: &Lab) -> Vec<u8> {
    let office = &lab.office;
    let statement = Statement::new(&office.seal, &office.signer, sealed(), CONTENT, "/x").unwrap();
    statement.sign(&office.signer).unwrap()
}

/// Outcome, integrity and codes of the only signature.
fn found(reply: &Reply) -> (String, String, Vec<String>) {
    assert_eq!(reply.status, 200, "{reply:?}");
    let signature = &reply.body["signatures"][0];
    let codes = signature["reasons"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&reply.body["verdict"]),
        text(&signature["integrity"]),
        codes.map(|one| text(&one["code"])).collect(),
    )
}

fn integrity(reply: &Reply) -> String {
    found(reply).1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_is_judged_and_recorded() {
    let world = World::start().await;
    let lab = Lab::new();
    let seal = &lab.office.seal.der;
    for protocol in ["h2", "http/1.1"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        let reply = client.post(SEALS, &json!({ "seal": base64(seal) })).await;
        assert_eq!((integrity(&reply), &reply.body["format"]), ("intact".to_owned(), &json!("ses_seal")));
        assert_eq!(reply.body["signatures"][0]["seal"]["id"], "44990000000001");
        assert!(!reply.header("ratelimit").is_empty());
        let reply = client.post(SEALS, &json!({ "seal": base64(&seal_signature(&lab)) })).await;
        assert_eq!(found(&reply).2[0], "seal.unreadable");
    }
    let records = world.records();
    assert_eq!(records.len(), 4);
    assert_eq!(records[0]["operation"], "verify_seal");
    assert_eq!(
        (&records[0]["department"], &records[0]["purpose"]),
        (&json!(HOUSING), &json!("license_verification"))
    );
    assert_eq!(records[0]["request_digest"], DigestAlgorithm::Sm3.digest(seal).hex());
    assert_eq!(records[0]["content_digest"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_serves_as_its_content_does() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let lab = Lab::new();
    let attributes = Cms::new(Flavor::SignedAttributes, Encoding::Der, &lab.office.signer, sealed(), CONTENT);
    let sm3 = DigestAlgorithm::Sm3.digest(CONTENT).hex();
    // A seal signature may be over a digest that only the content tells from that of other content.
    let differs = [
        ("undetermined", "unchecked", "signature.digest_unfit"),
        ("not_genuine", "broken", "signature.content_mismatch"),
    ];
    let signatures = [seal_signature(&lab), attributes.unwrap().to_bytes().unwrap()];
    for (signature, (expected, found_integrity, code)) in signatures.iter().zip(differs) {
        let signature = base64(signature);
        let beside = [
            json!({ "signature": signature, "content": base64(CONTENT) }),
            json!({ "signature": signature, "digest": { "algorithm": "sm3", "value": sm3 }, "content": null }),
        ];
        let mut replies = Vec::new();
        for body in &beside {
            replies.push(client.post(SIGNATURES, body).await);
        }
        assert_eq!(integrity(&replies[0]), "intact");
        let (mut whole, mut part) = (found(&replies[0]), found(&replies[1]));
        // The same, but for the remark that only a digest was seen.
        part.2.retain(|code| code != "signature.digest_only");
        assert_eq!(part.2.len() + 1, found(&replies[1]).2.len());
        whole.2.sort_unstable();
        part.2.sort_unstable();
        assert_eq!(whole, part);
        let other = DigestAlgorithm::Sm3.digest(b"other").hex();
        let body = json!({ "signature": signature, "digest": { "algorithm": "sm3", "value": other } });
        let (verdict, integrity, codes) = found(&client.post(SIGNATURES, &body).await);
        assert_eq!((verdict.as_str(), integrity.as_str()), (expected, found_integrity));
        assert!(codes.contains(&code.to_owned()));
        let sha256 = DigestAlgorithm::Sha256.digest(CONTENT).hex();
        let body = json!({ "signature": signature, "digest": { "algorithm": "sha-256", "value": sha256 } });
        let (verdict, _, codes) = found(&client.post(SIGNATURES, &body).await);
        assert_eq!(verdict, "undetermined");
        assert!(codes.contains(&"signature.digest_unfit".to_owned()));
    }
    let records = world.records();
    assert_eq!(records[0]["operation"], "verify_signature");
    // The record says over which content, under a key, and the same for the content and its digest.
    let digests: Vec<&str> =
        records.iter().map(|record| record["content_digest"].as_str().unwrap()).collect();
    assert_eq!(digests[0], digests[1]);
    assert_ne!(digests[0], digests[2]);
    assert!(!json!(records).to_string().contains(&sm3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_value_is_judged_with_the_certificate_beside() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let lab = Lab::new();
    let signer = &lab.office.signer;
    let values = [signer.key().sign_raw(CONTENT).unwrap().to_vec(), signer.key().sign(CONTENT).unwrap()];
    let e = signer.key().public_key().unwrap().prefixed_digest(CONTENT).unwrap().hex();
    let certificates = [signer.certificate.clone(), pem("CERTIFICATE", &signer.certificate).into_bytes()];
    for (value, certificate) in values.iter().zip(&certificates) {
        let body = |beside: Value| {
            let mut body = json!({ "signature": base64(value), "certificate": base64(certificate) });
            body.as_object_mut().unwrap().extend(beside.as_object().unwrap().clone());
            body
        };
        let reply = client.post(SIGNATURES, &body(json!({ "content": base64(CONTENT) }))).await;
        assert_eq!(
            (integrity(&reply), &reply.body["format"]),
            ("intact".to_owned(), &json!("bare_signature"))
        );
        let digest = json!({ "digest": { "algorithm": "sm3-za", "value": e } });
        assert_eq!(integrity(&client.post(SIGNATURES, &body(digest)).await), "intact");
        // SM3 of the content alone is not what an SM2 signature starts from.
        let sm3 = DigestAlgorithm::Sm3.digest(CONTENT).hex();
        let digest = json!({ "digest": { "algorithm": "sm3", "value": sm3 } });
        let (_, integrity, codes) = found(&client.post(SIGNATURES, &body(digest)).await);
        assert_eq!(
            (integrity.as_str(), codes.contains(&"signature.digest_unfit".to_owned())),
            ("unchecked", true)
        );
    }
    let body = json!({ "signature": base64(&values[1]), "content": base64(CONTENT) });
    assert_eq!(found(&client.post(SIGNATURES, &body).await).2, ["signature.certificate_absent"]);
    let records = world.records();
    assert!(records[0]["signer_digest"].is_string() && records.last().unwrap()["signer_digest"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_context_stands_in_one_place() {
    let world = World::start().await;
    let portal = Client::new(&world.authority, Some(&world.portal), world.asking.address(), "http/1.1");
    let seal = base64(&Lab::new().office.seal.der);
    let send = |headers: Vec<(&'static str, &'static str)>, body: Value| {
        let portal = &portal;
        async move {
            let headers = [&[("content-type", "application/json")], &headers[..]].concat();
            portal.send("POST", SEALS, &headers, body.to_string()).await.unwrap()
        }
    };
    let header = ("tongban-department", EDUCATION);
    let context =
        json!({ "department": EDUCATION, "case": "GZ-1", "operator": "zhang.san", "channel": "counter" });
    assert_eq!(send(vec![], json!({ "seal": seal })).await.body["code"], "caller.department_missing");
    assert_eq!(send(vec![header], json!({ "seal": seal })).await.status, 200);
    assert_eq!(send(vec![], json!({ "seal": seal, "context": context })).await.status, 200);
    let twice = send(vec![header], json!({ "seal": seal, "context": context })).await;
    assert_eq!(twice.body["detail"], "`context.department`: it is there twice");
    let denied = json!({ "seal": seal, "context": { "department": EDUCATION, "purpose": "curiosity" } });
    assert_eq!(send(vec![], denied).await.body["code"], "policy.denied");
    // The refused seal is on record all the same.
    assert!(world.records().last().unwrap()["request_digest"].is_string());
}

/// Bodies that are refused, each with its status, code and detail. None repeats what was sent.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_described_is_refused() {
    let config = "[edge]\nloose_bytes = 4000\n".to_owned();
    let world = World::with(Setup { config, ..Setup::default() }).await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let digest = |algorithm: &str, value: &str| {
        json!({ "signature": "MAA=", "digest": { "algorithm": algorithm, "value": value } }).to_string()
    };
    let cases = [
        ("no JSON", SIGNATURES, "{canary".to_owned()),
        ("nothing", SIGNATURES, "{}".to_owned()),
        ("unknown member", SIGNATURES, r#"{"signature":"MAA=","canary":1}"#.to_owned()),
        ("member twice", SIGNATURES, r#"{"signature":"MAA=","signature":"canary"}"#.to_owned()),
        ("no base64", SIGNATURES, r#"{"signature":"canary!"}"#.to_owned()),
        ("unpadded base64", SIGNATURES, r#"{"signature":"MAA"}"#.to_owned()),
        ("empty signature", SIGNATURES, r#"{"signature":""}"#.to_owned()),
        ("content no base64", SIGNATURES, r#"{"signature":"MAA=","content":"canary!"}"#.to_owned()),
        (
            "content and digest",
            SIGNATURES,
            r#"{"signature":"MAA=","content":"MAA=","digest":{"algorithm":"sm3","value":"canary"}}"#
                .to_owned(),
        ),
        ("digest unknown", SIGNATURES, digest("md5-canary", "00")),
        ("digest too short", SIGNATURES, digest("sm3", "00ca0a")),
        ("digest no hex", SIGNATURES, digest("sha-256", &"canary".repeat(11)[..64])),
        (
            "digest without value",
            SIGNATURES,
            r#"{"signature":"MAA=","digest":{"algorithm":"sm3"}}"#.to_owned(),
        ),
        ("no certificate", SIGNATURES, r#"{"signature":"MAA=","certificate":"MAA="}"#.to_owned()),
        ("context no object", SIGNATURES, r#"{"signature":"MAA=","context":"canary"}"#.to_owned()),
        ("context unknown", SIGNATURES, r#"{"signature":"MAA=","context":{"canary":1}}"#.to_owned()),
        ("context wrong", SIGNATURES, r#"{"signature":"MAA=","context":{"channel":"canary"}}"#.to_owned()),
        ("time claimed", SIGNATURES, r#"{"signature":"MAA=","signed_at":"2026-01-01T00:00:00Z"}"#.to_owned()),
        ("seal for signature", SIGNATURES, r#"{"seal":"MAA="}"#.to_owned()),
        ("signature for seal", SEALS, r#"{"signature":"MAA="}"#.to_owned()),
        ("content for seal", SEALS, r#"{"seal":"MAA=","content":"MAA="}"#.to_owned()),
        ("seal of another type", SEALS, r#"{"seal":["canary"]}"#.to_owned()),
        ("too large", SEALS, format!(r#"{{"seal":"{}"}}"#, "canary00".repeat(1_000))),
    ];
    let mut rows = Vec::new();
    for (name, path, body) in cases {
        let json = [("content-type", "application/json")];
        let reply = client.send("POST", path, &json, body).await.unwrap();
        assert!(reply.body["record"].is_string(), "{name}: {reply:?}");
        assert!(!reply.body.to_string().contains("canary"), "{name}: {reply:?}");
        let text = |member: &str| reply.body[member].as_str().unwrap_or("").to_owned();
        rows.push(format!("{name}\t{}\t{}\t{}", reply.status, text("code"), text("detail")));
    }
    // Apart from the tables of judgements, since it holds codes of refusals.
    golden::compare("../gateway/loose_refusals.tsv", "body\tstatus\tcode\tdetail", &rows);
    let reply = client.send("POST", SEALS, &[], "{}").await.unwrap();
    assert_eq!((reply.status, &reply.body["code"]), (415, &json!("request.wrong_media_type")));
    let reply = client.send("GET", SEALS, &[], "").await.unwrap();
    assert_eq!(reply.status, 405);
    assert!(!json!(world.records()).to_string().contains("canary"));
}
