//! JSON as a table of TOML: the same keys, the same faults. What TOML has no word for is a fault.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::fault::Fault;

/// The object that `text` holds.
pub(super) fn parse(file: &str, text: &str) -> Result<DeTable<'static>, Vec<Fault>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Within(text).deserialize(&mut deserializer);
    let ended = value.and_then(|value| deserializer.end().map(|()| value));
    match ended.map(Spanned::into_inner) {
        Ok(DeValue::Table(table)) => Ok(table),
        Ok(_) => Err(vec![Fault::new(file, 1, "is no object")]),
        Err(error) => {
            let line = error.line();
            let reason = error.to_string();
            // The place is told as of all faults.
            let reason = reason.split(" at line ").next().unwrap_or_default();
            Err(vec![Fault::new(file, line, reason)])
        }
    }
}

/// A value somewhere in the text. Where a key stands is found again by its spelling: the first of that spelling, which for
/// requests of a few members is the one.
#[derive(Clone, Copy)]
struct Within<'t>(&'t str);

impl Within<'_> {
    fn place(self, key: &str) -> std::ops::Range<usize> {
        let start = self.0.find(&format!("\"{key}\"")).unwrap_or_default();
        start..start
    }
}

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = Spanned<DeValue<'static>>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = Spanned<DeValue<'static>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, `true`, `false`, a list or an object")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Spanned::new(0..0, DeValue::Boolean(value)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Spanned::new(0..0, DeValue::String(Cow::Owned(text.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut array = DeArray::new();
        while let Some(value) = list.next_element_seed(self)? {
            array.push(value);
        }
        Ok(Spanned::new(0..0, DeValue::Array(array)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut table = DeTable::new();
        while let Some(key) = object.next_key::<String>()? {
            let place = self.place(&key);
            let value = object.next_value_seed(self)?.into_inner();
            let value = Spanned::new(place.clone(), value);
            if table.insert(Spanned::new(place, Cow::Owned(key.clone())), value).is_some() {
                return Err(A::Error::custom(format!("`{key}` is there twice")));
            }
        }
        Ok(Spanned::new(0..0, DeValue::Table(table)))
    }
}
