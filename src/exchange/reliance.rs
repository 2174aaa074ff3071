//! What a verdict rests on, gathered for its record from the judgement and its trace.

use crate::catalog::Catalog;
use crate::crypto::{Digest, PseudonymKey};
use crate::identifier::{Department, Region, TypeCode};
use crate::ledger::{
    ChainReliance, Reliance, RevocationReliance, SIGNATURES, SignatureReliance, StateReliance,
};
use crate::manifest::Subject;
use crate::pki::Role;
use crate::trace::Trace;
use crate::verdict::{
    Chain, ChainState, Judgement, License, PathRevocation, RevocationFact, RevocationState, Seal,
    SignatureJudgement, Signer,
};

/// What `judgement` rests on. What a file states and nobody vouches for is whatever its maker wrote: of it, only what the
/// catalog has is named.
pub(super) fn of(judgement: &Judgement, trace: &Trace, catalog: &Catalog, key: &PseudonymKey) -> Reliance {
    let listed = judgement.entry_list.iter().map(|list| &list.signature);
    let signatures: Vec<&SignatureJudgement> = judgement.signatures.iter().chain(listed).collect();
    let gathering = Gathering { trace, key };
    let license = judgement.license.as_ref();
    let issuer = license.and_then(|license| department(license, catalog));
    Reliance {
        license_type: license.and_then(|license| license_type(license, catalog)),
        region: license.and_then(region),
        issuer: issuer.map(|issuer| issuer.to_string()),
        signatures: signatures
            .iter()
            .take(SIGNATURES)
            .map(|signature| gathering.signature(signature))
            .collect(),
        more: signatures.len().saturating_sub(SIGNATURES),
    }
}

fn license_type(license: &License, catalog: &Catalog) -> Option<String> {
    let code = TypeCode::parse(license.type_code.as_deref()?).ok()?;
    catalog.license_type(&code).map(|_| code.to_string())
}

fn region(license: &License) -> Option<String> {
    let region = license.issuer.region.as_deref()?;
    Region::parse(region).ok().map(|_| region.to_owned())
}

fn department(license: &License, catalog: &Catalog) -> Option<Department> {
    let (code, region) = (license.issuer.code.as_deref()?, license.issuer.region.as_deref()?);
    let department = Department::parse(&format!("{code}@{region}")).ok()?;
    catalog.office(&department).map(|_| department)
}

struct Gathering<'a> {
    trace: &'a Trace,
    key: &'a PseudonymKey,
}

impl Gathering<'_> {
    fn signature(&self, signature: &SignatureJudgement) -> SignatureReliance {
        let seal = signature.seal.as_ref();
        let maker = seal.and_then(|seal| self.chain(seal.maker.as_ref(), &seal.maker_chain, Role::SealMaker));
        // Of a seal alone, and of a timestamp in the place of a signature, that is who signed.
        let roles = [Role::Signer, Role::SealMaker, Role::Timestamper];
        let signer = signature.signer.as_ref();
        let role = roles.into_iter().find(|role| self.found(signer, *role)).unwrap_or(Role::Signer);
        let stamp = signature.timestamp.as_ref();
        SignatureReliance {
            seal: seal.map(|seal| self.seal(seal)),
            time: signature.time_source.as_str(),
            signer: self.chain(signer, &signature.chain, role),
            maker,
            timestamp: stamp
                .and_then(|stamp| self.chain(stamp.authority.as_ref(), &stamp.chain, Role::Timestamper)),
        }
    }

    fn found(&self, leaf: Option<&Signer>, role: Role) -> bool {
        leaf.is_some_and(|leaf| self.trace.path_of(&leaf.sm3, role.name(), None).is_some())
    }

    fn chain(&self, leaf: Option<&Signer>, chain: &Chain, role: Role) -> Option<ChainReliance> {
        let leaf = leaf?;
        let traced = self.trace.path_of(&leaf.sm3, role.name(), chain.end.as_ref());
        let hex = |digests: &[Digest]| digests.iter().map(Digest::hex).collect();
        Some(ChainReliance {
            state: chain.state.as_str(),
            leaf: self.key.pseudonym("certificate", &leaf.sm3),
            anchor: traced.and_then(|path| path.anchor).map(|anchor| anchor.hex()),
            intermediates: traced.map(|path| hex(&path.intermediates)).unwrap_or_default(),
            missing: traced.map(|path| hex(&path.missing)).unwrap_or_default(),
            revocation: revocation(
                &chain.revocation,
                traced.map(|path| hex(&path.evidence)).unwrap_or_default(),
            ),
        })
    }

    /// The identifier of a seal that a trusted maker made and that a suspension could name; of any other, a pseudonym.
    fn seal(&self, seal: &Seal) -> String {
        let trusted = seal.maker_chain.state == ChainState::Trusted;
        match Subject::parse("seal", &seal.id) {
            Some(_) if trusted => seal.id.clone(),
            _ => format!("hidden:{}", self.key.pseudonym("seal", &seal.id)),
        }
    }
}

/// What was known about revocation, if anything was asked.
fn revocation(known: &PathRevocation, evidence: Vec<String>) -> Option<RevocationReliance> {
    let state = |fact: &RevocationFact| StateReliance { state: fact.state.as_str(), as_of: fact.as_of };
    let asked = [&known.then, &known.now].iter().any(|fact| fact.state != RevocationState::Unchecked);
    asked.then(|| RevocationReliance { then: state(&known.then), now: state(&known.now), evidence })
}
