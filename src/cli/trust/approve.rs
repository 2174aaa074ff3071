//! `tongban trust approve`: shows what a proposal changes, asks, and signs it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::{Failure, keys, unusable, view};
use crate::clock::Timestamp;
use crate::manifest::{Officer, PrivateKey, VerifierKey};
use crate::trust::{Proposal, Publisher};

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  tongban trust approve change --published /srv/trust --key wang.key

Shows what is approved first, and asks. Where nobody can be asked, `--yes` says that it was looked at. What cannot be published \
any more, or is at fault, is not signed. All keys in the key file sign; each must be that of an officer, present \
or proposed.

Exit status: 0 signed, 1 the proposal is at fault or was not approved, 64 usage, or a file cannot be read")]
pub(super) struct Arguments {
    /// The directory of the proposal
    #[arg(value_name = "PROPOSAL")]
    proposal: PathBuf,

    /// The directory of the publication
    #[arg(long, value_name = "DIR")]
    published: PathBuf,

    /// The officer's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// Show every changed line of every file
    #[arg(long)]
    lines: bool,

    /// Do not ask: it was looked at before
    #[arg(long)]
    yes: bool,
}

/// Signs the proposal.
pub(super) fn run(arguments: &Arguments, now: Timestamp) -> Result<String, Failure> {
    let keys = keys(&arguments.key)?;
    let mut proposal = Proposal::read(&arguments.proposal)?;
    known(&keys, &proposal, &arguments.published)?;
    let view::Shown { text: shown, obstacles } =
        view::look(&proposal, &arguments.published, now, arguments.lines)?;
    let mut stdout = io::stdout();
    let _ = stdout.write_all(shown.as_bytes());
    if !obstacles.is_empty() {
        return Err(Failure::Refused(obstacles.iter().map(|why| format!("not signed: {why}")).collect()));
    }
    if !arguments.yes && !io::stdin().is_terminal() {
        let line =
            "not signed: nobody can be asked, as standard input is no terminal; look at it, then say `--yes`";
        return Err(Failure::Refused(vec![line.to_owned()]));
    }
    if !arguments.yes {
        let _ = write!(stdout, "\nApprove this? [y/N] ");
        let _ = stdout.flush();
        let mut answer = String::new();
        let _ = io::stdin().lock().read_line(&mut answer);
        if !["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
            return Err(Failure::Refused(vec!["not signed: you did not say yes".to_owned()]));
        }
    }
    let path = &arguments.proposal;
    if !proposal.approve(&keys).map_err(|error| unusable(path, &error))? {
        return Ok("\nhad been signed with this key before\n".to_owned());
    }
    proposal.write(path).map_err(|error| unusable(path, &error))?;
    Ok(format!("\nsigned; {}\n", view::approvals(&proposal, &arguments.published)?))
}

/// That every key is an officer's: a signature of anybody else would spoil the proposal for those who count.
fn known(keys: &[PrivateKey], proposal: &Proposal, published: &Path) -> Result<(), Failure> {
    let base = Publisher::new(published).present()?;
    let stated = [Some(&proposal.manifest().officers), base.as_ref().map(|base| &base.manifest.officers)];
    let officers = || stated.iter().flatten().flat_map(|officers| officers.all());
    let is_known = |key: &VerifierKey| officers().flat_map(Officer::keys).any(|known| known == key);
    let strange = keys.iter().map(PrivateKey::public).filter(|key| !is_known(key));
    let lines: Vec<String> = strange
        .map(|key| {
            let named = officers().any(|officer| officer.name() == key.name());
            let other = if named { "; the officer of that name has another key" } else { "" };
            format!(
                "the key `{}` ({}) is no officer's, present or proposed{other}",
                key.name(),
                key.scheme().as_str()
            )
        })
        .collect();
    if lines.is_empty() { Ok(()) } else { Err(Failure::Refused(lines)) }
}
