//! The listener for operators: `/healthz`, `/readyz`, `/metrics`, `/trust`, and `/cache/purge`, which changes something and so
//! wants a token. Plain HTTP, on this machine unless set otherwise. It answers nothing about requests, callers or persons.

mod purge;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::body::Sent;
use super::connection::Service;
use super::credential::Credential;
use crate::crypto::BearerToken;
use crate::exchange::Exchange;
use crate::manifest::KeyName;
use crate::metrics::Metrics;

/// What operators are told.
pub(super) struct Admin {
    pub(super) exchange: Arc<Exchange>,
    pub(super) metrics: Metrics,
    pub(super) draining: watch::Receiver<bool>,
    /// What operators show who may change something.
    pub(super) operators: Option<Arc<BearerToken>>,
    /// How long a body may take.
    pub(super) body_time: Duration,
}

impl Service for Admin {
    type Body = Full<Bytes>;

    async fn answer(
        self: Arc<Self>,
        _: Option<Arc<Credential>>,
        request: Request<Sent>,
    ) -> Response<Full<Bytes>> {
        if request.uri().path() == purge::PATH {
            return self.purge(request).await;
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned());
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match request.uri().path() {
            // The process runs and its loop turns; nothing else would be helped by a restart.
            "/healthz" => text(StatusCode::OK, "ok\n".to_owned()),
            "/readyz" => self.ready(),
            "/metrics" => {
                self.exchange.tell();
                let mut response = text(StatusCode::OK, self.metrics.encode());
                let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(openmetrics));
                response
            }
            "/trust" => {
                let mut response = text(StatusCode::OK, format!("{}\n", self.trust()));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            _ => text(
                StatusCode::NOT_FOUND,
                "there are /healthz, /readyz, /metrics, /trust and /cache/purge\n".to_owned(),
            ),
        }
    }
}

impl Admin {
    /// Which manifest is in effect, and what is suspended. It names officers by their keys' names, and no other person.
    fn trust(&self) -> Value {
        let rulebook = self.exchange.rulebook();
        let accepted = rulebook.standing.in_effect();
        let manifest = accepted.manifest();
        let approved: Vec<&str> = accepted.signed().approved().iter().map(KeyName::as_str).collect();
        let suspensions = rulebook.standing.suspensions().map(|suspended| {
            let suspension = suspended.suspension();
            json!({
                "digest": suspension.digest().hex(), "kind": suspension.subject.kind(),
                "id": suspension.subject.id(), "since": suspension.since, "officer": suspended.officer().as_str(),
            })
        });
        json!({
            "generation": rulebook.generation, "publication": manifest.publication.to_string(),
            "version": manifest.version, "digest": manifest.digest().hex(), "created": manifest.created,
            "expires": manifest.expires, "break_glass": manifest.break_glass, "approved": approved,
            "suspensions": suspensions.collect::<Vec<_>>(),
        })
    }

    fn ready(&self) -> Response<Full<Bytes>> {
        if *self.draining.borrow() {
            text(StatusCode::SERVICE_UNAVAILABLE, "draining\n".to_owned())
        } else if self.exchange.ledger().is_open() {
            text(StatusCode::OK, format!("ready, generation {}\n", self.exchange.rulebook().generation))
        } else {
            text(StatusCode::SERVICE_UNAVAILABLE, "the ledger has failed\n".to_owned())
        }
    }
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
