//! In whose name a verification is asked for, and what for: from headers, query parameters and the `context` of a body.

use std::collections::BTreeMap;

use http::request::Parts;
use serde::Deserialize;

use super::{Lengths, channel, department, parse_basis, parse_matter, parse_purpose, text};
use crate::exchange::{Mandate, Refusal};
use crate::policy::{Basis, Purpose};
use crate::rulebook::Caller;
use crate::sensitive::Sensitive;

/// What is stated of a verification, wherever it stands; nothing may stand in two places.
pub(in crate::edge) struct Stated(BTreeMap<&'static str, (String, Sensitive<String>)>);

/// The parameters, each with its header.
const PARAMETERS: [(&str, &str); 7] = [
    ("basis", "tongban-basis"),
    ("case", "tongban-case"),
    ("channel", "tongban-channel"),
    ("department", "tongban-department"),
    ("matter", "tongban-matter"),
    ("operator", "tongban-operator"),
    ("purpose", "tongban-purpose"),
];

/// The same in a body.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Context {
    basis: Option<Sensitive<String>>,
    case: Option<Sensitive<String>>,
    channel: Option<Sensitive<String>>,
    department: Option<Sensitive<String>>,
    matter: Option<Sensitive<String>>,
    operator: Option<Sensitive<String>>,
    purpose: Option<Sensitive<String>>,
}

impl Stated {
    /// What headers (`Tongban-Purpose`) and query parameters (`purpose`) state.
    pub(in crate::edge) fn read(parts: &Parts) -> Result<Self, Refusal> {
        let mut stated = Self(BTreeMap::new());
        for (name, header) in PARAMETERS {
            for value in parts.headers.get_all(header) {
                let value = value.to_str().map_err(|_| Refusal::malformed(header, "it is not ASCII"))?;
                stated.insert(name, name.to_owned(), Sensitive::new(value.to_owned()))?;
            }
        }
        for pair in parts.uri.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let known = PARAMETERS.iter().find(|(name, _)| *name == key);
            let (name, _) = known.ok_or_else(|| Refusal::malformed("query", "a parameter is unknown"))?;
            let value =
                decode(value).ok_or_else(|| Refusal::malformed(*name, "it is not percent-encoded UTF-8"))?;
            stated.insert(name, (*name).to_owned(), Sensitive::new(value))?;
        }
        Ok(stated)
    }

    /// Adds what the body states.
    pub(super) fn add(&mut self, context: Context) -> Result<(), Refusal> {
        let Context { basis, case, channel, department, matter, operator, purpose } = context;
        for (name, value) in [
            ("basis", basis),
            ("case", case),
            ("channel", channel),
            ("department", department),
            ("matter", matter),
            ("operator", operator),
            ("purpose", purpose),
        ] {
            if let Some(value) = value {
                self.insert(name, format!("context.{name}"), value)?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, name: &'static str, place: String, value: Sensitive<String>) -> Result<(), Refusal> {
        if self.0.contains_key(name) {
            return Err(Refusal::malformed(place, "it is there twice"));
        }
        self.0.insert(name, (place, value));
        Ok(())
    }

    /// Refuses what does not state `name`.
    pub(super) fn require(&self, name: &str) -> Result<(), Refusal> {
        if self.0.contains_key(name) {
            Ok(())
        } else {
            Err(Refusal::malformed(format!("context.{name}"), "it is missing"))
        }
    }

    /// The whole of it, for `caller`.
    pub(in crate::edge) fn mandate(self, caller: &Caller, lengths: Lengths) -> Result<Mandate, Refusal> {
        let mut stated = self.0;
        let named = stated.remove("department").map(|(_, value)| value);
        let mut take = |name: &str| stated.remove(name);
        Ok(Mandate {
            department: department(caller, named.as_ref())?,
            purpose: match take("purpose") {
                Some((place, purpose)) => parse_purpose(&place, &purpose)?,
                None => Purpose::license_verification(),
            },
            matter: take("matter").map(|(place, matter)| parse_matter(&place, &matter)).transpose()?,
            case: match take("case") {
                Some((place, case)) => text(&place, Some(case), lengths.name)?,
                None => None,
            },
            operator: match take("operator") {
                Some((place, operator)) => text(&place, Some(operator), lengths.name)?,
                None => None,
            },
            channel: take("channel").map(|(place, name)| channel(&place, &name)).transpose()?,
            basis: match take("basis") {
                Some((place, basis)) => parse_basis(&place, &basis)?,
                None => Basis::Statute,
            },
        })
    }
}

/// Percent-decoding of a query value (RFC 3986 §2.1, `+` for a space as HTML forms write it).
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                u8::try_from(high << 4 | low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding() {
        assert_eq!(decode("a%40b+c%E6%B5%8B").as_deref(), Some("a@b c测"));
        for bad in ["%", "%4", "%4g", "%ff", "%c3%28"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
