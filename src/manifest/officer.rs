//! Officers (安全管理员): who may approve, and how many must. An officer is a person and counts once, whatever number of
//! keys and signatures.

use std::collections::BTreeSet;

use super::{KeyError, KeyName, Note, Scheme, VerifierKey};

/// Four eyes: no threshold is lower.
pub const LEAST_THRESHOLD: u32 = 2;
/// Officers at once. 32 with two signatures each are what a note can carry.
const MOST: usize = 32;

/// One officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    ed25519: VerifierKey,
    sm2: Option<VerifierKey>,
}

/// Why a list of officers is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfficersError {
    /// A key is not one.
    #[error("a key cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The keys of one officer are not one of Ed25519 and perhaps one of SM2.
    #[error("an officer has one key of Ed25519, and perhaps one of SM2 after it")]
    Schemes,
    /// The keys of one officer have different names.
    #[error("the keys of officer `{0}` have different names")]
    Names(KeyName),
    /// Two officers have one name.
    #[error("officer `{0}` stands twice")]
    Twice(KeyName),
    /// Two officers have one key: one person would count as two.
    #[error("officers `{0}` and `{1}` have one key")]
    SameKey(KeyName, KeyName),
    /// There are too many officers.
    #[error("there are more than {MOST} officers")]
    TooMany,
    /// The threshold is no threshold.
    #[error(
        "a threshold of {threshold} with {officers} officers; it is at least {LEAST_THRESHOLD} and at most all of them"
    )]
    Threshold {
        /// The threshold.
        threshold: u32,
        /// How many officers there are.
        officers: usize,
    },
}

impl Officer {
    /// An officer with these keys, one of Ed25519 and perhaps one of SM2, in that order.
    pub fn new(mut keys: Vec<VerifierKey>) -> Result<Self, OfficersError> {
        let sm2 = if keys.len() == 2 { keys.pop() } else { None };
        let (Some(ed25519), true) = (keys.pop(), keys.is_empty()) else { return Err(OfficersError::Schemes) };
        if ed25519.scheme() != Scheme::Ed25519 || sm2.as_ref().is_some_and(|key| key.scheme() != Scheme::Sm2)
        {
            return Err(OfficersError::Schemes);
        }
        if sm2.as_ref().is_some_and(|key| key.name() != ed25519.name()) {
            return Err(OfficersError::Names(ed25519.name().clone()));
        }
        // With one identifier for both, one signature would be found for either.
        if sm2.as_ref().is_some_and(|key| key.id() == ed25519.id()) {
            return Err(OfficersError::Schemes);
        }
        Ok(Self { ed25519, sm2 })
    }

    /// Parses the keys of an officer, apart by single spaces.
    pub fn parse(text: &str) -> Result<Self, OfficersError> {
        let keys: Result<_, KeyError> = text.split(' ').map(VerifierKey::parse).collect();
        Self::new(keys?)
    }

    /// The name.
    pub const fn name(&self) -> &KeyName {
        self.ed25519.name()
    }

    /// The keys, all of which must sign.
    pub fn keys(&self) -> impl Iterator<Item = &VerifierKey> {
        std::iter::once(&self.ed25519).chain(&self.sm2)
    }
}

/// As it is parsed.
impl std::fmt::Display for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<String> = self.keys().map(ToString::to_string).collect();
        f.write_str(&keys.join(" "))
    }
}

/// All officers, and how many of them must approve. Never a threshold below two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officers {
    officers: Vec<Officer>,
    threshold: u32,
}

/// Who approved a note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Officers whose keys all signed.
    pub approved: BTreeSet<KeyName>,
    /// Officers of whose keys one has not signed.
    pub partly: BTreeSet<KeyName>,
    /// Names of keys that are no officer's.
    pub unknown: BTreeSet<KeyName>,
}

impl Officers {
    /// Officers of whom `threshold` must approve.
    pub fn new(mut officers: Vec<Officer>, threshold: u32) -> Result<Self, OfficersError> {
        officers.sort_by(|one, other| one.name().cmp(other.name()));
        if officers.len() > MOST {
            return Err(OfficersError::TooMany);
        }
        for (at, one) in officers.iter().enumerate() {
            for other in officers.iter().skip(at + 1) {
                if one.name() == other.name() {
                    return Err(OfficersError::Twice(one.name().clone()));
                }
                if one.keys().any(|key| other.keys().any(|theirs| theirs.bytes() == key.bytes())) {
                    return Err(OfficersError::SameKey(one.name().clone(), other.name().clone()));
                }
            }
        }
        let within = threshold >= LEAST_THRESHOLD
            && usize::try_from(threshold).is_ok_and(|threshold| threshold <= officers.len());
        if within {
            Ok(Self { officers, threshold })
        } else {
            Err(OfficersError::Threshold { threshold, officers: officers.len() })
        }
    }

    /// All officers, by name.
    pub fn all(&self) -> &[Officer] {
        &self.officers
    }

    /// How many must approve.
    pub const fn threshold(&self) -> u32 {
        self.threshold
    }

    /// Whether so many approved as must.
    pub fn suffices(&self, tally: &Tally) -> bool {
        usize::try_from(self.threshold).is_ok_and(|threshold| tally.approved.len() >= threshold)
    }

    /// Counts who approved `note`. A signature that claims to be by an officer's key and is not spoils the whole note;
    /// the error is that officer.
    pub fn count(&self, note: &Note) -> Result<Tally, KeyName> {
        let mut tally = Tally::default();
        for line in note.signatures() {
            let key = self.officers.iter().flat_map(Officer::keys).find(|key| key.is_claimed_by(line));
            match key {
                None => {
                    tally.unknown.insert(line.name.clone());
                }
                Some(key) if !key.signed(note.text(), line) => return Err(line.name.clone()),
                Some(_) => {}
            }
        }
        let has_signed = |key: &VerifierKey| note.signatures().iter().any(|line| key.is_claimed_by(line));
        for officer in &self.officers {
            let signed = officer.keys().filter(|key| has_signed(key)).count();
            if signed == officer.keys().count() {
                tally.approved.insert(officer.name().clone());
            } else if signed > 0 {
                tally.partly.insert(officer.name().clone());
            }
        }
        Ok(tally)
    }
}
