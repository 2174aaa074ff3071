//! Whether a license shows in which relation somebody stands to somebody else, by a rule of the catalog.
//! Only codes under a signature that leads to a trust anchor count; whether the license is genuine and in force is judged elsewhere.

use super::dates::iso_date;
use super::issuer::{is_public, may_certify};
use crate::catalog::{Catalog, CodePlace, FaceCondition, LicenseType, Relation, RelationRule};
use crate::clock::Timestamp;
use crate::identifier::{CitizenNumber, SubjectNumber};
use crate::verdict::{License, LicenseValue};

/// Why a license does not show a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unshown {
    /// Nobody trusted says that it is of this type.
    #[error("it is not shown to be of that type")]
    OtherType,
    /// Whoever issued it is none of those who issue that type.
    #[error("it was issued by nobody who issues that type")]
    OtherIssuer,
    /// No code where the rule looks for one stands under a trusted signature.
    #[error("no trusted signature covers the codes that it would have to show")]
    CodeNotCovered,
    /// The codes are those of others.
    #[error("it is about others")]
    OtherPerson,
    /// Its face does not say what the relation takes.
    #[error("its face does not say that they stand in that relation")]
    FaceOtherwise,
}

/// Whether `license` is of the type `kind` and shows by `rule`, one of `kind`, that `person` stands in its relation to `subject`.
/// For [`Relation::Same`] `person` is not looked at. `at` is when it is asked.
pub fn shows(
    license: &License,
    kind: &LicenseType,
    rule: &RelationRule,
    catalog: &Catalog,
    person: Option<&SubjectNumber>,
    subject: &SubjectNumber,
    at: Timestamp,
) -> Result<(), Unshown> {
    if !is_of(license, kind, catalog) {
        return Err(Unshown::OtherType);
    }
    if !is_issued_by(license, &kind.issuers) {
        return Err(Unshown::OtherIssuer);
    }
    let subjects = codes(license, &subject_places(license, rule));
    let persons = codes(license, &rule.person);
    let same = rule.relation == Relation::Same;
    if subjects.is_empty() || (!same && persons.is_empty()) {
        return Err(Unshown::CodeNotCovered);
    }
    if !same && !has_its_holders(license, kind, rule) {
        return Err(Unshown::CodeNotCovered);
    }
    // A mother to whom her child's certificate was issued is not the child: nobody is on the other's side of a relation as well.
    let others: Vec<CodePlace> =
        rule.person.iter().filter(|place| !rule.subject.contains(place)).cloned().collect();
    let found = subjects.contains(subject) && !codes(license, &others).contains(subject);
    let related = match person {
        _ if same => true,
        Some(person) => person != subject && persons.contains(person),
        None => false,
    };
    // Both stand there, and nobody stands there twice: two codes that differ stand in two places.
    if !(found && related) {
        return Err(Unshown::OtherPerson);
    }
    let tells_age = CitizenNumber::parse(subject.expose()).is_ok();
    match &rule.born {
        Some(field) if !tells_age && !is_minor(license, field, at) => return Err(Unshown::FaceOtherwise),
        _ => {}
    }
    match &rule.condition {
        Some(condition) if !holds(license, condition) => Err(Unshown::FaceOtherwise),
        _ => Ok(()),
    }
}

/// Where whoever is asked about may stand. The holder of a license may be any of those on its face, so where one of the others'
/// codes is hidden or left out, being the holder says nothing.
fn subject_places(license: &License, rule: &RelationRule) -> Vec<CodePlace> {
    let faces = rule.person.iter().filter(|place| **place != CodePlace::Holder);
    let hidden = faces.clone().any(|place| at(license, place).is_empty());
    let places = rule.subject.iter().filter(|place| !hidden || **place != CodePlace::Holder);
    places.cloned().collect()
}

/// Whether whoever was born on the day in `field` is under eighteen at `at`, in China; not if no day can be read there.
fn is_minor(license: &License, field: &str, at: Timestamp) -> bool {
    let of_age = |born: String| {
        let (year, day) = born.split_at_checked(4)?;
        Some(format!("{:04}{day}", year.parse::<u16>().ok()?.checked_add(18)?))
    };
    let of_age = face(license, field).and_then(iso_date).and_then(of_age);
    // As text, 29 February of a year that has none comes before 1 March.
    of_age.is_some_and(|day| at.china_date() < day)
}

/// Whether it has as many holders as its type says, where a holder is one of the two: among more, which one it is about is not
/// said.
fn has_its_holders(license: &License, kind: &LicenseType, rule: &RelationRule) -> bool {
    let sides = [&rule.subject, &rule.person].map(|places| places.contains(&CodePlace::Holder));
    let (holders, count) = (license.holders.len(), usize::from(kind.holder_count));
    match sides {
        [true, true] => holders == count,
        // Where its own number is on the face, a license may be without.
        [true, false] | [false, true] => holders <= count,
        [false, false] => true,
    }
}

/// By the code inside its identifier; where the catalog does not know the type's code, by the type's name, unless the
/// identifier has the code of another type.
fn is_of(license: &License, kind: &LicenseType, catalog: &Catalog) -> bool {
    let Some(identifier) = license.trusted_identifier() else { return false };
    match &kind.code {
        Some(code) => identifier.type_code == *code,
        None => catalog.license_type(&identifier.type_code).is_none() && is_named(license, &kind.name),
    }
}

fn is_named(license: &License, name: &str) -> bool {
    let mut names = license.values.iter().filter(|value| value.trusted && value.element == Some("type_name"));
    let is = |text: &str| text.trim() == name;
    names.next().is_some_and(|first| is(first.value.expose())) && names.all(|other| is(other.value.expose()))
}

/// Whether it names an issuer under a trusted signature whose name has one of `words`, and is that of a public body: whoever has a
/// seal could write their own marriage certificate. That the issuer is who sealed it belongs to the verdict.
fn is_issued_by(license: &License, words: &[String]) -> bool {
    let named = |element: &'static str| {
        license.values.iter().filter(move |value| value.trusted && value.element == Some(element))
    };
    let inside = license.trusted_identifier().map(|identifier| identifier.issuer);
    let stated = named("issuer_code").map(|value| value.value.expose().trim());
    let stated: Vec<&str> = stated.chain(inside.as_deref()).collect();
    let mut names = named("issuer");
    let may = |value: &LicenseValue| {
        let name = value.value.expose();
        let certifies = words.iter().any(|word| name.contains(word)) && is_public(name);
        certifies && stated.iter().all(|code| may_certify(name, code))
    };
    names.next().is_some_and(may) && names.all(may)
}

/// The codes that a trusted signature covers, in `places`.
fn codes(license: &License, places: &[CodePlace]) -> Vec<SubjectNumber> {
    places.iter().flat_map(|place| at(license, place)).collect()
}

fn at(license: &License, place: &CodePlace) -> Vec<SubjectNumber> {
    let shown = |text: &str| {
        let whole = !text.trim().is_empty() && !text.contains(['*', '＊']);
        whole.then(|| SubjectNumber::new(text))
    };
    match place {
        CodePlace::Face(field) => face(license, field).and_then(shown).into_iter().collect(),
        CodePlace::Holder => {
            let trusted = license.holders.iter().filter(|holder| holder.trusted);
            trusted.filter_map(|holder| shown(holder.code.as_ref()?.expose())).collect()
        }
    }
}

/// What the face says in `field` under a trusted signature, unless it says two things.
fn face<'l>(license: &'l License, field: &str) -> Option<&'l str> {
    let named = |name: &str| name.strip_prefix("KZ_").unwrap_or(name) == field;
    let mut values = license.values.iter().filter(|value| value.trusted && named(&value.name));
    let first = values.next()?.value.expose().trim();
    values.all(|other| other.value.expose().trim() == first).then_some(first)
}

fn holds(license: &License, condition: &FaceCondition) -> bool {
    face(license, &condition.field).is_some_and(|said| condition.is.iter().any(|one| one == said))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::catalog::LicenseTypeId;
    use crate::demo::policies::SHIPPED;
    use crate::fault::Source;
    use crate::identifier::CreditCode;
    use crate::sensitive::Sensitive;
    use crate::verdict::{Dates, Holder, Issuer, ValueSource};

    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        let files = SHIPPED.iter().filter(|(path, _)| path.starts_with("catalog/"));
        let files: Vec<_> = files.map(|(name, text)| Source { name, text }).collect();
        Catalog::parse(&files).unwrap()
    });

    const MARRIAGE: &str = "1.2.156.3005.2.111000000000131433001.11449900TB0000044K.4499000000000004.001";
    const BIRTH: &str = "1.2.156.3005.2.11439900TB0000052A001.11439900TB0000052A.4399000000000005.001";

    /// One of the class that `begins` it.
    fn credit_code(begins: &str) -> CreditCode {
        CreditCode::complete(&format!("{begins}449900MB0000001")).unwrap()
    }

    /// With its check character.
    fn identifier(body: &str) -> String {
        let checks = ('0'..='9').chain('A'..='Z');
        let mut whole = checks.map(|check| format!("{body}.{check}"));
        whole.find(|text| crate::identifier::LicenseIdentifier::parse(text).is_ok()).unwrap()
    }

    fn value(name: &str, element: &'static str, text: &str, trusted: bool) -> LicenseValue {
        LicenseValue {
            name: name.to_owned(),
            element: Some(element),
            value: Sensitive::new(text.to_owned()),
            source: ValueSource::CustomData,
            covered: trusted,
            trusted,
        }
    }

    fn holder((code, trusted): (&str, bool)) -> Holder {
        Holder { kind: None, code: Some(Sensitive::new(code.to_owned())), name: None, covered: true, trusted }
    }

    fn license(
        body: &str,
        type_name: &str,
        holders: &[(&str, bool)],
        values: &[(&str, &str, bool)],
    ) -> License {
        let own = [
            value("ZZBS", "identifier", &identifier(body), true),
            value("ZZMC", "type_name", type_name, true),
            value("ZZBFJG", "issuer", "示例市民政局、卫生健康局、公安局", true),
            value("KZ_birthTime", "business", "2026-11-01 08:30:00", true),
        ];
        let values = values.iter().map(|(name, text, trusted)| value(name, "business", text, *trusted));
        License {
            identifier: None,
            type_code: None,
            type_name: None,
            version: None,
            issuer: Issuer::default(),
            dates: Dates::default(),
            holders: holders.iter().copied().map(holder).collect(),
            values: own.into_iter().chain(values).collect(),
        }
    }

    fn shown(license: &License, claim: (&str, Relation), person: &str, subject: &str) -> Result<(), Unshown> {
        let kind = CATALOG.license_type_called(&LicenseTypeId::parse(claim.0).unwrap()).unwrap();
        let rule = kind.shows(claim.1).unwrap();
        let person = Some(SubjectNumber::new(person)).filter(|person| !person.expose().is_empty());
        let at = Timestamp::parse_rfc3339("2026-11-22T00:00:00Z").unwrap();
        shows(license, kind, rule, &CATALOG, person.as_ref(), &SubjectNumber::new(subject), at)
    }

    #[test]
    fn spouses_are_both_holders() {
        let spouse = ("marriage_certificate", Relation::Spouse);
        let couple = |holders: &[(&str, bool)]| license(MARRIAGE, "结婚证", holders, &[]);
        let both = couple(&[("A1", true), ("B2", true)]);
        assert_eq!(shown(&both, spouse, "A1", "B2"), Ok(()));
        assert_eq!(shown(&both, spouse, "B2", "A1"), Ok(()));
        for (person, subject) in
            [("A1", "A1"), ("A1", "C3"), ("C3", "A1"), ("", "A1"), ("A1", ""), ("a1", "B2")]
        {
            assert_eq!(
                shown(&both, spouse, person, subject),
                Err(Unshown::OtherPerson),
                "{person} {subject}"
            );
        }
        assert_eq!(shown(&both, ("marriage_certificate", Relation::Same), "", "B2"), Ok(()));
        for (holders, expected) in [
            (vec![("A1", true), ("B2", false)], Unshown::OtherPerson),
            (vec![("A1", false), ("B2", false)], Unshown::CodeNotCovered),
            (vec![("A1", true)], Unshown::CodeNotCovered),
            (vec![("A1", true), ("B2", true), ("C3", true)], Unshown::CodeNotCovered),
            (vec![("A1", true), ("A1", true)], Unshown::OtherPerson),
            (vec![], Unshown::CodeNotCovered),
        ] {
            assert_eq!(shown(&couple(&holders), spouse, "A1", "B2"), Err(expected), "{holders:?}");
        }
        // What is hidden on the face is no code, not even for whoever writes it the same way.
        let masked = couple(&[("A*", true), ("B2", true)]);
        assert_eq!(shown(&masked, spouse, "A*", "B2"), Err(Unshown::OtherPerson));
    }

    #[test]
    fn a_license_is_of_the_type_that_somebody_trusted_says() {
        let spouse = ("marriage_certificate", Relation::Spouse);
        let holders = [("A1", true), ("B2", true)];
        let other = license(BIRTH, "结婚证", &holders, &[]);
        assert_eq!(shown(&other, spouse, "A1", "B2"), Err(Unshown::OtherType));
        let mut uncovered = license(MARRIAGE, "结婚证", &holders, &[]);
        uncovered.values[0].trusted = false;
        assert_eq!(shown(&uncovered, spouse, "A1", "B2"), Err(Unshown::OtherType));

        // A type without a known code goes by its name, unless the identifier names another type that is known.
        let parent = ("birth_certificate", Relation::ParentOf);
        let values =
            [("KZ_birthCode", "Z1", true), ("KZ_momIdCode", "M1", true), ("KZ_dadIdCode", "D1", true)];
        for (body, name, expected) in [
            (BIRTH, "出生医学证明", Ok(())),
            (BIRTH, "出生医学证明书", Err(Unshown::OtherType)),
            (BIRTH, "结婚证", Err(Unshown::OtherType)),
            (MARRIAGE, "出生医学证明", Err(Unshown::OtherType)),
        ] {
            assert_eq!(shown(&license(body, name, &[], &values), parent, "M1", "Z1"), expected, "{name}");
        }
    }

    #[test]
    fn whoever_has_a_seal_does_not_marry_people() {
        let spouse = ("marriage_certificate", Relation::Spouse);
        for (issuer, trusted, expected) in [
            ("示例市民政局", true, Ok(())),
            ("示例市民政局", false, Err(Unshown::OtherIssuer)),
            ("示例市民政服务有限公司", true, Err(Unshown::OtherIssuer)),
            ("示例市民政用品商行", true, Err(Unshown::OtherIssuer)),
            ("示例市民政协会", true, Err(Unshown::OtherIssuer)),
            ("示例县婚姻登记处", true, Ok(())),
            ("示例市住房和城乡建设局", true, Err(Unshown::OtherIssuer)),
        ] {
            let mut couple = license(MARRIAGE, "结婚证", &[("A1", true), ("B2", true)], &[]);
            couple.values[2] = value("ZZBFJG", "issuer", issuer, trusted);
            assert_eq!(shown(&couple, spouse, "A1", "B2"), expected, "{issuer}");
        }
        // An enterprise that writes an authority's name, under its own code.
        let mut couple = license(MARRIAGE, "结婚证", &[("A1", true), ("B2", true)], &[]);
        couple.values.push(value("ZZBFJGDM", "issuer_code", "91440300708461136T", true));
        assert_eq!(shown(&couple, spouse, "A1", "B2"), Err(Unshown::OtherIssuer));
        // Nor is a private institution one that marries people, however official it sounds.
        for (name, code, expected) in [
            ("示例市民政服务中心", "52", false),
            ("示例市民政局", "11", true),
            ("示例市第一人民医院", "12", true),
            ("示例市第一人民医院", "52", true),
            ("示例市第一人民医院", "91", false),
        ] {
            assert_eq!(may_certify(name, credit_code(code).as_str()), expected, "{name} {code}");
        }
    }

    #[test]
    fn parents_stand_on_the_face() {
        let parent = ("birth_certificate", Relation::ParentOf);
        let birth = |values: &[(&str, &str, bool)]| license(BIRTH, "出生医学证明", &[("Z1", true)], values);
        let whole =
            [("KZ_birthCode", "Z1", true), ("KZ_momIdCode", "M1", true), ("KZ_dadIdCode", "D1", true)];
        for person in ["M1", "D1"] {
            assert_eq!(shown(&birth(&whole), parent, person, "Z1"), Ok(()));
        }
        assert_eq!(shown(&birth(&whole), parent, "Z1", "Z1"), Err(Unshown::OtherPerson));
        // The mother holds it: she is no child of the father for that, and still the mother of hers.
        let held = license(BIRTH, "出生医学证明", &[("M1", true)], &whole);
        assert_eq!(shown(&held, parent, "D1", "M1"), Err(Unshown::OtherPerson));
        assert_eq!(shown(&held, parent, "M1", "Z1"), Ok(()));
        // Nor where her own code is hidden or left out, so that nothing on the face says who she is.
        for mother in [("KZ_momIdCode", "M*", true), ("KZ_babyName", "张小样", true)] {
            let face = [("KZ_birthCode", "Z1", true), mother, ("KZ_dadIdCode", "D1", true)];
            let held = license(BIRTH, "出生医学证明", &[("M1", true)], &face);
            assert_eq!(shown(&held, parent, "D1", "M1"), Err(Unshown::OtherPerson), "{mother:?}");
            assert_eq!(shown(&held, parent, "D1", "Z1"), Ok(()), "{mother:?}");
        }
        // Who was born so long ago is of age; who was born when is not said is nobody's child.
        for (born, expected) in [
            ("2008-11-23 08:30:00", Ok(())),
            ("2008年11月22日", Err(Unshown::FaceOtherwise)),
            ("1999-01-01", Err(Unshown::FaceOtherwise)),
            ("", Err(Unshown::FaceOtherwise)),
        ] {
            let mut dated = birth(&whole);
            dated.values.retain(|value| value.name != "KZ_birthTime");
            dated.values.push(value("KZ_birthTime", "business", born, true));
            assert_eq!(shown(&dated, parent, "M1", "Z1"), expected, "{born}");
        }
        // Two holders: which of them was born is not said.
        let two = license(BIRTH, "出生医学证明", &[("Z1", true), ("G1", true)], &whole);
        assert_eq!(shown(&two, parent, "D1", "G1"), Err(Unshown::CodeNotCovered));
        let uncovered = [("KZ_momIdCode", "M1", false)];
        assert_eq!(shown(&birth(&uncovered), parent, "M1", "Z1"), Err(Unshown::CodeNotCovered));
        // Two mothers are none.
        let two = [("KZ_momIdCode", "M1", true), ("momIdCode", "M2", true)];
        assert_eq!(shown(&birth(&two), parent, "M1", "Z1"), Err(Unshown::CodeNotCovered));
    }

    #[test]
    fn the_head_of_a_household_is_the_parent_of_children_alone() {
        let parent = ("household_register", Relation::ParentOf);
        let code = "1.2.156.3005.2.11439900TB00000605001.11439900TB00000605.4399000000000006.001";
        for (relation, trusted, expected) in [
            ("长子", true, Ok(())),
            ("女", true, Ok(())),
            ("女婿", true, Err(Unshown::FaceOtherwise)),
            ("户主", true, Err(Unshown::FaceOtherwise)),
            ("长子", false, Err(Unshown::FaceOtherwise)),
        ] {
            let values = [("KZ_hz_gmsfhm", "H1", true), ("KZ_yhzgx", relation, trusted)];
            let page = license(code, "居民户口簿", &[("C1", true)], &values);
            assert_eq!(shown(&page, parent, "H1", "C1"), expected, "{relation}");
            assert_eq!(shown(&page, parent, "C1", "H1"), Err(Unshown::OtherPerson));
        }
        // Of two holders, whose relation to the head it states is not said.
        let values = [("KZ_hz_gmsfhm", "H1", true), ("KZ_yhzgx", "长子", true)];
        let page = license(code, "居民户口簿", &[("C1", true), ("W1", true)], &values);
        for subject in ["C1", "W1"] {
            assert_eq!(shown(&page, parent, "H1", subject), Err(Unshown::CodeNotCovered), "{subject}");
        }
    }

    fn code() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["A1", "B2", "C3", "A*", "", " A1 "])
    }

    proptest! {
        /// Whatever is on a license: a relation is shown only by two different codes that both stand under a trusted
        /// signature, and never by one that is hidden.
        #[test]
        fn only_trusted_codes_show_anything(
            holders in prop::collection::vec((code(), any::<bool>()), 0..4),
            values in prop::collection::vec(
                (prop::sample::select(vec!["KZ_momIdCode", "KZ_dadIdCode", "KZ_birthCode", "momIdCode"]), code(), any::<bool>()),
                0..5,
            ),
            is_birth in any::<bool>(),
            person in code(),
            subject in code(),
        ) {
            let (body, name, claim) = match is_birth {
                true => (BIRTH, "出生医学证明", ("birth_certificate", Relation::ParentOf)),
                false => (MARRIAGE, "结婚证", ("marriage_certificate", Relation::Spouse)),
            };
            let license = license(body, name, &holders, &values);
            if shown(&license, claim, person, subject).is_ok() {
                let trusted: Vec<&str> = holders
                    .iter()
                    .filter(|(_, trusted)| *trusted)
                    .map(|(code, _)| code.trim())
                    .chain(values.iter().filter(|(.., trusted)| *trusted).map(|(_, code, _)| code.trim()))
                    .collect();
                let (person, subject) = (person.trim(), subject.trim());
                prop_assert!(trusted.contains(&person) && trusted.contains(&subject), "{person} {subject}");
                prop_assert!(person != subject && !person.is_empty() && !subject.is_empty());
                prop_assert!(!person.contains('*') && !subject.contains('*'));
            }
        }
    }
}
