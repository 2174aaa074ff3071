//! `tongban ledger`: checks a ledger and reads records back, offline. It changes nothing, also beside a gateway that writes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::USAGE;
use crate::clock::Timestamp;
use crate::ledger::{self, Error, Record};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tongban ledger verify records.ledger
  tongban ledger show records.ledger 3fd1c0a2…   a record by its id, or all of a request by its request_id

Exit status: 0 whole, or found; 1 broken, or not found; 64 usage, or the file cannot be read")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Print JSON: one object, or one a record
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Verify every record, and that each follows from the one before it
    Verify {
        /// The ledger
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Show a record, or all records of a request
    Show {
        /// The ledger
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The `record` or the `request_id` of an answer
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Verifies or shows.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let (text, code) = match &arguments.command {
        Command::Verify { file } => verify(file, arguments.json),
        Command::Show { file, id } => show(file, id, arguments.json),
    }
    .unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "tongban ledger: {}", super::with_causes(&error));
        (String::new(), if matches!(error, Error::Disk { .. }) { USAGE } else { 1 })
    });
    // With standard output closed there is nobody to tell, and the exit status says it all the same.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::from(code)
}

fn verify(file: &Path, as_json: bool) -> Result<(String, u8), Error> {
    let name = file.display().to_string();
    let (body, code) = match ledger::verify(file) {
        Ok(found) if as_json => (
            json!({
                "file": name, "whole": true, "records": found.records, "head": found.head(),
                "torn_bytes": found.torn_bytes, "fault": null,
            })
            .to_string(),
            0,
        ),
        Ok(found) => {
            let torn = match found.torn_bytes {
                0 => String::new(),
                bytes => format!("; {bytes} bytes at the end are no whole record, as a crash leaves them"),
            };
            (
                format!(
                    "{name}: whole, {} records, the last with hash {}{torn}",
                    found.records,
                    found.head()
                ),
                0,
            )
        }
        Err(fault @ Error::Broken { .. }) if as_json => (
            json!({
                "file": name, "whole": false, "records": null, "head": null, "torn_bytes": null,
                "fault": fault.to_string(),
            })
            .to_string(),
            1,
        ),
        Err(fault @ Error::Broken { .. }) => (format!("{name}: broken: {fault}"), 1),
        Err(error) => return Err(error),
    };
    Ok((format!("{body}\n"), code))
}

fn show(file: &Path, id: &str, as_json: bool) -> Result<(String, u8), Error> {
    let mut found: Vec<Record> = ledger::find(file, id)?.into_iter().collect();
    if found.is_empty() {
        found = ledger::of_request(file, id)?;
    }
    let render = if as_json { one_line } else { lines };
    let code = u8::from(found.is_empty());
    if found.is_empty() {
        let _ = writeln!(io::stderr(), "tongban ledger: `{}` has no such record", file.display());
    }
    Ok((found.iter().map(render).collect(), code))
}

fn one_line(record: &Record) -> String {
    let Record { id, sequence, json } = record;
    format!("{}\n", json!({ "id": id, "sequence": sequence, "record": json }))
}

/// A record for people: what is not there is left out.
fn lines(record: &Record) -> String {
    let Record { id, sequence, json } = record;
    let mut text = format!("record {id}, number {sequence}\n");
    for (name, value) in json.as_object().into_iter().flatten() {
        let value = match (name.as_str(), value) {
            ("sequence", _) | (_, Value::Null) => continue,
            ("at", value) => value
                .as_i64()
                .map_or_else(|| value.to_string(), |millis| Timestamp::from_millis(millis).to_string()),
            (_, Value::String(text)) => text.clone(),
            (_, Value::Array(values)) if values.is_empty() => continue,
            ("relies_on", reliance) => {
                text.push_str(&tree(reliance, "relies_on", 2));
                continue;
            }
            ("trust", event) => {
                text.push_str(&tree(event, "trust", 2));
                continue;
            }
            (_, value) => value.to_string(),
        };
        text.push_str(&format!("  {name:<16} {value}\n"));
    }
    text
}

/// What stands inside each other, one thing a line, deeper ones further in; what is not there is left out.
fn tree(value: &Value, name: &str, indent: usize) -> String {
    let mut text = String::new();
    let line = |text: &mut String, value: &str| {
        text.push_str(format!("{:indent$}{name:<16} {value}", "").trim_end());
        text.push('\n');
    };
    match value {
        Value::Null => {}
        Value::String(value) => line(&mut text, value),
        Value::Object(members) => {
            line(&mut text, "");
            for (name, value) in members {
                text.push_str(&tree(value, name, indent + 2));
            }
        }
        Value::Array(values) if values.iter().all(Value::is_object) => {
            for (number, value) in (1..).zip(values) {
                text.push_str(&tree(value, &format!("{name} {number}"), indent));
            }
        }
        Value::Array(values) => {
            let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            for value in values {
                line(&mut text, &plain(value));
            }
        }
        Value::Number(number) if number.as_u64() == Some(0) => {}
        value => line(&mut text, &value.to_string()),
    }
    text
}
