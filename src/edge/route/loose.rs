//! Reads the JSON that asks for the judgement of a seal, a signature, or one file of a batch.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::base64::Base64;
use super::mandate::{Context, Stated};
use super::object::Object;
use super::{Lengths, json, text};
use crate::exchange::{Refusal, Verification};
use crate::license::{ContentDigest, DigestMethod, Sought};
use crate::pki::{Certificate, certificates_in};
use crate::rulebook::Caller;
use crate::sensitive::Sensitive;
use crate::verifier::{Given, Material};

/// The body of `POST /v1/seals/verify`, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal<'a> {
    #[serde(default)]
    context: Object<Context>,
    #[serde(borrow)]
    seal: Base64<'a>,
}

/// The body of `POST /v1/signatures/verify`, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature<'a> {
    #[serde(default)]
    context: Object<Context>,
    #[serde(borrow)]
    signature: Base64<'a>,
    /// What was signed; or its digest; or neither, where the signature encloses it.
    #[serde(borrow)]
    content: Option<Base64<'a>>,
    digest: Option<Object<Digest>>,
    /// One certificate in DER or PEM, for a signature that carries none.
    #[serde(borrow)]
    certificate: Option<Base64<'a>>,
}

/// A digest of what was signed, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digest {
    algorithm: Sensitive<String>,
    value: Sensitive<String>,
}

/// A line of a batch, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchLine<'a> {
    id: Option<Sensitive<String>>,
    #[serde(borrow)]
    file: Base64<'a>,
}

/// The name of a line that is wrong in something else.
#[derive(Default, Deserialize)]
struct Name {
    id: Option<Sensitive<String>>,
}

/// Reads the body of `POST /v1/seals/verify`.
pub(in crate::edge) fn seal(
    mut stated: Stated,
    caller: &Caller,
    body: &[u8],
    lengths: Lengths,
) -> Result<Verification, Refusal> {
    let Object(Seal { context: Object(context), seal }) =
        serde_json::from_slice(body).map_err(|error| json::refusal(&error, 0))?;
    stated.add(context)?;
    let material = Material { sought: Sought::Seal, ..Material::file(seal.decode("seal")?) };
    Ok(Verification { material, mandate: Arc::new(stated.mandate(caller, lengths)?), line: None })
}

/// Reads the body of `POST /v1/signatures/verify`.
pub(in crate::edge) fn signature(
    mut stated: Stated,
    caller: &Caller,
    body: &[u8],
    lengths: Lengths,
) -> Result<Verification, Refusal> {
    let Object(Signature { context: Object(context), signature, content, digest, certificate }) =
        serde_json::from_slice(body).map_err(|error| json::refusal(&error, 0))?;
    stated.add(context)?;
    let content = match (content, digest) {
        (Some(_), Some(_)) => {
            return Err(Refusal::malformed("digest", "it comes without `content`, or `content` without it"));
        }
        (Some(content), None) => Some(Given::Bytes(content.decode("content")?)),
        (None, Some(Object(digest))) => Some(Given::Digest(parse_digest(&digest)?)),
        (None, None) => None,
    };
    let material = Material {
        sought: Sought::Signature,
        file: signature.decode("signature")?,
        content,
        signer: certificate.map(|certificate| parse_certificate(&certificate)).transpose()?,
    };
    Ok(Verification { material, mandate: Arc::new(stated.mandate(caller, lengths)?), line: None })
}

fn parse_digest(digest: &Digest) -> Result<ContentDigest, Refusal> {
    let method = DigestMethod::named(digest.algorithm.expose()).ok_or_else(|| {
        let names = DigestMethod::ALL.map(DigestMethod::name).join("`, `");
        Refusal::malformed("digest.algorithm", format!("it is none of `{names}`"))
    })?;
    ContentDigest::from_hex(method, digest.value.expose())
        .map_err(|error| Refusal::malformed("digest.value", error))
}

fn parse_certificate(text: &Base64<'_>) -> Result<Certificate, Refusal> {
    let place = "certificate";
    let found = certificates_in(&text.decode(place)?);
    match found.as_deref() {
        Ok([one]) => Ok(one.clone()),
        Ok(_) => Err(Refusal::malformed(place, "it holds more than one certificate")),
        Err(_) => Err(Refusal::malformed(place, "it is no certificate in DER or PEM")),
    }
}

/// A line of a batch.
pub(in crate::edge) struct Item {
    /// What the caller calls it. It goes back to the caller and nowhere else.
    pub(in crate::edge) id: Option<Sensitive<String>>,
    /// The file, or what is wrong with the line.
    pub(in crate::edge) file: Result<Bytes, Refusal>,
}

/// Reads the line `number` of a batch.
pub(in crate::edge) fn item(line: &[u8], number: u64, lengths: Lengths) -> Item {
    let before = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Object(BatchLine { id, file }) = match serde_json::from_slice(line) {
        Ok(parsed) => parsed,
        Err(error) => {
            // The caller is to find the line again all the same.
            let Object(Name { id }) = serde_json::from_slice(line).unwrap_or_default();
            let id = text("id", id, lengths.name).unwrap_or_default();
            return Item { id, file: Err(json::refusal(&error, before)) };
        }
    };
    match text("id", id, lengths.name) {
        Ok(id) => Item { id, file: file.decode("file") },
        Err(refusal) => Item { id: None, file: Err(refusal) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Config;

    fn lengths() -> Lengths {
        Lengths::of(&Config::default())
    }

    /// What is told of a line: its identifier, and its bytes or the refusal.
    fn told(line: &str) -> (Option<String>, Result<Vec<u8>, String>) {
        let Item { id, file } = item(line.as_bytes(), 7, lengths());
        (
            id.map(|id| id.expose().clone()),
            file.map(|file| file.to_vec()).map_err(|refusal| refusal.to_string()),
        )
    }

    #[test]
    fn lines_of_a_batch() {
        let good = (Some("a".to_owned()), Ok(b"file".to_vec()));
        assert_eq!(told(r#"{"id":"a","file":"ZmlsZQ=="}"#), good);
        // Escapes in JSON are undone before base64 is.
        assert_eq!(told(r#"{"file":"\u005amlsZQ=="}"#).1, Ok(b"file".to_vec()));
        assert_eq!(told(r#"{"file":"ZmlsZQ==","id":null}"#), (None, Ok(b"file".to_vec())));
        let long = format!(r#"{{"id":"{}","file":"ZmlsZQ=="}}"#, "a".repeat(65));
        for (line, id, place) in [
            (r#"{"id":"a","file":"canary"}"#, Some("a"), "`file`"),
            (r#"{"id":"a","file":"ZmlsZQ"}"#, Some("a"), "`file`"),
            (r#"{"id":"a","file":"Zmls\nZQ=="}"#, Some("a"), "`file`"),
            (r#"{"id":"a","file":""}"#, Some("a"), "`file`"),
            (r#"{"id":"a"}"#, Some("a"), "`file`"),
            (r#"{"id":"a","file":"ZmlsZQ==","canary":1}"#, Some("a"), "line 7"),
            (r#"{"id":"a","id":"canary","file":"ZmlsZQ=="}"#, None, "`id`"),
            (r#"{"id":{"canary":1},"file":"ZmlsZQ=="}"#, None, "line 7"),
            ("canary", None, "line 7"),
            ("[]", None, "line 7"),
            (r#"["a","ZmlsZQ=="]"#, None, "line 7"),
            (r#"{"id":"can\u0000ary","file":"ZmlsZQ=="}"#, None, "`id`"),
            (long.as_str(), None, "`id`"),
        ] {
            let (found, file) = told(line);
            let refusal = file.unwrap_err();
            assert_eq!(found.as_deref(), id, "{line}");
            assert!(refusal.contains(place) && !refusal.contains("canary"), "{line}: {refusal}");
        }
    }
}
