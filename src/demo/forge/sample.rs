//! Sample licenses with holders, issuers and regions that do not exist.
//! Types and their codes are those of the national catalog, but for types whose code is not known: these have one of a definer
//! that does not exist. Regions 4399 and 4499 are assigned to nobody.

use super::{Error, Field, Holder, License};
use crate::clock::{CHINA, Timestamp};
use crate::identifier::{CitizenNumber, CreditCode, LicenseIdentifier};
use crate::sensitive::Sensitive;

/// A type of license, an issuer of it, and the serial number of the sample.
struct Kind {
    type_code: &'static str,
    type_name: &'static str,
    issuer: &'static str,
    /// Without its check character. The organization code inside has one too (GB 11714), and it fits.
    issuer_code: &'static str,
    serial: &'static str,
}

const BUSINESS_LICENSE: Kind = Kind {
    type_code: "11100000MB0143028R001",
    type_name: "营业执照",
    issuer: "广东省示例市市场监督管理局",
    issuer_code: "11449900TB0000001",
    serial: "4499000000000001",
};

const REAL_ESTATE_CERTIFICATE: Kind = Kind {
    type_code: "11100000MB03271699001",
    type_name: "不动产权证书",
    issuer: "广东省示例市自然资源局",
    issuer_code: "11449900TB000001X",
    serial: "4499000000000002",
};

const IDENTITY_CARD: Kind = Kind {
    type_code: "11100000000013127D001",
    type_name: "居民身份证",
    issuer: "广东省示例市公安局",
    issuer_code: "11449900TB0000028",
    serial: "4499000000000003",
};

const MARRIAGE_CERTIFICATE: Kind = Kind {
    type_code: "111000000000131433001",
    type_name: "结婚证",
    issuer: "广东省示例市民政局",
    issuer_code: "11449900TB0000044",
    serial: "4499000000000004",
};

const BIRTH_CERTIFICATE: Kind = Kind {
    type_code: "11439900TB0000052A001",
    type_name: "出生医学证明",
    issuer: "湖南省示例市卫生健康局",
    issuer_code: "11439900TB0000052",
    serial: "4399000000000005",
};

const HOUSEHOLD_REGISTER: Kind = Kind {
    type_code: "11439900TB00000605001",
    type_name: "居民户口簿",
    issuer: "湖南省示例市公安局",
    issuer_code: "11439900TB0000060",
    serial: "4399000000000006",
};

impl Kind {
    /// A license for good of this kind.
    fn license(
        &self,
        number: &str,
        issued: Timestamp,
        holders: Vec<Holder>,
        fields: Vec<Field>,
    ) -> Result<License, Error> {
        let issuer_code = CreditCode::complete(self.issuer_code)?;
        Ok(License {
            identifier: LicenseIdentifier::new(self.type_code, issuer_code.as_str(), self.serial, "001")?,
            type_name: self.type_name.to_owned(),
            number: Sensitive::new(number.to_owned()),
            issuer: self.issuer.to_owned(),
            issuer_code,
            issued,
            valid_from: issued,
            valid_until: None,
            holders,
            fields,
            state: None,
            annotation: None,
        })
    }
}

/// The three samples, each with a name for its file.
pub fn samples(issued: Timestamp) -> Result<Vec<(&'static str, License)>, Error> {
    Ok(vec![
        ("business-license", business_license(issued)?),
        ("real-estate-certificate", real_estate_certificate(issued)?),
        ("identity-card", identity_card(issued)?),
    ])
}

/// A business license (营业执照) of a company that does not exist, valid for good.
pub fn business_license(issued: Timestamp) -> Result<License, Error> {
    let name = "示例（广东）样本科技有限公司";
    let code = CreditCode::complete("91449900TB0000036")?;
    let fields = vec![
        Field::new("统一社会信用代码", "TYSHXYDM", code.as_str()),
        Field::new("名称", "MC", name),
        Field::new("类型", "LX", "有限责任公司（自然人独资）"),
        Field::new("法定代表人", "FDDBR", "张样例"),
        Field::new(
            "经营范围",
            "JYFW",
            "软件开发；信息技术咨询服务；演示用样例数据的制作与销售。（本执照为样例）",
        ),
        Field::new("注册资本", "ZCZB", "壹佰万元整"),
        Field::new("成立日期", "CLRQ", &issued.china_date()),
        Field::new("住所", "ZS", "广东省示例市样本区演示路1号"),
    ];
    let holder = Holder::Organization(Sensitive::new(name.to_owned()), code.clone());
    BUSINESS_LICENSE.license(code.as_str(), issued, vec![holder], fields)
}

/// A certificate of real estate ownership (不动产权证书) of a person who does not exist, valid for good.
pub fn real_estate_certificate(issued: Timestamp) -> Result<License, Error> {
    let (name, number) = ("李样例", CitizenNumber::complete("44990119850612002")?);
    let [year, ..] = issued.fields(CHINA).ok_or(Error::Time(issued))?;
    let certificate = format!("粤（{year}）示例市不动产权第0000001号");
    let fields = vec![
        Field::new("权利人", "QLR", name),
        Field::new("共有情况", "GYQK", "单独所有"),
        Field::new("坐落", "ZL", "广东省示例市样本区演示路2号3栋401房"),
        Field::new("不动产单元号", "BDCDYH", "449901001001GB00001F00030401"),
        Field::new("权利类型", "QLLX", "国有建设用地使用权/房屋所有权"),
        Field::new("用途", "YT", "城镇住宅用地/成套住宅"),
        Field::new("面积", "MJ", "房屋建筑面积 89.50平方米"),
        Field::new("使用期限", "SYQX", "国有建设用地使用权至2088年12月31日止"),
    ];
    let holder = Holder::Citizen(Sensitive::new(name.to_owned()), number);
    REAL_ESTATE_CERTIFICATE.license(&certificate, issued, vec![holder], fields)
}

/// An identity card (居民身份证) of a person who does not exist, valid for ten years.
pub fn identity_card(issued: Timestamp) -> Result<License, Error> {
    let (name, number) = ("张样例", CitizenNumber::complete("44990119900307001")?);
    let until = ten_years_later(issued)?;
    let fields = vec![
        Field::new("姓名", "XM", name),
        Field::new("性别", "XB", "男"),
        Field::new("民族", "MZ", "汉"),
        Field::new("出生", "CSRQ", "1990年3月7日"),
        Field::new("住址", "ZZ", "广东省示例市样本区演示路2号3栋402房"),
        Field::new("公民身份号码", "GMSFHM", number.expose()),
        Field::new("签发机关", "QFJG", IDENTITY_CARD.issuer),
        Field::new("有效期限", "YXQX", &format!("{} 至 {}", issued.china_date(), until.china_date())),
    ];
    let face = number.expose().to_owned();
    let holder = Holder::Citizen(Sensitive::new(name.to_owned()), number);
    let license = IDENTITY_CARD.license(&face, issued, vec![holder], fields)?;
    Ok(License { valid_until: Some(until), ..license })
}

/// A marriage certificate (结婚证) of two persons who do not exist: a license with two holders.
pub fn marriage_certificate(issued: Timestamp) -> Result<License, Error> {
    let mut holders = Vec::new();
    let mut fields = vec![Field::new("登记日期", "DJRQ", &issued.china_date())];
    for (name, number) in [("张样例", "44990119900307001"), ("王样例", "44990119911105002")] {
        let number = CitizenNumber::complete(number)?;
        fields.push(Field::new("持证人", "CZR", name));
        fields.push(Field::new("身份证件号", "SFZJH", number.expose()));
        holders.push(Holder::Citizen(Sensitive::new(name.to_owned()), number));
    }
    MARRIAGE_CERTIFICATE.license("J449901-2026-000001", issued, holders, fields)
}

/// A birth certificate (出生医学证明) of a newborn who does not exist and has no number yet.
pub fn birth_certificate(issued: Timestamp) -> Result<License, Error> {
    let mother = CitizenNumber::complete("44990119911105002")?;
    let father = CitizenNumber::complete("44990119900307001")?;
    let fields = vec![
        Field::new("出生医学证明编号", "birthCode", NEWBORN),
        Field::new("新生儿姓名", "babyName", "张小样"),
        Field::new("出生时间", "birthTime", &issued.china_date()),
        Field::new("母亲姓名", "momName", "王样例"),
        Field::new("母亲身份证件号码", "momIdCode", mother.expose()),
        Field::new("父亲姓名", "dadName", "张样例"),
        Field::new("父亲身份证件号码", "dadIdCode", father.expose()),
    ];
    let holder = Holder::Newborn(Sensitive::new("张小样".to_owned()), Sensitive::new(NEWBORN.to_owned()));
    BIRTH_CERTIFICATE.license(NEWBORN, issued, vec![holder], fields)
}

/// The number of the sample birth certificate; the letter stands for no series.
pub const NEWBORN: &str = "Z990000001";

/// A page of a household register (居民户口簿常住人口登记卡) for `child`, who does not exist, in the household of a parent.
pub fn household_register(issued: Timestamp, child: CitizenNumber, relation: &str) -> Result<License, Error> {
    let head = CitizenNumber::complete("44990119900307001")?;
    let fields = vec![
        Field::new("户号", "hh", "439900000001"),
        Field::new("户主姓名", "hzxm", "张样例"),
        Field::new("户主公民身份号码", "hz_gmsfhm", head.expose()),
        Field::new("住址", "zz", "湖南省示例市样本区演示路6号"),
        Field::new("户主或与户主关系", "yhzgx", relation),
    ];
    let holder = Holder::Citizen(Sensitive::new("张中样".to_owned()), child);
    HOUSEHOLD_REGISTER.license("439900000001", issued, vec![holder], fields)
}

/// The same day ten years on; the last of February if there is no such day.
fn ten_years_later(at: Timestamp) -> Result<Timestamp, Error> {
    let [year, month, day, hour, minute, second] = at.fields(CHINA).ok_or(Error::Time(at))?;
    let on = |day: u16| Timestamp::from_fields([year + 10, month, day, hour, minute, second], CHINA);
    on(day).or_else(|| on(28)).ok_or(Error::Time(at))
}
