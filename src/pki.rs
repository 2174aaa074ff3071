//! Certificates, trust anchors and the paths between them. Only this module names the X.509 parser.
//! It knows nothing of seals or TLS: who asks states the role a certificate is to play.

mod anchors;
mod assessment;
mod bundle;
mod certificate;
pub mod extension;
mod fault;
mod finding;
mod general_name;
mod host;
mod judgement;
mod known;
mod name;
mod name_constraints;
mod oid;
mod path;
mod policy_graph;
mod profile;
pub mod revocation;
mod search;
mod signed;
mod terms;
mod traced;
mod validation;
mod value;

pub use self::anchors::{
    Anchor, AnchorEntry, AnchorRole, AnchorScope, Anchors, Place, RevocationFormat, RevocationSource,
    SourceError, SourceUrl, Untrusted,
};
pub use self::assessment::{PathFinding, RevocationKnowledge, Setting, assess, find_path};
pub use self::bundle::{ReadError, certificates_in};
pub use self::certificate::{Certificate, CertificateError};
pub use self::extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage, PolicyStatements};
pub use self::fault::{Objection, PathError, PathFault};
pub use self::finding::{Finding, Oddity};
pub use self::general_name::GeneralName;
pub use self::host::NotNamed;
pub use self::judgement::{PathJudgement, PathReason, PathVerdict};
pub use self::known::KnownCertificates;
pub use self::name::Name;
pub use self::name_constraints::NameConstraints;
pub use self::oid::{NotAnOid, Oid};
pub use self::path::{CandidatePath, Check, VerifiedPath, unchecked, validate};
pub use self::policy_graph::{PathPolicies, PolicyTerms};
pub use self::profile::Role;
pub use self::signed::{SignatureFault, SignatureOver};
pub use self::terms::{AnchorExtent, LeafDates, Terms};
pub use self::value::{SignatureValue, check_value};
