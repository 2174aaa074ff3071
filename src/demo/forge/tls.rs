//! TLS certificates for gateways, providers and systems: ECDSA P-256, new keys in every run.
//! Trusted by nobody but who is given the authority's certificate.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    RevokedCertParams, SerialNumber,
};
use time::OffsetDateTime;

use super::{Error, Validity};
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::pki::Certificate;

/// An authority that certifies servers and clients.
pub struct TlsAuthority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in the forms that config files and rustls take. Does not print.
#[derive(Clone)]
pub struct TlsCredentials {
    /// The certificate in DER.
    pub certificate: Vec<u8>,
    /// The certificate in PEM.
    pub certificate_pem: String,
    /// The private key in PEM (PKCS#8).
    pub key_pem: String,
}

impl TlsAuthority {
    /// A new authority that vouches for itself.
    pub fn new(common_name: &str, validity: Validity) -> Result<Self, Error> {
        let mut params = params(common_name, &[], validity)?;
        // Certifies servers and clients, and no further authorities.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        Ok(Self(CertifiedIssuer::self_signed(params, key)?))
    }

    /// The authority's certificate in DER.
    pub fn certificate(&self) -> &[u8] {
        self.0.der()
    }

    /// The authority's certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        self.0.pem()
    }

    /// A server's certificate for `addresses`, each a DNS name or an IP address.
    pub fn server(
        &self,
        common_name: &str,
        addresses: &[&str],
        validity: Validity,
    ) -> Result<TlsCredentials, Error> {
        self.issue(common_name, addresses, validity, vec![ExtendedKeyUsagePurpose::ServerAuth])
    }

    /// The certificate of a gateway, which serves at `addresses` and asks other gateways with the same certificate.
    pub fn gateway(
        &self,
        common_name: &str,
        addresses: &[&str],
        validity: Validity,
    ) -> Result<TlsCredentials, Error> {
        let purposes = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(common_name, addresses, validity, purposes)
    }

    /// A client's certificate.
    pub fn client(&self, common_name: &str, validity: Validity) -> Result<TlsCredentials, Error> {
        self.issue(common_name, &[], validity, vec![ExtendedKeyUsagePurpose::ClientAuth])
    }

    /// The list of revoked certificates (CRL) in DER that holds for `validity`, on which `revoked` stand since its beginning.
    pub fn revocation_list(&self, revoked: &[&TlsCredentials], validity: Validity) -> Result<Vec<u8>, Error> {
        let since = date_time(validity.from)?;
        let entry = |credentials: &&TlsCredentials| {
            let certificate = Certificate::from_der(&credentials.certificate)
                .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from_slice(&certificate.serial_raw),
                revocation_time: since,
                reason_code: None,
                invalidity_date: None,
            })
        };
        let list = CertificateRevocationListParams {
            this_update: since,
            next_update: date_time(validity.until)?,
            crl_number: SerialNumber::from(validity.from.seconds().unsigned_abs()),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect::<Result<_, Error>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.0)?.der().to_vec())
    }

    fn issue(
        &self,
        common_name: &str,
        addresses: &[&str],
        validity: Validity,
        purposes: Vec<ExtendedKeyUsagePurpose>,
    ) -> Result<TlsCredentials, Error> {
        let mut params = params(common_name, addresses, validity)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = purposes;
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &self.0)?;
        Ok(TlsCredentials {
            certificate: certificate.der().to_vec(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }
}

impl TlsCredentials {
    /// SHA-256 of the certificate's DER in lower-case hexadecimal, by which gateways list systems.
    pub fn fingerprint(&self) -> String {
        DigestAlgorithm::Sha256.digest(&self.certificate).hex()
    }
}

fn params(common_name: &str, addresses: &[&str], validity: Validity) -> Result<CertificateParams, Error> {
    let addresses: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
    let mut params = CertificateParams::new(addresses)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    params.distinguished_name = name;
    params.not_before = date_time(validity.from)?;
    params.not_after = date_time(validity.until)?;
    Ok(params)
}

fn date_time(at: Timestamp) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp(at.seconds()).map_err(|_| Error::Time(at))
}
