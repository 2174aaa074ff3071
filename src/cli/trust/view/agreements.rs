//! How sharing agreements and red lines, and changes of them, look to people and to scripts.

use std::fmt::Write;

use serde_json::{Value, json};

use super::section::{Line, Stated, join};
use crate::catalog::Catalog;
use crate::cli::table::{Table, counted};
use crate::foreign::shown;
use crate::policy::Reach;
use crate::report::Style;
use crate::rulebook::store::Reading;

/// An agreement as it is shown.
pub(super) struct Agreement {
    id: String,
    who: String,
    /// The service in short.
    about: String,
    what: String,
    purposes: Vec<String>,
    fields: Vec<String>,
    basis: String,
    authorise: &'static str,
    rate: String,
    reuse: String,
    from: String,
    until: String,
    reviewed: Option<String>,
    conditions: Vec<String>,
    json: Value,
}

/// A red line as it is shown.
pub(super) struct RedLine {
    name: String,
    text: String,
}

/// The agreements of `reading`, in the order of their files.
pub(super) fn read(reading: &Reading) -> Vec<Agreement> {
    let Some((agreements, catalog)) = reading.agreements().zip(reading.catalog()) else { return Vec::new() };
    agreements.reaches().map(|reach| Agreement::of(&reach, catalog)).collect()
}

/// The red lines of `reading`, by their names.
pub(super) fn red_lines(reading: &Reading) -> Vec<RedLine> {
    let agreements = reading.agreements().into_iter();
    let mut lines: Vec<RedLine> = agreements
        .flat_map(|all| all.stated_red_lines())
        .map(|(name, text)| RedLine { name: name.to_owned(), text: text.to_owned() })
        .collect();
    lines.sort_by(|one, other| one.name.cmp(&other.name));
    lines
}

/// One agreement a line, below those with whom they are made, and how many red lines there are.
pub(super) fn list(all: &[Agreement], red_lines: &[RedLine], style: Style) -> String {
    let lines = counted(red_lines.len(), "red line", "red lines");
    let mut text = format!("\nAgreements: {}, {lines}\n", all.len());
    let mut parties: Vec<&str> = Vec::new();
    let cells = |one: &Agreement| {
        [
            one.id.clone(),
            one.until.get(..10).unwrap_or_default().to_owned(),
            one.about.clone(),
            one.purposes.join(", "),
        ]
    };
    // One table, so that columns stand below each other whoever the party.
    let mut table = Table::new(4, &["agreement", "until", "about", "for"]);
    let mut heads: Vec<Option<&str>> = Vec::new();
    for one in all {
        if parties.contains(&one.who.as_str()) {
            continue;
        }
        parties.push(&one.who);
        for (at, of) in all.iter().filter(|other| other.who == one.who).enumerate() {
            heads.push((at == 0).then_some(one.who.as_str()));
            table.row(cells(of).map(|cell| (None, cell)));
        }
    }
    if all.is_empty() {
        return text;
    }
    let rows = table.text(style);
    let mut rows = rows.lines();
    let _ = writeln!(text, "{}", rows.next().unwrap_or_default());
    let mut heads = heads.into_iter();
    for line in rows {
        // What is broken goes on where no name stands.
        let goes_on = line.starts_with("      ");
        if let Some(who) = (!goes_on).then(|| heads.next().flatten()).flatten() {
            let _ = writeln!(text, "  {}", shown(who));
        }
        let _ = writeln!(text, "{line}");
    }
    text
}

impl Agreement {
    pub(super) fn is_called(&self, id: &str) -> bool {
        self.id == id
    }

    fn of(reach: &Reach<'_>, catalog: &Catalog) -> Self {
        let (agreement, terms) = (reach.agreement, &reach.agreement.terms);
        let office = reach.department().and_then(|department| catalog.office(department));
        let who = match (reach.department(), office) {
            (Some(department), Some(office)) => format!("{} ({department})", office.name),
            _ => reach.party(),
        };
        let service = reach.service().and_then(|id| catalog.service(id));
        let place =
            reach.province().map_or("of every province".to_owned(), |one| format!("of {}", one.chinese()));
        let what = match service {
            Some(service) => format!("{} {} {place}", service.id, service.name),
            None => "verification of licenses".to_owned(),
        };
        let mask = |path: &crate::catalog::FieldPath| {
            terms.masks.iter().find(|(masked, _)| masked == path).map(|(_, mask)| mask.to_string())
        };
        let about = match (service, reach.province()) {
            (Some(service), Some(province)) => format!("{} of {}", service.id, province.chinese()),
            (Some(service), None) => service.id.to_string(),
            (None, _) => "licenses".to_owned(),
        };
        let fields = terms.fields.iter().map(|path| match mask(path) {
            Some(mask) => format!("{path}={mask}"),
            None => path.to_string(),
        });
        let fields: Vec<String> = fields.collect();
        let purposes: Vec<String> = reach.purposes.iter().map(ToString::to_string).collect();
        let mut rate = terms.rate.to_string();
        rate.push_str(&terms.daily.map_or(", no limit a day".to_owned(), |daily| format!(", {daily} a day")));
        rate.push_str(&terms.subjects.map(|most| format!(", {most} persons an hour")).unwrap_or_default());
        let reuse = match terms.cache_seconds {
            0 => "never kept".to_owned(),
            seconds => format!("kept for {seconds} s"),
        };
        let authorise = terms.authorizer.map_or("none", |one| one.as_str());
        let conditions = reach.conditions();
        let json = json!({
            "agreement": agreement.id.as_str(), "with": reach.party(),
            "department": reach.department().map(ToString::to_string), "service": service.map(|one| one.id.as_str()),
            "province": reach.province().map(|province| province.to_string()), "purposes": purposes,
            "fields": fields, "basis": terms.basis.to_string(), "authorise": authorise,
            "rate": terms.rate.to_string(), "daily": terms.daily, "subjects": terms.subjects,
            "cache_seconds": terms.cache_seconds, "from": terms.from, "until": terms.until,
            "reviewed": terms.reviewed, "conditions": conditions,
        });
        Self {
            id: agreement.id.to_string(),
            who,
            about,
            what,
            purposes,
            fields,
            basis: terms.basis.to_string(),
            authorise,
            rate,
            reuse,
            from: terms.from.in_china(),
            until: terms.until.in_china(),
            reviewed: terms.reviewed.map(|at| at.china_date()),
            conditions,
            json,
        }
    }
}

impl Stated for Agreement {
    const TITLE: &'static str = "Agreements";

    fn is_of(&self, other: &Self) -> bool {
        self.id == other.id
    }

    fn says(&self, other: &Self) -> bool {
        self.lines(true) == other.lines(true)
    }

    fn name(&self) -> String {
        self.id.clone()
    }

    fn lines(&self, apart: bool) -> Vec<Line> {
        let each = |label: &'static str, all: &[String]| -> Vec<Line> {
            match (apart, all) {
                (_, []) => Vec::new(),
                (true, all) => all.iter().map(|one| (label, one.clone())).collect(),
                (false, all) => vec![(label, join(all))],
            }
        };
        let mut lines = vec![("with", self.who.clone()), ("about", self.what.clone())];
        lines.extend(each("for", &self.purposes));
        lines.extend(each("releases", &self.fields));
        lines.push(("basis", self.basis.clone()));
        lines.push(("authorise", self.authorise.to_owned()));
        lines.push(("rate", self.rate.clone()));
        lines.push(("answers", self.reuse.clone()));
        match apart {
            true => lines.extend([("from", self.from.clone()), ("until", self.until.clone())]),
            false => lines.push(("in force", format!("{} to {}", self.from, self.until))),
        }
        lines.extend(self.reviewed.iter().map(|day| ("reviewed", day.clone())));
        lines.extend(self.conditions.iter().map(|one| ("condition", one.clone())));
        lines
    }

    fn json(&self) -> Value {
        self.json.clone()
    }
}

impl Stated for RedLine {
    const TITLE: &'static str = "Red lines";

    fn is_of(&self, other: &Self) -> bool {
        self.name == other.name
    }

    fn says(&self, other: &Self) -> bool {
        self.text == other.text
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn lines(&self, _: bool) -> Vec<Line> {
        vec![("", self.text.clone())]
    }

    fn json(&self) -> Value {
        json!({ "red_line": self.name, "cedar": self.text })
    }
}
