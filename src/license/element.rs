//! What the names of a license's data mean: elements of GB/T 36903-2018, by the names that documents write.
//! The standard was not at hand; the names are those of public schemas and of licenses in the field.

/// An element of the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Element {
    TypeName,
    TypeCode,
    Number,
    Identifier,
    Issuer,
    IssuerCode,
    Issued,
    Holder,
    HolderCode,
    HolderTypeName,
    HolderType,
    ValidFrom,
    ValidUntil,
    ValidPeriod,
    State,
    SealedBy,
    SealedAt,
    SealName,
    Created,
    CopyMadeBy,
    CopyMadeAt,
    CopyPurpose,
    CopyUntil,
}

/// Element, its name in reports, and the names on documents: the short one (pinyin initials) of CustomDatas first,
/// then those of custom tags and captions.
const TABLE: [(Element, &str, &[&str]); 23] = [
    (Element::TypeName, "type_name", &["ZZMC", "证照类型名称", "证照名称"]),
    (Element::TypeCode, "type_code", &["ZZLXDM", "证照类型代码"]),
    (Element::Number, "number", &["ZZBH", "证照编号", "证照号码"]),
    (Element::Identifier, "identifier", &["ZZBS", "证照标识", "电子证照标识"]),
    (Element::Issuer, "issuer", &["ZZBFJG", "证照颁发机构", "颁发机构", "发证机关"]),
    (Element::IssuerCode, "issuer_code", &["ZZBFJGDM", "证照颁发机构代码", "颁发机构代码"]),
    (Element::Issued, "issued", &["ZZBFRQ", "证照颁发日期", "颁发日期", "发证日期"]),
    (Element::Holder, "holder", &["CZZT", "持证主体", "持证主体名称", "持证人"]),
    (Element::HolderCode, "holder_code", &["CZZTDM", "持证主体代码"]),
    (Element::HolderTypeName, "holder_type_name", &["CZZTDMLX", "持证主体代码类型"]),
    (Element::HolderType, "holder_type", &["CZZTDMLXDM", "持证主体代码类型代码"]),
    (Element::ValidFrom, "valid_from", &["ZZYXQQSRQ", "证照有效期起始日期", "有效期起始日期", "有效期起始"]),
    (
        Element::ValidUntil,
        "valid_until",
        &["ZZYXQJZRQ", "证照有效期截止日期", "有效期截止日期", "有效期截止"],
    ),
    (Element::ValidPeriod, "valid_period", &["有效期限", "有效期"]),
    (Element::State, "state", &["ZZZT", "ZZZTDM", "证照状态", "证照状态代码", "证书状态"]),
    (Element::SealedBy, "sealed_by", &["ZZQZR", "证照签章人"]),
    (Element::SealedAt, "sealed_at", &["ZZQZSJ", "证照签章时间"]),
    (Element::SealName, "seal_name", &["ZZQZMC", "证照签章名称"]),
    (Element::Created, "created", &["CJSJ", "创建时间"]),
    (Element::CopyMadeBy, "copy_made_by", &["JZJZZZ", "加注件制作者"]),
    (Element::CopyMadeAt, "copy_made_at", &["JZJZZSJ", "加注件制作时间"]),
    (Element::CopyPurpose, "copy_purpose", &["JZJZZSY", "加注件制作事由"]),
    (Element::CopyUntil, "copy_until", &["JZJYXQJZSJ", "加注件有效期截止时间", "加注件有限期截止时间"]),
];

/// The prefix of fields that belong to a kind of license and not to the metadata of all (照面 fields).
const BUSINESS: &str = "KZ_";

/// What an annotated copy has and the original has not.
pub(super) const ANNOTATIONS: [Element; 4] =
    [Element::CopyMadeBy, Element::CopyMadeAt, Element::CopyPurpose, Element::CopyUntil];

impl Element {
    /// The element that a document calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|(.., names)| names.contains(&name)).map(|(element, ..)| *element)
    }

    /// Whether several values are several facts: a license may have two holders.
    pub(super) const fn is_plural(self) -> bool {
        matches!(self, Self::Holder | Self::HolderCode | Self::HolderTypeName | Self::HolderType)
    }

    /// Whether the value is a day.
    pub(super) const fn is_date(self) -> bool {
        matches!(self, Self::Issued | Self::ValidFrom | Self::ValidUntil)
    }

    /// Whether a document with this element carries a license. Seals and dates stand on other documents, too.
    pub(super) const fn marks_license(self) -> bool {
        matches!(
            self,
            Self::TypeName
                | Self::TypeCode
                | Self::Number
                | Self::Identifier
                | Self::Holder
                | Self::HolderCode
        )
    }
}

/// What reports call the element of `name`.
pub(super) fn wire_name(name: &str) -> Option<&'static str> {
    if name.starts_with(BUSINESS) {
        return Some("business");
    }
    TABLE.iter().find(|(.., names)| names.contains(&name)).map(|(_, wire, _)| *wire)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rows_share_an_element_or_a_name() {
        let elements: BTreeSet<Element> = TABLE.iter().map(|(element, ..)| *element).collect();
        let wires: BTreeSet<&str> = TABLE.iter().map(|(_, wire, _)| *wire).collect();
        assert_eq!((elements.len(), wires.len()), (TABLE.len(), TABLE.len()));
        let names: Vec<&str> = TABLE.iter().flat_map(|(.., names)| names.iter().copied()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn business_fields_are_told_apart() {
        assert_eq!(Element::named("ZZBS"), Element::named("证照标识"));
        assert_eq!((Element::named("KZ_XM"), wire_name("KZ_XM")), (None, Some("business")));
        assert_eq!((Element::named("发票号码"), wire_name("发票号码")), (None, None));
    }
}
