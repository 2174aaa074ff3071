//! One GET over a connection of its own, bounded in size and time: for what is read now and then, such as publications.
//! It keeps no connection, follows no redirect and tries nothing twice; who asks comes again.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ETAG, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use serde::{Deserialize, Serialize};
use tower_service::Service;

use super::connector::Connector;
use super::{BadAnswer, Endpoint, Error};

/// What tells whether something has changed since (RFC 9110 §8.8), in the server's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What a GET brought.
#[derive(Debug)]
pub enum Fetched {
    /// There is no such thing.
    Absent,
    /// It is what it was.
    Unchanged,
    /// All of it.
    Whole(Bytes, Validators),
}

/// Gets `path` from `endpoint`; `None` if there is no such thing. More than `limit` bytes, or more time than `within`, are
/// errors.
pub async fn fetch(
    endpoint: &Endpoint,
    path: &str,
    limit: usize,
    within: Duration,
) -> Result<Option<Bytes>, Error> {
    match fetch_changed(endpoint, path, &Validators::default(), limit, within).await? {
        Fetched::Whole(bytes, _) => Ok(Some(bytes)),
        Fetched::Absent | Fetched::Unchanged => Ok(None),
    }
}

/// The same for something that was got before, with the validators that came with it.
pub async fn fetch_changed(
    endpoint: &Endpoint,
    path: &str,
    since: &Validators,
    limit: usize,
    within: Duration,
) -> Result<Fetched, Error> {
    tokio::time::timeout(within, get(endpoint, path, since, limit, within))
        .await
        .map_err(|_| Error::Deadline)?
}

async fn get(
    endpoint: &Endpoint,
    path: &str,
    since: &Validators,
    limit: usize,
    within: Duration,
) -> Result<Fetched, Error> {
    let mut connector = Connector::http1(endpoint, within).map_err(|_| Error::Unreachable)?;
    let stream = connector.call(http::Uri::default()).await.map_err(|_| Error::Unreachable)?;
    let (mut sender, connection) = http1::handshake(stream).await.map_err(|_| Error::Interrupted)?;
    let host =
        if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    let request = Request::get(path).header(HOST, format!("{host}:{}", endpoint.port));
    let mut request = request.body(Empty::<Bytes>::new()).map_err(|_| Error::Unreachable)?;
    since.ask(request.headers_mut());
    let answer = async {
        let response = sender.send_request(request).await.map_err(|_| Error::Interrupted)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if *since != Validators::default() => return Ok(Fetched::Unchanged),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Fetched::Absent),
            status => return Err(Error::Failed { status: status.as_u16() }),
        }
        let validators = Validators::of(response.headers());
        match Limited::new(response.into_body(), limit).collect().await {
            Ok(body) => Ok(Fetched::Whole(body.to_bytes(), validators)),
            Err(error) if error.is::<LengthLimitError>() => Err(Error::BadAnswer(BadAnswer::TooLarge)),
            Err(_) => Err(Error::Interrupted),
        }
    };
    tokio::pin!(answer);
    tokio::select! {
        answered = &mut answer => answered,
        // The connection ends with its answer, or before it.
        _ = connection => answer.await,
    }
}

/// Bytes of one validator that is remembered. Those of servers in use have under 100.
const LONGEST: usize = 256;

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| {
            let value = headers.get(name)?.to_str().ok()?;
            (value.len() <= LONGEST).then(|| value.to_owned())
        };
        Self { etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }

    fn ask(&self, headers: &mut HeaderMap) {
        for (name, value) in [(IF_NONE_MATCH, &self.etag), (IF_MODIFIED_SINCE, &self.last_modified)] {
            let value = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok());
            value.map(|value| headers.insert(name, value));
        }
    }
}
