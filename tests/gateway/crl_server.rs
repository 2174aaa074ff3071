//! An authority's web server, which gives one list under every path, knows whether it was changed since, and may be away.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tongban::crypto::DigestAlgorithm;

#[derive(Default)]
struct State {
    /// `None` while it is away.
    list: Option<Vec<u8>>,
    /// Answers by their status.
    answered: Vec<u16>,
}

#[derive(Clone)]
pub(crate) struct CrlServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl CrlServer {
    pub(crate) async fn start(list: Vec<u8>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { list: Some(list), answered: Vec::new() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = socket.accept().await else { return };
                if shared.lock().unwrap().list.is_none() {
                    continue;
                }
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| {
                    let response = answer(&shared, &request);
                    async move { Ok::<_, Infallible>(response) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/root.crl", self.address)
    }

    pub(crate) fn give(&self, list: Vec<u8>) {
        self.state.lock().unwrap().list = Some(list);
    }

    pub(crate) fn go_away(&self) {
        self.state.lock().unwrap().list = None;
    }

    /// The statuses of all answers since this was asked last.
    pub(crate) fn answered(&self) -> Vec<u16> {
        std::mem::take(&mut self.state.lock().unwrap().answered)
    }
}

fn answer(state: &Mutex<State>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut state = state.lock().unwrap();
    let list = state.list.clone().unwrap_or_default();
    let tag = format!("\"{}\"", DigestAlgorithm::Sm3.digest(&list).hex());
    let known =
        request.headers().get("if-none-match").is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    state.answered.push(status.as_u16());
    let body = if known { Bytes::new() } else { list.into() };
    Response::builder().status(status).header("etag", tag).body(Full::new(body)).unwrap()
}
