//! A provider system of this province: JSON over HTTPS.
//!
//! Asked with `POST` to the configured URL, the body `{"service","context":{…},"query":{…}}`. Answered with 200 and
//! `{"outcome":"answered|no_record|mismatch|partial|under_correction|unavailable","data":{…},"data_as_of":RFC 3339}`;
//! `data` may be left out where there is none. Any other status is a failure: a 404 of some proxy on the way must
//! never read as *this person has no record*.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::AGE;
use http::uri::PathAndQuery;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::pool::{Pool, Received};
use super::{BadAnswer, Call, Errand, Error};
use crate::clock::Timestamp;
use crate::disclosure::{Answer, Document, Outcome};

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

/// An answer, as written. Members that are not named here are nobody's concern.
#[derive(Deserialize)]
struct Envelope<'a> {
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_as_of: Option<String>,
    withheld: Option<Value>,
    cache: Option<Value>,
}

/// Reads an answer; the same members from providers and from gateways.
pub(super) fn answer(received: &Received) -> Result<Answer, BadAnswer> {
    let text = received.text()?;
    // Before anything is made of it, and before floating-point numbers could lose what was written.
    Document::parse(text).map_err(|_| BadAnswer::Json)?;
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|_| BadAnswer::Members)?;
    let outcome = Outcome::parse(&envelope.outcome).ok_or(BadAnswer::Outcome)?;
    let data = match envelope.data {
        Some(raw) => Document::parse(raw.get()).map_err(|_| BadAnswer::Json)?,
        None => Document::null(),
    };
    // Data that are announced and not there would read as *everything is empty*.
    if outcome.has_data() && data.is_null() {
        return Err(BadAnswer::Members);
    }
    let data_as_of = match envelope.data_as_of {
        Some(text) => Some(Timestamp::parse_rfc3339(&text).ok_or(BadAnswer::Members)?),
        None => None,
    };
    let names = match envelope.withheld {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let age = received.headers.get(AGE).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    let over = envelope.cache.as_ref().and_then(|cache| cache.get("over_seconds")?.as_u64());
    let answer = Answer::new(outcome, data, data_as_of, text.len()).withholding(names);
    Ok(answer.aged(Duration::from_secs(age), over.map(Duration::from_secs)))
}
