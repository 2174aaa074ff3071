//! Reads `license_types.json`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use crate::catalog::{Catalog, CodeSource, Domain, FunctionId, LicenseType};
use crate::identifier::{HolderType, TypeCode};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenseTypes<'a> {
    #[serde(borrow)]
    license_types: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenseTypeRow {
    code: Option<String>,
    code_source: CodeSource,
    name: String,
    english: String,
    definer: Option<String>,
    function: Option<String>,
    holders: Vec<String>,
    holder_count: u8,
    validity: String,
    domain: Domain,
    face_fields: Vec<String>,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let LicenseTypes { license_types } = reader.whole()?;
    for raw in license_types {
        let Some((row, line)) = reader.row::<LicenseTypeRow>(raw) else { continue };
        for (member, text) in [("name", &row.name), ("english", &row.english), ("validity", &row.validity)] {
            reader.filled(line, member, text);
        }
        let mend = "copy again the definer's credit code and the three characters after it";
        let code = row.code.as_ref().and_then(|text| {
            reader.check(line, "the code of a license type", mend, text, TypeCode::parse(text).ok())
        });
        if row.code.is_none() != (row.code_source == CodeSource::Unknown) {
            let reason = "a code is left empty exactly where its source is `unknown`";
            reader.fault(line, reason, "write the code and its source, or neither; never make one up");
        }
        if code.is_some() && catalog.license_types.iter().any(|known| known.code == code) {
            let code = row.code.unwrap_or_default();
            reader.fault(
                line,
                format_args!("license type `{code}` is listed twice"),
                "remove one of the rows",
            );
        }
        let function = row.function.as_ref().and_then(|text| reader.function(line, text));
        fits_definer(reader, catalog, line, code.as_ref(), function.as_ref());
        if !(1..=2).contains(&row.holder_count) {
            let reason = format!("`{}` is not a number of holders", row.holder_count);
            reader.fault(line, reason, "write 1 or 2");
        }
        for holder in row.holders.iter().filter(|holder| HolderType::parse(holder).is_err()) {
            let reason = format!("`{holder}` is not a kind of holder");
            reader.fault(line, reason, "use a code of GB/T 36903 annex A, such as `111` or `001`");
        }
        catalog.license_types.push(LicenseType {
            code,
            code_source: row.code_source,
            name: row.name,
            english: row.english,
            definer: row.definer,
            function,
            holders: row.holders,
            holder_count: row.holder_count,
            validity: row.validity,
            domain: row.domain,
            face_fields: row.face_fields,
        });
    }
    Some(())
}

/// The first 18 characters of a code are its definer's, so where that department is listed, the function is its function.
fn fits_definer(
    reader: &mut Reader<'_, '_>,
    catalog: &Catalog,
    line: usize,
    code: Option<&TypeCode>,
    function: Option<&FunctionId>,
) {
    let Some(definer) = code.and_then(|code| code.as_str().get(..18)) else { return };
    let Some(office) = catalog.offices.values().find(|office| office.department.code.as_str() == definer)
    else {
        return;
    };
    if function != Some(&office.function) {
        let reason = format!("the code is one of {}", office.name);
        reader.fault(line, reason, format_args!("write `{}` as `function`", office.function));
    }
}
