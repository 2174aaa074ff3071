//! The catalog and the agreements that Tongban ships, inside the binary, so that the demonstration needs no checkout.

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
    "agreements/gd-civil-affairs-household.cedar",
    "agreements/gd-civil-affairs-unemployment.cedar",
    "agreements/gd-education-household.cedar",
    "agreements/gd-education-social-insurance.cedar",
    "agreements/gd-housing-social-insurance.cedar",
    "agreements/gd-housing-tax.cedar",
    "agreements/gd-medical-security-baseinfo.cedar",
    "agreements/gd-medical-security-insured.cedar",
    "agreements/gd-public-security-marriage.cedar",
    "agreements/gd-public-security-newborn.cedar",
    "agreements/gd-public-security-spouse-household.cedar",
    "agreements/guangdong-license-verification.cedar",
    "agreements/hn-housing-social-insurance.cedar",
    "agreements/hn-human-resources-pension.cedar",
    "agreements/hn-medical-security-insured.cedar",
    "agreements/hunan-license-verification.cedar",
    "agreements/license-state.cedar",
    "agreements/market-regulation-enterprise.cedar",
    "agreements/red-lines.cedar",
    "catalog/catalog.json",
    "catalog/departments.json",
    "catalog/field_types.json",
    "catalog/license_types.json",
    "catalog/matters.json",
    "catalog/regions.json",
    "catalog/services.json",
    "schema.cedarschema",
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
        for directory in ["agreements", "catalog"] {
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
