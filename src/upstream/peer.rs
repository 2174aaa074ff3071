//! The gateway of another province: the same operation over mutual TLS, decided again and cut over there.
//!
//! Asked with `POST /v1/exchange/{province}/{service}`, the errand as body. Answered with 200 and
//! `{"outcome","data","data_as_of","withheld",…}`, or with a problem document (RFC 9457) whose `code` says why not.

use http::header::RETRY_AFTER;
use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::pool::{Pool, Received};
use super::rest::Envelope;
use super::{BadAnswer, BuildError, Call, Config, Destination, Errand, Error, Passage};
use crate::disclosure::Answer;
use crate::identifier::Province;

/// A peer gateway with its pool.
pub(super) struct Peer {
    province: Province,
    pool: Pool,
}

impl Peer {
    pub(super) fn new(
        province: Province,
        gateway: &Destination,
        config: &Config,
    ) -> Result<Self, BuildError> {
        Ok(Self { province, pool: Pool::new(gateway, config)? })
    }

    pub(super) async fn ask(&self, call: Call<'_>, errand: &Errand) -> Result<Answer, Error> {
        let path = format!("/v1/exchange/{}/{}", self.province, errand.service);
        // Digits, letters, dots and underscores: always a path.
        let path = path.parse().map_err(|_| Error::Unreachable)?;
        let body = errand.to_json_with_evidence().to_string().into_bytes();
        let received = self.pool.post(path, call, body).await?;
        match received.status {
            StatusCode::OK => {
                let envelope = Envelope::read(&received).map_err(Error::BadAnswer)?;
                let (withheld, unfit) = (names(envelope.withheld()), names(envelope.unfit()));
                let answer = envelope.answer(&received).map_err(Error::BadAnswer)?;
                Ok(answer.cut_elsewhere(withheld, unfit))
            }
            status => Err(refusal(status, &received)),
        }
    }
}

impl Peer {
    /// Passes `passage` on; gives the members of the answer.
    pub(super) async fn pass(
        &self,
        call: Call<'_>,
        passage: Passage<'_>,
    ) -> Result<Map<String, Value>, Error> {
        let (method, path, body) = match passage {
            Passage::Report(body) => (Method::POST, "/v1/corrections".to_owned(), Some(body)),
            Passage::Show(ticket) => (Method::GET, format!("/v1/corrections/{ticket}"), None),
            Passage::Withdraw(ticket, body) => {
                (Method::POST, format!("/v1/corrections/{ticket}/withdraw"), Some(body))
            }
        };
        let path = path.parse().map_err(|_| Error::Unreachable)?;
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let received = self.pool.send(method, path, call, body).await?;
        match received.status {
            StatusCode::OK | StatusCode::CREATED => members(&received).map_err(Error::BadAnswer),
            status => Err(refusal(status, &received)),
        }
    }
}

/// The members of the object that was received.
fn members(received: &Received) -> Result<Map<String, Value>, BadAnswer> {
    match received.json()? {
        Value::Object(members) => Ok(members),
        _ => Err(BadAnswer::Members),
    }
}

/// The names that a member of an answer lists.
fn names(member: Option<&Value>) -> Vec<String> {
    match member {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What a problem document of the peer means here. Its texts are not passed on; its code is, if it looks like one.
fn refusal(status: StatusCode, received: &Received) -> Error {
    let problem = received.json().unwrap_or(Value::Null);
    let name = |member: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let text = problem.get(member).and_then(Value::as_str)?;
        ((1..=64).contains(&text.len()) && text.bytes().all(plain)).then(|| text.to_owned())
    };
    match name("code") {
        Some(code) if status.is_client_error() => Error::Refused {
            code,
            record: name("record"),
            retry_after: received
                .headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok()),
        },
        _ if status == StatusCode::GATEWAY_TIMEOUT => Error::Deadline,
        _ if status.is_server_error() => Error::Failed { status: status.as_u16() },
        _ => Error::BadAnswer(BadAnswer::Members),
    }
}
