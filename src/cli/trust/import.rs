//! `tongban trust import`: drafts entries for many certificates at once, and prints what to review of each.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Failure, unusable};
use crate::cli::table::counted;
use crate::clock::Timestamp;
use crate::crypto::DigestAlgorithm;
use crate::fault::Fault;
use crate::foreign::shown;
use crate::rulebook::store::{self, HandedOut};
use crate::trust::{Fate, Imported, draft, is_self_signed, review};

/// Files that are told to have been passed over. 4: so many fit on two lines.
const PASSED: usize = 4;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust import handed-out/ --into .             drafts in ./certs/anchors, to complete
  tongban trust import root.crt chain.p7b --into . --json
  tongban trust import handed-out/                     shows the certificates and writes nothing

Exit status: 0 all read, 1 a file could not be used, 64 usage, or nothing can be written")]
pub(super) struct Arguments {
    /// Files of PEM, DER or PKCS#7; directories with all such files below them
    #[arg(required = true, value_name = "FILE|DIR")]
    from: Vec<PathBuf>,

    /// Write drafts below this directory, which holds `certs/`
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Reads all files, writes the drafts and shows the list. Files that cannot be used are told when the rest is done.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<(String, Vec<Fault>), Failure> {
    let HandedOut { certificates, passed_over, faults } = store::certificates(&arguments.from);
    let anchors = arguments.into.as_ref().map(|into| into.join("certs/anchors"));
    let known = anchors.as_deref().map(store::anchors_below).unwrap_or_default();
    let reviewed = review(certificates, &known, now);
    if let Some(anchors) = &anchors {
        fs::create_dir_all(anchors).map_err(|error| unusable(anchors, &error))?;
        for one in &reviewed {
            let Fate::Drafted(name) = &one.fate else { continue };
            for (file, content) in draft(name, one) {
                let path = anchors.join(file);
                write(&path, &content).map_err(|error| unusable(&path, &error))?;
            }
        }
    }
    let text =
        if arguments.json { as_json(&reviewed) } else { as_text(&reviewed, &passed_over, anchors.is_some()) };
    Ok((text, faults))
}

/// Writes a file whole or not at all. What is there already, by an officer or of a run that failed, is kept.
fn write(path: &Path, content: &str) -> io::Result<()> {
    let Some(directory) = path.parent() else { return Err(io::ErrorKind::InvalidFilename.into()) };
    let mut draft =
        tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o644)).tempfile_in(directory)?;
    draft.write_all(content.as_bytes())?;
    match draft.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

fn as_text(reviewed: &[Imported], passed_over: &[String], written: bool) -> String {
    let count = |wanted: fn(&Fate) -> bool| reviewed.iter().filter(|one| wanted(&one.fate)).count();
    let drafted = count(|fate| matches!(fate, Fate::Drafted(_)));
    let known = count(|fate| matches!(fate, Fate::Known(_)));
    let repeated = count(|fate| matches!(fate, Fate::Repeated(_)));
    let what = if written { "drafted" } else { "new" };
    let mut text = format!(
        "{}: {drafted} {what}, {known} known, {repeated} repeated\n",
        counted(reviewed.len(), "certificate", "certificates")
    );
    let shown_of =
        |all: &[String]| all.iter().take(PASSED).map(|file| shown(file)).collect::<Vec<_>>().join(", ");
    if !passed_over.is_empty() {
        let more = passed_over.len().saturating_sub(PASSED);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let count = counted(passed_over.len(), "file", "files");
        let _ = writeln!(
            text,
            "{count} passed over, by how they end: {}{more}; name one by itself to have it read",
            shown_of(passed_over)
        );
    }
    for one in reviewed {
        let Imported { place, certificate, fate, marks } = one;
        let (mark, said) = match fate {
            Fate::Drafted(name) => ('+', name.clone()),
            Fate::Known(name) => ('=', format!("{name}, known")),
            Fate::Repeated(before) => ('=', format!("repeated, as in {}", shown(before))),
        };
        let kind = match (certificate.is_authority(), is_self_signed(certificate)) {
            (true, true) => "authority, self-signed",
            (true, false) => "authority",
            (false, true) => "no authority, self-signed",
            (false, false) => "no authority",
        };
        let digest = |algorithm: DigestAlgorithm| algorithm.digest(certificate.der()).hex();
        let _ = writeln!(text, "\n  {mark} {said}");
        for (label, value) in [
            ("file", shown(place)),
            ("subject", certificate.subject.clone()),
            ("validity", format!("{} to {}", certificate.not_before, certificate.not_after)),
            ("key", key(one)),
            ("kind", kind.to_owned()),
            ("SHA-256", digest(DigestAlgorithm::Sha256)),
            ("SM3", digest(DigestAlgorithm::Sm3)),
        ] {
            let _ = writeln!(text, "      {label:<9} {value}");
        }
        for mark in marks {
            let _ = writeln!(text, "    ! {}", mark.text());
        }
    }
    if written && drafted > 0 {
        text.push_str(
            "\nSay in each .toml file what it is trusted for, then propose them: tongban trust propose\n",
        );
    }
    text
}

fn as_json(reviewed: &[Imported]) -> String {
    let all = reviewed.iter().map(|one| {
        let Imported { place, certificate, fate, marks } = one;
        let (state, name) = match fate {
            Fate::Drafted(name) => ("new", Some(name)),
            Fate::Known(name) => ("known", Some(name)),
            Fate::Repeated(_) => ("repeated", None),
        };
        json!({
            "file": place, "state": state, "name": name, "subject": certificate.subject,
            "not_before": certificate.not_before, "not_after": certificate.not_after, "key": key(one),
            "authority": certificate.is_authority(), "self_signed": is_self_signed(certificate),
            "sha256": DigestAlgorithm::Sha256.digest(certificate.der()).hex(), "sm3": certificate.fingerprint(),
            "marks": marks.iter().map(|mark| mark.code()).collect::<Vec<_>>(),
        })
    });
    format!("{}\n", Value::Array(all.collect()))
}

fn key(one: &Imported) -> String {
    one.certificate.key.as_ref().map_or_else(ToString::to_string, ToString::to_string)
}
