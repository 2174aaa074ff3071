//! One upstream's pool of connections: bounded requests at once, a deadline on each, answers of bounded size.
//! It knows nothing of what is asked; `peer` and `rest` give it bodies and read the answers.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::connector::Connector;
use super::json::Unique;
use super::{BadAnswer, BuildError, Call, Config, Deadline, Destination, Error, Security};
use crate::cache::Reuse;
use crate::media_type;

/// The pool to one endpoint.
pub(super) struct Pool {
    client: Client<Connector, Full<Bytes>>,
    scheme: Scheme,
    authority: Authority,
    slots: Semaphore,
    wait: Duration,
    patience: Duration,
    answer_bytes: usize,
}

/// What came back, whatever its status.
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Pool {
    /// A pool to `destination`; connects only when something is asked.
    pub(super) fn new(destination: &Destination, config: &Config) -> Result<Self, BuildError> {
        let Destination { endpoint, in_flight } = destination;
        let places = in_flight.unwrap_or(config.in_flight).size();
        let connector = Connector::new(endpoint, config.connect_ms.duration())?;
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle_seconds.duration())
            .pool_max_idle_per_host(usize::try_from(config.idle_connections).unwrap_or(usize::MAX))
            .http2_keep_alive_interval(config.ping_seconds.duration())
            .http2_keep_alive_while_idle(true)
            // Only requests that never left are sent again, over a connection that turned out to be closed.
            .retry_canceled_requests(true)
            .build(connector);
        let (scheme, host) = match &endpoint.security {
            Security::Plain => (Scheme::HTTP, endpoint.host.as_str()),
            Security::Tls { .. } => (Scheme::HTTPS, endpoint.host.as_str()),
        };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let authority = format!("{host}:{}", endpoint.port).parse().map_err(|_| BuildError::Host)?;
        Ok(Self {
            client,
            scheme,
            authority,
            slots: Semaphore::new(places.min(Semaphore::MAX_PERMITS)),
            wait: Duration::from_millis(config.wait_ms.into()),
            patience: config.timeout_ms.duration(),
            answer_bytes: config.answer_bytes.size(),
        })
    }

    /// Posts `body` as JSON to `path` and reads the answer whole, all before the deadline of `call`.
    pub(super) async fn post(
        &self,
        path: PathAndQuery,
        call: Call<'_>,
        body: Vec<u8>,
    ) -> Result<Received, Error> {
        let deadline = call.deadline.at_most(self.patience);
        let wait = deadline.at_most(self.wait).instant();
        let _slot = timeout_at(wait, self.slots.acquire())
            .await
            .map_err(|_| Error::Busy)?
            .map_err(|_| Error::Busy)?;

        let uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
            .map_err(|_| Error::Unreachable)?;
        let left = u64::try_from(deadline.left_for_next_hop().as_millis()).unwrap_or(u64::MAX);
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(Deadline::HEADER, HeaderValue::from(left));
        if let Ok(id) = HeaderValue::from_str(call.request_id) {
            headers.insert(super::REQUEST_ID_HEADER, id);
        }
        if call.reused > 0 {
            headers.insert(Reuse::HEADER, HeaderValue::from(call.reused));
        }

        timeout_at(deadline.instant(), self.exchange(request)).await.map_err(|_| Error::Deadline)?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Received, Error> {
        let response = self.client.request(request).await.map_err(|error| {
            // The causes are those of sockets and TLS; nothing of the request is in them.
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(upstream = %self.authority, %error, cause, "upstream failed");
            if error.is_connect() { Error::Unreachable } else { Error::Interrupted }
        })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.answer_bytes).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Error::BadAnswer(BadAnswer::TooLarge)
            } else {
                Error::Interrupted
            }
        })?;
        Ok(Received { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }
}

impl Received {
    /// The body, if it is labeled as JSON of some kind.
    pub(super) fn text(&self) -> Result<&str, BadAnswer> {
        let labeled = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !media_type::is_json(labeled) {
            return Err(BadAnswer::MediaType);
        }
        std::str::from_utf8(&self.body).map_err(|_| BadAnswer::Json)
    }

    /// The same, read.
    pub(super) fn json(&self) -> Result<serde_json::Value, BadAnswer> {
        serde_json::from_str(self.text()?).map(|Unique(value)| value).map_err(|_| BadAnswer::Json)
    }
}
