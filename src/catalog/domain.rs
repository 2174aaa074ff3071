//! The seven domains of data that 国办发〔2022〕34号 part four brings into sharing, and electronic licenses (国办发〔2022〕3号).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A domain of data services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// Employment (就业).
    Employment,
    /// Household registration (户籍).
    Household,
    /// Housing (住房).
    Housing,
    /// Electronic licenses (电子证照).
    License,
    /// Medical care (医疗).
    Medical,
    /// Pension (养老).
    Pension,
    /// Social security (社保).
    SocialSecurity,
    /// Tax (税务).
    Tax,
}

impl Domain {
    /// All domains.
    pub const ALL: [Self; 8] = [
        Self::Employment,
        Self::Household,
        Self::Housing,
        Self::License,
        Self::Medical,
        Self::Pension,
        Self::SocialSecurity,
        Self::Tax,
    ];

    /// The name in files and agreements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Employment => "employment",
            Self::Household => "household",
            Self::Housing => "housing",
            Self::License => "license",
            Self::Medical => "medical",
            Self::Pension => "pension",
            Self::SocialSecurity => "social_security",
            Self::Tax => "tax",
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
