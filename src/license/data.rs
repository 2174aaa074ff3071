//! The data of a license from all places of a document, each with the signatures that cover it.

use std::collections::BTreeSet;

use super::dates::{is_unlimited, iso_date};
use super::element::Element;
use crate::document::ofd::{DocBody, SignatureDescription, Tags};
use crate::sensitive::Sensitive;
use crate::verdict::ValueSource;

/// A good signature with the entries that it covers.
pub(super) struct Voucher<'d> {
    index: usize,
    entries: BTreeSet<&'d str>,
}

impl<'d> Voucher<'d> {
    /// The signature at `index` of the judgement, which covers what `description` lists.
    pub(super) fn new(index: usize, description: &'d SignatureDescription) -> Self {
        let entries = description.references.iter().map(|reference| reference.entry.as_str()).collect();
        Self { index, entries }
    }

    /// The same without `entry`.
    #[must_use]
    pub(super) fn without(mut self, entry: &str) -> Self {
        self.entries.remove(entry);
        self
    }
}

/// One datum.
pub(super) struct Datum {
    pub(super) name: String,
    pub(super) element: Option<Element>,
    pub(super) value: Sensitive<String>,
    pub(super) source: ValueSource,
    /// The entry that names it.
    pub(super) place: String,
    /// The good signatures that cover everything the value depends on.
    pub(super) by: BTreeSet<usize>,
}

impl Datum {
    pub(super) fn text(&self) -> &str {
        self.value.expose().trim()
    }

    pub(super) fn covered(&self) -> bool {
        !self.by.is_empty()
    }
}

/// All data, CustomDatas first.
pub(super) struct Data(Vec<Datum>);

impl Data {
    /// The CustomDatas of `body` and the values of `tags`, seen by `vouchers`.
    pub(super) fn gather(body: &DocBody, tags: Tags<'_>, vouchers: &[Voucher<'_>]) -> Self {
        let by = |sources: &BTreeSet<&str>| -> BTreeSet<usize> {
            let covers = vouchers.iter().filter(|voucher| sources.is_subset(&voucher.entries));
            covers.map(|voucher| voucher.index).collect()
        };
        let root = BTreeSet::from([ROOT]);
        let root_by = by(&root);
        let custom = body.custom.iter().map(|(name, value)| Datum {
            name: name.clone(),
            element: Element::named(name),
            value: value.clone(),
            source: ValueSource::CustomData,
            place: format!("/{ROOT}"),
            by: root_by.clone(),
        });
        let tagged = tags.values.into_iter().map(|tagged| Datum {
            element: Element::named(&tagged.name),
            by: by(&tagged.sources),
            place: format!("/{}", tagged.entry),
            name: tagged.name,
            value: tagged.value,
            source: ValueSource::Tag,
        });
        Self(custom.chain(tagged).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Datum> {
        self.0.iter()
    }

    /// Every datum of `element` that says something.
    pub(super) fn all(&self, element: Element) -> impl Iterator<Item = &Datum> {
        self.0.iter().filter(move |datum| datum.element == Some(element) && !datum.text().is_empty())
    }

    /// What a report shows for `element`: what is covered before what is not.
    pub(super) fn best(&self, element: Element) -> Option<&Datum> {
        self.all(element).find(|datum| datum.covered()).or_else(|| self.all(element).next())
    }

    /// What is known of `element`: covered, and contradicted by nothing that is covered, too.
    pub(super) fn settled(&self, element: Element) -> Option<&Datum> {
        let mut covered = self.all(element).filter(|datum| datum.covered());
        let first = covered.next()?;
        let said = Said::of(element, first.text());
        covered.all(|other| said.agrees(&Said::of(element, other.text()))).then_some(first)
    }

    /// The places where an element is given that another place gives differently.
    pub(super) fn contradictions(&self) -> BTreeSet<&str> {
        let mut places = BTreeSet::new();
        let elements: BTreeSet<Element> = self.0.iter().filter_map(|datum| datum.element).collect();
        for element in elements {
            if element.is_plural() {
                let parts = |source| -> BTreeSet<String> {
                    let data = self.all(element).filter(|datum| datum.source == source);
                    data.flat_map(|datum| datum.text().split(SEPARATORS)).map(plain).collect()
                };
                let (custom, tagged) = (parts(ValueSource::CustomData), parts(ValueSource::Tag));
                let masked = self.all(element).any(|datum| is_masked(datum.text()));
                if !(masked || custom.is_empty() || tagged.is_empty() || custom == tagged) {
                    places.extend(self.best(element).map(|datum| datum.place.as_str()));
                }
                continue;
            }
            let Some(first) = self.best(element) else { continue };
            let said = Said::of(element, first.text());
            let differing = self.all(element).filter(|other| !said.agrees(&Said::of(element, other.text())));
            places.extend(differing.map(|other| other.place.as_str()));
        }
        places
    }
}

const ROOT: &str = "OFD.xml";

/// What stands between several holders in one value.
pub(super) const SEPARATORS: [char; 7] = ['、', '，', ',', ';', '；', '|', '/'];

/// Whether characters are hidden, as faces do with personal data.
pub(super) fn is_masked(text: &str) -> bool {
    text.contains(['*', '＊'])
}

/// What a value says, however it is written.
pub(super) struct Said {
    element: Element,
    masked: bool,
    /// Whether it is a day without end, or which day it is.
    day: Option<(bool, Option<String>)>,
    plain: String,
}

/// Bytes of a title. A file could have one long title and compare it with thousands of others.
const TITLE: usize = 1_024;

impl Said {
    /// What `text` says as `element`.
    pub(super) fn of(element: Element, text: &str) -> Self {
        let day = Some((is_unlimited(text), iso_date(text))).filter(|day| *day != (false, None));
        let day = if element.is_date() { day } else { None };
        Self { element, masked: is_masked(text), day, plain: plain(text) }
    }

    /// Whether `other` says the same.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        if self.masked || other.masked {
            return true;
        }
        if let (Some(day), Some(other)) = (&self.day, &other.day) {
            return day == other;
        }
        let (one, other) = (self.plain.as_str(), other.plain.as_str());
        match self.element {
            // Titles add which copy it is (副本).
            Element::TypeName if one.len().max(other.len()) <= TITLE => {
                one.contains(other) || other.contains(one)
            }
            _ => one == other,
        }
    }
}

/// Letters and digits alone: writers differ in spaces, brackets and stops.
fn plain(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_agree_by_what_they_say() {
        for (element, one, other, expected) in [
            (Element::ValidUntil, "2036-03-15", "2036年3月15日", true),
            (Element::ValidUntil, "2036-03-15", "2036年3月16日", false),
            (Element::ValidUntil, "长期", "长期有效", true),
            (Element::ValidUntil, "长期", "2036-03-15", false),
            (Element::Issued, "不详", "2036-03-15", false),
            (Element::TypeName, "营业执照", "营业执照（副本）", true),
            (Element::Issuer, "示例 市公安局", "示例市公安局", true),
            (Element::Issuer, "示例市公安局", "示例市民政局", false),
            (Element::Number, "粤(2026)第1号", "粤（2026）第1号", true),
            (Element::HolderCode, "1101********0021", "110105194912310021", true),
        ] {
            let agree = Said::of(element, one).agrees(&Said::of(element, other));
            assert_eq!(agree, expected, "{one} {other}");
        }
    }
}
