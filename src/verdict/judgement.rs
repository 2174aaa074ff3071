//! The facts and verdicts about one file. Plain data; `report` writes it out.

use serde::Serialize;

use super::license::{Copy, License, State, Status, Usable};
use super::wire::wire_names;
use super::{Code, PathRevocation, Reason, Verdict};
use crate::clock::Timestamp;
use crate::crypto::Digest;

wire_names! {
    /// The format of a file, by its content.
    Format {
        /// A bare signature value on its own.
        Bare = "bare_signature",
        /// CMS (RFC 5652) or its GB/T 35275 form.
        Cms = "cms",
        /// OFD (GB/T 33190).
        Ofd = "ofd",
        /// PDF.
        Pdf = "pdf",
        /// A seal (SESeal) on its own.
        SesSeal = "ses_seal",
        /// A seal signature (SES_Signature) on its own.
        SesSignature = "ses_signature",
        /// None of these.
        Unknown = "unknown",
    }
}

wire_names! {
    /// The structure of a signature, by its shape.
    SignatureKind {
        /// SES of GB/T 38540-2020.
        Ses2020 = "gbt_38540_2020",
        /// SES of GM/T 0031-2014.
        Ses2014 = "gmt_0031_2014",
        /// SES of GM/T 0031-2025.
        Ses2025 = "gmt_0031_2025",
        /// CMS of GB/T 35275.
        Gbt35275 = "gbt_35275",
        /// A bare signature value.
        Bare = "bare",
        /// CMS of RFC 5652.
        Cms = "cms",
        /// A timestamp of RFC 3161 or GB/T 20520 in the place of a signature.
        Timestamp = "timestamp",
        /// Not recognized.
        Unknown = "unknown",
    }
}

wire_names! {
    /// Whether what was signed is unchanged, trust aside.
    Integrity {
        /// Signature and all digests hold.
        Intact = "intact",
        /// A signature or digest does not hold.
        Broken = "broken",
        /// Something needed for the check is missing.
        Unchecked = "unchecked",
    }
}

wire_names! {
    /// Where the time of signing comes from.
    TimeSource {
        /// The signer's own claim.
        Claimed = "claimed",
        /// Nowhere.
        None = "none",
        /// A timestamp that an authority under a trust anchor made.
        Timestamp = "timestamp",
    }
}

wire_names! {
    /// How a certificate stands to the trust anchors.
    ChainState {
        /// A valid path leads to an anchor.
        Trusted = "trusted",
        /// No path leads to an anchor.
        NoAnchor = "no_anchor",
        /// The path is broken, or a certificate of it was revoked.
        Broken = "broken",
        /// A path leads to an anchor, and whether a certificate of it was revoked is open.
        RevocationOpen = "revocation_open",
        /// There is no certificate to judge.
        Unchecked = "unchecked",
    }
}

wire_names! {
    /// The state of a seal in the register of seals.
    SealState {
        /// Neither revoked nor suspended.
        Clear = "clear",
        /// Suspended (中止).
        Suspended = "suspended",
        /// Revoked (撤销).
        Revoked = "revoked",
        /// No register was asked.
        Unknown = "unknown",
    }
}

/// Everything that was found about one file.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The format, by content.
    pub format: Format,
    /// Reasons about the file as a whole.
    pub reasons: Vec<Reason>,
    /// One entry a signature, in the document's order.
    pub signatures: Vec<SignatureJudgement>,
    /// The signed list of the container's files, if there is one.
    pub entry_list: Option<EntryList>,
    /// The license on the document, if it carries one.
    pub license: Option<License>,
    /// Whether the license is in force.
    pub status: Status,
    /// What kind of copy it is.
    pub copy: Copy,
}

impl Judgement {
    /// A judgement of a file that could not be read as far as its signatures.
    pub fn unread(format: Format, reason: Reason) -> Self {
        Self {
            format,
            reasons: vec![reason],
            signatures: Vec::new(),
            entry_list: None,
            license: None,
            status: Status::unknown(),
            copy: Copy::unknown(),
        }
    }

    /// The worst of the file's own reasons and of its signatures.
    pub fn verdict(&self) -> Verdict {
        let own = Verdict::under(&self.reasons);
        self.signatures.iter().map(SignatureJudgement::verdict).fold(own, Verdict::max)
    }

    /// Verdict, status and copy joined, for the `purpose` that a counter asks for, if it asks for one.
    pub fn usable(&self, purpose: Option<&str>) -> Usable {
        let copy = self.copy.serves(purpose);
        match self.verdict() {
            Verdict::NotGenuine => Usable::No,
            _ if self.status.state.is_out_of_force() || copy == Usable::No => Usable::No,
            Verdict::Genuine if self.status.state == State::InForce && !self.is_unconfirmed() => copy,
            _ => Usable::Undetermined,
        }
    }

    /// Whether the registry should have said more than the face does.
    fn is_unconfirmed(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == Code::LicenseStateUnconfirmed)
    }
}

/// Everything that was found about one signature.
#[derive(Clone, Debug)]
pub struct SignatureJudgement {
    /// The identifier in the document, or `1` for a file that is one signature.
    pub id: String,
    /// The structure.
    pub kind: SignatureKind,
    /// Whether what was signed is unchanged.
    pub integrity: Integrity,
    /// Who signed.
    pub signer: Option<Signer>,
    /// The seal that was used.
    pub seal: Option<Seal>,
    /// When it was made.
    pub signed_at: Option<Timestamp>,
    /// Where that time comes from.
    pub time_source: TimeSource,
    /// The timestamp that came with it: the earliest that proves a time, else the first that could be read.
    pub timestamp: Option<TimeProof>,
    /// How the signer's certificate stands to the anchors.
    pub chain: Chain,
    /// What it covers.
    pub coverage: Option<Coverage>,
    /// Reasons about this signature.
    pub reasons: Vec<Reason>,
}

impl SignatureJudgement {
    /// The best verdict that this signature's reasons leave.
    pub fn verdict(&self) -> Verdict {
        Verdict::under(&self.reasons)
    }

    /// Whether it shows anything about what it covers: intact, and not shown to be worthless.
    pub fn vouches(&self) -> bool {
        self.integrity == Integrity::Intact && self.verdict() != Verdict::NotGenuine
    }

    /// Whether it does so in the name of somebody whom a trust anchor vouches for, and so does its seal if it has one.
    pub fn vouches_with_trust(&self) -> bool {
        let maker = self.seal.as_ref().map(|seal| seal.maker_chain.state);
        let trusted = |state| state == ChainState::Trusted;
        self.vouches() && trusted(self.chain.state) && maker.is_none_or(trusted)
    }
}

/// The list of a container's files (GM/T 0099-2020 §7.4). It vouches for names, not for contents.
#[derive(Clone, Debug)]
pub struct EntryList {
    /// How many files are listed.
    pub listed: usize,
    /// Files that are there and not listed, those of signatures left out; the first hundred.
    pub unlisted: Vec<String>,
    /// Files that are listed and not there; the first hundred.
    pub missing: Vec<String>,
    /// The signature over the list. Its reasons count only for the list.
    pub signature: SignatureJudgement,
}

/// A certificate as reports show it.
#[derive(Clone, Debug, Serialize)]
pub struct Signer {
    /// Subject, RFC 4514 order as encoded.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// SM3 of the certificate, hexadecimal.
    pub sm3: String,
    /// The parts of the subject that say whom it speaks for.
    #[serde(skip)]
    pub names: SubjectNames,
}

/// Parts of a certificate's subject (RFC 5280 appendix A.1), each as often as it stands there.
#[derive(Clone, Debug, Default)]
pub struct SubjectNames {
    /// Province (ST).
    pub provinces: Vec<String>,
    /// Organization (O), its units (OU), and the common name (CN).
    pub offices: Vec<String>,
    /// Everything else, where some authorities write the organization's code.
    pub others: Vec<String>,
}

/// A seal as reports show it.
#[derive(Clone, Debug, Serialize)]
pub struct Seal {
    /// The seal's identifier (esID).
    pub id: String,
    /// The seal's name.
    pub name: String,
    /// The maker of the seal.
    pub maker: Option<Signer>,
    /// How the maker's certificate stands to the anchors.
    pub maker_chain: Chain,
    /// When the seal was made.
    pub created: Timestamp,
    /// Start of validity.
    pub valid_from: Timestamp,
    /// End of validity.
    pub valid_until: Timestamp,
    /// Format of the picture, as stated.
    pub picture: String,
    /// What is known of the seal apart from its certificates, by its identifier.
    pub standing: SealStanding,
    /// The seal's own timestamp.
    pub timestamp: Option<TimeProof>,
}

/// How a seal stands in the register of seals at the time judged.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SealStanding {
    /// The state.
    pub state: SealState,
    /// Since when, if it is revoked or suspended.
    pub since: Option<Timestamp>,
}

impl SealStanding {
    /// No register was asked.
    pub const fn unknown() -> Self {
        Self { state: SealState::Unknown, since: None }
    }
}

/// A timestamp as reports show it.
#[derive(Clone, Debug, Serialize)]
pub struct TimeProof {
    /// Whether it proves its time: it holds, for these bytes, and its authority leads to a trust anchor.
    pub proves: bool,
    /// The time it states (genTime).
    pub gen_time: Timestamp,
    /// How far the true time may lie from that, in microseconds, if stated.
    pub accuracy_micros: Option<u64>,
    /// The policy under which it was issued, in dotted form.
    pub policy: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// Object identifier of the digest.
    pub digest: String,
    /// Who made it.
    pub authority: Option<Signer>,
    /// How the authority's certificate stands to the anchors.
    pub chain: Chain,
}

/// How a certificate stands to the trust anchors.
#[derive(Clone, Debug, Serialize)]
pub struct Chain {
    /// The outcome.
    pub state: ChainState,
    /// Subjects from the certificate to the anchor, as far as a path was found.
    pub path: Vec<String>,
    /// What officers call the anchor, that of `path` first; others where other paths lead to them and it does not vouch for
    /// everything.
    pub anchors: Vec<String>,
    /// Whether certificates of the path were revoked, and as of when that is known.
    pub revocation: PathRevocation,
    /// SHA-256 of the anchor's certificate that `path` ends in, which tells it from others of the same name.
    #[serde(skip)]
    pub end: Option<Digest>,
    /// How the others of `anchors` are reached, in their order; for whoever finds that the first does not vouch.
    #[serde(skip)]
    pub elsewhere: Vec<ChainEnd>,
}

/// Another anchor that a certificate leads to.
#[derive(Clone, Debug)]
pub struct ChainEnd {
    /// What officers call it.
    pub anchor: String,
    /// Subjects from the certificate to it.
    pub path: Vec<String>,
    /// SHA-256 of its certificate that the path ends in.
    pub end: Option<Digest>,
    /// What is known of the revocation of that path.
    pub revocation: PathRevocation,
}

impl Chain {
    /// A path that leads to no anchor that counts.
    pub const fn without_anchor(state: ChainState, path: Vec<String>) -> Self {
        let revocation = PathRevocation::unchecked();
        Self { state, path, anchors: Vec::new(), revocation, end: None, elsewhere: Vec::new() }
    }

    /// Leaves the anchors that `vouches` admits, with the path to the first of them; whether any is left.
    pub fn retain(&mut self, vouches: impl Fn(&str) -> bool) -> bool {
        let is_first = self.anchors.first().is_some_and(|first| vouches(first));
        self.elsewhere.retain(|end| vouches(&end.anchor));
        self.anchors.retain(|anchor| vouches(anchor));
        if !is_first && !self.elsewhere.is_empty() {
            let ChainEnd { path, revocation, end, .. } = self.elsewhere.remove(0);
            (self.path, self.revocation, self.end) = (path, revocation, end);
        }
        !self.anchors.is_empty()
    }

    /// No certificate was there to judge.
    pub const fn unchecked() -> Self {
        Self::without_anchor(ChainState::Unchecked, Vec::new())
    }
}

/// What one signature covers of what the document uses. Counted in files of a package, or in revisions of a PDF.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    /// Whether everything that the document uses is covered.
    pub complete: bool,
    /// How many files or revisions are covered.
    pub covered: usize,
    /// Files that the document uses and the signature leaves out, or later revisions; the first hundred.
    pub uncovered: Vec<String>,
    /// How many there are.
    pub uncovered_total: usize,
    /// Files that are neither covered nor used, or bytes of a PDF that belong to nothing; the first hundred.
    pub smuggled: Vec<String>,
    /// How many there are.
    pub smuggled_total: usize,
    /// Files that are signed and not there; the first hundred.
    pub missing: Vec<String>,
    /// How many there are.
    pub missing_total: usize,
}
