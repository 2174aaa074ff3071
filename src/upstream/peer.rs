//! The gateway of another province: the same operation over mutual TLS, decided again and cut over there.
//!
//! Asked with `POST /v1/exchange/{province}/{service}`, the errand as body. Answered with 200 and
//! `{"outcome","data","data_as_of","withheld",…}`, or with a problem document (RFC 9457) whose `code` says why not.

use http::StatusCode;
use http::header::RETRY_AFTER;
use serde_json::Value;

use super::pool::{Pool, Received};
use super::rest::answer;
use super::{BadAnswer, BuildError, Call, Config, Destination, Errand, Error};
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
        let body = errand.to_json().to_string().into_bytes();
        let received = self.pool.post(path, call, body).await?;
        match received.status {
            StatusCode::OK => answer(&received).map_err(Error::BadAnswer),
            status => Err(refusal(status, &received)),
        }
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
