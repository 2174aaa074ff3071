//! Certificates, trust anchors and the paths between them. Only this module names the X.509 parser.
//! It knows nothing of seals or TLS: who asks states the role a certificate is to play.

mod anchors;
mod assessment;
mod certificate;
pub mod extension;
mod name;
mod path;
pub mod revocation;
mod signed;
mod value;

pub use self::anchors::{Anchors, ReadError, certificates_in};
pub use self::assessment::{Setting, assess};
pub use self::certificate::{Certificate, CertificateError};
pub use self::extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage};
pub use self::name::Name;
pub use self::path::{PathError, PathFault, Role, VerifiedPath, validate};
pub use self::signed::{SignatureFault, SignatureOver};
pub use self::value::{SignatureValue, check_value};
