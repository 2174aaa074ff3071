//! The gateway of another province, suspended by one officer: it may not ask here, and is not asked, cached answers included.

use serde_json::json;

use crate::client::{Client, question};
use crate::trust::suspend;
use crate::world::World;

const THERE: &str = "/v1/exchange/43/sb.insured.query";
const HERE: &str = "/v1/exchange/44/sb.insured.query";

fn hall(world: &World) -> Client {
    Client::new(&world.authority, Some(&world.hall), world.asking.address(), "http/1.1")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_gateway_is_not_asked() {
    let world = World::start().await;
    assert_eq!(hall(&world).post(THERE, &question()).await.status, 200);
    let calls = world.provider.calls();
    suspend(&world.scratch.path().join("44"), "gateway", "43");
    world.asking.reload().await.unwrap();
    // What was kept of it counts for no more than what it would say.
    let reply = hall(&world).post(THERE, &question()).await;
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("policy.denied")), "{reply:?}");
    assert_eq!(reply.body["reason"], "suspended");
    assert!(reply.body["mend"].as_str().unwrap().contains("ask the security officer"), "{reply:?}");
    assert_eq!(hall(&world).post(HERE, &question()).await.status, 200);
    assert_eq!(world.provider.calls(), calls + 1, "by this province's own provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_gateway_may_not_ask() {
    let world = World::start().await;
    suspend(&world.scratch.path().join("43"), "gateway", "44");
    world.providing.reload().await.unwrap();
    let reply = hall(&world).post(THERE, &question()).await;
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("upstream.refused")), "{reply:?}");
    assert_eq!(reply.body["upstream"]["code"], "caller.unidentified");
    assert_eq!(world.provider.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_no_other_to_itself() {
    // Several provinces may read one publication, of which one is suspended.
    let world = World::start().await;
    suspend(&world.scratch.path().join("44"), "gateway", "44");
    world.asking.reload().await.unwrap();
    for path in [HERE, THERE] {
        assert_eq!(hall(&world).post(path, &question()).await.status, 200, "{path}");
    }
}
