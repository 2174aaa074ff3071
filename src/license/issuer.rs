//! Whether those who sealed a license are who it says issued it.
//!
//! The rule, for the issuer's name and code on one side, and on the other the seal's name and the signer's subject
//! (organization, units, common name; province; a credit code anywhere in it):
//!
//! 1. The same credit code on both sides, of an institution: the same. Of anybody else only if 4 does not hold: an enterprise
//!    could write an authority's name beside its own code.
//! 2. Provinces known on both sides, from names or codes, and none in common: different.
//! 3. Names. One fits if it is an office's where the issuer is one, its places (province, prefecture, county)
//!    contradict none of the issuer's, and one of these holds: one name contains the other; one is the other with
//!    characters left out (深圳市监局); both are offices that name the same function in government, old names included
//!    (工商行政管理局 and 市场监督管理局), or the sealer is one that acts for all (行政审批局, 人民政府); most pairs of
//!    neighboring characters are common (浙江省国家税务局 and 国家税务总局浙江省税务局).
//!    Any that fits: the same. Where no place is common to both names the signer's province must not contradict.
//!    Who is an office is told by the class of the sealer's credit code, and by how its name ends where it has none.
//! 4. Names known and none fits, or no names and different credit codes: different.
//! 5. Anything else is unknown, which is no finding.
//!
//! Of several signatures over the claim one that is the same is enough, as others may seal along with the issuer.

mod words;

use std::collections::BTreeSet;

use self::words::{FIRMS, FOR_ALL, FUNCTIONS, HOSPITALS, NO_OFFICES, OFFICES, SEALS};
use crate::identifier::{CreditCode, PROVINCES, Province};
use crate::verdict::SignatureJudgement;

/// Chinese characters that a name needs to tell one office from others.
const SPECIFIC: usize = 4;

/// Characters of a name that are looked at. X.520 bounds organization and common name to 64; a hostile seal does not.
const LONGEST: usize = 128;

/// Names in one subject that are looked at; certificates in the field have up to six.
const NAMES: usize = 16;

/// Who registers institutions (机构编制), as credit codes begin (GB 32100 table 1).
const INSTITUTION: char = '1';

/// Who registers others (GB 32100 table 1): judicial services, associations and private institutions, unions, enterprises and
/// traders, rural collectives.
const OTHERS: [char; 5] = ['3', '5', '8', ENTERPRISE, 'N'];

/// Who registers enterprises, traders and cooperatives (市场监督管理), as their credit codes begin.
const ENTERPRISE: char = '9';

/// Whether what is certified by a public body called `name` may bear the credit code in `text`: of an institution, or where it cares
/// for health, of anybody but an enterprise. What is no credit code says nothing.
pub(super) fn may_certify(name: &str, text: &str) -> bool {
    CreditCode::parse(text).map_or(true, |code| {
        let text = code.as_str();
        text.starts_with(INSTITUTION) || is_hospital(name) && !text.starts_with(ENTERPRISE)
    })
}

fn is_hospital(name: &str) -> bool {
    let text = core(&letters(name));
    HOSPITALS.iter().any(|end| text.ends_with(end))
}

/// Whether `name` is that of a public body by how it ends: an office, or one that cares for health.
pub(super) fn is_public(name: &str) -> bool {
    ends_as_office(&core(&letters(name))) || is_hospital(name)
}

/// Who is said to have issued a license.
pub(super) struct Claim<'a> {
    name: Option<Office>,
    code: Option<&'a str>,
    provinces: BTreeSet<Province>,
}

impl<'a> Claim<'a> {
    /// A claim of an issuer with this name and code, each if known.
    pub(super) fn new(name: Option<&str>, code: Option<&'a str>) -> Self {
        let name = name.and_then(Office::read);
        let region = code.and_then(|code| match code.len() {
            6 => code.get(..2),
            18 => code.get(2..4),
            _ => None,
        });
        let by_code = region.and_then(|region| Province::parse(region).ok());
        let by_name = name.as_ref().and_then(|name| name.places.province);
        Self { provinces: by_code.into_iter().chain(by_name).collect(), name, code }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Same,
    Unknown,
    Different(&'static str),
}

/// In what the issuer differs from all `sealers`, unless one of them is the issuer or nothing is known of any.
pub(super) fn difference<'s>(
    claim: &Claim<'_>,
    sealers: impl Iterator<Item = &'s SignatureJudgement>,
) -> Option<&'static str> {
    let mut found = None;
    for sealer in sealers {
        match compare(claim, &Sealer::of(sealer)) {
            Match::Same => return None,
            Match::Different(what) => found = found.or(Some(what)),
            Match::Unknown => {}
        }
    }
    found
}

/// The provinces that whoever made `signature` speaks for: by names and codes, or else where its certificate says it is.
pub(super) fn provinces(signature: &SignatureJudgement) -> BTreeSet<Province> {
    let sealer = Sealer::of(signature);
    if sealer.provinces.is_empty() { sealer.stated } else { sealer.provinces }
}

/// What whoever has a credit code is, by its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Enterprise,
    Institution,
    Other,
    /// Without a code, or with one of a class that says nothing of it.
    Unknown,
}

impl Kind {
    /// Of whoever has all of `codes`: no institution where one of them is another's.
    fn of(codes: &[CreditCode]) -> Self {
        let begins = |with: &[char]| codes.iter().any(|code| code.as_str().starts_with(with));
        match codes {
            _ if begins(&[ENTERPRISE]) => Self::Enterprise,
            _ if begins(&OTHERS) => Self::Other,
            _ if begins(&[INSTITUTION]) => Self::Institution,
            _ => Self::Unknown,
        }
    }
}

/// Who sealed a license, as far as seal and certificate say.
struct Sealer {
    offices: Vec<Office>,
    codes: BTreeSet<String>,
    kind: Kind,
    /// From names and codes.
    provinces: BTreeSet<Province>,
    /// From ST of the certificate, which for some is where its vendor sits.
    stated: BTreeSet<Province>,
}

impl Sealer {
    fn of(signature: &SignatureJudgement) -> Self {
        let names = signature.signer.as_ref().map(|signer| &signer.names);
        let offices = signature.seal.iter().map(|seal| seal.name.as_str());
        let offices = offices.chain(names.iter().flat_map(|names| names.offices.iter().map(String::as_str)));
        let parts = names.iter().flat_map(|names| names.offices.iter().chain(&names.others));
        let provinces = names.iter().flat_map(|names| names.provinces.iter().map(String::as_str));
        Self::new(offices, parts.map(String::as_str), provinces)
    }

    fn new<'a>(
        offices: impl Iterator<Item = &'a str>,
        parts: impl Iterator<Item = &'a str>,
        provinces: impl Iterator<Item = &'a str>,
    ) -> Self {
        let offices: Vec<Office> = offices.filter_map(Office::read).take(NAMES).collect();
        let words = parts.flat_map(|part| part.split(|character: char| !character.is_ascii_alphanumeric()));
        let codes: Vec<CreditCode> =
            words.filter_map(|word| CreditCode::parse(word).ok()).take(NAMES).collect();
        let by_code = codes.iter().filter_map(|code| Province::parse(code.region().get(..2)?).ok());
        let by_name = offices.iter().filter_map(|office| office.places.province);
        Self {
            provinces: by_code.chain(by_name).collect(),
            kind: Kind::of(&codes),
            codes: codes.iter().map(ToString::to_string).collect(),
            stated: provinces.filter_map(province_of).collect(),
            offices,
        }
    }
}

fn compare(claim: &Claim<'_>, sealer: &Sealer) -> Match {
    let apart = |other: &BTreeSet<Province>| {
        !other.is_empty() && !claim.provinces.is_empty() && claim.provinces.is_disjoint(other)
    };
    let same_code = claim.code.is_some_and(|code| sealer.codes.contains(code));
    if same_code && claim.code.is_some_and(|code| code.starts_with(INSTITUTION)) {
        return Match::Same;
    }
    if apart(&sealer.provinces) {
        return Match::Different("another province");
    }
    let Some(name) = claim.name.as_ref().filter(|_| !sealer.offices.is_empty()) else {
        let credit = claim.code.filter(|code| code.len() == 18);
        let codes_differ = credit.is_some() && !sealer.codes.is_empty();
        return match (codes_differ, apart(&sealer.stated)) {
            _ if same_code => Match::Same,
            (true, _) => Match::Different("another code"),
            (_, true) if sealer.provinces.is_empty() => Match::Different("another province"),
            _ => Match::Unknown,
        };
    };
    let mut fitting = sealer.offices.iter().filter(|office| office.fits(sealer.kind, name)).peekable();
    if fitting.peek().is_none() {
        return Match::Different("another name");
    }
    let placed = fitting.any(|office| office.places.share(&name.places));
    if !placed && sealer.provinces.is_empty() && apart(&sealer.stated) {
        return Match::Different("another province");
    }
    Match::Same
}

/// An organization by its Chinese name.
#[derive(Debug)]
struct Office {
    /// Letters and digits alone.
    name: Vec<char>,
    text: String,
    /// Without what stands behind it on a seal.
    core: String,
    places: Places,
}

/// Letters and digits of `text`.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).take(LONGEST).collect()
}

/// The name in `text`, without what stands behind it on a seal.
fn core(text: &str) -> String {
    let mut rest = text;
    loop {
        let shorter = rest.trim_end_matches(|character: char| character.is_ascii_alphanumeric());
        let shorter = SEALS.iter().find_map(|end| shorter.strip_suffix(end)).unwrap_or(shorter);
        if shorter.len() == rest.len() {
            return rest.to_owned();
        }
        rest = shorter;
    }
}

fn is_firm(core: &str) -> bool {
    FIRMS.iter().any(|end| core.ends_with(end))
}

fn ends_as_office(core: &str) -> bool {
    OFFICES.iter().any(|end| core.ends_with(end)) && !NO_OFFICES.iter().any(|end| core.ends_with(end))
}

impl Office {
    /// The office called `text`, unless the name is too short to tell one from another or not Chinese.
    fn read(text: &str) -> Option<Self> {
        let text = letters(text);
        let name: Vec<char> = text.chars().collect();
        let chinese = name.iter().filter(|character| matches!(character, '\u{4e00}'..='\u{9fff}')).count();
        let places = Places::read(&name);
        (chinese >= SPECIFIC).then(|| Self { core: core(&text), name, text, places })
    }

    /// Whether this, of whoever is of `kind`, may be the issuer called `issuer`.
    fn fits(&self, kind: Kind, issuer: &Self) -> bool {
        let office = match kind {
            Kind::Institution => true,
            Kind::Enterprise | Kind::Other => false,
            Kind::Unknown => ends_as_office(&self.core),
        };
        if self.places.contradict(&issuer.places) {
            return false;
        }
        let namesake = self.core == issuer.core;
        let firm = matches!(kind, Kind::Enterprise | Kind::Other) || is_firm(&self.core);
        if ends_as_office(&issuer.core) && !office {
            // A name of its own needs no end that is known; that of an authority is no enterprise's.
            return namesake && kind != Kind::Enterprise;
        }
        // The name of a hospital is part of that of the firm that does its laundry.
        if firm && !office {
            return namesake;
        }
        let is = |one: &Self, words: &[&str]| words.iter().any(|word| one.text.contains(word));
        let same_function = FUNCTIONS.iter().any(|words| is(self, words) && is(issuer, words));
        office && (same_function || is(self, &FOR_ALL)) || self.is_like(issuer)
    }

    fn is_like(&self, other: &Self) -> bool {
        let (short, long) = if self.name.len() <= other.name.len() { (self, other) } else { (other, self) };
        if long.text.contains(&short.text) {
            return true;
        }
        let mut rest = long.name.iter();
        let abbreviates = short.name.iter().all(|character| rest.any(|next| next == character));
        // An abbreviation keeps a third of the name: 深圳市监局 keeps 5 of 11.
        if abbreviates && short.name.len() * 3 >= long.name.len() {
            return true;
        }
        let pairs = |office: &Self| -> BTreeSet<[char; 2]> {
            office.name.windows(2).filter_map(|pair| pair.try_into().ok()).collect()
        };
        let (ours, theirs) = (pairs(short), pairs(long));
        // Three quarters; offices of two functions in one city have about half in common.
        !ours.is_empty() && ours.intersection(&theirs).count() * 4 >= ours.len() * 3
    }
}

/// Where an office is, by its name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Places {
    province: Option<Province>,
    prefecture: Option<String>,
    county: Option<String>,
}

impl Places {
    fn read(name: &[char]) -> Self {
        let mut places = Self::default();
        let mut token = String::new();
        for character in name {
            match character {
                _ if token.is_empty() => token.push(*character),
                // The end of another office's name, as in 国家税务总局浙江省税务局.
                '局' | '厅' | '委' | '部' | '署' => token.clear(),
                '省' => places.province = places.province.or(province_of(&std::mem::take(&mut token))),
                '区' if token.ends_with("自治") || token.ends_with("特别行政") => {
                    places.province = places.province.or(province_of(&std::mem::take(&mut token)));
                }
                // 城市管理 names a function.
                '市' if token == "城" => token.push(*character),
                '市' => places.city(std::mem::take(&mut token)),
                '州' if token.ends_with("自治") => places.city(std::mem::take(&mut token)),
                '区' if token.ends_with('地') => places.city(std::mem::take(&mut token)),
                '盟' => places.city(std::mem::take(&mut token)),
                '县' | '区' | '旗' => {
                    places.county.get_or_insert(std::mem::take(&mut token));
                    token.clear();
                }
                _ => token.push(*character),
            }
        }
        places
    }

    /// A city: a province of its own, a prefecture, or within one a county.
    fn city(&mut self, name: String) {
        let municipality = ["北京", "天津", "上海", "重庆"].contains(&name.as_str());
        if municipality {
            self.province = self.province.or(province_of(&name));
        } else if self.prefecture.is_none() {
            self.prefecture = Some(name);
        } else {
            self.county.get_or_insert(name);
        }
    }

    fn contradict(&self, other: &Self) -> bool {
        differ(&self.province, &other.province)
            || differ(&self.prefecture, &other.prefecture)
            || differ(&self.county, &other.county)
    }

    fn share(&self, other: &Self) -> bool {
        self.province.is_some() && self.province == other.province
            || self.prefecture.is_some() && self.prefecture == other.prefecture
            || self.county.is_some() && self.county == other.county
    }
}

fn differ<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// The province that `text` begins with, in Chinese or English.
fn province_of(text: &str) -> Option<Province> {
    let text = text.trim();
    let named = |chinese: &str, english: &str| {
        text.starts_with(chinese)
            || text.get(..english.len()).is_some_and(|start| start.eq_ignore_ascii_case(english))
    };
    let (code, ..) = PROVINCES.iter().find(|(_, chinese, english)| named(chinese, english))?;
    Province::parse(&code.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(issuer: &str, code: Option<&str>, sealers: &[&str], province: &str) -> Match {
        let sealer = Sealer::new(sealers.iter().copied(), sealers.iter().copied(), [province].into_iter());
        compare(&Claim::new(Some(issuer), code), &sealer)
    }

    #[test]
    fn honest_differences_are_the_same_office() {
        for (issuer, sealer) in [
            ("浙江省税务局", "国家税务总局浙江省税务局"),
            ("国家税务总局浙江省税务局", "浙江省国家税务局"),
            ("国家税务总局杭州市西湖区税务局", "浙江省杭州市西湖区税务局"),
            ("苏州市民政局", "江苏省苏州市民政局电子证照专用章"),
            ("深圳市市场监督管理局", "深圳市监局"),
            ("广州市工商行政管理局", "广州市市场监督管理局"),
            ("广州市市场监督管理局", "广州市工商行政管理局"),
            ("昆明市国土资源局", "昆明市自然资源和规划局"),
            ("孝感市交通运输局", "孝感市行政审批局"),
            ("孝感市交通运输局", "湖北省孝感市人民政府（专用章）"),
            ("贵阳市民政局", "贵阳市大数据发展管理局"),
            ("沈阳市民政局", "沈阳市大数据管理局"),
            ("沈阳市民政局", "沈阳市数据局电子印章2"),
            ("示例市第一人民医院", "示例市第一人民医院出生医学证明专用章"),
            ("公安部出入境管理局", "中华人民共和国公安部"),
            ("上海市公安局浦东分局", "上海市公安局"),
            ("成都市城市管理局", "成都市青羊区城市管理局"),
            ("广西壮族自治区公安厅", "广西壮族自治区公安厅"),
            ("示例燃气有限公司", "示例燃气有限公司合同专用章"),
        ] {
            assert_eq!(compared(issuer, None, &[sealer], ""), Match::Same, "{issuer} {sealer}");
            assert_eq!(compared(issuer, None, &["某某科技有限公司", sealer], ""), Match::Same, "{issuer}");
        }
    }

    #[test]
    fn another_office_is_different() {
        for (issuer, sealer, what) in [
            ("广州市公安局", "深圳市公安局", "another name"),
            ("广州市公安局", "广州市财政局", "another name"),
            ("广州市公安局越秀区分局", "广州市公安局天河区分局", "another name"),
            ("广东省公安厅", "湖南省公安厅", "another province"),
            ("广东省广州市公安局", "湖南省人民政府", "another province"),
            ("广州市公安局", "某某鞋业有限公司", "another name"),
            ("广州市公安局", "广州市公安局机关服务有限公司", "another name"),
            ("广州市卫生健康局", "广州市卫生用品商行", "another name"),
            ("广州市卫生健康局", "广州市健康卫生餐厅", "another name"),
            ("广州市民政局", "广州市大数据产业协会", "another name"),
            ("广州市民政局", "广州市大数据交易所", "another name"),
            ("广州市民政局", "广州市气象数据中心", "another name"),
            ("广州市卫生健康局", "广州市卫生用品经销处", "another name"),
            ("广州市第一人民医院", "广州市第一人民医院后勤服务有限公司", "another name"),
            ("示例大学", "示例大学科技园商行", "another name"),
            ("广州市民政局", "广州市民政律师事务所", "another name"),
        ] {
            assert_eq!(compared(issuer, None, &[sealer], ""), Match::Different(what), "{issuer} {sealer}");
        }
    }

    #[test]
    fn codes_and_provinces_help_where_names_do_not() {
        let (own, other) = ("11430000006122244L", "11440000006939801C");
        let latin = |code| compared("湖南省民政厅", Some(own), &[code, "Signer 1"], "");
        assert_eq!(latin(own), Match::Same);
        assert_eq!(latin(other), Match::Different("another province"));
        assert_eq!(latin("Signer 2"), Match::Unknown);
        // The code of whoever is no institution settles nothing that its name contradicts.
        let firm = "91440300708461136T";
        let sealed = |issuer, sealer| compared(issuer, Some(firm), &[firm, sealer], "");
        assert_eq!(sealed("深圳市民政局", "示例科技有限公司"), Match::Different("another name"));
        assert_eq!(sealed("深圳市市场监督管理局", "深圳市市场监督经营部"), Match::Different("another name"));
        assert_eq!(sealed("示例科技有限公司", "示例科技有限公司合同专用章"), Match::Same);
        assert_eq!(sealed("示例科技有限公司", "Signer 1"), Match::Same);

        // Whoever has a code is what its class says, whatever the name sounds like.
        let association = CreditCode::complete("51440300708461136").unwrap().to_string();
        let institution = CreditCode::complete("12440300708461136").unwrap().to_string();
        let named = |code: &str| compared("深圳市民政局", None, &[code, "深圳市民政服务中心"], "");
        assert_eq!(named(firm), Match::Different("another name"));
        assert_eq!(named(&association), Match::Different("another name"));
        assert_eq!(named(&institution), Match::Same);
        assert_eq!(
            compared("深圳市民政局", None, &[firm, "深圳市民政局"], ""),
            Match::Different("another name")
        );

        let central = compared("公安部门", Some("11100000000013127D"), &["Signer", "11100000000013338W"], "");
        assert_eq!(central, Match::Different("another code"));

        // Where the certificate's vendor sits is no difference; a name that any province has is not enough.
        assert_eq!(compared("苏州市民政局", Some("320500"), &["苏州市民政局"], "Beijing"), Match::Same);
        assert_eq!(
            compared("市场监督管理局", Some("320500"), &["市场监督管理局"], "北京市"),
            Match::Different("another province")
        );
        assert_eq!(compared("市场监督管理局", Some("320500"), &["市场监督管理局"], "江苏省"), Match::Same);
        assert_eq!(
            compared("苏州市民政局", Some("320500"), &["USER"], "Zhejiang"),
            Match::Different("another province")
        );
        assert_eq!(compared("苏州市民政局", None, &["USER", "张三"], "Zhejiang"), Match::Unknown);
        // A seal of the state has no province to contradict.
        assert_eq!(compared("公安部交通管理局", Some("110000"), &["中华人民共和国公安部"], ""), Match::Same);
    }

    #[test]
    fn places_are_read_from_names() {
        let read = |text: &str| {
            let places = Places::read(&text.chars().collect::<Vec<_>>());
            let province = places.province.map(|province| province.chinese().to_owned());
            [province, places.prefecture, places.county].map(Option::unwrap_or_default)
        };
        for (name, expected) in [
            ("国家税务总局浙江省税务局", ["浙江", "", ""]),
            ("广东省广州市越秀区市场监督管理局", ["广东", "广州", "越秀"]),
            ("北京市朝阳区人民政府", ["北京", "", "朝阳"]),
            ("新疆维吾尔自治区喀什地区公安局", ["新疆", "喀什地", ""]),
            ("海南藏族自治州财政局", ["", "海南藏族自治", ""]),
            ("内蒙古自治区锡林郭勒盟多伦县民政局", ["内蒙古", "锡林郭勒", "多伦"]),
            ("浙江省金华市义乌市市场监督管理局", ["浙江", "金华", "义乌"]),
            ("市场监督管理局", ["", "", ""]),
        ] {
            assert_eq!(read(name), expected, "{name}");
        }
    }
}
