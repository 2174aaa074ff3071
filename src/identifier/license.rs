//! License identifiers (电子证照标识), GB/T 36904-2018:
//! `1.2.156.3005.2.` type `.` issuer `.` serial `.` version `.` check.

use std::fmt;

use super::{CreditCode, Error, Province, check};

const ROOT: &str = "1.2.156.3005.2";

/// What kind of license: the credit code of the authority that defined it, and three digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeCode(String);

impl TypeCode {
    /// Parses 21 characters, the first 18 of them a credit code that checks.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (definer, serial) = text.split_at_checked(18).ok_or(Error::Length)?;
        if serial.len() != 3 {
            return Err(Error::Length);
        }
        CreditCode::parse(definer)?;
        if serial.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Alphabet)
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TypeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identifier of one version of one license, with a check character that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseIdentifier {
    /// The kind of license.
    pub type_code: TypeCode,
    /// The issuer: a credit code, or in the field a region of six digits.
    pub issuer: String,
    /// The serial number, 1 to 64 digits and capitals.
    pub serial: String,
    /// The version, three digits from `001`.
    pub version: String,
}

impl LicenseIdentifier {
    /// Characters that an identifier may have: the root, five parts at their longest, and the dots between.
    pub const LONGEST: usize = ROOT.len() + 21 + 18 + 64 + 3 + 1 + 5;

    /// Parses the whole dotted form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let rest = text.strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('.')).ok_or(Error::Parts)?;
        let parts: Vec<&str> = rest.split('.').collect();
        let [type_code, issuer, serial, version, check] = parts.as_slice() else {
            return Err(Error::Parts);
        };
        let identifier = Self::new(type_code, issuer, serial, version)?;
        let fits = identifier.check().is_some_and(|expected| check.as_bytes() == [expected]);
        if fits { Ok(identifier) } else { Err(Error::Check) }
    }

    /// An identifier from its parts.
    pub fn new(type_code: &str, issuer: &str, serial: &str, version: &str) -> Result<Self, Error> {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if !(plain(issuer) && plain(serial) && version.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(Error::Alphabet);
        }
        if !matches!(issuer.len(), 6 | 18) || !(1..=64).contains(&serial.len()) || version.len() != 3 {
            return Err(Error::Length);
        }
        Ok(Self {
            type_code: TypeCode::parse(type_code)?,
            issuer: issuer.to_owned(),
            serial: serial.to_owned(),
            version: version.to_owned(),
        })
    }

    /// The province of the issuer; `None` for ministries.
    pub fn province(&self) -> Option<Province> {
        // A credit code has the region after the two characters of its kind (GB 32100-2015 §4).
        let region = if self.issuer.len() == 6 { self.issuer.get(..2) } else { self.issuer.get(2..4) };
        Province::parse(region?).ok()
    }

    fn check(&self) -> Option<u8> {
        let parts = [self.type_code.as_str(), &self.issuer, &self.serial, &self.version];
        check::mod_37_36(parts.iter().flat_map(|part| part.bytes()))
    }
}

impl fmt::Display for LicenseIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { type_code, issuer, serial, version } = self;
        let check = char::from(self.check().unwrap_or(b'?'));
        write!(f, "{ROOT}.{type_code}.{issuer}.{serial}.{version}.{check}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_seen_in_the_field() {
        for good in [
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S",
            "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
            "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
            "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
            "1.2.156.3005.2.11100000000013127D001.11440000006939801C.0000000001.001.R",
        ] {
            assert_eq!(LicenseIdentifier::parse(good).unwrap().to_string(), good);
        }
        let long =
            LicenseIdentifier::new("11100000000013338W011", "11430000006122244L", &"Z".repeat(64), "001");
        assert_eq!(long.unwrap().to_string().len(), LicenseIdentifier::LONGEST);
        let province =
            |text: &str| LicenseIdentifier::parse(text).unwrap().province().map(|one| one.to_string());
        let of_a_city = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";
        assert_eq!(province(of_a_city).as_deref(), Some("43"));
        let by_region = "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9";
        assert_eq!(province(by_region).as_deref(), Some("34"));
    }

    #[test]
    fn doubtful_ones_are_refused() {
        let refused = [
            // A vendor's published example; its check character would be D.
            (
                "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M",
                Error::Check,
            ),
            ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001", Error::Parts),
            ("1.2.156.3006.2.11100000000013338W011.11430000006122244L.20230000403.001.U", Error::Parts),
            ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.2023é.001.U", Error::Alphabet),
            ("1.2.156.3005.2.11100000000013338X011.11430000006122244L.20230000403.001.U", Error::Check),
        ];
        for (bad, error) in refused {
            assert_eq!(LicenseIdentifier::parse(bad), Err(error), "{bad}");
        }
    }
}
