//! How systems and gateways that may call, and changes of what is said of them, look to people and to scripts.

use serde_json::{Value, json};

use super::section::{Line, Stated, words};
use crate::rulebook::{Caller, Enrollment};

impl Stated for Enrollment {
    const TITLE: &'static str = "Callers";

    fn is_of(&self, other: &Self) -> bool {
        self.file == other.file
    }

    fn says(&self, other: &Self) -> bool {
        self == other
    }

    fn name(&self) -> String {
        match &self.caller {
            Caller::System(_) => self.caller.to_string(),
            // By which of the two it is suspended, and in which it is written.
            Caller::Gateway(province) => format!("{} ({}, {})", self.caller, province.chinese(), self.file),
        }
    }

    fn lines(&self, _: bool) -> Vec<Line> {
        let mut lines: Vec<String> = match &self.caller {
            Caller::System(system) => {
                system.departments.iter().map(|one| format!("speaks for {one}")).collect()
            }
            Caller::Gateway(province) => vec![format!("speaks for province {province}")],
        };
        lines.extend(self.home.map(|home| format!("calls the gateway of province {home}")));
        for (fingerprint, period) in &self.certificates {
            let from = period.from().map(|from| format!(" from {from}")).unwrap_or_default();
            let until = period.until().map(|until| format!(" until {until}")).unwrap_or_default();
            lines.push(format!("by SHA-256 {fingerprint}{from}{until}"));
        }
        lines.into_iter().map(|line| ("", line)).chain(words(&self.owner, &self.notes)).collect()
    }

    fn json(&self) -> Value {
        let (departments, province) = match &self.caller {
            Caller::System(system) => {
                (Some(system.departments.iter().map(ToString::to_string).collect::<Vec<_>>()), None)
            }
            Caller::Gateway(province) => (None, Some(province.to_string())),
        };
        let certificates = self.certificates.iter().map(|(fingerprint, period)| {
            json!({ "sha256": fingerprint.to_string(), "from": period.from(), "until": period.until() })
        });
        json!({
            "file": self.file, "caller": self.caller.to_string(), "departments": departments,
            "province": province.or_else(|| self.home.map(|home| home.to_string())),
            "certificates": certificates.collect::<Value>(), "owner": self.owner, "notes": self.notes,
        })
    }
}
