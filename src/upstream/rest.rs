//! A provider system of this province: JSON over HTTPS.
//!
//! Asked with `POST` to the configured URL, the body `{"service","context":{…},"query":{…}}`. Answered with 200 and
//! `{"outcome":"answered|no_record|mismatch|partial|under_correction|unavailable","data":{…},"data_as_of":RFC 3339}`;
//! `data` may be left out where there is none. Any other status is a failure: a 404 of some proxy on the way must
//! never read as *this person has no record*.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::AGE;
use http::uri::PathAndQuery;
use serde_json::Value;

use super::pool::{Pool, Received};
use super::{BadAnswer, Call, Errand, Error};
use crate::clock::Timestamp;
use crate::disclosure::{Answer, Outcome};

/// One service of a provider system, with the system's pool.
pub(super) struct Provider {
    path: PathAndQuery,
    pool: Arc<Pool>,
}

impl Provider {
    pub(super) fn new(pool: Arc<Pool>, path: &PathAndQuery) -> Self {
        Self { path: path.clone(), pool }
    }

    pub(super) async fn ask(&self, call: Call<'_>, errand: &Errand) -> Result<Answer, Error> {
        let mut body = errand.to_json();
        if let Value::Object(members) = &mut body {
            members.insert("service".to_owned(), Value::from(errand.service.as_str()));
        }
        let body = body.to_string().into_bytes();
        let received = self.pool.post(self.path.clone(), call, body).await?;
        match received.status {
            StatusCode::OK => answer(&received).map_err(Error::BadAnswer),
            status => Err(Error::Failed { status: status.as_u16() }),
        }
    }
}

/// Reads an answer; the same members from providers and from gateways.
pub(super) fn answer(received: &Received) -> Result<Answer, BadAnswer> {
    let Value::Object(mut members) = received.json()? else { return Err(BadAnswer::Members) };
    let outcome = members.get("outcome").and_then(Value::as_str).ok_or(BadAnswer::Members)?;
    let outcome = Outcome::parse(outcome).ok_or(BadAnswer::Outcome)?;
    let data = members.remove("data").unwrap_or(Value::Null);
    // Data that are announced and not there would read as *everything is empty*.
    if outcome.has_data() && data.is_null() {
        return Err(BadAnswer::Members);
    }
    let data_as_of = match members.get("data_as_of") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Timestamp::parse_rfc3339(text).ok_or(BadAnswer::Members)?),
        Some(_) => return Err(BadAnswer::Members),
    };
    let names = match members.get("withheld") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let age = received.headers.get(AGE).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    let over = members.get("cache").and_then(|cache| cache.get("over_seconds")).and_then(Value::as_u64);
    let answer = Answer::new(outcome, data, data_as_of, received.body.len()).withholding(names);
    Ok(answer.aged(Duration::from_secs(age), over.map(Duration::from_secs)))
}
