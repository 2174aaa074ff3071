//! Distribution points: which list speaks of which certificate, by name, kind of certificate and reason
//! (RFC 5280 §4.2.1.13 in certificates, §5.2.5 in lists).

use super::reason::Reasons;
use crate::asn1::{Error, Fault, Reader, Tlv, tag};
use crate::pki::extension::{DEPTH, boolean};
use crate::pki::{GeneralName, Name};

/// The directory name, if the general name is one.
const fn directory(name: &GeneralName) -> Option<&Name> {
    match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    }
}

/// A `DistributionPointName`: full names, or one relative to `base`.
fn point_name(tlv: &Tlv<'_>, base: Option<&Name>) -> Result<Vec<GeneralName>, Error> {
    let mut choice = tlv.enter()?;
    let name = choice.any()?;
    choice.finish()?;
    match (name.tag, base) {
        (tag::CONTEXT_0, _) => GeneralName::read_list(name.enter()?),
        (tag::CONTEXT_1, Some(base)) => Ok(vec![GeneralName::Directory(base.with_relative(name.enter()?)?)]),
        _ => Err(Error { fault: Fault::Content, offset: 0 }),
    }
}

/// Where a certificate says that its revocation is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionPoint {
    /// The names of the point, if it has any.
    pub names: Option<Vec<GeneralName>>,
    /// The reasons that the point speaks of.
    pub reasons: Reasons,
    /// Who signs the list, if not the certificate's issuer.
    pub list_issuers: Vec<Name>,
}

impl DistributionPoint {
    /// Reads a cRLDistributionPoints or freshestCRL extension of what `issuer` issued.
    pub fn read_all(der: &[u8], issuer: &Name) -> Result<Vec<Self>, Error> {
        let mut list = Reader::only(der, DEPTH)?.sequence()?;
        let mut points = Vec::new();
        while !list.is_empty() {
            points.push(Self::read(list.sequence()?, issuer)?);
        }
        Ok(points)
    }

    fn read(mut fields: Reader<'_>, issuer: &Name) -> Result<Self, Error> {
        let name = fields.optional(0xa0)?;
        let reasons = fields.optional(0x81)?.map_or(Ok(Reasons::ALL), |bits| Reasons::read(&bits))?;
        let signers =
            fields.optional(0xa2)?.map(|names| GeneralName::read_list(names.enter()?)).transpose()?;
        fields.finish()?;
        let signers = signers.unwrap_or_default();
        let list_issuers: Vec<Name> = signers.iter().filter_map(directory).cloned().collect();
        // Relative to whoever signs the list, which must then be one (§4.2.1.13).
        let base = match (signers.as_slice(), list_issuers.as_slice()) {
            ([], _) => Some(issuer),
            (_, [one]) => Some(one),
            _ => None,
        };
        let names = name.map(|name| point_name(&name, base)).transpose()?;
        if names.is_none() && list_issuers.is_empty() {
            return Err(Error { fault: Fault::Content, offset: 0 });
        }
        Ok(Self { names, reasons, list_issuers })
    }

    /// The point that is assumed for certificates of `issuer` beside those that they name (§6.3.3).
    pub(super) fn implied(issuer: &Name) -> Self {
        let names = Some(vec![GeneralName::Directory(issuer.clone())]);
        Self { names, reasons: Reasons::ALL, list_issuers: Vec::new() }
    }

    /// The addresses among the names, for whoever fetches lists.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flatten().filter_map(|name| match name {
            GeneralName::Uri(address) => Some(address.as_str()),
            _ => None,
        })
    }
}

/// Which certificates a list speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subjects {
    /// All of its issuer's.
    #[default]
    All,
    /// Those that are not authorities'.
    EndEntities,
    /// Authorities' only.
    Authorities,
    /// Attribute certificates only, so none that is judged here.
    Attributes,
}

/// What a list is about: its issuing distribution point, or everything if it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The names of the point.
    pub names: Option<Vec<GeneralName>>,
    /// The kind of certificates.
    pub subjects: Subjects,
    /// The reasons, if not all.
    pub reasons: Option<Reasons>,
    /// Whether certificates of other issuers are inside.
    pub indirect: bool,
}

impl Scope {
    /// Reads the issuingDistributionPoint extension of a list by `issuer`.
    pub(super) fn read(der: &[u8], issuer: &Name) -> Result<Self, Error> {
        let mut fields = Reader::only(der, DEPTH)?.sequence()?;
        let names = fields.optional(0xa0)?.map(|name| point_name(&name, Some(issuer))).transpose()?;
        let flag = |tag: u8, fields: &mut Reader<'_>| match fields.optional(tag)? {
            Some(flag) => boolean(flag.value),
            None => Ok(false),
        };
        let end_entities = flag(0x81, &mut fields)?;
        let authorities = flag(0x82, &mut fields)?;
        let reasons = fields.optional(0x83)?.map(|bits| Reasons::read(&bits)).transpose()?;
        let indirect = flag(0x84, &mut fields)?;
        let attributes = flag(0x85, &mut fields)?;
        fields.finish()?;
        let subjects = match (end_entities, authorities, attributes) {
            (false, false, false) => Subjects::All,
            (true, false, false) => Subjects::EndEntities,
            (false, true, false) => Subjects::Authorities,
            (false, false, true) => Subjects::Attributes,
            // §5.2.5: at most one of the three.
            _ => return Err(Error { fault: Fault::Content, offset: 0 }),
        };
        Ok(Self { names, subjects, reasons, indirect })
    }

    /// The reasons that the list speaks of.
    pub(super) fn reasons(&self) -> Reasons {
        self.reasons.unwrap_or(Reasons::ALL)
    }

    /// Whether a list of this scope is one that `point` of a certificate means (§6.3.3 b).
    pub(super) fn serves(&self, point: &DistributionPoint, authority: bool) -> bool {
        let subjects = match self.subjects {
            Subjects::All => true,
            Subjects::EndEntities => !authority,
            Subjects::Authorities => authority,
            Subjects::Attributes => false,
        };
        let signer = point.list_issuers.is_empty() || self.indirect;
        subjects && signer && self.named_by(point)
    }

    fn named_by(&self, point: &DistributionPoint) -> bool {
        match (&self.names, &point.names) {
            (None, _) => true,
            (Some(own), Some(names)) => own.iter().any(|name| names.contains(name)),
            (Some(own), None) => {
                own.iter().filter_map(directory).any(|name| point.list_issuers.contains(name))
            }
        }
    }
}
