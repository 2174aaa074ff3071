//! The facts about the license on a document: who holds it, whether it is in force, what kind of copy it is.
//! It joins them to what a counter asks; where they come from is the judge's business.

use serde::Serialize;

use super::wire::wire_names;
use crate::clock::Timestamp;
use crate::identifier::{HolderType, LicenseIdentifier};
use crate::sensitive::Sensitive;

wire_names! {
    /// Whether a license is in force.
    State {
        /// In force.
        InForce = "in_force",
        /// Not yet in force.
        NotYet = "not_yet",
        /// Suspended (中止).
        Suspended = "suspended",
        /// Past its end.
        Expired = "expired",
        /// Cancelled (注销).
        Cancelled = "cancelled",
        /// Revoked (吊销, 撤销).
        Revoked = "revoked",
        /// Not known.
        Unknown = "unknown",
    }
}

/// States as licenses and registries write them, by code and by word. The codes are those that the housing ministry's
/// interface gives (03 to 07, 99); 转出, moved to another registry, ends the license here.
const STATES: [(&str, &[&str], State); 9] = [
    ("03", &["撤销"], State::Revoked),
    ("04", &["注销"], State::Cancelled),
    ("05", &["失效"], State::Expired),
    ("06", &["转出", "办理转出"], State::Cancelled),
    ("07", &["吊销"], State::Revoked),
    ("99", &["其他"], State::Unknown),
    ("", &["有效", "正常"], State::InForce),
    ("", &["中止", "暂扣"], State::Suspended),
    ("", &["过期"], State::Expired),
];

impl State {
    /// The state that `text` writes, by its code or its word; `None` if it writes none.
    pub fn named(text: &str) -> Option<Self> {
        let mut rows = STATES.iter();
        let row = rows.find(|(code, words, _)| !text.is_empty() && *code == text || words.contains(&text));
        row.map(|(.., state)| *state)
    }

    /// Whether the license is known not to be in force.
    pub const fn is_out_of_force(self) -> bool {
        !matches!(self, Self::InForce | Self::Unknown)
    }

    /// Whether the license has ended for good.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Revoked)
    }

    /// Of two states that both are said to hold, the one that leaves less: what ends a license for good before
    /// what ends by itself, and anything said before nothing said.
    pub const fn joined(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::InForce => 0,
            Self::Unknown => 1,
            Self::NotYet => 2,
            Self::Suspended => 3,
            Self::Expired => 4,
            Self::Cancelled => 5,
            Self::Revoked => 6,
        }
    }
}

wire_names! {
    /// Where a license's state comes from.
    StatusSource {
        /// The issuer's registry.
        Registry = "registry",
        /// What is written on the license.
        Face = "face",
        /// Nowhere.
        None = "none",
    }
}

wire_names! {
    /// What kind of copy a license is.
    CopyKind {
        /// As issued.
        Original = "original",
        /// Annotated for one purpose (加注件).
        Annotated = "annotated",
        /// Not known.
        Unknown = "unknown",
    }
}

wire_names! {
    /// Whether a counter may rely on the license now.
    Usable {
        /// Genuine, in force, and a copy that may be used.
        Yes = "yes",
        /// Not genuine, not in force, or not for this use.
        No = "no",
        /// Not known.
        Undetermined = "undetermined",
    }
}

wire_names! {
    /// Where on a document a datum stands.
    ValueSource {
        /// In the CustomDatas of OFD.xml, for machines.
        CustomData = "custom_data",
        /// On a page, found through a custom tag.
        Tag = "tag",
    }
}

/// One datum of a license.
#[derive(Clone, Debug)]
pub struct LicenseValue {
    /// The name as written on the document.
    pub name: String,
    /// The element of GB/T 36903 that the name stands for, `business` for a field of the license's kind.
    pub element: Option<&'static str>,
    /// The value; personal data for many licenses.
    pub value: Sensitive<String>,
    /// Where it stands.
    pub source: ValueSource,
    /// Whether a good signature covers it.
    pub covered: bool,
    /// Whether such a signature leads to a trust anchor.
    pub trusted: bool,
}

/// Someone a license was issued to (持证主体).
#[derive(Clone, Debug)]
pub struct Holder {
    /// The type of the code, if it is one of GB/T 36903 annex A.
    pub kind: Option<HolderType>,
    /// The code as written.
    pub code: Option<Sensitive<String>>,
    /// The name.
    pub name: Option<Sensitive<String>>,
    /// Whether one good signature covers all that is said of this holder.
    pub covered: bool,
    /// Whether such a signature leads to a trust anchor.
    pub trusted: bool,
}

/// Who issued a license, as the license says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Issuer {
    /// The name.
    pub name: Option<String>,
    /// The code: of an organization, or in the field of a region.
    pub code: Option<String>,
    /// The six digits of the region inside the code.
    pub region: Option<String>,
}

/// The days that a license names, `YYYY-MM-DD` in China.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Dates {
    /// When it was issued.
    pub issued: Option<String>,
    /// Its first day.
    pub from: Option<String>,
    /// Its last day.
    pub until: Option<String>,
    /// Whether it says that it has no last day (长期).
    pub unlimited: bool,
}

/// The license that a document carries.
#[derive(Clone, Debug)]
pub struct License {
    /// The identifier, if it is well formed.
    pub identifier: Option<String>,
    /// The type code, from the identifier or as stated.
    pub type_code: Option<String>,
    /// The name of the license type as stated.
    pub type_name: Option<String>,
    /// The version, three digits from `001`, from the identifier.
    pub version: Option<String>,
    /// The issuer as stated.
    pub issuer: Issuer,
    /// The days as stated.
    pub dates: Dates,
    /// The holders; two on a marriage certificate.
    pub holders: Vec<Holder>,
    /// All data, those for machines first, each kind in the document's order.
    pub values: Vec<LicenseValue>,
}

impl License {
    /// The identifier that good signatures cover, if there is one and no other. One that nobody vouches for could be that
    /// of any license.
    pub fn vouched_identifier(&self) -> Option<LicenseIdentifier> {
        let mut parsed = self
            .identifiers()
            .filter(|value| value.covered)
            .map(|value| LicenseIdentifier::parse(value.value.expose().trim()).ok());
        let first = parsed.next()??;
        parsed.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// The same if somebody whom a trust anchor vouches for signed it: what its issuer's registry may be asked by. A seal
    /// that anybody can make for themselves must not send questions about others to other provinces.
    pub fn trusted_identifier(&self) -> Option<LicenseIdentifier> {
        self.vouched_identifier().filter(|_| self.identifiers().any(|value| value.trusted))
    }

    fn identifiers(&self) -> impl Iterator<Item = &LicenseValue> {
        self.values.iter().filter(|value| value.element == Some("identifier"))
    }
}

/// Whether a license is in force, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The state.
    pub state: State,
    /// Where it comes from.
    pub source: StatusSource,
    /// The time for which it holds.
    pub as_of: Option<Timestamp>,
}

impl Status {
    /// Nothing says whether the license is in force.
    pub const fn unknown() -> Self {
        Self { state: State::Unknown, source: StatusSource::None, as_of: None }
    }

    /// What the face says joined with what the issuer's registry says, if it was asked.
    ///
    /// The registry is right where it knows the license: it may have prolonged what the face says is over. Where
    /// it does not know it, a face that says "in force" is not believed, and one that says otherwise is.
    #[must_use]
    pub fn joined(face: Self, registry: Option<Self>) -> Self {
        match registry {
            None => face,
            Some(registry) if registry.state == State::Unknown && face.state.is_out_of_force() => face,
            Some(registry) => Self { source: StatusSource::Registry, ..registry },
        }
    }
}

/// What kind of copy a license is. Purpose and maker may name a person.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The kind.
    pub kind: CopyKind,
    /// The purpose that an annotated copy was made for.
    pub made_for: Option<Sensitive<String>>,
    /// The last day of an annotated copy, as written.
    pub valid_until: Option<String>,
    /// Who made an annotated copy.
    pub made_by: Option<Sensitive<String>>,
    /// When an annotated copy was made, as written.
    pub made_at: Option<String>,
    /// Whether its end has passed at the time judged; none if there is no end that can be read.
    pub ended: Option<bool>,
}

impl Copy {
    /// Nothing says what kind of copy it is.
    pub const fn unknown() -> Self {
        Self::of(CopyKind::Unknown)
    }

    /// A copy of `kind` of which nothing more is known.
    pub const fn of(kind: CopyKind) -> Self {
        Self { kind, made_for: None, valid_until: None, made_by: None, made_at: None, ended: None }
    }

    /// Whether the copy may be used for `purpose`. An annotated copy serves its own purpose until its end.
    pub fn serves(&self, purpose: Option<&str>) -> Usable {
        match self.kind {
            CopyKind::Original => return Usable::Yes,
            CopyKind::Unknown => return Usable::Undetermined,
            CopyKind::Annotated if self.ended == Some(true) => return Usable::No,
            CopyKind::Annotated => {}
        }
        let (Some(purpose), Some(made_for)) = (purpose, &self.made_for) else { return Usable::Undetermined };
        match fit(purpose, made_for.expose()) {
            Fit::Other => Usable::No,
            Fit::Same if self.ended == Some(false) => Usable::Yes,
            Fit::Same | Fit::Near => Usable::Undetermined,
        }
    }
}

/// How an asked purpose relates to the one a copy was made for.
enum Fit {
    Same,
    /// One says more than the other.
    Near,
    Other,
}

/// Words around a purpose that do not change it.
const BEFORE: [&str; 6] = ["仅限", "仅", "供", "用于", "办理", "申请"];
const AFTER: [&str; 3] = ["时使用", "使用", "之用"];

fn fit(asked: &str, made_for: &str) -> Fit {
    let plain = |text: &str| -> String {
        let text: String = text.chars().filter(|character| character.is_alphanumeric()).collect();
        let mut core = text.as_str();
        while let Some(rest) = BEFORE.iter().find_map(|word| core.strip_prefix(word)) {
            core = rest;
        }
        AFTER.iter().find_map(|word| core.strip_suffix(word)).unwrap_or(core).to_lowercase()
    };
    let (asked, made_for) = (plain(asked), plain(made_for));
    match (asked.is_empty() || made_for.is_empty(), asked == made_for) {
        (true, _) => Fit::Near,
        (_, true) => Fit::Same,
        _ if asked.contains(&made_for) || made_for.contains(&asked) => Fit::Near,
        _ => Fit::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_believed_before_the_face_and_never_bettered() {
        use State::{Cancelled, Expired, InForce, NotYet, Revoked, Suspended, Unknown};
        let all = [InForce, NotYet, Suspended, Expired, Cancelled, Revoked, Unknown];
        let (then, now) = (Timestamp::from_seconds(1), Timestamp::from_seconds(2));
        let face = |state| Status { state, source: StatusSource::Face, as_of: Some(now) };
        for said in all {
            assert_eq!(Status::joined(face(said), None), face(said));
            for known in all {
                let registry = Status { state: known, source: StatusSource::None, as_of: Some(then) };
                let joined = Status::joined(face(said), Some(registry));
                if known == Unknown && said.is_out_of_force() {
                    assert_eq!(joined, face(said));
                } else {
                    let expected = Status { state: known, source: StatusSource::Registry, as_of: Some(then) };
                    assert_eq!(joined, expected, "{said:?} {known:?}");
                }
                assert!(joined.state != InForce || known == InForce, "better than the registry says");
            }
        }
    }

    #[test]
    fn the_state_that_leaves_less_wins() {
        assert_eq!(State::InForce.joined(State::Unknown), State::Unknown);
        assert_eq!(State::Unknown.joined(State::Expired), State::Expired);
        assert_eq!(State::Revoked.joined(State::Expired), State::Revoked);
    }

    #[test]
    fn an_annotated_copy_serves_its_purpose_until_its_end() {
        let copy = |made_for: &str, ended| Copy {
            made_for: Some(Sensitive::new(made_for.to_owned())),
            ended,
            ..Copy::of(CopyKind::Annotated)
        };
        let made_for = "仅用于办理社保转移";
        for (ended, purpose, expected) in [
            (Some(false), Some("社保转移"), Usable::Yes),
            (Some(false), Some("用于:社保转移。"), Usable::Yes),
            (Some(false), Some("不动产登记"), Usable::No),
            (Some(false), Some("社保"), Usable::Undetermined),
            (Some(false), Some("。"), Usable::Undetermined),
            (Some(false), None, Usable::Undetermined),
            (Some(true), Some("社保转移"), Usable::No),
            (Some(true), None, Usable::No),
            (None, Some("社保转移"), Usable::Undetermined),
            (None, Some("不动产登记"), Usable::No),
        ] {
            assert_eq!(copy(made_for, ended).serves(purpose), expected, "{ended:?} {purpose:?}");
        }
        assert_eq!(Copy::of(CopyKind::Annotated).serves(Some("社保转移")), Usable::Undetermined);
        assert_eq!(Copy::of(CopyKind::Original).serves(Some("社保转移")), Usable::Yes);
        assert_eq!(Copy::unknown().serves(None), Usable::Undetermined);
    }
}
