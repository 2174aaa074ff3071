//! Whether a certificate is that of a host (RFC 9525): by its alternative names, never by its common name.

use core::net::IpAddr;

use super::certificate::Certificate;
use super::general_name::{GeneralName, Wildcard, is_host};

/// The certificate does not name the host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate does not name `{0}`")]
pub struct NotNamed(pub String);

/// Checks that `certificate` names `host`, a domain name or an IP address. A wildcard stands for one label
/// (RFC 9525 §6.3).
pub(super) fn check(certificate: &Certificate, host: &str) -> Result<(), NotNamed> {
    let wanted = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let address = wanted.parse::<IpAddr>().ok();
    let names = |name: &GeneralName| match (name, address) {
        (GeneralName::Address(octets), Some(IpAddr::V4(address))) => address.octets() == octets.as_slice(),
        (GeneralName::Address(octets), Some(IpAddr::V6(address))) => address.octets() == octets.as_slice(),
        (GeneralName::Dns(name), None) => match name.strip_prefix("*.") {
            Some(rest) => {
                wanted.split_once('.').is_some_and(|(_, parent)| parent == rest && parent.contains('.'))
            }
            None => *name == wanted,
        },
        _ => false,
    };
    let sound = address.is_some() || is_host(&wanted, Wildcard::Refuse);
    let found = certificate.alternative_names.iter().flatten().any(names);
    if sound && found { Ok(()) } else { Err(NotNamed(host.to_owned())) }
}
