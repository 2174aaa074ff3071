//! `POST /cache/purge`: an operator lets go of kept answers. It names nobody but by pseudonym, and leaves a record.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use serde::Deserialize;
use serde_json::json;

use super::{Admin, text};
use crate::cache::Purge;
use crate::catalog::ServiceId;
use crate::edge::body::Sent;
use crate::exchange::RequestId;
use crate::identifier::Province;
use crate::sensitive::Sensitive;

/// Where it is.
pub(super) const PATH: &str = "/cache/purge";

/// Bytes of a body. 4 KiB: four names of 64 characters, and room.
const BODY_BYTES: usize = 4 << 10;

/// Characters of the operator's name, as in requests of systems.
const NAME_CHARACTERS: usize = 64;

/// The body, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Who wants it; recorded as a pseudonym.
    operator: Sensitive<String>,
    /// The pseudonym of whoever was asked about, as records have it.
    subject: Option<String>,
    service: Option<String>,
    province: Option<String>,
}

impl Admin {
    pub(super) async fn purge(&self, request: Request<Sent>) -> Response<Full<Bytes>> {
        if request.method() != Method::POST {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only POST\n".to_owned());
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        let Some(token) = &self.operators else {
            return text(StatusCode::FORBIDDEN, "the config names no `operator_token`\n".to_owned());
        };
        if !shown(request.headers()).is_some_and(|shown| token.is(shown)) {
            let mut response = text(
                StatusCode::UNAUTHORIZED,
                "show the operators' token as `Authorization: Bearer`\n".to_owned(),
            );
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return response;
        }
        let body = Limited::new(request.into_body(), BODY_BYTES).collect();
        let Ok(Ok(body)) = tokio::time::timeout(self.body_time, body).await else {
            return text(
                StatusCode::BAD_REQUEST,
                "the body is too large, too slow or not whole\n".to_owned(),
            );
        };
        let (operator, purge) = match read(&body.to_bytes()) {
            Ok(wanted) => wanted,
            Err(problem) => return text(StatusCode::BAD_REQUEST, format!("{problem}\n")),
        };
        let Ok(id) = RequestId::random() else {
            return text(StatusCode::INTERNAL_SERVER_ERROR, "the gateway failed\n".to_owned());
        };
        let exchange = Arc::clone(&self.exchange);
        // A task of its own, so that nobody hangs up between the work and its record.
        let work = tokio::spawn(async move { (exchange.purge(&id, purge, &operator).await, id) });
        match work.await {
            Ok((Ok((purged, evidence)), id)) => {
                let answer = json!({
                    "purged": purged, "record": evidence.recorded().id(), "generation": evidence.generation(),
                    "request_id": id.as_str(),
                });
                let mut response = text(StatusCode::OK, format!("{answer}\n"));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Ok((Err(unrecorded), _)) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{unrecorded}\n")),
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "the gateway failed\n".to_owned()),
        }
    }
}

/// The token that a request shows (RFC 6750 §2.1).
fn shown(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn read(body: &[u8]) -> Result<(Sensitive<String>, Purge), &'static str> {
    const EXPECTED: &str =
        "the body is not JSON of `operator` and of `subject`, `service` and `province`, one of them at least";
    let Wanted { operator, subject, service, province } =
        serde_json::from_slice(body).map_err(|_| EXPECTED)?;
    let name = operator.expose();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS || name.chars().any(char::is_control) {
        return Err("`operator` is no name of 1 to 64 characters");
    }
    let hex = |text: &String| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if subject.as_ref().is_some_and(|subject| !hex(subject)) {
        // Not repeated: it may be the number of a person.
        return Err("`subject` is no pseudonym of 32 hexadecimal digits, as records have it");
    }
    let service = service.map(|text| ServiceId::parse(&text).ok_or("`service` is no name of a service"));
    let province = province.map(|text| Province::parse(&text).map_err(|_| "`province` is no province"));
    let subject = subject.map(|subject| subject.to_ascii_lowercase());
    let purge = Purge { subject, service: service.transpose()?, province: province.transpose()? };
    if purge.is_of_everything() { Err(EXPECTED) } else { Ok((operator, purge)) }
}
