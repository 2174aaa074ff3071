//! `tongban verify`: judges files offline and prints a report or JSON.

pub(super) mod batch;

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Lang, USAGE, evidence};
use crate::budget::Limits;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::fault::unread;
use crate::license::{Circumstances, Content, ContentDigest, DigestError, judge};
use crate::pki::revocation::EvidenceRules;
use crate::pki::{Anchors, Certificate, RevocationKnowledge, certificates_in};
use crate::report::{Asked, JsonReport, Style, to_text};
use crate::rulebook::store;
use crate::verdict::{Code, Format, Judgement, Reason, Usable, Verdict};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban verify license.ofd
  tongban verify --anchors certs/anchors --json licenses/ > verdicts.ndjson
  tongban verify --anchors certs/anchors --crl issuing.crl --ocsp responses/ license.ofd
  tongban verify --at 2024-06-30T00:00:00Z --lang zh license.ofd
  tongban verify --anchors certs/anchors --usable --purpose 社保转移 license.ofd
  tongban verify --signer signer.pem --content notice.txt notice.sig
  tongban verify --digest sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0 seal-signature.der

Exit status: 0 all genuine, 1 one is not genuine, 2 undetermined, 64 usage.
With --usable: 0 all usable, 1 one is not, 2 undetermined")]
pub(super) struct Arguments {
    /// Files to judge; directories with all files below them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Print one JSON object a file
    #[arg(long)]
    json: bool,

    /// Judge for this time instead of now (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    at: Option<Timestamp>,

    /// Trust the anchors of this directory, as its .toml files state, or for everything the certificates in this file
    #[arg(long, value_name = "DIR|FILE")]
    anchors: Option<PathBuf>,

    /// Ask the lists of revoked certificates in this file or directory, PEM or DER, of --at or before; repeatable
    #[arg(long = "crl", value_name = "FILE|DIR")]
    lists: Vec<PathBuf>,

    /// Ask the OCSP response in this file, or those in this directory, DER; repeatable
    #[arg(long = "ocsp", value_name = "FILE|DIR")]
    answers: Vec<PathBuf>,

    /// What a signature that comes as a file of its own was made over, at most 64 MiB; of more give the digest
    #[arg(long, value_name = "FILE", conflicts_with = "digest")]
    content: Option<PathBuf>,

    /// Only a digest of that: `sm3`, `sha-256`, `sha-384`, `sha-512` or `sha-1` of the content, or for an SM2 signature
    /// over the content itself `sm3-za`, SM3(Z ‖ content)
    #[arg(long, value_name = "ALGORITHM:HEX", value_parser = parse_digest)]
    digest: Option<ContentDigest>,

    /// Use this certificate (PEM or DER) for signatures that carry none, bare values among them; a file whose signatures were
    /// all made with others is undetermined
    #[arg(long, value_name = "CERT")]
    signer: Option<PathBuf>,

    /// Exit by whether a counter may rely on the license, instead of by the verdict
    #[arg(long)]
    usable: bool,

    /// What the license is to be used for; annotated copies (加注件) serve one purpose
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,

    /// Language of the report
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

fn parse_digest(text: &str) -> Result<ContentDigest, DigestError> {
    ContentDigest::parse(text)
}

/// What one file comes to, from best to worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Good,
    Open,
    Bad,
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Genuine => Self::Good,
            Verdict::Undetermined => Self::Open,
            Verdict::NotGenuine => Self::Bad,
        }
    }
}

impl From<Usable> for Outcome {
    fn from(usable: Usable) -> Self {
        match usable {
            Usable::Yes => Self::Good,
            Usable::Undetermined => Self::Open,
            Usable::No => Self::Bad,
        }
    }
}

/// Judges all files; the exit status is that of the worst.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match judge_all(arguments) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Ok(Outcome::Open) => ExitCode::from(2),
        Err(error) => {
            let _ = writeln!(io::stderr(), "tongban verify: {error}");
            ExitCode::from(USAGE)
        }
    }
}

fn judge_all(arguments: &Arguments) -> Result<Outcome, String> {
    let anchors = match &arguments.anchors {
        Some(directory) => store::anchors(directory).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            faults.join("; ")
        })?,
        None => Anchors::default(),
    };
    if let Some(directory) = arguments.anchors.as_ref().filter(|_| anchors.trusted().is_empty()) {
        return Err(format!("`{}` states no trust anchor in a .toml file", directory.display()));
    }
    let signer = match &arguments.signer {
        Some(file) => Some(read_signer(file)?),
        None => None,
    };
    let limits = Limits::default();
    let at = arguments.at.unwrap_or_else(|| SystemClock.now());
    let content = match &arguments.content {
        Some(file) => Some(read_whole(file, limits.file_bytes, "; give its digest instead, with --digest")?),
        None => None,
    };
    let authorities = [anchors.trusted(), anchors.intermediates()].concat();
    let (evidence, unusable) = evidence::read(&arguments.lists, &arguments.answers, &authorities)?;
    // Whoever gives a list means it to count; what it would have said is not to be passed over.
    if let Some(unusable) = unusable.first() {
        return Err(format!("{}: {unusable}", unusable.code()));
    }
    let revocation = RevocationKnowledge { evidence: &evidence, rules: EvidenceRules::default() };
    let circumstances = Circumstances {
        revocation: Some(revocation),
        signer: signer.as_ref(),
        content: content.as_deref().map(Content::Bytes).or(arguments.digest.map(Content::Digest)),
        ..Circumstances::new(&anchors, at, &limits)
    };
    let asked = Asked { language: arguments.lang.into(), purpose: arguments.purpose.as_deref() };
    let style = if io::stdout().is_terminal() { Style::Color } else { Style::Plain };
    let files = batch::files(&arguments.files)?;
    if files.is_empty() {
        return Err("there is no file to judge".to_owned());
    }
    let judge_one = |path: &Path| {
        let judgement = match read(path, limits.file_bytes) {
            Ok(file) => judge(&file, &circumstances),
            Err(error) => {
                Judgement::unread(Format::Unknown, Reason::new(Code::DocumentUnreadable, "").with(error))
            }
        };
        let outcome: Outcome = match arguments.usable {
            true => judgement.usable(asked.purpose).into(),
            false => judgement.verdict().into(),
        };
        (outcome, render(path, &judgement, arguments.json, asked, style))
    };
    let mut out = io::stdout().lock();
    let mut worst = Outcome::Good;
    batch::each(&files, judge_one, |(outcome, text)| {
        worst = worst.max(outcome);
        // A reader that has gone, as `head` does, changes nothing about the exit status.
        let _ = out.write_all(text.as_bytes());
    });
    Ok(worst)
}

fn render(path: &Path, judgement: &Judgement, json: bool, asked: Asked<'_>, style: Style) -> String {
    let name = path.display().to_string();
    if json {
        // Names and numbers: nothing that could fail to be written.
        let report = serde_json::to_string(&JsonReport::new(Some(&name), judgement, asked));
        report.unwrap_or_default() + "\n"
    } else {
        to_text(&name, judgement, asked, style)
    }
}

/// Reads one byte more than the limit at most, so that what is too large is noticed and never held.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let failed = |error: io::Error| format!("{}: {}", path.display(), unread(&error));
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Reads what judgements rely on, whole or not at all: a part of some content would pass for what was signed. A pipe would be
/// waited for and a device may never end. `advice` follows on what is too large.
fn read_whole(path: &Path, limit: u64, advice: &str) -> Result<Vec<u8>, String> {
    let kind = fs::metadata(path).map_err(|error| batch::unreadable(path, &error))?;
    if !kind.is_file() {
        return Err(format!("`{}` is not a regular file", path.display()));
    }
    let bytes = read(path, limit)?;
    if bytes.is_empty() {
        return Err(format!("`{}` is empty", path.display()));
    }
    if bytes.len() as u64 > limit {
        return Err(format!("`{}` has more than {limit} bytes{advice}", path.display()));
    }
    Ok(bytes)
}

fn read_signer(path: &Path) -> Result<Certificate, String> {
    // A megabyte holds hundreds of certificates.
    let file = read_whole(path, 1 << 20, "")?;
    let found = certificates_in(&file).map_err(|error| format!("`{}`: {error}", path.display()))?;
    match found.as_slice() {
        [one] => Ok(one.clone()),
        several => {
            Err(format!("`{}` holds {} certificates where one belongs", path.display(), several.len()))
        }
    }
}
