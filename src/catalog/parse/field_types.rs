//! Reads `field_types.json`: the types of values that parameters and fields share.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use crate::catalog::schema::{Schema, Written};
use crate::catalog::{Catalog, FieldType};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Types<'a> {
    #[serde(borrow)]
    types: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeRow<'a> {
    id: String,
    title: String,
    english: String,
    #[serde(borrow)]
    schema: &'a RawValue,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let Types { types } = reader.whole()?;
    for raw in types {
        let Some((row, line)) = reader.named_row::<TypeRow<'_>>("field_types.json", raw) else { continue };
        let TypeRow { id, title, english, schema } = row;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        if !(1..=64).contains(&id.len()) || !id.bytes().all(plain) {
            let mend = "use lower-case letters and `_`";
            reader.fault(line, format_args!("`{id}` is not the name of a type"), mend);
        }
        reader.filled(line, "title", &title);
        reader.filled(line, "english", &english);
        let Some((written, at)) = reader.row::<Written>(schema) else { continue };
        let schema = match Schema::compile(written) {
            Ok(schema) => schema,
            Err(reasons) => {
                for reason in reasons {
                    reader.fault(at, format_args!("type `{id}`"), reason);
                }
                continue;
            }
        };
        let entry = Arc::new(FieldType { id: id.clone(), title, english, schema });
        if catalog.types.insert(id.clone(), entry).is_some() {
            reader.fault(line, format_args!("type `{id}` is listed twice"), "remove one of the rows");
        }
    }
    Some(())
}
