//! Reads `license_types.json`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use crate::catalog::{
    Catalog, CodePlace, CodeSource, Domain, FunctionId, LicenseType, LicenseTypeId, Relation, RelationRule,
};
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
    id: String,
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
    #[serde(default)]
    issuers: Vec<String>,
    #[serde(default)]
    relations: Vec<RelationRule>,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, catalog: &mut Catalog) -> Option<()> {
    let LicenseTypes { license_types } = reader.whole()?;
    for raw in license_types {
        let Some((row, line)) = reader.row::<LicenseTypeRow>(raw) else { continue };
        for (member, text) in [("name", &row.name), ("english", &row.english), ("validity", &row.validity)] {
            reader.filled(line, member, text);
        }
        check_relations(reader, line, &row);
        let mend = "use lower-case letters and `_`";
        let id =
            reader.check(line, "the name of a license type", mend, &row.id, LicenseTypeId::parse(&row.id));
        if catalog.license_types.iter().any(|known| Some(&known.id) == id.as_ref()) {
            let reason = format_args!("license type `{}` is listed twice", row.id);
            reader.fault(line, reason, "remove one of the rows");
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
        let Some(id) = id else { continue };
        catalog.license_types.push(LicenseType {
            id,
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
            issuers: row.issuers,
            relations: row.relations,
        });
    }
    Some(())
}

/// Holds the relations of a row to its face, and each to what it means.
fn check_relations(reader: &mut Reader<'_, '_>, line: usize, row: &LicenseTypeRow) {
    if row.relations.is_empty() != row.issuers.is_empty()
        || row.issuers.iter().any(|word| word.trim().is_empty())
    {
        let reason = "whoever issues a license that shows relations is told by words in `issuers`";
        reader.fault(line, reason, "write both `issuers` and `relations`, or neither");
    }
    let mut seen = Vec::new();
    for rule in &row.relations {
        let RelationRule { relation, person, subject, condition, born, guardian, source, .. } = rule;
        let name = relation.as_str();
        if seen.contains(relation) {
            reader.fault(
                line,
                format_args!("relation `{name}` is there twice"),
                "name all places in one of them",
            );
        }
        seen.push(*relation);
        reader.filled(line, "source", source);
        let fields = person.iter().chain(subject).filter_map(|place| match place {
            CodePlace::Face(field) => Some(field),
            CodePlace::Holder => None,
        });
        let conditioned = condition.iter().map(|condition| &condition.field);
        for field in fields.chain(conditioned).chain(born).filter(|field| !row.face_fields.contains(field)) {
            reader.fault(
                line,
                format_args!("relation `{name}` reads `{field}`"),
                "use `holder` or a field of `face_fields`",
            );
        }
        if condition.as_ref().is_some_and(|condition| condition.is.is_empty()) {
            let reason = format_args!("relation `{name}` can never be shown");
            reader.fault(line, reason, "write what its field may say into `is`");
        }
        let fault = match (relation, person.is_empty()) {
            _ if subject.is_empty() => Some(("has no `subject`", "say where the code asked about stands")),
            (Relation::Same, false) => Some(("names a `person`", "leave it out; both are the same")),
            (Relation::Same, true) => None,
            (_, true) => Some(("has no `person`", "say where the code of whoever shows it stands")),
            (_, false) if person == subject && row.holder_count < 2 => {
                Some(("needs two holders", "set `holder_count` to 2, or name different places"))
            }
            (_, false) => None,
        };
        if let Some((reason, mend)) = fault {
            reader.fault(line, format_args!("relation `{name}` {reason}"), mend);
        }
        if *guardian && !relation.may_guard() {
            let reason = format_args!("relation `{name}` makes nobody a guardian");
            reader.fault(line, reason, "remove `guardian`");
        }
    }
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
