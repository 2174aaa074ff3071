//! `tongban chain`: judges certificate paths offline, one certificate or a batch.

mod batch;

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};

pub use self::batch::{Defaults, answer};
use super::{Lang, USAGE, evidence};
use crate::budget::{Budget, Limits};
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::fault::unread;
use crate::pki::revocation::{EvidenceRules, RevocationMode, RevocationTerms, TimeBasis};
use crate::pki::{
    Anchors, Certificate, Oid, PathJudgement, PathReason, PathVerdict, PolicyTerms, Role, Terms,
    certificates_in,
};
use crate::report::{PathQuestion, Style, path_to_json, path_to_text};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban chain --anchor root.pem --intermediate issuing.pem signer.pem
  tongban chain --anchor root.pem --profile signer --at 2024-06-30T00:00:00Z signer.pem
  tongban chain --anchor root.pem --policy 1.2.156.10260.4.1.1 --require-explicit-policy signer.pem
  tongban chain --anchor root.pem --crl root.crl --crl issuing.crl --revocation require signer.pem
  tongban chain --anchor root.pem --lang zh signer.pem
  tongban chain --batch < registry.ndjson > verdicts.ndjson

A file may hold several certificates in PEM: the first is judged, the others may help on the way. \
With --revocation if-present, certificates count as unchecked without any list or response, and with one each \
certificate below the anchor needs to be shown good.

With --batch, each line of standard input is one question, of which `id`, `anchors` and `leaf` are required:
  {\"id\", \"anchors\": [base64 DER], \"intermediates\": [], \"leaf\": base64 DER, \"at\": RFC 3339, \"profile\",
   \"policies\": [OID], \"require_explicit_policy\", \"inhibit_any_policy\", \"inhibit_policy_mapping\",
   \"dns_name\", \"eku\": [OID], \"crls\": [base64 DER], \"ocsp\": [base64 DER], \"revocation\"}
and each line of the answer is {\"id\", \"verdict\": \"valid|invalid|undetermined\", \"reasons\": []}

Exit status: 0 all valid, 1 one is not, 64 usage")]
pub(super) struct Arguments {
    /// Certificates to judge, PEM or DER
    #[arg(value_name = "FILE", required_unless_present = "batch", conflicts_with = "batch")]
    files: Vec<PathBuf>,

    /// Trust the certificates in this file; repeatable
    #[arg(long = "anchor", value_name = "FILE", required_unless_present = "batch", conflicts_with = "batch")]
    anchors: Vec<PathBuf>,

    /// Use the certificates in this file on the way; repeatable
    #[arg(long = "intermediate", value_name = "FILE", conflicts_with = "batch")]
    intermediates: Vec<PathBuf>,

    /// Ask the lists of revoked certificates in this file or directory, PEM or DER; repeatable
    #[arg(long = "crl", value_name = "FILE", conflicts_with = "batch")]
    lists: Vec<PathBuf>,

    /// Ask the OCSP response in this file, or those in this directory, DER; repeatable
    #[arg(long = "ocsp", value_name = "FILE", conflicts_with = "batch")]
    answers: Vec<PathBuf>,

    /// Whether each certificate must be shown not to be revoked: require, if-present or off
    #[arg(long, value_name = "MODE", default_value = "if-present", value_parser = parse_mode)]
    revocation: RevocationMode,

    /// Judge for this time instead of now (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    at: Option<Timestamp>,

    /// What the certificate does; `none` is RFC 5280 alone
    #[arg(long, value_name = "PROFILE", default_value = "none", value_parser = roles())]
    profile: Role,

    /// A policy that is acceptable; repeatable, any if absent
    #[arg(long = "policy", value_name = "OID", conflicts_with = "batch")]
    policies: Vec<Oid>,

    /// The path must be valid for an acceptable policy
    #[arg(long, conflicts_with = "batch")]
    require_explicit_policy: bool,

    /// anyPolicy in a certificate counts for nothing
    #[arg(long, conflicts_with = "batch")]
    inhibit_any_policy: bool,

    /// Authorities may not declare one policy as good as another
    #[arg(long, conflicts_with = "batch")]
    inhibit_policy_mapping: bool,

    /// The certificate must name this host or IP address
    #[arg(long, value_name = "HOST", conflicts_with = "batch")]
    dns_name: Option<String>,

    /// Language of the report
    #[arg(long, value_enum, default_value_t = Lang::En, conflicts_with_all = ["batch", "json"])]
    lang: Lang,

    /// Print one JSON object a file
    #[arg(long, conflicts_with = "batch")]
    json: bool,

    /// Judge the questions on standard input, one JSON object a line
    #[arg(long)]
    batch: bool,
}

/// The profiles by their names, which `--help` lists.
fn roles() -> impl TypedValueParser<Value = Role> {
    let known = |name: String| Role::named(&name).ok_or("no such profile");
    PossibleValuesParser::new(Role::ALL.map(Role::name)).try_map(known)
}

fn parse_mode(text: &str) -> Result<RevocationMode, String> {
    RevocationMode::from_name(text).ok_or_else(|| "not one of require, if-present, off".to_owned())
}

/// Judges, and exits by the worst verdict.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let now = SystemClock.now();
    let outcome = match arguments.batch {
        true => batch::run(&batch::Defaults {
            at: arguments.at.unwrap_or(now),
            now,
            role: arguments.profile,
            mode: arguments.revocation,
        }),
        false => judge_files(arguments, now),
    };
    match outcome {
        Ok(PathVerdict::Valid) => ExitCode::SUCCESS,
        Ok(PathVerdict::Undetermined | PathVerdict::Invalid) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "tongban chain: {error}");
            ExitCode::from(USAGE)
        }
    }
}

fn judge_files(arguments: &Arguments, now: Timestamp) -> Result<PathVerdict, String> {
    let read_all = |files: &[PathBuf]| -> Result<Vec<Certificate>, String> {
        files.iter().try_fold(Vec::new(), |mut all, file| {
            all.extend(read(file)?);
            Ok(all)
        })
    };
    let anchors = Anchors::new(read_all(&arguments.anchors)?, read_all(&arguments.intermediates)?);
    let policies = PolicyTerms {
        acceptable: arguments.policies.iter().cloned().collect(),
        require_explicit: arguments.require_explicit_policy,
        inhibit_mapping: arguments.inhibit_policy_mapping,
        inhibit_any: arguments.inhibit_any_policy,
    };
    let at = arguments.at.unwrap_or(now);
    let authorities = [anchors.trusted(), anchors.intermediates()].concat();
    let (evidence, unusable) = evidence::read(&arguments.lists, &arguments.answers, &authorities)?;
    let revocation = RevocationTerms {
        evidence: &evidence,
        rules: EvidenceRules::default(),
        mode: arguments.revocation,
        // Who states a time on the command line vouches for it.
        proof: TimeBasis::Shown,
        now: now.max(at),
    };
    let question = PathQuestion { role: arguments.profile, at, now };
    let style = if io::stdout().is_terminal() { Style::Color } else { Style::Plain };
    let mut out = io::stdout().lock();
    let mut worst = PathVerdict::Valid;
    for file in &arguments.files {
        let certificates = read(file)?;
        let Some((leaf, beside)) = certificates.split_first() else { continue };
        let terms = Terms {
            beside,
            policies: Some(&policies),
            host: arguments.dns_name.as_deref(),
            ..Terms::new(&anchors, arguments.profile, at)
        };
        let mut judgement = PathJudgement::of(leaf, &terms, &revocation, &mut Budget::new(Limits::default()));
        judgement.reasons.extend(unusable.iter().map(PathReason::from));
        let name = file.display().to_string();
        let text = match arguments.json {
            true => format!("{}\n", path_to_json(&name, &judgement, question)),
            false => path_to_text(&name, &judgement, question, arguments.lang.into(), style),
        };
        worst = worst.max(judgement.verdict);
        // A reader that has gone, as `head` does, changes nothing about the exit status.
        let _ = out.write_all(text.as_bytes());
    }
    Ok(worst)
}

/// Bytes of one file of certificates: thousands of them.
const LARGEST: u64 = 16 << 20;

fn read(file: &Path) -> Result<Vec<Certificate>, String> {
    certificates_in(&bytes(file, LARGEST)?).map_err(|error| format!("{}: {error}", file.display()))
}

fn bytes(file: &Path, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error: io::Error| format!("{}: {}", file.display(), unread(&error));
    let mut bytes = Vec::new();
    fs::File::open(file).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
