//! Certificate policies and what constrains them: RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14.

use super::super::oid::Oid;
use super::DEPTH;
use crate::asn1::{Error, Fault, Reader};

/// What one certificate says about policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyStatements {
    /// The policies it was issued under, if it states any.
    pub policies: Option<Vec<Oid>>,
    /// Pairs of a policy of the issuer's domain and one of the subject's domain that is as good.
    pub mappings: Vec<(Oid, Oid)>,
    /// After how many more certificates a policy is required.
    pub require_explicit: Option<u64>,
    /// After how many more certificates policies may no longer be mapped.
    pub inhibit_mapping: Option<u64>,
    /// After how many more certificates anyPolicy counts no longer.
    pub inhibit_any: Option<u64>,
}

const FORBIDDEN: Error = Error { fault: Fault::Content, offset: 0 };

impl PolicyStatements {
    /// Reads certificatePolicies; qualifiers bind nobody here and are read over.
    pub(in crate::pki) fn read_policies(&mut self, der: &[u8]) -> Result<(), Error> {
        let mut list = Reader::only(der, DEPTH)?.sequence()?;
        let mut policies = Vec::new();
        while !list.is_empty() {
            policies.push(Oid::read(&mut list.sequence()?)?);
        }
        let mut sorted: Vec<&Oid> = policies.iter().collect();
        sorted.sort_unstable();
        // A policy stands once, and the list is not empty.
        if policies.is_empty() || sorted.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(FORBIDDEN);
        }
        self.policies = Some(policies);
        Ok(())
    }

    pub(in crate::pki) fn read_mappings(&mut self, der: &[u8]) -> Result<(), Error> {
        let mut list = Reader::only(der, DEPTH)?.sequence()?;
        while !list.is_empty() {
            let mut pair = list.sequence()?;
            self.mappings.push((Oid::read(&mut pair)?, Oid::read(&mut pair)?));
            pair.finish()?;
        }
        if self.mappings.is_empty() { Err(FORBIDDEN) } else { Ok(()) }
    }

    pub(in crate::pki) fn read_constraints(&mut self, der: &[u8]) -> Result<(), Error> {
        let mut fields = Reader::only(der, DEPTH)?.sequence()?;
        self.require_explicit = fields.optional(0x80)?.map(|count| count.unsigned()).transpose()?;
        self.inhibit_mapping = fields.optional(0x81)?.map(|count| count.unsigned()).transpose()?;
        fields.finish()?;
        if self.require_explicit.is_none() && self.inhibit_mapping.is_none() {
            Err(FORBIDDEN)
        } else {
            Ok(())
        }
    }

    pub(in crate::pki) fn read_inhibit_any(&mut self, der: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(der, DEPTH);
        self.inhibit_any = Some(reader.unsigned()?);
        reader.finish()
    }
}
