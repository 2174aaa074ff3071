//! A provider system that answers as it is told, and counts how often it was asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::world::NAME;

/// How the provider behaves.
#[derive(Clone)]
pub(crate) enum Behavior {
    /// With 200, JSON and this body.
    Answer(Value),
    /// With 200 and this media type and body.
    Raw(&'static str, Vec<u8>),
    /// With this status and nothing else.
    Status(u16),
    /// Not before it is told to.
    Wait(Arc<Notify>, Value),
}

pub(crate) struct Provider {
    address: SocketAddr,
    behavior: Arc<Mutex<Behavior>>,
    calls: Arc<AtomicUsize>,
    asked: Arc<Mutex<Option<Value>>>,
    reused: Arc<Mutex<Option<String>>>,
    pub(crate) called: Arc<Notify>,
}

/// What it answers unless told otherwise: everything the catalog has about insurance, and one field it has not.
pub(crate) fn insured() -> Value {
    json!({
        "outcome": "answered",
        "data_as_of": "2026-11-01T00:00:00Z",
        "data": {
            "aac001": "4300010001", "aab001": "430001", "bab010": "91430000DEM0000001", "aab004": NAME,
            "aae140": "110", "aac008": "1", "aac031": "1", "aae030": "201801", "aae031": "202612", "aab301": "430100",
            "bank_account": "6222000000000000"
        }
    })
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let behavior = Arc::new(Mutex::new(Behavior::Answer(insured())));
        let (calls, asked, called) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(None)), Arc::new(Notify::new()));
        let reused = Arc::new(Mutex::new(None));
        let shared = (
            Arc::clone(&behavior),
            Arc::clone(&calls),
            Arc::clone(&asked),
            Arc::clone(&called),
            Arc::clone(&reused),
        );
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = socket.accept().await else { return };
                let shared = shared.clone();
                let service = service_fn(move |request| answer(shared.clone(), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, behavior, calls, asked, reused, called }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) fn behave(&self, behavior: Behavior) {
        *self.behavior.lock().unwrap() = behavior;
    }

    /// How often it was asked.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// How many answers it was told, with the last question, that were given again.
    pub(crate) fn reused(&self) -> Option<String> {
        self.reused.lock().unwrap().clone()
    }

    /// What it was asked last.
    pub(crate) fn asked(&self) -> Value {
        self.asked.lock().unwrap().clone().unwrap()
    }
}

type Shared = (
    Arc<Mutex<Behavior>>,
    Arc<AtomicUsize>,
    Arc<Mutex<Option<Value>>>,
    Arc<Notify>,
    Arc<Mutex<Option<String>>>,
);

async fn answer(shared: Shared, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (behavior, calls, asked, called, reused) = shared;
    calls.fetch_add(1, Ordering::SeqCst);
    let told = request.headers().get("tongban-reused-answers");
    *reused.lock().unwrap() = told.map(|value| value.to_str().unwrap().to_owned());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    *asked.lock().unwrap() = Some(serde_json::from_slice(&body).unwrap());
    called.notify_one();
    let behavior = behavior.lock().unwrap().clone();
    let (status, media_type, body) = match behavior {
        Behavior::Answer(body) => (200, "application/json", body.to_string().into_bytes()),
        Behavior::Raw(media_type, body) => (200, media_type, body),
        Behavior::Status(status) => (status, "text/plain", Vec::new()),
        Behavior::Wait(until, body) => {
            until.notified().await;
            (200, "application/json", body.to_string().into_bytes())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", media_type.parse().unwrap());
    Ok(response)
}
