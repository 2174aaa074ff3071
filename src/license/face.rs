//! The license that a document carries, as its producer embedded it: CustomDatas of OFD.xml under the short names
//! of GB/T 36903 metadata. Only what a signature covers says anything about state or kind of copy.

use crate::clock::Timestamp;
use crate::identifier::LicenseIdentifier;
use crate::sensitive::Sensitive;
use crate::verdict::{Code, Copy, CopyKind, License, LicenseValue, Reason, State, Status, StatusSource};

/// Short names of the metadata (pinyin initials), as real-estate and national interfaces write them.
const IDENTIFIER: &str = "ZZBS";
const TYPE_NAME: &str = "ZZMC";
const TYPE_CODE: &str = "ZZLXDM";
const ISSUER: &str = "ZZBFJG";
const VALID_FROM: &str = "ZZYXQQSRQ";
const VALID_UNTIL: &str = "ZZYXQJZRQ";
/// Reason and end of an annotated copy (加注件).
const MADE_FOR: &str = "JZJZZSY";
const COPY_UNTIL: &str = "JZJYXQJZSJ";

/// What the document says about its license.
pub(super) struct Face {
    pub(super) license: Option<License>,
    pub(super) status: Status,
    pub(super) copy: Copy,
}

/// Reads the license from `custom`; `covered` says whether an intact signature covers it.
pub(super) fn read(
    custom: &[(String, String)],
    covered: bool,
    at: Timestamp,
    reasons: &mut Vec<Reason>,
) -> Face {
    let value = |name: &str| {
        custom
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    let mut face = Face { license: None, status: Status::unknown(), copy: Copy::unknown() };
    if [IDENTIFIER, TYPE_NAME, TYPE_CODE].iter().all(|name| value(name).is_none()) {
        return face;
    }
    let identifier = value(IDENTIFIER).map(LicenseIdentifier::parse);
    if let Some(Err(error)) = &identifier {
        reasons.push(Reason::new(Code::LicenseIdentifier, "/OFD.xml").with(error));
    }
    let identifier = identifier.and_then(Result::ok);
    let type_code = identifier.as_ref().map(|known| known.type_code.to_string());
    face.license = Some(License {
        type_code: type_code.or_else(|| value(TYPE_CODE).map(str::to_owned)),
        identifier: identifier.map(|known| known.to_string()),
        type_name: value(TYPE_NAME).map(str::to_owned),
        issuer: value(ISSUER).map(str::to_owned),
        values: custom
            .iter()
            .map(|(name, value)| LicenseValue {
                name: name.clone(),
                value: Sensitive::new(value.clone()),
                covered,
            })
            .collect(),
    });
    if !covered {
        reasons.push(Reason::new(Code::LicenseUncovered, "/OFD.xml"));
        return face;
    }
    face.status = status(value(VALID_FROM), value(VALID_UNTIL), at);
    face.copy = match (value(MADE_FOR), value(COPY_UNTIL)) {
        (None, None) => Copy { kind: CopyKind::Original, made_for: None, valid_until: None },
        (made_for, until) => Copy {
            kind: CopyKind::Annotated,
            made_for: made_for.map(str::to_owned),
            valid_until: until.map(str::to_owned),
        },
    };
    face
}

/// The state by the dates on the face. Both days count whole, in China's time.
fn status(from: Option<&str>, until: Option<&str>, at: Timestamp) -> Status {
    let today = at.china_date();
    let unlimited = until.is_some_and(|until| until.contains("长期"));
    let from = from.and_then(iso_date);
    let until = until.and_then(iso_date);
    let state = match (from, until) {
        (Some(from), _) if today < from => State::NotYet,
        (_, Some(until)) if today > until => State::Expired,
        (_, Some(_)) => State::InForce,
        (_, None) if unlimited => State::InForce,
        (_, None) => return Status::unknown(),
    };
    Status { state, source: StatusSource::Face, as_of: Some(at) }
}

/// A date as licenses write it (`2026-11-21`, `2026年11月21日`, `20261121`, …) in the form `YYYY-MM-DD`.
fn iso_date(text: &str) -> Option<String> {
    let mut fields: Vec<String> = text
        .split(|character: char| !character.is_ascii_digit())
        .filter(|field| !field.is_empty())
        .map(str::to_owned)
        .collect();
    if let [whole] = fields.as_slice()
        && whole.len() == 8
    {
        let (year, rest) = whole.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        fields = [year, month, day].map(str::to_owned).to_vec();
    }
    let [year, month, day, ..] = fields.as_slice() else { return None };
    let numbers = [year.parse().ok()?, month.parse().ok()?, day.parse().ok()?, 0, 0, 0];
    Timestamp::from_fields(numbers, crate::clock::CHINA).map(Timestamp::china_date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn dates_in_the_forms_of_the_field() {
        for text in ["2026-11-21", "2026年11月21日", "20261121", "2026/11/21 10:00:00", "2026.11.21"] {
            assert_eq!(iso_date(text).as_deref(), Some("2026-11-21"), "{text}");
        }
        assert_eq!(iso_date("2026-02-30"), None);
        assert_eq!(iso_date("长期"), None);
    }

    #[test]
    fn the_last_day_counts_whole_in_china() {
        let state = |now| status(Some("2020-01-01"), Some("2026-11-21"), at(now)).state;
        assert_eq!(state("2026-11-21T15:59:59Z"), State::InForce);
        assert_eq!(state("2026-11-21T16:00:00Z"), State::Expired);
        assert_eq!(state("2019-12-31T15:59:59Z"), State::NotYet);
        assert_eq!(status(None, Some("长期"), at("2026-11-21T00:00:00Z")).state, State::InForce);
        assert_eq!(status(Some("2020-01-01"), None, at("2026-11-21T00:00:00Z")).state, State::Unknown);
    }

    #[test]
    fn what_no_signature_covers_says_nothing() {
        let custom = [("ZZMC", "营业执照"), ("ZZYXQJZRQ", "2099-12-31"), ("ZZBS", "1.2.3")];
        let custom = custom.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut reasons = Vec::new();
        let face = read(&custom, false, at("2026-11-21T00:00:00Z"), &mut reasons);
        assert_eq!(face.status.state, State::Unknown);
        assert_eq!(face.copy.kind, CopyKind::Unknown);
        let codes: Vec<Code> = reasons.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [Code::LicenseIdentifier, Code::LicenseUncovered]);
    }
}
