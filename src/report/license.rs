//! The license in JSON: the one place where its data leave their wrapper, as the answer to whoever presented it.

use serde_json::{Value, json};

use crate::sensitive::Sensitive;
use crate::verdict::{Copy, Holder, License, LicenseValue};

/// The license as a JSON object.
pub(super) fn to_json(license: &License) -> Value {
    json!({
        "identifier": license.identifier,
        "type_code": license.type_code,
        "type_name": license.type_name,
        "version": license.version,
        "issuer": license.issuer,
        "dates": license.dates,
        "holders": license.holders.iter().map(holder).collect::<Vec<_>>(),
        "values": license.values.iter().map(value).collect::<Vec<_>>(),
    })
}

/// The kind of copy as a JSON object.
pub(super) fn copy_to_json(copy: &Copy) -> Value {
    json!({
        "kind": copy.kind,
        "made_for": exposed(copy.made_for.as_ref()),
        "valid_until": copy.valid_until,
        "made_by": exposed(copy.made_by.as_ref()),
        "made_at": copy.made_at,
        "ended": copy.ended,
    })
}

fn holder(holder: &Holder) -> Value {
    json!({
        "type": holder.kind.map(|kind| kind.code()),
        "code": exposed(holder.code.as_ref()),
        "name": exposed(holder.name.as_ref()),
        "covered": holder.covered,
    })
}

fn value(value: &LicenseValue) -> Value {
    json!({
        "name": value.name,
        "element": value.element,
        "value": value.value.expose(),
        "source": value.source,
        "covered": value.covered,
    })
}

fn exposed(value: Option<&Sensitive<String>>) -> Option<&str> {
    value.map(|value| value.expose().as_str())
}
