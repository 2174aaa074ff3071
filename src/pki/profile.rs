//! What a certificate must be for what it does: one table for each role, one row for each demand, each with its clause.
//! Paths as such, with signatures, names and policies, are judged the same for all roles.

use super::certificate::Certificate;
use super::extension::KeyUsage;

/// What a certificate is to do at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Anything: RFC 5280 alone, retired algorithms of conformance suites included.
    Any,
    /// Make seals (制章者).
    SealMaker,
    /// Sign documents (签章者).
    Signer,
    /// Sign timestamps.
    Timestamper,
    /// Identify a system at the other end of a connection.
    TlsClient,
    /// Sign lists of revoked certificates.
    CrlSigner,
    /// Sign answers about revocation.
    OcspResponder,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Any,
        Self::SealMaker,
        Self::Signer,
        Self::Timestamper,
        Self::TlsClient,
        Self::CrlSigner,
        Self::OcspResponder,
    ];

    /// The name on the command line and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "none",
            Self::SealMaker => "seal-maker",
            Self::Signer => "signer",
            Self::Timestamper => "timestamp",
            Self::TlsClient => "tls-client",
            Self::CrlSigner => "crl-signer",
            Self::OcspResponder => "ocsp-responder",
        }
    }

    /// The role called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether algorithms count that are only checked for the sake of conformance suites.
    pub(super) const fn allows_retired(self) -> bool {
        matches!(self, Self::Any)
    }

    /// The clause of the first demand that `leaf` does not meet.
    pub(super) fn refuses(self, leaf: &Certificate) -> Option<&'static str> {
        refused(self.table().leaf, leaf)
    }

    /// The clause of the first demand that `authority` does not meet on a path to this role.
    pub(super) fn refuses_authority(self, authority: &Certificate) -> Option<&'static str> {
        refused(self.table().authority, authority)
    }

    const fn table(self) -> &'static Profile {
        match self {
            Self::Any => &ANY,
            Self::SealMaker | Self::Signer => &SIGNER,
            Self::Timestamper => &TIMESTAMPER,
            Self::TlsClient => &TLS_CLIENT,
            Self::CrlSigner => &CRL_SIGNER,
            Self::OcspResponder => &OCSP_RESPONDER,
        }
    }
}

fn refused(rows: &[Row], certificate: &Certificate) -> Option<&'static str> {
    rows.iter().find(|row| !row.demand.is_met(certificate)).map(|row| row.clause)
}

/// The demands on the certificate that plays a role, and on the authorities above it.
struct Profile {
    leaf: &'static [Row],
    authority: &'static [Row],
}

struct Row {
    demand: Demand,
    clause: &'static str,
}

enum Demand {
    /// Key usage, where stated, has one of these bits.
    Usage(KeyUsage),
    /// Extended key usage, where stated, has one of these purposes or any.
    Purpose(&'static [&'static str]),
    /// The same, but only of statements that are critical.
    PurposeIfCritical(&'static [&'static str]),
    /// Extended key usage has this purpose.
    PurposeStated(&'static str),
    /// Extended key usage is critical and has this purpose alone.
    PurposeAlone(&'static str),
}

/// Purposes, RFC 5280 §4.2.1.12 unless said otherwise.
const ANY_PURPOSE: &str = "2.5.29.37.0";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
const TIMESTAMPING: &str = "1.3.6.1.5.5.7.3.8";
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
/// RFC 9336 §3.
const DOCUMENT_SIGNING: &str = "1.3.6.1.5.5.7.3.36";

const SIGNING: KeyUsage = KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION);

const ANY: Profile = Profile { leaf: &[], authority: &[] };

/// Signers in the field state purposes of TLS clients; only a critical statement is meant to exclude.
const SIGNER: Profile = Profile {
    leaf: &[
        Row { demand: Demand::Usage(SIGNING), clause: "GM/T 0015-2012 §5.2.4.2.3" },
        Row {
            demand: Demand::PurposeIfCritical(&[EMAIL_PROTECTION, DOCUMENT_SIGNING]),
            clause: "RFC 5280 §4.2.1.12",
        },
    ],
    authority: &[Row {
        demand: Demand::PurposeIfCritical(&[EMAIL_PROTECTION, DOCUMENT_SIGNING]),
        clause: "RFC 5280 §4.2.1.12",
    }],
};

const TIMESTAMPER: Profile = Profile {
    leaf: &[
        Row { demand: Demand::Usage(SIGNING), clause: "GM/T 0015-2012 §5.2.4.2.3" },
        Row { demand: Demand::PurposeAlone(TIMESTAMPING), clause: "RFC 3161 §2.3" },
    ],
    authority: &[Row { demand: Demand::PurposeIfCritical(&[TIMESTAMPING]), clause: "RFC 5280 §4.2.1.12" }],
};

const TLS_CLIENT: Profile = Profile {
    leaf: &[
        Row { demand: Demand::Usage(KeyUsage::DIGITAL_SIGNATURE), clause: "RFC 8446 §4.4.2.2" },
        Row { demand: Demand::Purpose(&[CLIENT_AUTH]), clause: "RFC 5280 §4.2.1.12" },
    ],
    authority: &[Row { demand: Demand::PurposeIfCritical(&[CLIENT_AUTH]), clause: "RFC 5280 §4.2.1.12" }],
};

const CRL_SIGNER: Profile = Profile {
    leaf: &[Row { demand: Demand::Usage(KeyUsage::CRL_SIGN), clause: "RFC 5280 §6.3.3 (f)" }],
    authority: &[],
};

const OCSP_RESPONDER: Profile = Profile {
    leaf: &[
        Row { demand: Demand::Usage(SIGNING), clause: "RFC 6960 §4.2.2.2" },
        Row { demand: Demand::PurposeStated(OCSP_SIGNING), clause: "RFC 6960 §4.2.2.2" },
    ],
    authority: &[],
};

impl Demand {
    fn is_met(&self, certificate: &Certificate) -> bool {
        let stated = certificate.extended_key_usage.as_ref();
        let one_of = |wanted: &[&str]| {
            stated.is_some_and(|usage| {
                let purposes = usage.purposes.iter().map(String::as_str);
                purposes.into_iter().any(|purpose| purpose == ANY_PURPOSE || wanted.contains(&purpose))
            })
        };
        match self {
            Self::Usage(wanted) => certificate.key_usage.is_none_or(|usage| usage.has_any(*wanted)),
            Self::Purpose(wanted) => stated.is_none() || one_of(wanted),
            Self::PurposeIfCritical(wanted) => !stated.is_some_and(|usage| usage.critical) || one_of(wanted),
            Self::PurposeStated(wanted) => {
                stated.is_some_and(|usage| usage.purposes.iter().any(|purpose| purpose == wanted))
            }
            Self::PurposeAlone(wanted) => {
                stated.is_some_and(|usage| usage.critical && usage.purposes == [*wanted])
            }
        }
    }
}

/// Whether extended key usage, where stated, has one of `wanted` or any purpose; `wanted` may be empty.
pub(super) fn has_purpose(certificate: &Certificate, wanted: &[String]) -> bool {
    let Some(usage) = &certificate.extended_key_usage else { return true };
    wanted.is_empty()
        || usage.purposes.iter().any(|purpose| purpose == ANY_PURPOSE || wanted.contains(purpose))
}
