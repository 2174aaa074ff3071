//! The catalog, the agreements and the decisions expected of them that Tongban ships, inside the binary, so that the
//! demonstration needs no checkout.

use std::fs;
use std::io;
use std::path::Path;

macro_rules! shipped {
    ($($path:literal),+ $(,)?) => {
        /// Every shipped file: its path below `policies/`, and its text.
        pub const SHIPPED: &[(&str, &str)] =
            &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/", $path)))),+];
    };
}

shipped![
    "agreements/all-identity.cedar",
    "agreements/civil-affairs-card.cedar",
    "agreements/gd-civil-affairs-household.cedar",
    "agreements/gd-civil-affairs-pension.cedar",
    "agreements/gd-civil-affairs-unemployment.cedar",
    "agreements/gd-education-household.cedar",
    "agreements/gd-education-social-insurance.cedar",
    "agreements/gd-housing-social-insurance.cedar",
    "agreements/gd-housing-tax.cedar",
    "agreements/gd-human-resources-certification.cedar",
    "agreements/gd-medical-security-baseinfo.cedar",
    "agreements/gd-medical-security-insured.cedar",
    "agreements/gd-natural-resources-marriage.cedar",
    "agreements/gd-natural-resources-tax.cedar",
    "agreements/gd-public-security-degree.cedar",
    "agreements/gd-public-security-marriage.cedar",
    "agreements/gd-public-security-newborn.cedar",
    "agreements/gd-public-security-social-insurance.cedar",
    "agreements/gd-public-security-spouse-household.cedar",
    "agreements/gd-public-security-tax.cedar",
    "agreements/guangdong-license-verification.cedar",
    "agreements/guangxi-license-verification.cedar",
    "agreements/gx-civil-affairs-marriage.cedar",
    "agreements/gx-civil-affairs-unemployment.cedar",
    "agreements/gx-health-relation.cedar",
    "agreements/gx-housing-fund.cedar",
    "agreements/gx-housing-payment.cedar",
    "agreements/gx-medical-security-insured.cedar",
    "agreements/gx-medical-security-relation.cedar",
    "agreements/gx-public-security-relation.cedar",
    "agreements/gx-tax-real-estate.cedar",
    "agreements/health-enterprise.cedar",
    "agreements/hn-housing-social-insurance.cedar",
    "agreements/hn-human-resources-pension.cedar",
    "agreements/hn-medical-security-insured.cedar",
    "agreements/hn-medical-security-newborn.cedar",
    "agreements/housing-fund-loancert.cedar",
    "agreements/housing-fund-transfer.cedar",
    "agreements/housing-skills.cedar",
    "agreements/human-resources-death.cedar",
    "agreements/human-resources-pension-transfer.cedar",
    "agreements/hunan-license-verification.cedar",
    "agreements/license-state.cedar",
    "agreements/market-regulation-credit.cedar",
    "agreements/market-regulation-enterprise.cedar",
    "agreements/market-regulation-practitioner.cedar",
    "agreements/medical-security-death.cedar",
    "agreements/medical-security-remote-submit.cedar",
    "agreements/red-lines.cedar",
    "agreements/sc-education-household.cedar",
    "agreements/sc-housing-real-estate.cedar",
    "agreements/sc-human-resources-degree.cedar",
    "agreements/sc-human-resources-pension.cedar",
    "agreements/sc-medical-security-remote.cedar",
    "agreements/sc-medical-security-social-insurance.cedar",
    "agreements/sc-medical-security-transfer.cedar",
    "agreements/sc-public-security-migration.cedar",
    "agreements/sc-tax-insured.cedar",
    "agreements/sichuan-license-verification.cedar",
    "agreements/taxation-enterprise.cedar",
    "agreements/taxation-skills.cedar",
    "catalog/catalog.json",
    "catalog/departments.json",
    "catalog/field_types.json",
    "catalog/license_types.json",
    "catalog/matters.json",
    "catalog/regions.json",
    "catalog/services.json",
    "schema.cedarschema",
    "tests/employment.toml",
    "tests/household.toml",
    "tests/housing.toml",
    "tests/identity.toml",
    "tests/medical.toml",
    "tests/pension.toml",
    "tests/social_security.toml",
    "tests/tax.toml",
];

/// Writes all shipped files below `directory`.
pub fn write(directory: &Path) -> io::Result<()> {
    for (path, text) in SHIPPED {
        let path = directory.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let mut found = vec!["schema.cedarschema".to_owned()];
        for directory in ["agreements", "catalog", "tests"] {
            for entry in fs::read_dir(root.join(directory)).unwrap() {
                found.push(format!("{directory}/{}", entry.unwrap().file_name().to_string_lossy()));
            }
        }
        found.sort();
        let mut inside: Vec<&str> = SHIPPED.iter().map(|(path, _)| *path).collect();
        inside.sort_unstable();
        assert_eq!(inside, found);
    }
}
