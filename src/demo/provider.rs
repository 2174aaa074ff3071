//! Stand-ins for the systems that hold data: JSON over HTTP on the loopback interface.
//! They answer what a provider system would, for people who do not exist, and check nothing.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::forge::NEWBORN;
use super::people::{Person, birth, record};
use crate::clock::{Clock, SystemClock};

/// Bytes of one question. The gateway's are below 4 KiB.
const QUESTION_BYTES: usize = 64 << 10;

/// The service that tells whether a license is in force.
pub const LICENSE_STATE: &str = "zz.license.state";

/// The service that tells of births.
pub const BIRTH_CERTIFICATE: &str = "hj.birthcert.query";

/// What a provider system knows.
struct Holdings {
    people: Vec<Person>,
    /// Identifiers of licenses in force.
    licenses: Vec<String>,
}

/// One provider system that listens. Dropping it ends it.
#[derive(Debug)]
pub struct Provider {
    address: SocketAddr,
    asked: Arc<AtomicU64>,
    task: AbortHandle,
}

impl Provider {
    /// Listens on a free port of 127.0.0.1 and answers for `people`.
    pub async fn start(people: Vec<Person>) -> io::Result<Self> {
        Self::serve(Holdings { people, licenses: Vec::new() }).await
    }

    /// The same for a registry in which the licenses with these identifiers are in force.
    pub async fn registry(licenses: Vec<String>) -> io::Result<Self> {
        Self::serve(Holdings { people: Vec::new(), licenses }).await
    }

    async fn serve(holdings: Holdings) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let asked = Arc::new(AtomicU64::new(0));
        let (holdings, counter) = (Arc::new(holdings), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (holdings, counter) = (Arc::clone(&holdings), Arc::clone(&counter));
                let service =
                    service_fn(move |request| answer(request, Arc::clone(&holdings), Arc::clone(&counter)));
                tokio::spawn(async move {
                    // A caller that breaks off is its own affair.
                    let _ = auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Self { address, asked, task: task.abort_handle() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many questions it was asked.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    request: Request<Incoming>,
    holdings: Arc<Holdings>,
    asked: Arc<AtomicU64>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    asked.fetch_add(1, Ordering::SeqCst);
    let body = Limited::new(request.into_body(), QUESTION_BYTES).collect().await;
    let question: Option<Value> = body.ok().and_then(|body| serde_json::from_slice(&body.to_bytes()).ok());
    let mut response = Response::new(Full::default());
    match question.as_ref().and_then(|question| look_up(question, &holdings)) {
        Some(answer) => *response.body_mut() = Full::from(answer.to_string()),
        None => *response.status_mut() = hyper::StatusCode::BAD_REQUEST,
    }
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The answer to a question; `None` if it names no service that is known here.
fn look_up(question: &Value, holdings: &Holdings) -> Option<Value> {
    let service = question.get("service")?.as_str()?;
    let subject = question.get("context")?.get("subject")?.as_str()?;
    let now = SystemClock.now();
    if service == LICENSE_STATE {
        let data = json!({ "zzbs": subject, "zzzt": "有效" });
        let known = holdings.licenses.iter().any(|license| license == subject);
        let (outcome, data) = if known { ("answered", data) } else { ("no_record", Value::Null) };
        return Some(json!({ "outcome": outcome, "data": data, "data_as_of": now }));
    }
    if service == BIRTH_CERTIFICATE {
        let known = subject == NEWBORN;
        let (outcome, data) = if known { ("answered", birth()) } else { ("no_record", Value::Null) };
        return Some(json!({ "outcome": outcome, "data": data, "data_as_of": now }));
    }
    let Some(person) = holdings.people.iter().find(|person| person.number.expose() == subject) else {
        return Some(json!({ "outcome": "no_record", "data_as_of": now }));
    };
    Some(json!({ "outcome": "answered", "data": record(service, person)?, "data_as_of": now }))
}
