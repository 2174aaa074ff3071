//! People who do not exist, in region 4499 that is assigned to nobody, and what provider systems know of them.

use serde_json::{Value, json};

use super::forge::NEWBORN;
use crate::identifier::{CitizenNumber, Error};

/// A synthetic person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name.
    pub name: &'static str,
    /// The citizen number.
    pub number: CitizenNumber,
}

/// The people of the demonstration, in the order in which it meets them.
pub fn people() -> Result<Vec<Person>, Error> {
    let bodies =
        [("示例甲", "44990019850312001"), ("示例乙", "44990019920708002"), ("示例丙", "44990019781125003")];
    bodies
        .into_iter()
        .map(|(name, body)| Ok(Person { name, number: CitizenNumber::complete(body)? }))
        .collect()
}

/// What the provider of `service` answers for `person`: every field of the catalog and one more,
/// `balc`, which providers in the field send and no agreement releases. `None` if there is no such provider.
pub fn record(service: &str, person: &Person) -> Option<Value> {
    let number = person.number.expose();
    Some(match service {
        "sb.insured.query" => json!({
            "aac001": "4499000001", "aab001": "449900000001", "bab010": "91449900TB0000036X",
            "aab004": "示例（广东）样本科技有限公司", "aae140": "110", "aac008": "1", "aac031": "1",
            "aae030": "20100701", "aae031": null, "aab301": "430100", "balc": "18234.56",
        }),
        "yl.insured.query" => json!({
            "psn_no": "44990000000001", "insutype": "310", "psn_type": "11", "psn_insu_stas": "1",
            "psn_insu_date": "2010-07-01", "paus_insu_date": null, "insuplc_admdvs": "430100",
            "emp_name": "示例（广东）样本科技有限公司", "balc": "2210.08",
        }),
        "hj.identity.verify" => json!({ "gmsfhm_ppddm": "1", "xm_ppddm": "1", "swbs": "0" }),
        "hj.baseinfo.query" => json!({
            "xm": person.name, "gmsfhm": number, "xbdm": "1", "mzdm": "01", "csrq": "19850312",
            "csd_gjdqm": "156", "csd_ssxdqm": "449900", "swbs": "0",
        }),
        "hj.household.query" => json!({
            "hh": "449900001", "hb": "非农业家庭户口", "hzxm": person.name, "yhzgx": "户主", "hjdz_ssxdm": "449900",
            "hjdz": "示例市样本区虚构路1号", "hyzk": "20", "qrrq": "20100701", "hjd_gajgmc": "示例市公安局样本派出所",
        }),
        "sw.iit.record" => json!({
            "months_with_tax": 24,
            "list": [
                { "ssq": "202609", "sdxm": "工资薪金所得", "ynse_band": "100-500", "rkrq": "20261015", "ynse": "312.40" },
                { "ssq": "202610", "sdxm": "工资薪金所得", "ynse_band": "100-500", "rkrq": "20261116", "ynse": "298.10" },
            ],
        }),
        _ => return None,
    })
}

/// What is known of the newborn on the sample birth certificate.
pub fn birth() -> Value {
    json!({
        "babyName": "张小样", "babySexCode": "2", "birthTime": "2026-11-01 08:30:00", "birthArea": "湖南省示例市样本区",
        "birthCode": NEWBORN, "momName": "王样例", "momIdCode": null, "dadName": "张样例", "dadIdCode": null,
    })
}
