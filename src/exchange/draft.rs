//! The record of a request while it is being answered: what is known of it so far, without anything about persons
//! that is not a keyed pseudonym or digest.

use std::time::Duration;

use serde_json::Value;

use super::evidence::Problem;
use super::{
    Arrival, Explanation, Gist, Handling, Inquiry, Mandate, Parts, Refusal, Reporting, RequestId, Target,
    Verification,
};
use crate::cache::{CacheState, Purge};
use crate::catalog::Catalog;
use crate::corrections::Ticket;
use crate::crypto::{Digest, PseudonymKey};
use crate::disclosure::Disclosed;
use crate::ledger::{Decided, Entry, Exhibited, Fields, Reliance, Reported};
use crate::policy::{Permit, Purpose};
use crate::registry::Consultation;
use crate::rulebook::Caller;
use crate::sensitive::Sensitive;
use crate::upstream::{Channel, Exhibit};
use crate::verdict::Judgement;
use crate::verifier::Digests;

/// A record in the making.
pub(super) struct Draft {
    entry: Entry,
    /// Finished records of what the gateway asked of its own accord for this request.
    entailed: Vec<Entry>,
}

impl Draft {
    /// Of a request that was not understood.
    pub(super) fn gist(arrival: &Arrival, gist: &Gist) -> Self {
        let mut entry = Entry {
            request: arrival.id.to_string(),
            system: arrival.caller.as_ref().map(ToString::to_string),
            certificate: arrival.certificate.as_ref().map(ToString::to_string),
            party: arrival.caller.as_ref().and_then(Caller::party).map(|province| province.to_string()),
            operation: gist.target.as_ref().map_or("unknown", Target::operation),
            generation: arrival.rulebook.generation,
            line: gist.line,
            ..Entry::default()
        };
        if let Some(Target::Exchange { province, service }) = &gist.target {
            entry.province = Some(province.to_string());
            // A service that the catalog does not have is whatever the caller wrote.
            let known = arrival.rulebook.catalog.service(service);
            entry.service = known.map(|service| service.id.to_string());
        }
        Self { entry, entailed: Vec::new() }
    }

    /// Of a verification.
    pub(super) fn verification(parts: &Parts, arrival: &Arrival, asked: &Verification) -> Self {
        let target = Some(Target::Verify(asked.material.sought));
        Self::mandated(parts, arrival, &Gist { target, line: asked.line }, &asked.mandate)
    }

    /// Of a verification as far as `gist` tells, in the name that `asked` says.
    pub(super) fn mandated(parts: &Parts, arrival: &Arrival, gist: &Gist, asked: &Mandate) -> Self {
        let Self { entry, .. } = Self::gist(arrival, gist);
        let key = &parts.pseudonyms;
        let entry = Entry {
            department: Some(asked.department.to_string()),
            matter: asked.matter.as_ref().map(ToString::to_string),
            channel: asked.channel.map(Channel::as_str),
            basis: Some(asked.basis.as_str()),
            case: digest(key, "case", asked.case.as_ref()),
            operator: pseudonym(key, "operator", asked.operator.as_ref()),
            ..entry
        };
        let entry = Entry { purpose: Some(purpose(key, arrival, &asked.purpose)), ..entry };
        Self { entry, entailed: Vec::new() }
    }

    /// Of an inquiry.
    pub(super) fn inquiry(parts: &Parts, arrival: &Arrival, inquiry: &Inquiry) -> Self {
        let errand = &inquiry.errand;
        let target = Target::Exchange { province: inquiry.province, service: errand.service.clone() };
        let Self { entry, .. } = Self::gist(arrival, &Gist { target: Some(target), line: None });
        let key = &parts.pseudonyms;
        let query = Value::Object(errand.query.expose().clone()).to_string();
        let entry = Entry {
            department: Some(errand.department.to_string()),
            matter: errand.matter.as_ref().map(ToString::to_string),
            channel: errand.channel.map(Channel::as_str),
            basis: Some(errand.basis.as_str()),
            case: digest(key, "case", errand.case.as_ref()),
            use_cause: digest(key, "use_cause", errand.use_cause.as_ref()),
            operator: pseudonym(key, "operator", errand.operator.as_ref()),
            subject: Some(key.pseudonym("subject", errand.subject.expose())),
            // In the domain of subjects, so that it shows when somebody acts for others and is asked about too.
            agent: errand.agent.as_ref().map(|agent| key.pseudonym("subject", agent.expose())),
            request_digest: Some(key.digest("query", query.as_bytes())),
            evidence: errand
                .evidence
                .iter()
                .map(|exhibit| exhibited(exhibit, &arrival.rulebook.catalog))
                .collect(),
            reused: Some(inquiry.reused).filter(|reused| *reused > 0),
            ..entry
        };
        let entry = Entry { purpose: Some(purpose(key, arrival, &errand.purpose)), ..entry };
        Self { entry, entailed: Vec::new() }
    }

    /// Of a report that data are wrong.
    pub(super) fn reporting(parts: &Parts, arrival: &Arrival, reporting: &Reporting) -> Self {
        let gist = Gist { target: Some(Target::Report), line: None };
        let mut draft = Self::mandated(parts, arrival, &gist, &reporting.mandate);
        let key = &parts.pseudonyms;
        draft.entry.province = Some(reporting.province.to_string());
        // A service that the catalog does not have is whatever the caller wrote.
        let known = arrival.rulebook.catalog.service(&reporting.service);
        draft.entry.service = known.map(|service| service.id.to_string());
        draft.entry.subject = Some(key.pseudonym("subject", reporting.subject.expose()));
        draft.entry.use_cause = digest(key, "correction_text", reporting.text.as_ref());
        draft
    }

    /// Of a word about a report that is on file.
    pub(super) fn handling(parts: &Parts, arrival: &Arrival, handling: &Handling) -> Self {
        let target = Some(Target::Correction(handling.ticket.clone(), handling.action));
        let mut draft = Self::gist(arrival, &Gist { target, line: None });
        draft.entry.department = handling.department.as_ref().map(ToString::to_string);
        draft.entry.operator = pseudonym(&parts.pseudonyms, "operator", handling.operator.as_ref());
        draft
    }

    /// Open reports were listed.
    pub(super) fn listed(&mut self) {
        self.entry.outcome = Some("listed".to_owned());
    }

    /// A denial was explained.
    pub(super) fn explained(&mut self, explanation: &Explanation) {
        self.entry.department = explanation.said("department").as_str().map(str::to_owned);
        self.entry.outcome = Some("explained".to_owned());
    }

    /// The report that it is about was found, or put on file.
    pub(super) fn corrected(&mut self, ticket: &Ticket) {
        self.entry.province = Some(ticket.concerned.province.to_string());
        self.entry.service = Some(ticket.concerned.service.to_string());
        self.entry.subject = Some(ticket.concerned.subject.clone());
        self.entry.correction = Some(Reported {
            ticket: ticket.id.to_string(),
            complaint: ticket.complaint.as_str(),
            fields: ticket.fields.clone(),
            state: ticket.state.as_str(),
        });
        self.entry.outcome = Some(ticket.state.as_str().to_owned());
    }

    /// Of an operator's wish to let go of kept answers, whole.
    pub(super) fn purge(parts: &Parts, id: &RequestId, purge: &Purge, operator: &Sensitive<String>) -> Entry {
        Entry {
            request: id.to_string(),
            operation: "purge",
            province: purge.province.map(|province| province.to_string()),
            service: purge.service.as_ref().map(ToString::to_string),
            subject: purge.subject.clone(),
            operator: pseudonym(&parts.pseudonyms, "operator", Some(operator)),
            outcome: Some("purged".to_owned()),
            generation: parts.rulebook.current().generation,
            ..Entry::default()
        }
    }

    /// An agreement permits it.
    pub(super) fn permitted(&mut self, permit: &Permit) {
        self.entry.decision = Some(Decided::from(permit));
    }

    /// What is to be judged was read.
    pub(super) fn digested(&mut self, parts: &Parts, digests: &Digests) {
        let key = &parts.pseudonyms;
        self.entry.request_digest = Some(digests.file);
        self.entry.content_digest =
            digests.content.map(|digest| key.digest("content", digest.to_string().as_bytes()));
        self.entry.signer_digest = digests.signer.map(|digest| key.digest("signer", digest.as_ref()));
    }

    /// The license at `index` of the evidence was read.
    pub(super) fn exhibited(&mut self, index: usize, file: Digest) {
        if let Some(exhibited) = self.entry.evidence.get_mut(index) {
            exhibited.file = Some(file);
        }
    }

    /// It was judged, and shows what it is to show or has `problem`.
    pub(super) fn shown(&mut self, index: usize, problem: Option<Problem>) {
        if let Some(exhibited) = self.entry.evidence.get_mut(index) {
            exhibited.outcome = Some(problem.map_or("shown", Problem::as_str));
        }
    }

    /// A question was asked for this request, as `other` tells, which took `elapsed` and ended with `refusal`, or well. Its
    /// record comes right before that of the request, under the same identifier and line, on the same write to the disk.
    pub(super) fn entails(&mut self, mut other: Self, elapsed: Duration, refusal: Option<&Refusal>) {
        other.entry.line = self.entry.line;
        self.entailed.extend(other.finish(elapsed, refusal));
    }

    /// The file was judged, and the registry of the license's issuer asked or not.
    pub(super) fn judged(
        &mut self,
        parts: &Parts,
        judgement: &Judgement,
        registry: Consultation,
        cache: CacheState,
    ) {
        let license = judgement.license.as_ref().and_then(|license| license.vouched_identifier());
        self.entry.license =
            license.map(|license| parts.pseudonyms.pseudonym("license", &license.to_string()));
        self.entry.status = Some(judgement.status.state.as_str());
        self.entry.registry = Some(registry.as_str());
        self.entry.cache = Some(cache.as_str());
        let signatures = judgement.signatures.iter().flat_map(|signature| &signature.reasons);
        let reasons = judgement.reasons.iter().chain(signatures);
        let mut codes: Vec<String> = reasons.map(|reason| reason.code.as_str().to_owned()).collect();
        codes.sort_unstable();
        codes.dedup();
        self.entry.reasons = codes;
        self.entry.outcome = Some(judgement.verdict().as_str().to_owned());
    }

    /// The verdict rests on `reliance`.
    pub(super) fn rests_on(&mut self, reliance: Reliance) {
        self.entry.relies_on = Some(reliance);
    }

    /// An answer was cut to what may leave.
    pub(super) fn disclosed(
        &mut self,
        parts: &Parts,
        permit: &Permit,
        disclosed: &Disclosed,
        cache: CacheState,
        under_correction: bool,
    ) {
        self.entry.under_correction = Some(under_correction);
        self.entry.outcome = Some(disclosed.outcome().as_str().to_owned());
        self.entry.cache = Some(cache.as_str());
        if disclosed.outcome().has_data() {
            self.entry.fields = Some(Fields::of(permit, disclosed));
            let data = disclosed.data().expose().get();
            self.entry.answer_digest = Some(parts.pseudonyms.digest("answer", data.as_bytes()));
        }
    }

    /// The finished record of a request that took `elapsed` and ended with `refusal`, or well; the last of all that there
    /// are to write.
    pub(super) fn finish(mut self, elapsed: Duration, refusal: Option<&Refusal>) -> Vec<Entry> {
        if let Some(refusal) = refusal {
            self.entry.outcome = Some(refusal.code().to_owned());
        }
        if let Some(Refusal::Denied(denial)) = refusal {
            self.entry.decision = Some(Decided::from(denial));
        }
        self.entry.elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self.entailed.push(self.entry);
        self.entailed
    }
}

/// What a license is said to show. A type that the catalog does not have is whatever the caller wrote.
fn exhibited(exhibit: &Exhibit, catalog: &Catalog) -> Exhibited {
    let known = catalog.license_type_called(&exhibit.license);
    Exhibited {
        license: known.map(|known| known.id.to_string()),
        relation: exhibit.relation.as_str(),
        presence: exhibit.presence.as_str(),
        ..Exhibited::default()
    }
}

/// The purpose, where any agreement names it; else it is no name but whatever the caller wrote, and stays hidden.
fn purpose(key: &PseudonymKey, arrival: &Arrival, purpose: &Purpose) -> String {
    match arrival.rulebook.agreements.knows_purpose(purpose) {
        true => purpose.to_string(),
        false => format!("hidden:{}", key.pseudonym("purpose", purpose.as_str())),
    }
}

fn pseudonym(key: &PseudonymKey, domain: &str, value: Option<&Sensitive<String>>) -> Option<String> {
    value.map(|value| key.pseudonym(domain, value.expose()))
}

fn digest(key: &PseudonymKey, domain: &str, value: Option<&Sensitive<String>>) -> Option<Digest> {
    value.map(|value| key.digest(domain, value.expose().as_bytes()))
}
