//! Administrative regions (GB/T 2260): six digits, the first two of them the province.
//! Codes below the province are taken as well formed only; they are abolished and added every year.

use std::fmt;

use super::Error;

/// The 34 provinces with their codes, names in Chinese and in English.
pub const PROVINCES: [(u8, &str, &str); 34] = [
    (11, "北京", "Beijing"),
    (12, "天津", "Tianjin"),
    (13, "河北", "Hebei"),
    (14, "山西", "Shanxi"),
    (15, "内蒙古", "Inner Mongolia"),
    (21, "辽宁", "Liaoning"),
    (22, "吉林", "Jilin"),
    (23, "黑龙江", "Heilongjiang"),
    (31, "上海", "Shanghai"),
    (32, "江苏", "Jiangsu"),
    (33, "浙江", "Zhejiang"),
    (34, "安徽", "Anhui"),
    (35, "福建", "Fujian"),
    (36, "江西", "Jiangxi"),
    (37, "山东", "Shandong"),
    (41, "河南", "Henan"),
    (42, "湖北", "Hubei"),
    (43, "湖南", "Hunan"),
    (44, "广东", "Guangdong"),
    (45, "广西", "Guangxi"),
    (46, "海南", "Hainan"),
    (50, "重庆", "Chongqing"),
    (51, "四川", "Sichuan"),
    (52, "贵州", "Guizhou"),
    (53, "云南", "Yunnan"),
    (54, "西藏", "Tibet"),
    (61, "陕西", "Shaanxi"),
    (62, "甘肃", "Gansu"),
    (63, "青海", "Qinghai"),
    (64, "宁夏", "Ningxia"),
    (65, "新疆", "Xinjiang"),
    (71, "台湾", "Taiwan"),
    (81, "香港", "Hong Kong"),
    (82, "澳门", "Macao"),
];

/// A province by its two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Province(u8);

impl Province {
    /// Parses two digits that name one of [`PROVINCES`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::Length);
        }
        let code = text.parse().map_err(|_| Error::Alphabet)?;
        PROVINCES.iter().find(|(known, ..)| *known == code).map(|_| Self(code)).ok_or(Error::Province)
    }

    /// All provinces, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        PROVINCES.iter().map(|(code, ..)| Self(*code))
    }

    /// The name in Chinese.
    pub fn chinese(self) -> &'static str {
        PROVINCES.iter().find(|(code, ..)| *code == self.0).map_or("", |(_, name, _)| name)
    }

    /// The name in English.
    pub fn english(self) -> &'static str {
        PROVINCES.iter().find(|(code, ..)| *code == self.0).map_or("", |(.., name)| name)
    }
}

impl fmt::Display for Province {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

/// A region by its six digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// Parses six digits that begin with a province, or `000000` for the state.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() != 6 {
            return Err(Error::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::Alphabet);
        }
        if text != "000000" {
            Province::parse(text.get(..2).unwrap_or_default())?;
        }
        Ok(Self(text.to_owned()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The province, unless this is the state.
    pub fn province(&self) -> Option<Province> {
        Province::parse(self.0.get(..2)?).ok()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
