//! Checks what came from a source or from disk before anything rests on it: read whole, signed by whom it says, of a time
//! that has come.

use std::borrow::Cow;
use std::sync::Arc;

use super::archive::{Archive, Kind};
use super::problem::Fault;
use crate::asn1::tag;
use crate::budget::{Budget, Limits};
use crate::clock::Timestamp;
use crate::pki::revocation::{Answer, EvidenceRules, List, ListLimits, lists_in};
use crate::pki::{Certificate, RevocationFormat};

/// What things are checked against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// The anchors, and the certificates beside them. What is signed by an authority that is none of them is kept aside,
    /// because only the path of a judged certificate tells who that is; until then it says nothing.
    pub(super) authorities: &'a [Certificate],
    pub(super) limits: &'a ListLimits,
    /// Lists in one file.
    pub(super) most: usize,
    pub(super) rules: EvidenceRules,
    pub(super) now: Timestamp,
}

/// One thing that was accepted.
#[derive(Clone, Debug)]
pub(super) enum Item {
    List(Arc<List>),
    Answer(Arc<Answer>),
}

impl Item {
    /// Whether nobody is known to have signed it.
    pub(super) fn is_aside(&self) -> bool {
        matches!(self, Self::List(list) if !list.is_verified())
    }

    /// The name of its file.
    pub(super) fn name(&self) -> String {
        match self {
            Self::List(list) => {
                let kind = if list.is_verified() { Kind::List } else { Kind::Aside };
                Archive::name(kind, list.this_update(), list.digest())
            }
            Self::Answer(answer) => Archive::name(Kind::Answer, answer.produced_at(), answer.digest()),
        }
    }
}

/// One thing with its own bytes.
pub(super) type Accepted<'b> = (Item, Cow<'b, [u8]>);

/// Checks all of `bytes`, which is to hold lists or one response; gives each with its own bytes.
pub(super) fn check<'b>(
    bytes: &'b [u8],
    format: RevocationFormat,
    terms: &Terms<'_>,
) -> Result<Vec<Accepted<'b>>, Fault> {
    match format {
        RevocationFormat::Crl => {
            let ders: Vec<Cow<'_, [u8]>> = if bytes.first() == Some(&tag::SEQUENCE) {
                vec![Cow::Borrowed(bytes)]
            } else {
                lists_in(bytes).ok_or(Fault::NoList)?.into_iter().map(Cow::Owned).collect()
            };
            if ders.len() > terms.most {
                return Err(Fault::TooMuch);
            }
            ders.into_iter().map(|der| Ok((Item::List(Arc::new(list(&der, terms)?)), der))).collect()
        }
        RevocationFormat::Ocsp => {
            let answer = Item::Answer(Arc::new(answer(bytes, terms)?));
            Ok(vec![(answer, Cow::Borrowed(bytes))])
        }
    }
}

fn list(der: &[u8], terms: &Terms<'_>) -> Result<List, Fault> {
    let mut budget = Budget::new(Limits::default());
    let list = List::load(der, terms.authorities, terms.limits, &mut budget).map_err(Fault::List)?;
    if list.is_forged(terms.authorities) {
        return Err(Fault::Forged);
    }
    terms.has_come(list.this_update())?;
    Ok(list)
}

fn answer(der: &[u8], terms: &Terms<'_>) -> Result<Answer, Fault> {
    let mut budget = Budget::new(Limits::default());
    let answer = Answer::load(der, None, terms.authorities, &mut budget).map_err(Fault::Answer)?;
    let forged = answer.is_forged(terms.authorities, &mut budget);
    if forged.map_err(|exhausted| Fault::Answer(exhausted.into()))? {
        return Err(Fault::Forged);
    }
    terms.has_come(answer.produced_at())?;
    Ok(answer)
}

impl Terms<'_> {
    fn has_come(&self, time: Timestamp) -> Result<(), Fault> {
        let latest = self.now.plus_millis(self.rules.skew_millis);
        if time <= latest { Ok(()) } else { Err(Fault::FromFuture(time)) }
    }
}
