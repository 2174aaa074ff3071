//! Bytes that travel in JSON as base64 (RFC 4648 §4: the standard alphabet, padded, no line breaks).

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::exchange::Refusal;

/// Text that should be base64, borrowed from the body where that is possible. It never prints: it may hold personal data.
pub(super) struct Base64<'a>(Cow<'a, str>);

impl Base64<'_> {
    /// The bytes behind it; `place` is the member, for the refusal.
    pub(super) fn decode(&self, place: &str) -> Result<Bytes, Refusal> {
        let bytes = STANDARD.decode(self.0.as_bytes());
        let bytes = bytes.map_err(|_| {
            Refusal::malformed(place, "it is not base64 (the standard alphabet, padded, no line breaks)")
        })?;
        if bytes.is_empty() { Err(Refusal::malformed(place, "it is empty")) } else { Ok(Bytes::from(bytes)) }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Base64<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Base64<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Base64(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Base64(Cow::Owned(text.to_owned())))
    }
}
