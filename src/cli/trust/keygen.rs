//! `tongban trust keygen`: an officer's keys, in a file that its owner alone may read.

use std::path::PathBuf;

use super::{Failure, unusable};
use crate::crypto::random_bytes;
use crate::manifest::{KeyName, PrivateKey, Scheme};
use crate::trust::write_private;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban trust keygen wang.wei              writes wang.wei.key, prints what configs take
  tongban trust keygen li.na --sm2 -o usb/li.key

Exit status: 0 done, 64 usage, or the file cannot be written")]
pub(super) struct Arguments {
    /// The officer's name: ASCII letters, digits, `.`, `-`, `_`, `/`, `@`
    #[arg(value_name = "NAME", value_parser = parse_name)]
    name: KeyName,

    /// Make a key of SM2 as well; the officer then signs with both
    #[arg(long)]
    sm2: bool,

    /// Where to write the private keys; by default NAME.key
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn parse_name(text: &str) -> Result<KeyName, String> {
    KeyName::parse(text).ok_or_else(|| "not 1 to 64 ASCII letters, digits or `.-_/@`".to_owned())
}

/// Makes the keys; prints their public halves.
pub(super) fn run(arguments: &Arguments) -> Result<String, Failure> {
    let schemes = if arguments.sm2 { &[Scheme::Ed25519, Scheme::Sm2][..] } else { &[Scheme::Ed25519] };
    let default = || PathBuf::from(format!("{}.key", arguments.name.as_str().replace('/', "_")));
    let path = arguments.output.clone().unwrap_or_else(default);
    let (mut secrets, mut public) = (String::new(), Vec::new());
    for scheme in schemes {
        let random = random_bytes().map_err(|error| unusable(&path, &error))?;
        // One of 2^32 numbers is no SM2 key; trying again is all that it takes.
        let key = PrivateKey::new(arguments.name.clone(), *scheme, &random)
            .map_err(|error| unusable(&path, &error))?;
        secrets.push_str(&format!("{}\n", key.secret_text(&random)));
        public.push(key.public().to_string());
    }
    write_private(&path, secrets.as_bytes()).map_err(|error| unusable(&path, &error))?;
    let list: Vec<String> = public.iter().map(|key| format!("\"{key}\"")).collect();
    Ok(format!(
        "# {} holds the private keys: keep it where only {} can use it.\n\
         # As an officer of the first hour, in the config of a gateway:\n\
         [[trust.officers]]\nkeys = [{}]\n\
         # Later, in a proposal: --add-officer '{}'\n",
        path.display(),
        arguments.name,
        list.join(", "),
        public.join(" ")
    ))
}
