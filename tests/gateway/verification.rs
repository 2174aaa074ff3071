//! License files judged over HTTP: the same JSON as the command line, permitted, counted, recorded.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tongban::crypto::{DigestAlgorithm, Engine, HasLanes};
use tongban::demo::forge::Layout;

use crate::client::Client;
use crate::lab::Lab;
use crate::trust::suspend;
use crate::world::{EDUCATION, HOUSING, PATIENCE, Setup, World};

/// SM3 of the bytes `no license`, as `openssl dgst -sm3` prints it.
const NO_LICENSE_SM3: &str = "8610236c9819dffbc3db4391a8c4b567bf0cc3c75a28afbe4d9d26d251d12439";

const VERIFY: &str = "/v1/licenses/verify";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_judged_and_recorded() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let reply = client.send("POST", VERIFY, &[], "no license").await.unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_ne!(reply.body["verdict"], "genuine");
    for member in ["file", "format", "reasons", "signatures", "license", "status", "copy", "usable"] {
        assert!(reply.body.get(member).is_some(), "{member}");
    }
    let english = reply.body["reasons"][0]["text"].clone();
    let chinese = [("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")];
    let reply = client.send("POST", VERIFY, &chinese, "no license").await.unwrap();
    assert_ne!(reply.body["reasons"][0]["text"], english);
    assert_eq!(reply.body["generation"], 1);

    let records = world.records();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["operation"], "verify");
    assert_eq!(records[0]["department"], HOUSING);
    assert_eq!(records[0]["purpose"], "license_verification");
    assert_eq!(records[0]["outcome"], reply.body["verdict"]);
    // SM3 of the file, so that whoever holds it finds its records.
    assert_eq!(records[0]["request_digest"], NO_LICENSE_SM3);
    assert!(records[0]["reasons"].as_array().unwrap().contains(&reply.body["reasons"][0]["code"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_is_on_record_by_its_digest() {
    let world = World::start().await;
    let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), "h2");
    let reply = client.send("POST", VERIFY, &[("tongban-purpose", "curiosity")], "no license").await.unwrap();
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("policy.denied")));
    assert_eq!(world.records()[0]["request_digest"], NO_LICENSE_SM3);
}

#[tokio::test(flavor = "multi_thread")]
async fn department_and_purpose_are_named_in_headers_or_in_the_query() {
    let world = World::start().await;
    let portal = Client::new(&world.authority, Some(&world.portal), world.asking.address(), "http/1.1");
    let send = |path: String, headers: Vec<(&'static str, &'static str)>| {
        let portal = &portal;
        async move { portal.send("POST", &path, &headers, "no license").await.unwrap() }
    };
    let department = ("tongban-department", EDUCATION);
    assert_eq!(send(VERIFY.to_owned(), vec![]).await.body["code"], "caller.department_missing");
    assert_eq!(send(VERIFY.to_owned(), vec![department]).await.status, 200);
    let named = format!("{VERIFY}?department={}&purpose=license_verification", EDUCATION.replace('@', "%40"));
    assert_eq!(send(named.clone(), vec![]).await.status, 200);
    assert_eq!(send(named, vec![department]).await.body["code"], "request.malformed");
    assert_eq!(send(format!("{VERIFY}?color=red"), vec![department]).await.body["code"], "request.malformed");
    let purpose = ("tongban-purpose", "curiosity");
    assert_eq!(send(VERIFY.to_owned(), vec![department, purpose]).await.body["code"], "policy.denied");
    let wrapped = ("content-type", "multipart/form-data; boundary=x");
    assert_eq!(send(VERIFY.to_owned(), vec![department, wrapped]).await.status, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_over_the_limit_is_refused() {
    let config = "[verify.limits]\nfile_bytes = 1000\n".to_owned();
    let world = World::with(Setup { config, ..Setup::default() }).await;
    for protocol in ["h2", "http/1.1"] {
        let client = Client::new(&world.authority, Some(&world.hall), world.asking.address(), protocol);
        assert_eq!(client.send("POST", VERIFY, &[], vec![0; 1000]).await.unwrap().status, 200);
        let reply = client.send("POST", VERIFY, &[], vec![0; 1001]).await.unwrap();
        assert_eq!((reply.status, &reply.body["code"]), (413, &json!("request.too_large")));
    }
    assert_eq!(world.records().len(), 4);
}

/// Sound licenses in every layout, each with a changed page and with a changed signature beside it.
fn licenses() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for layout in Layout::ALL {
        let sealed = Lab::with(layout).sealed();
        files.push(sealed.to_zip().unwrap());
        for entry in ["Doc_0/Pages/Page_0/Content.xml", "Doc_0/Signs/Sign_0/SignedValue.dat"] {
            let mut forged = sealed.clone();
            forged.edit(entry, |content| *content.last_mut().unwrap() ^= 1).unwrap();
            files.push(forged.to_zip().unwrap());
        }
    }
    files
}

/// The key of an anchor checks with a table from the start, and after its suspension no longer.
#[tokio::test(flavor = "multi_thread")]
async fn anchors_have_tables_while_they_hold() {
    let root = Lab::new().hierarchy.root.certificate().to_vec();
    let world = World::with(Setup { anchors: vec![root.clone()], ..Setup::default() }).await;
    let published = world.asking.exchange().rulebook();
    let has_tables = || published.anchors.keys().filter(|key| key.has_table()).count();
    let made = async {
        while has_tables() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, made).await.expect("a table");
    assert_eq!(has_tables(), 1);
    suspend(&world.scratch.path().join("44"), "anchor", &DigestAlgorithm::Sha256.digest(&root).hex());
    world.asking.reload().await.unwrap();
    assert_eq!(has_tables(), 0);
}

/// What one gateway says of files that come at the same time with instructions for many lanes, another says without them.
#[tokio::test(flavor = "multi_thread")]
async fn verdicts_are_the_same_without_lanes() {
    let files: Vec<Vec<u8>> = licenses().into_iter().cycle().take(24).collect();
    let mut said: Vec<Vec<Value>> = Vec::new();
    for lanes in [true, false] {
        let config = format!("[verify]\nlanes = {lanes}\nworkers = 1\n[cache]\nverdicts = false\n");
        let anchors = vec![Lab::new().hierarchy.root.certificate().to_vec()];
        let world = World::with(Setup { config, anchors, ..Setup::default() }).await;
        let HasLanes { sm2, sm3 } = if lanes { Engine::detect() } else { Engine::portable() }.has_lanes();
        for (engine, used) in [("sm2", sm2), ("sm3", sm3)] {
            let line = format!("tongban_verifier_lanes{{engine=\"{engine}\"}} {}", u8::from(used));
            world.until_shown(&line).await;
        }
        let address = world.asking.address();
        let client = Arc::new(Client::new(&world.authority, Some(&world.hall), address, "h2"));
        let mut requests = JoinSet::new();
        for (at, file) in files.iter().cloned().enumerate() {
            let client = Arc::clone(&client);
            requests.spawn(async move { (at, client.send("POST", VERIFY, &[], file).await.unwrap()) });
        }
        let mut replies = requests.join_all().await;
        replies.sort_by_key(|(at, _)| *at);
        let bodies = replies.into_iter().map(|(_, reply)| {
            assert_eq!(reply.status, 200, "{reply:?}");
            let mut body = reply.body;
            for member in ["record", "request_id"] {
                body[member].take();
            }
            body["status"]["as_of"].take();
            body
        });
        said.push(bodies.collect());
    }
    assert_eq!(said[0], said[1]);
    for verdict in ["genuine", "not_genuine"] {
        assert!(said[0].iter().any(|body| body["verdict"] == verdict), "{verdict}");
    }
}
