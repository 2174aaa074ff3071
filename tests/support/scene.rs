//! A root, an authority below it and a signer, whose revocation is told in many ways.

use tongban::asn1::{tag, write};
use tongban::crypto::SigningKey;
use tongban::demo::forge::{Authority, Extension, Name, Profile, Seed, Validity};
use tongban::pki::Certificate;

use crate::statements::{ListDraft, at};

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";

pub(crate) fn validity(from: &str, until: &str) -> Validity {
    Validity { from: at(from), until: at(until) }
}

/// A root, an authority below it, and a signer from 2020 to 2030.
pub(crate) struct Scene {
    pub(crate) root: Authority,
    pub(crate) sub: Authority,
    pub(crate) root_certificate: Certificate,
    pub(crate) sub_certificate: Certificate,
    pub(crate) signer: Certificate,
}

pub(crate) fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

impl Scene {
    pub(crate) fn new() -> Self {
        let long = validity("2015-01-01", "2045-01-01");
        let root = Authority::root(&Seed::new("revocation"), Name::new("样例机构", "Root"), long).unwrap();
        let sub = root.subordinate(Name::new("样例机构", "Sub"), long).unwrap();
        let scene = |signer| Self {
            root_certificate: parsed(root.certificate()),
            sub_certificate: parsed(sub.certificate()),
            root: root.clone(),
            sub: sub.clone(),
            signer,
        };
        let until_2030 = validity("2020-01-01", "2030-01-01");
        let signer = sub.issue(Profile::Signer, Name::new("样例机构", "Signer"), until_2030).unwrap();
        scene(parsed(&signer.certificate))
    }

    /// The same with a signer whose certificate ends at the day.
    pub(crate) fn until(mut self, day: &str) -> Self {
        let name = Name::new("样例机构", "Short-lived");
        let signer = self.sub.issue(Profile::Signer, name, validity("2020-01-01", day)).unwrap();
        self.signer = parsed(&signer.certificate);
        self
    }

    /// A list of the authority, from one day to the other.
    pub(crate) fn list(&self, this_update: &'static str, next_update: &'static str) -> ListDraft {
        ListDraft::new(&self.sub_certificate, this_update, next_update)
    }

    /// The list that keeps the authority itself good at all times.
    pub(crate) fn of_root(&self) -> Vec<u8> {
        ListDraft::new(&self.root_certificate, "2019-01-01", "2040-01-01").sign(self.root.key())
    }

    /// A certificate by `issuer` for a key of its own, for signing answers.
    pub(crate) fn responder(
        &self,
        issuer: &Authority,
        name: &str,
        extensions: &[Extension],
    ) -> (Certificate, SigningKey) {
        let key = Seed::new("responders").key(name).unwrap();
        let subject = Name::new("样例机构", name);
        let mut draft =
            issuer.draft(&key, Profile::Signer, subject, validity("2020-01-01", "2040-01-01")).unwrap();
        draft.extensions.extend_from_slice(extensions);
        (parsed(&issuer.certify(&draft).unwrap()), key)
    }

    pub(crate) fn appointed(&self, name: &str, unchecked: bool) -> (Certificate, SigningKey) {
        let mut extensions = vec![ocsp_signing()];
        if unchecked {
            let value = vec![tag::NULL, 0];
            extensions.push(Extension { oid: NO_CHECK.to_owned(), critical: false, value });
        }
        self.responder(&self.sub, name, &extensions)
    }
}

pub(crate) fn ocsp_signing() -> Extension {
    let value = write::sequence(&[&write::oid(OCSP_SIGNING).unwrap()]);
    Extension { oid: "2.5.29.37".to_owned(), critical: false, value }
}
