//! The record of a request while it is being answered: what is known of it so far, without anything about persons
//! that is not a keyed pseudonym or digest.

use std::time::Duration;

use serde_json::Value;

use super::{Arrival, Gist, Inquiry, Parts, Refusal, Target, Verification};
use crate::cache::CacheState;
use crate::crypto::{Digest, DigestAlgorithm, PseudonymKey};
use crate::disclosure::Disclosed;
use crate::ledger::{Decided, Entry, Fields};
use crate::policy::Permit;
use crate::rulebook::Caller;
use crate::sensitive::Sensitive;
use crate::verdict::Judgement;

/// A record in the making.
pub(super) struct Draft {
    entry: Entry,
}

impl Draft {
    /// Of a request that was not understood.
    pub(super) fn gist(arrival: &Arrival, gist: &Gist) -> Self {
        let mut entry = Entry {
            request: arrival.id.to_string(),
            system: arrival.caller.as_ref().map(ToString::to_string),
            certificate: arrival.certificate.as_ref().map(ToString::to_string),
            party: arrival.caller.as_ref().and_then(Caller::party).map(|province| province.to_string()),
            operation: "unknown",
            generation: arrival.rulebook.generation,
            ..Entry::default()
        };
        match &gist.target {
            Some(Target::Exchange { province, service }) => {
                entry.operation = "query";
                entry.province = Some(province.to_string());
                entry.service = Some(service.to_string());
            }
            Some(Target::Verify) => entry.operation = "verify",
            None => {}
        }
        Self { entry }
    }

    /// Of a verification.
    pub(super) fn verification(parts: &Parts, arrival: &Arrival, asked: &Verification) -> Self {
        let Self { entry } = Self::gist(arrival, &Gist { target: Some(Target::Verify) });
        let key = &parts.pseudonyms;
        let entry = Entry {
            department: Some(asked.department.to_string()),
            purpose: Some(asked.purpose.to_string()),
            matter: asked.matter.as_ref().map(ToString::to_string),
            channel: asked.channel.clone(),
            basis: Some(asked.basis.as_str()),
            case: digest(key, "case", asked.case.as_ref()),
            operator: pseudonym(key, "operator", asked.operator.as_ref()),
            // Not keyed: a license cannot be guessed, and its holder is to find it in the ledger again.
            request_digest: Some(DigestAlgorithm::Sm3.digest(&asked.file)),
            ..entry
        };
        Self { entry }
    }

    /// Of an inquiry.
    pub(super) fn inquiry(parts: &Parts, arrival: &Arrival, inquiry: &Inquiry) -> Self {
        let errand = &inquiry.errand;
        let target = Target::Exchange { province: inquiry.province, service: errand.service.clone() };
        let Self { entry } = Self::gist(arrival, &Gist { target: Some(target) });
        let key = &parts.pseudonyms;
        let query = Value::Object(errand.query.expose().clone()).to_string();
        let entry = Entry {
            department: Some(errand.department.to_string()),
            purpose: Some(errand.purpose.to_string()),
            matter: errand.matter.as_ref().map(ToString::to_string),
            channel: errand.channel.clone(),
            basis: Some(errand.basis.as_str()),
            case: digest(key, "case", errand.case.as_ref()),
            use_cause: digest(key, "use_cause", errand.use_cause.as_ref()),
            operator: pseudonym(key, "operator", errand.operator.as_ref()),
            subject: pseudonym(key, "subject", Some(&errand.subject)),
            // In the domain of subjects, so that it shows when somebody acts for others and is asked about too.
            agent: pseudonym(key, "subject", errand.agent.as_ref()),
            request_digest: Some(key.digest("query", query.as_bytes())),
            ..entry
        };
        Self { entry }
    }

    /// An agreement permits it.
    pub(super) fn permitted(&mut self, permit: &Permit) {
        self.entry.decision = Some(Decided::from(permit));
    }

    /// The file was judged.
    pub(super) fn judged(&mut self, judgement: &Judgement) {
        let signatures = judgement.signatures.iter().flat_map(|signature| &signature.reasons);
        let reasons = judgement.reasons.iter().chain(signatures);
        let mut codes: Vec<String> = reasons.map(|reason| reason.code.as_str().to_owned()).collect();
        codes.sort_unstable();
        codes.dedup();
        self.entry.reasons = codes;
        self.entry.outcome = Some(judgement.verdict().as_str().to_owned());
    }

    /// An answer was cut to what may leave.
    pub(super) fn disclosed(
        &mut self,
        parts: &Parts,
        permit: &Permit,
        disclosed: &Disclosed,
        cache: CacheState,
    ) {
        self.entry.outcome = Some(disclosed.outcome().as_str().to_owned());
        self.entry.cache = Some(cache.as_str());
        if disclosed.outcome().has_data() {
            self.entry.fields = Some(Fields::of(permit, disclosed));
            let data = disclosed.data().expose().to_string();
            self.entry.answer_digest = Some(parts.pseudonyms.digest("answer", data.as_bytes()));
        }
    }

    /// The finished record of a request that took `elapsed` and ended with `refusal`, or well.
    pub(super) fn finish(mut self, elapsed: Duration, refusal: Option<&Refusal>) -> Entry {
        if let Some(refusal) = refusal {
            self.entry.outcome = Some(refusal.code().to_owned());
        }
        if let Some(Refusal::Denied(denial)) = refusal {
            self.entry.decision = Some(Decided::from(denial));
        }
        self.entry.elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self.entry
    }
}

fn pseudonym(key: &PseudonymKey, domain: &str, value: Option<&Sensitive<String>>) -> Option<String> {
    value.map(|value| key.pseudonym(domain, value.expose()))
}

fn digest(key: &PseudonymKey, domain: &str, value: Option<&Sensitive<String>>) -> Option<Digest> {
    value.map(|value| key.digest(domain, value.expose().as_bytes()))
}
