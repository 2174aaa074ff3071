//! What the catalog says, over HTTP: with its edition, and with an `ETag` so that it is sent only when it has changed.
//! These answers are not on record: they are the same for every caller and say nothing about anybody.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value, json};

use super::reply;
use crate::crypto::DigestAlgorithm;
use crate::exchange::{CatalogPart, Refusal};
use crate::rulebook::Rulebook;
use crate::verdict::Language;

/// The answer to a question about the catalog of `rulebook`, and the code to count it under.
///
/// Fails with [`Refusal::UnknownEntry`].
pub(super) fn answer(
    rulebook: &Rulebook,
    part: &CatalogPart,
    language: Language,
    known: &HeaderMap,
) -> Result<(&'static str, Response<Full<Bytes>>), Refusal> {
    let body = Value::Object(members(rulebook, part, language)?);
    let digest = DigestAlgorithm::Sm3.digest(body.to_string().as_bytes()).hex();
    // 128 bits tell editions apart, and a shorter header is no weaker evidence of sameness.
    let tag = format!("\"{}\"", digest.get(..32).unwrap_or(&digest));
    let (code, mut response) = if is_known(known, &tag) {
        let mut unchanged = Response::new(Full::default());
        *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
        ("not_modified", unchanged)
    } else {
        ("listed", reply::json(StatusCode::OK, &body))
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    // A publication is seen by the next request, so whoever keeps an answer asks whether it still holds.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
    let language = match language {
        Language::Chinese => "zh",
        Language::English => "en",
    };
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language));
    Ok((code, response))
}

fn members(
    rulebook: &Rulebook,
    part: &CatalogPart,
    language: Language,
) -> Result<Map<String, Value>, Refusal> {
    let catalog = &rulebook.catalog;
    let listed = match part {
        CatalogPart::Overview => catalog.overview(),
        CatalogPart::Departments => catalog.departments_listed(language),
        CatalogPart::LicenseTypes => catalog.license_types_listed(language),
        CatalogPart::Matter(code) => catalog.matter(code).ok_or(Refusal::UnknownEntry)?.to_json(language),
        CatalogPart::Matters => catalog.matters_listed(language),
        CatalogPart::Regions => catalog.regions_listed(language),
        CatalogPart::Service(id) => catalog.service(id).ok_or(Refusal::UnknownEntry)?.to_json(language),
        CatalogPart::Services => catalog.services_listed(language),
    };
    let edition = catalog.edition();
    let mut members = Map::new();
    let catalog = json!({ "version": edition.version.as_str(), "issued": edition.issued });
    members.insert("catalog".to_owned(), catalog);
    members.insert("generation".to_owned(), json!(rulebook.generation));
    if let Value::Object(listed) = listed {
        members.extend(listed);
    }
    Ok(members)
}

/// Whether `If-None-Match` names `tag` (RFC 9110 §13.1.2; compared weakly, as it says there).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|tags| {
        tags.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let headers =
            |value: &'static str| HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]);
        for known in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert!(is_known(&headers(known), "\"a\""), "{known}");
        }
        for unknown in ["", "a", "\"b\"", "\"A\""] {
            assert!(!is_known(&headers(unknown), "\"a\""), "{unknown}");
        }
    }
}
