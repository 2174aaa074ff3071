//! Paths by name and signature alone, for tests of what is judged besides paths.

use tongban::budget::{Budget, Exhausted};
use tongban::clock::Timestamp;
use tongban::pki::revocation::IssuerPaths;
use tongban::pki::{Certificate, KeyUsage, Name};

/// Certificates among which paths are looked for.
pub(crate) struct Pool(pub(crate) Vec<Certificate>);

impl Pool {
    /// All paths from `leaf` to `anchor`, leaf first.
    pub(crate) fn climb<'a>(
        &'a self,
        leaf: &'a Certificate,
        anchor: &Certificate,
    ) -> Vec<Vec<&'a Certificate>> {
        let mut found = Vec::new();
        self.extend(vec![leaf], anchor, &mut found);
        found
    }

    fn extend<'a>(
        &'a self,
        path: Vec<&'a Certificate>,
        anchor: &Certificate,
        found: &mut Vec<Vec<&'a Certificate>>,
    ) {
        let below = path[path.len() - 1];
        if below == anchor {
            found.push(path);
            return;
        }
        for issuer in &self.0 {
            let may = issuer.key_usage.is_none_or(|usage| usage.has_any(KeyUsage::CERTIFICATE_SIGN));
            let named = issuer.subject_name() == below.issuer_name();
            if may && named && !path.contains(&issuer) && below.signed_by(issuer) {
                let longer = path.iter().copied().chain([issuer]).collect();
                self.extend(longer, anchor, found);
            }
        }
    }
}

impl IssuerPaths for Pool {
    fn paths(
        &self,
        signer: &Name,
        anchor: &Certificate,
        at: Timestamp,
        _: &mut Budget,
    ) -> Result<Vec<Vec<Certificate>>, Exhausted> {
        let holders = self.0.iter().filter(|one| one.subject_name() == signer && *one != anchor);
        let paths = holders.flat_map(|holder| self.climb(holder, anchor));
        let valid = paths.filter(|path| path.iter().all(|certificate| certificate.valid_at(at)));
        Ok(valid.map(|path| path.into_iter().cloned().collect()).collect())
    }
}
