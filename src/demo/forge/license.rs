//! Electronic licenses (电子证照): one page that reads as a license, with metadata as GB/T 36903 names them.
//! The values are written as given; nothing is looked up.

use super::page::text_width;
use super::{Boundary, Color, Document, Font, Object, Page};
use crate::clock::{CHINA, Timestamp};
use crate::crypto::DigestAlgorithm;
use crate::identifier::{CitizenNumber, CreditCode, LicenseIdentifier};
use crate::sensitive::Sensitive;

/// Whom a license was issued to.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A person.
    Citizen(Sensitive<String>, CitizenNumber),
    /// A newborn, who has no number yet and goes by that of the birth certificate.
    Newborn(Sensitive<String>, Sensitive<String>),
    /// An organization.
    Organization(Sensitive<String>, CreditCode),
}

impl Holder {
    fn name(&self) -> &str {
        match self {
            Self::Citizen(name, _) | Self::Newborn(name, _) | Self::Organization(name, _) => name.expose(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Citizen(_, number) => number.expose(),
            Self::Newborn(_, number) => number.expose(),
            Self::Organization(_, code) => code.as_str(),
        }
    }

    /// Name and code of the kind of code, GB/T 36903-2018 annex A.
    const fn code_type(&self) -> (&'static str, &'static str) {
        match self {
            Self::Citizen(..) => ("公民身份号码", "111"),
            Self::Newborn(..) => ("其他自然人有效证件代码", "999"),
            Self::Organization(..) => ("统一社会信用代码", "001"),
        }
    }
}

/// A row on the face of a license.
#[derive(Clone, Debug)]
pub struct Field {
    /// The caption.
    pub label: String,
    /// The name in the metadata, without the prefix of business fields.
    pub name: String,
    /// The value.
    pub value: Sensitive<String>,
}

impl Field {
    /// A row.
    pub fn new(label: &str, name: &str, value: &str) -> Self {
        Self { label: label.to_owned(), name: name.to_owned(), value: Sensitive::new(value.to_owned()) }
    }
}

/// What is on a license.
#[derive(Clone, Debug)]
pub struct License {
    /// GB/T 36904 identifier.
    pub identifier: LicenseIdentifier,
    /// What kind of license it is.
    pub type_name: String,
    /// The number on its face.
    pub number: Sensitive<String>,
    /// Who issued it.
    pub issuer: String,
    /// The issuer's credit code.
    pub issuer_code: CreditCode,
    /// When it was issued.
    pub issued: Timestamp,
    /// From when it is valid.
    pub valid_from: Timestamp,
    /// Until when, unless for good (长期).
    pub valid_until: Option<Timestamp>,
    /// Whom it was issued to; two on a marriage certificate.
    pub holders: Vec<Holder>,
    /// The rows of its face.
    pub fields: Vec<Field>,
    /// The state in the metadata, if it states one.
    pub state: Option<String>,
    /// What makes it an annotated copy (加注件); none is the license as issued.
    pub annotation: Option<CopyNote>,
}

/// What is added to a license to make an annotated copy (加注件) of it.
#[derive(Clone, Debug)]
pub struct CopyNote {
    /// Who made the copy.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// What it may be used for.
    pub made_for: String,
    /// Its last instant.
    pub until: Timestamp,
}

impl CopyNote {
    fn metadata(&self) -> [(&'static str, String); 4] {
        [
            ("JZJZZZ", self.made_by.clone()),
            ("JZJZZSJ", china_minute(self.made_at)),
            ("JZJZZSY", self.made_for.clone()),
            ("JZJYXQJZSJ", china_minute(self.until)),
        ]
    }
}

/// `YYYY-MM-DD hh:mm:ss` in China.
fn china_minute(at: Timestamp) -> String {
    at.fields(CHINA).map_or_else(
        || at.china_date(),
        |[year, month, day, hour, minute, second]| {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        },
    )
}

/// Where the seal of the issuer belongs on the page.
const SEAL: Boundary = Boundary::new(132.0, 208.0, 40.0, 40.0);
const FRAME: Color = Color(170, 60, 40);
const FAINT: Color = Color(120, 120, 120);
/// Left edge of captions and of values, and where values end.
const CAPTION: f64 = 28.0;
const VALUE: f64 = 72.0;
const RIGHT: f64 = 184.0;

impl License {
    /// Where the seal of the issuer belongs on the first page.
    pub const fn seal_boundary() -> Boundary {
        SEAL
    }

    /// Names and values of the metadata, under the short names that the field embeds them by.
    pub fn metadata(&self) -> Vec<(String, String)> {
        let holders =
            |part: fn(&Holder) -> &str| self.holders.iter().map(part).collect::<Vec<_>>().join("、");
        let until = self.valid_until.map_or_else(|| "长期".to_owned(), Timestamp::china_date);
        let standard = [
            ("ZZMC", self.type_name.clone()),
            ("ZZLXDM", self.identifier.type_code.to_string()),
            ("ZZBH", self.number.expose().clone()),
            ("ZZBS", self.identifier.to_string()),
            ("ZZBFJG", self.issuer.clone()),
            ("ZZBFJGDM", self.issuer_code.to_string()),
            ("ZZBFRQ", self.issued.china_date()),
            ("CZZT", holders(Holder::name)),
            ("CZZTDM", holders(Holder::code)),
            ("CZZTDMLX", holders(|holder| holder.code_type().0)),
            ("CZZTDMLXDM", holders(|holder| holder.code_type().1)),
            ("ZZYXQQSRQ", self.valid_from.china_date()),
            ("ZZYXQJZRQ", until),
        ];
        let business =
            self.fields.iter().map(|field| (format!("KZ_{}", field.name), field.value.expose().clone()));
        let state = self.state.iter().map(|state| ("ZZZT", state.clone()));
        let copy = self.annotation.iter().flat_map(CopyNote::metadata);
        let standard = standard.into_iter().chain(state).chain(copy);
        standard.map(|(name, value)| (name.to_owned(), value)).chain(business).collect()
    }

    /// The license as a document made at `created`, not yet sealed.
    pub fn document(&self, created: Timestamp) -> Document {
        let identifier = self.identifier.to_string();
        let digest = DigestAlgorithm::Sm3.digest(identifier.as_bytes()).hex();
        let mut document = Document::new(digest.chars().take(32).collect(), created);
        document.title = Some(self.type_name.clone());
        document.custom_data = self.metadata();
        document.templates = vec![background()];
        document.pages = vec![Page { template: Some(0), objects: self.face(&identifier) }];
        document.tag_root = Some("电子证照".to_owned());
        document
    }

    fn face(&self, identifier: &str) -> Vec<Object> {
        let mut objects = Vec::new();
        objects.push(tagged(centered(32.0, 11.0, Font::Hei, &self.type_name), "证照类型名称"));
        objects.extend(captioned(50.0, 4.0, "编号 ", self.number.expose(), "证照编号"));
        let mut y = 70.0;
        for field in &self.fields {
            objects.push(Object::text(CAPTION, y, 4.5, Font::Hei, &field.label));
            for line in wrapped(field.value.expose(), 4.5, RIGHT - VALUE) {
                objects.push(tagged(Object::text(VALUE, y, 4.5, Font::Song, &line), &field.label));
                y += 6.5;
            }
            objects.push(Object::rule(CAPTION, y, RIGHT - CAPTION, 0.1, FAINT));
            y += 5.5;
        }
        let middle = SEAL.x + SEAL.width / 2.0;
        let beneath = |y: f64, text: &str, tag: &str| {
            tagged(Object::text(middle - text_width(text, 4.5) / 2.0, y, 4.5, Font::Kai, text), tag)
        };
        objects.push(beneath(SEAL.y + 14.0, &self.issuer, "证照颁发机构"));
        objects.push(beneath(SEAL.y + 24.0, &chinese_date(self.issued), "颁发日期"));
        objects.extend(captioned(266.0, 2.8, "电子证照标识 ", identifier, "证照标识"));
        objects
    }
}

/// The frame, and the words that keep a sample from being taken for a license.
fn background() -> Vec<Object> {
    let mut notice = centered(273.0, 3.2, Font::Hei, "样例证照，由演示用签发机构制作，不具有法律效力");
    if let Object::Text { color, .. } = &mut notice {
        *color = FRAME;
    }
    vec![
        Object::frame(Boundary::new(12.0, 12.0, 186.0, 273.0), 1.2, FRAME),
        Object::frame(Boundary::new(15.0, 15.0, 180.0, 267.0), 0.3, FRAME),
        notice,
    ]
}

fn centered(y: f64, size: f64, font: Font, text: &str) -> Object {
    Object::text((210.0 - text_width(text, size)) / 2.0, y, size, font, text)
}

/// Caption and value centered as one line, the value alone tagged.
fn captioned(y: f64, size: f64, caption: &str, value: &str, tag: &str) -> [Object; 2] {
    let start = (210.0 - text_width(caption, size) - text_width(value, size)) / 2.0;
    let value = Object::text(start + text_width(caption, size), y, size, Font::Song, value);
    [Object::text(start, y, size, Font::Song, caption), tagged(value, tag)]
}

fn tagged(mut object: Object, name: &str) -> Object {
    if let Object::Text { tag, .. } = &mut object {
        *tag = Some(name.to_owned());
    }
    object
}

/// Lines of at most `width` millimeters; Chinese breaks between any two characters.
fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for character in text.chars() {
        line.push(character);
        if text_width(&line, size) > width {
            line.pop();
            lines.push(std::mem::replace(&mut line, character.to_string()));
        }
    }
    lines.push(line);
    lines
}

fn chinese_date(at: Timestamp) -> String {
    at.fields(CHINA)
        .map_or_else(|| at.china_date(), |[year, month, day, ..]| format!("{year}年{month}月{day}日"))
}
