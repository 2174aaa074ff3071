//! Limits on what one hostile file may cost, and the account that is charged against them.
//! Counts work instead of seconds, so that the same file always ends the same way.

use serde::Deserialize;

use crate::crypto::Checks;
use crate::trace::Trace;

/// What one file may cost. Every number can be set in the config under `[verify.limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the file as received. 64 MiB: the largest licenses in the field are scans of about 20 MB.
    pub file_bytes: u64,
    /// Entries of a container. 10,000: a 1,000-page document has about 3,000.
    pub entries: u32,
    /// Bytes of an entry's name. 1,024: Windows takes 260 characters; reports show names, and each is compared with all.
    pub name_bytes: u32,
    /// Directories above an entry. 31: packages have five; each is looked up for every name.
    pub directories: u32,
    /// Bytes of one entry once inflated. 64 MiB, as for a whole file.
    pub entry_bytes: u64,
    /// Documents of one package. 16: packages in the field hold one; each costs a walk over all that it uses.
    pub documents: u32,
    /// Bytes of all entries that are read, as stored or once inflated, whichever is more, and of what signatures are
    /// over, once for each of them. 256 MiB bounds memory and hashing.
    pub inflated_bytes: u64,
    /// Inflated size over stored size of one entry, for entries above 1 MiB. Deflate itself reaches 1,032;
    /// XML of real pages stays below 60.
    pub ratio: u64,
    /// Elements nested in one XML file. 64: OFD pages in the field nest fewer than 20.
    pub xml_depth: u32,
    /// Nodes and attributes of all XML files of one package. 1,000,000, of about 100 bytes of memory each: only lists,
    /// resources and annotations are parsed, and a dense page of them has about 3,000.
    pub xml_nodes: u32,
    /// Signatures of one file. 64: the largest seen has 4.
    pub signatures: u32,
    /// Bytes of one signature's value or seal. 16 MiB: with all lists of revocation of its chain inside one has a few.
    pub signature_bytes: u64,
    /// References of all signatures and custom tags, tag files and custom data of one file. 50,000: five for every entry
    /// that a container may have.
    pub references: u32,
    /// Bytes of all names and values of license data in one file. 1 MiB: licenses have a few thousand, and each byte is
    /// compared, kept and reported several times over.
    pub data_bytes: u64,
    /// Signature checks, those of chains and seals included. Each costs up to 0.3 ms.
    pub signature_checks: u32,
    /// Signature checks of one search for a certificate path. 64: a path has up to eight, and a real hierarchy offers few
    /// wrong turns; 64 of SM2 end within 30 ms.
    pub path_signature_checks: u32,
    /// Issuers looked at in all searches for certificate paths. 50,000: a mesh of 1,000 certificates offers as many at
    /// depth eight, and each costs under a microsecond.
    pub path_steps: u32,
    /// Candidate paths judged. 512, as for signature checks: each costs microseconds beyond its signatures.
    pub path_candidates: u32,
    /// Comparisons of names with constraints, and policies followed, on all paths. 250,000 as in webpki: a name among
    /// hundreds of constraints takes hundreds.
    pub path_comparisons: u32,
    /// Nested ASN.1 values. 32: seals nest 12, certificates 10.
    pub asn1_depth: u32,
    /// Revisions of one PDF. 128: each signature adds one or two, an archive one every few years.
    pub pdf_revisions: u32,
    /// Rows of all cross-references of one PDF. 500,000: a tagged document of 1,000 pages has about 100,000.
    pub pdf_objects: u32,
    /// Values parsed in one PDF, re-reads included, strings counted twice. 2,000,000, of up to 100 bytes of memory each.
    pub pdf_values: u32,
    /// Bytes of one PDF that are read as structure, inflated or compared, as often as they are. 128 MiB: every byte of the
    /// largest file twice. Streams of content and pictures are stepped over and cost nothing.
    pub pdf_bytes: u64,
    /// Values of one PDF that are compared between revisions. 3,000,000: ten later revisions of a tagged document of
    /// 1,000 pages; what is noted on the way takes up to 100 bytes for each.
    pub pdf_comparisons: u32,
}

impl Limits {
    /// Those that are zero, so that no file at all would pass, by their names in the config.
    pub fn refusing_everything(&self) -> impl Iterator<Item = &'static str> {
        [
            ("file_bytes", self.file_bytes),
            ("entries", self.entries.into()),
            ("name_bytes", self.name_bytes.into()),
            ("entry_bytes", self.entry_bytes),
            ("documents", self.documents.into()),
            ("inflated_bytes", self.inflated_bytes),
            ("ratio", self.ratio),
            ("xml_depth", self.xml_depth.into()),
            ("xml_nodes", self.xml_nodes.into()),
            ("signatures", self.signatures.into()),
            ("signature_bytes", self.signature_bytes),
            ("references", self.references.into()),
            ("signature_checks", self.signature_checks.into()),
            ("path_signature_checks", self.path_signature_checks.into()),
            ("path_steps", self.path_steps.into()),
            ("path_candidates", self.path_candidates.into()),
            ("path_comparisons", self.path_comparisons.into()),
            ("asn1_depth", self.asn1_depth.into()),
        ]
        .into_iter()
        .filter(|(_, limit): &(_, u64)| *limit == 0)
        .map(|(name, _)| name)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            entries: 10_000,
            name_bytes: 1_024,
            directories: 31,
            entry_bytes: 64 << 20,
            documents: 16,
            inflated_bytes: 256 << 20,
            ratio: 200,
            xml_depth: 64,
            xml_nodes: 1_000_000,
            signatures: 64,
            signature_bytes: 16 << 20,
            references: 50_000,
            data_bytes: 1 << 20,
            signature_checks: 512,
            path_signature_checks: 64,
            path_steps: 50_000,
            path_candidates: 512,
            path_comparisons: 250_000,
            asn1_depth: 32,
            pdf_revisions: 128,
            pdf_objects: 500_000,
            pdf_values: 2_000_000,
            pdf_bytes: 128 << 20,
            pdf_comparisons: 3_000_000,
        }
    }
}

/// Which limit a file ran into. Fatal for the file: no later step may spend more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("over the limit of {limit} {what}")]
pub struct Exhausted {
    /// What was counted.
    pub what: Resource,
    /// The limit that was reached.
    pub limit: u64,
}

/// What a [`Budget`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Nested ASN.1 values.
    Asn1Depth,
    /// Bytes of license data.
    DataBytes,
    /// Documents of a package.
    Documents,
    /// Entries of a container.
    Entries,
    /// Bytes of one inflated entry.
    EntryBytes,
    /// Bytes of the file.
    FileBytes,
    /// Bytes inflated in all.
    InflatedBytes,
    /// Paths of certificates judged.
    PathCandidates,
    /// Names and policies compared on paths.
    PathComparisons,
    /// Issuers looked at for paths.
    PathSteps,
    /// Bytes of a PDF read as structure.
    PdfBytes,
    /// Values of a PDF compared between revisions.
    PdfComparisons,
    /// Rows of a PDF's cross-references.
    PdfObjects,
    /// Revisions of a PDF.
    PdfRevisions,
    /// Values of a PDF.
    PdfValues,
    /// Inflated over stored size.
    Ratio,
    /// References of signatures, tags and custom data.
    References,
    /// Checks of signatures.
    SignatureChecks,
    /// Bytes of one signature's value.
    SignatureBytes,
    /// Signatures.
    Signatures,
    /// Nested XML elements.
    XmlDepth,
    /// Nodes of XML.
    XmlNodes,
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Asn1Depth => "nested ASN.1 values",
            Self::DataBytes => "bytes of license data",
            Self::Documents => "documents",
            Self::Entries => "entries",
            Self::EntryBytes => "bytes in one entry",
            Self::FileBytes => "bytes in the file",
            Self::InflatedBytes => "bytes inflated",
            Self::PathCandidates => "certificate paths",
            Self::PathComparisons => "names compared on certificate paths",
            Self::PathSteps => "issuers looked at for certificate paths",
            Self::PdfBytes => "bytes of PDF structure",
            Self::PdfComparisons => "PDF values compared",
            Self::PdfObjects => "PDF objects",
            Self::PdfRevisions => "PDF revisions",
            Self::PdfValues => "PDF values",
            Self::Ratio => "times the stored size",
            Self::References => "references",
            Self::SignatureChecks => "signature checks",
            Self::SignatureBytes => "bytes in one signature",
            Self::Signatures => "signatures",
            Self::XmlDepth => "nested XML elements",
            Self::XmlNodes => "XML nodes",
        })
    }
}

/// The account of one file. Spending past a limit fails and the whole judgement ends there.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    trace: Trace,
    checks: Checks,
    inflated_bytes: u64,
    xml_nodes: u64,
    signatures: u64,
    references: u64,
    data_bytes: u64,
    signature_checks: u64,
    path_steps: u64,
    path_candidates: u64,
    path_comparisons: u64,
    pdf_revisions: u64,
    pdf_objects: u64,
    pdf_values: u64,
    pdf_bytes: u64,
    pdf_comparisons: u64,
}

impl Budget {
    /// A fresh account under `limits`; what is asked of arithmetic is answered at once.
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, Checks::default())
    }

    /// A fresh account under `limits`, with `checks` to answer what is asked of arithmetic.
    pub fn with(limits: Limits, checks: Checks) -> Self {
        Self {
            limits,
            trace: Trace::default(),
            checks,
            inflated_bytes: 0,
            xml_nodes: 0,
            signatures: 0,
            references: 0,
            data_bytes: 0,
            signature_checks: 0,
            path_steps: 0,
            path_candidates: 0,
            path_comparisons: 0,
            pdf_revisions: 0,
            pdf_objects: 0,
            pdf_values: 0,
            pdf_bytes: 0,
            pdf_comparisons: 0,
        }
    }

    /// What the judgement rests on so far.
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The same, to add to it.
    pub const fn trace_mut(&mut self) -> &mut Trace {
        &mut self.trace
    }

    /// What answers whether signatures hold and digests fit.
    pub const fn checks_mut(&mut self) -> &mut Checks {
        &mut self.checks
    }

    /// What the judgement rests on, and what is to be confirmed of it.
    pub fn into_parts(self) -> (Trace, Checks) {
        (self.trace, self.checks)
    }

    /// The limits, for checks that compare one value and keep no count.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What inflating may still cost, in bytes.
    pub const fn inflatable(&self) -> u64 {
        self.limits.inflated_bytes.saturating_sub(self.inflated_bytes)
    }

    /// Charges `bytes` of inflated data.
    pub fn inflate(&mut self, bytes: u64) -> Result<(), Exhausted> {
        spend(&mut self.inflated_bytes, bytes, self.limits.inflated_bytes, Resource::InflatedBytes)
    }

    /// Charges `nodes` of XML.
    pub fn xml(&mut self, nodes: u64) -> Result<(), Exhausted> {
        spend(&mut self.xml_nodes, nodes, u64::from(self.limits.xml_nodes), Resource::XmlNodes)
    }

    /// What XML may still cost, in nodes.
    pub fn xml_nodes_left(&self) -> u32 {
        let left = u64::from(self.limits.xml_nodes).saturating_sub(self.xml_nodes);
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// Charges one signature.
    pub fn signature(&mut self) -> Result<(), Exhausted> {
        spend(&mut self.signatures, 1, u64::from(self.limits.signatures), Resource::Signatures)
    }

    /// Charges `count` references of a signature or of custom tags, or names of custom data.
    pub fn references(&mut self, count: u64) -> Result<(), Exhausted> {
        spend(&mut self.references, count, u64::from(self.limits.references), Resource::References)
    }

    /// Charges `bytes` of license data.
    pub fn data(&mut self, bytes: u64) -> Result<(), Exhausted> {
        spend(&mut self.data_bytes, bytes, self.limits.data_bytes, Resource::DataBytes)
    }

    /// Charges one check of a signature.
    pub fn signature_check(&mut self) -> Result<(), Exhausted> {
        spend(
            &mut self.signature_checks,
            1,
            u64::from(self.limits.signature_checks),
            Resource::SignatureChecks,
        )
    }

    /// Charges one issuer looked at for a certificate path.
    pub fn path_step(&mut self) -> Result<(), Exhausted> {
        spend(&mut self.path_steps, 1, u64::from(self.limits.path_steps), Resource::PathSteps)
    }

    /// Charges one candidate path.
    pub fn path_candidate(&mut self) -> Result<(), Exhausted> {
        spend(&mut self.path_candidates, 1, u64::from(self.limits.path_candidates), Resource::PathCandidates)
    }

    /// Charges `count` comparisons of names or policies on a path.
    pub fn compare_on_path(&mut self, count: usize) -> Result<(), Exhausted> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let limit = u64::from(self.limits.path_comparisons);
        spend(&mut self.path_comparisons, count, limit, Resource::PathComparisons)
    }

    /// Charges one revision of a PDF.
    pub fn pdf_revision(&mut self) -> Result<(), Exhausted> {
        spend(&mut self.pdf_revisions, 1, u64::from(self.limits.pdf_revisions), Resource::PdfRevisions)
    }

    /// Charges one row of a PDF's cross-reference.
    pub fn pdf_object(&mut self) -> Result<(), Exhausted> {
        spend(&mut self.pdf_objects, 1, u64::from(self.limits.pdf_objects), Resource::PdfObjects)
    }

    /// Charges one parsed value of a PDF.
    pub fn pdf_value(&mut self) -> Result<(), Exhausted> {
        spend(&mut self.pdf_values, 1, u64::from(self.limits.pdf_values), Resource::PdfValues)
    }

    /// Charges `bytes` of a PDF that were read, inflated or compared.
    pub fn pdf_bytes(&mut self, bytes: u64) -> Result<(), Exhausted> {
        spend(&mut self.pdf_bytes, bytes, self.limits.pdf_bytes, Resource::PdfBytes)
    }

    /// Charges `count` comparisons of values of a PDF.
    pub fn pdf_comparisons(&mut self, count: u64) -> Result<(), Exhausted> {
        let limit = u64::from(self.limits.pdf_comparisons);
        spend(&mut self.pdf_comparisons, count, limit, Resource::PdfComparisons)
    }
}

/// Fails when `value` is above `limit`; for single values that need no account.
pub fn within(value: u64, limit: u64, what: Resource) -> Result<(), Exhausted> {
    if value > limit { Err(Exhausted { what, limit }) } else { Ok(()) }
}

fn spend(account: &mut u64, amount: u64, limit: u64, what: Resource) -> Result<(), Exhausted> {
    let total = account.saturating_add(amount);
    within(total, limit, what)?;
    *account = total;
    Ok(())
}
