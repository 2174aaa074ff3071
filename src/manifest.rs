//! What a gateway may trust, as officers state it: manifests (清单) over the files of `certs/` and `policies/`,
//! suspensions (停用) by one officer, and the rules by which their signatures count. Pure: bytes and the time come in,
//! proof types or coded refusals go out; where the bytes come from is the business of `trust`.

mod check;
mod key;
mod lines;
mod note;
mod officer;
mod refusal;
mod rules;
mod standing;
mod statement;
mod suspension;

pub use self::check::{Accepted, Arrival, Signed, Terms};
pub use self::key::{KeyError, KeyName, PrivateKey, Scheme, VerifierKey};
pub use self::lines::{TextFault, fault_of_reason};
pub use self::note::{Note, NoteError, SignatureLine};
pub use self::officer::{LEAST_THRESHOLD, Officer, Officers, OfficersError, Tally};
pub use self::refusal::Refusal;
pub use self::rules::{FilePath, RuleFiles, Shape};
pub use self::standing::{Emergencies, Standing};
pub use self::statement::{Manifest, PublicationName};
pub use self::suspension::{Subject, Suspended, Suspension};
