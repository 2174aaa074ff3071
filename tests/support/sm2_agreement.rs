//! All ways to check SM2 signatures against RustCrypto and, where the machine has it, OpenSSL: the run that a test makes small and
//! a benchmark makes as large as one asks for.

use std::collections::{BTreeMap, HashMap};

use tongban::asn1::write;
use tongban::crypto::{
    Engine, KnownSigners, Message, PublicKey, SignatureAlgorithm, Standing, Verification, VerifyError,
};

use super::libcrypto::Libcrypto;
use super::sm2_cases::{self, Case};

/// Keys that are kept between batches.
const KEYS: usize = 400;

/// What was compared.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases of each kind, by what they should come to.
    pub kinds: BTreeMap<(&'static str, bool), usize>,
    /// Cases that RustCrypto's `verify_prehash` answered.
    pub rustcrypto: usize,
    /// Cases that OpenSSL answered.
    pub openssl: usize,
}

/// Checks `count` cases in lanes and one by one, with tables and without; one of `every` random cases is asked of RustCrypto's
/// `verify_prehash`, and the first `openssl` cases are asked of OpenSSL.
pub fn run(count: usize, seed: u64, every: usize, openssl: Option<(Libcrypto, usize)>) -> Report {
    let mut report = Report::default();
    let mut keys: HashMap<[u8; 65], (PublicKey, PublicKey)> = HashMap::new();
    let known = KnownSigners::new(2 * KEYS);
    let (mut done, mut next) = (0, 100_000);
    report.rustcrypto = sm2_cases::run(count, seed, every, |cases| {
        if keys.len() > KEYS {
            keys.clear();
        }
        for case in cases {
            *report.kinds.entry((case.kind, case.holds)).or_default() += 1;
            keys.entry(case.key).or_insert_with(|| {
                // Two of the same, of which one stays without a table.
                let [plain, with_table] = [(); 2].map(|()| PublicKey::sm2(&case.key).unwrap());
                known.admit(&with_table, Standing::Configured);
                (plain, with_table)
            });
        }
        let item = |(at, case): (usize, &'_ Case), tables: Option<bool>| -> (PublicKey, usize) {
            let (plain, with_table) = &keys[&case.key];
            let table = tables.unwrap_or(at % 3 != 0);
            (if table { with_table.clone() } else { plain.clone() }, at)
        };
        for tables in [Some(false), Some(true), None] {
            let chosen: Vec<(PublicKey, usize)> =
                cases.iter().enumerate().map(|numbered| item(numbered, tables)).collect();
            let items: Vec<Verification<'_>> = chosen
                .iter()
                .map(|(key, at)| Verification {
                    algorithm: SignatureAlgorithm::Sm2Sm3,
                    key,
                    message: Message::Sm2Digest(cases[*at].digest),
                    signature: &cases[*at].value,
                })
                .collect();
            for engine in [Engine::detect(), Engine::portable()] {
                let outcomes = engine.verify_many(&items);
                assert_eq!(outcomes.len(), cases.len());
                for (case, outcome) in cases.iter().zip(outcomes) {
                    assert_eq!(outcome.is_ok(), case.holds, "{tables:?} {engine:?} {case:?}");
                    assert_ne!(outcome, Err(VerifyError::KeyMismatch));
                }
            }
        }
        if let Some((library, most)) = openssl {
            for case in cases {
                if report.openssl == most {
                    break;
                }
                let checker = library.checker(&case.key).unwrap();
                let (r, s) = case.value.split_at(32);
                let der = write::sequence(&[&write::integer(r), &write::integer(s)]);
                assert_eq!(checker.holds(&case.digest, &der), case.holds, "{case:?}");
                report.openssl += 1;
            }
        }
        done += cases.len();
        if done >= next {
            println!("{done} cases");
            next += 100_000;
        }
    });
    report
}
