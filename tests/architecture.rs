//! Holds the code to the floors of `src/lib.rs`: imports point down, libraries stay at home, files stay readable.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of one file; beyond it nobody keeps a file in mind.
const LONGEST: usize = 600;
/// Lines of half of all files.
const MEDIAN: usize = 200;

/// Which module alone may name a library or call, by the text that gives it away.
const HOMES: [(&str, &[&str]); 23] = [
    ("ring::", &["crypto"]),
    ("dsa::", &["crypto"]),
    ("unicode_normalization", &["document", "pki"]),
    ("sm2::", &["crypto"]),
    ("sm3::", &["crypto"]),
    ("x509_parser", &["pki"]),
    // The lint denies `unsafe` wherever this does not stand.
    ("unsafe_code", &["crypto"]),
    ("moka::", &["cache"]),
    ("governor::", &["quota"]),
    ("cedar_policy", &["policy"]),
    ("roxmltree", &["document"]),
    ("flate2", &["document", "demo"]),
    ("rcgen", &["demo"]),
    ("clap::", &["cli"]),
    ("indicatif", &["cli"]),
    ("prometheus_client", &["metrics"]),
    ("SystemTime::now", &["clock"]),
    ("std::env", &["config"]),
    ("toml::", &["config", "table"]),
    ("StatusCode", &["edge", "upstream", "demo"]),
    ("arc_swap", &["rulebook", "revocation"]),
    // What officers publish is read as notes by one module and from disk by another; nobody else looks at the rules' files.
    ("certs/", &["rulebook", "manifest", "demo", "cli"]),
    ("policies/", &["rulebook", "manifest", "demo", "cli", "policy"]),
];

/// What floor 1 must not know. Threads that end before what they compute is returned are no more than the same, sooner.
const IMPURE: [&str; 12] = [
    "async ",
    "tokio",
    "hyper",
    "std::fs",
    "std::net",
    "std::io",
    "thread::current",
    "thread::sleep",
    "thread::spawn",
    "std::{",
    "Instant",
    "SystemTime",
];

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

#[test]
fn imports_point_down_the_floors() {
    let floors = floors();
    let mut faults = Vec::new();
    for source in sources() {
        let Some(own) = floors.get(&source.module) else {
            if !["lib", "main"].contains(&source.module.as_str()) {
                faults.push(format!("{}: module is not listed in lib.rs", source.path.display()));
            }
            continue;
        };
        for used in crate_paths(&code(&source)) {
            match floors.get(&used) {
                _ if used == source.module => {}
                None => faults.push(format!("{}: `crate::{used}` is no module", source.path.display())),
                Some(other) if other < own => {}
                Some(_) => faults.push(format!(
                    "{}: `{used}` stands above `{}`",
                    source.path.display(),
                    source.module
                )),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn libraries_are_named_only_at_home() {
    let mut faults = Vec::new();
    for source in sources() {
        for (name, homes) in HOMES {
            if homes.contains(&source.module.as_str()) {
                continue;
            }
            for (number, line) in code(&source).lines().enumerate() {
                let line = line.split("//").next().unwrap_or_default();
                let named = line.match_indices(name).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|character| !character.is_alphanumeric() && !"_:".contains(character))
                });
                if named {
                    faults.push(format!(
                        "{}:{}: `{name}` belongs in {homes:?}",
                        source.path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn judgement_is_pure() {
    let pure = floor_lists().remove(1);
    let mut faults = Vec::new();
    for source in sources().into_iter().filter(|source| pure.contains(&source.module)) {
        for (number, line) in code(&source).lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{}: `{word}` in judgement", source.path.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_stays_short() {
    let mut faults = Vec::new();
    let mut lengths = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let in_tests = source.path.ends_with("tests.rs");
        if !source.text.starts_with("//! ") && !in_tests {
            faults.push(format!("{}: the first line does not say what the file is", source.path.display()));
        }
        if lines > LONGEST {
            faults.push(format!("{}: {lines} lines", source.path.display()));
        }
        if source.path.file_name().is_some_and(|name| name == "mod.rs") {
            faults.push(format!("{}: use `foo.rs` beside `foo/`", source.path.display()));
        }
        lengths.push(lines);
    }
    let tests = ["tests", "tests/gateway", "tests/support"].map(|at| fs::read_dir(root().join(at)).unwrap());
    let tests = tests.into_iter().flatten().flatten().map(|entry| entry.path());
    for path in tests.filter(|path| path.extension().is_some_and(|kind| kind == "rs")) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        if !text.starts_with("//! ") {
            faults.push(format!("{}: the first line does not say what the file is", path.display()));
        }
        if text.lines().count() > LONGEST {
            faults.push(format!("{}: more than {LONGEST} lines", path.display()));
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < MEDIAN, "half of all files have more than {median} lines");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_module_is_a_drawer() {
    for source in sources() {
        let name = source.path.file_stem().unwrap().to_string_lossy().into_owned();
        let drawers = ["util", "utils", "common", "helpers", "types", "misc", "manager"];
        assert!(!drawers.contains(&name.as_str()), "{}", source.path.display());
    }
}

/// The modules of each floor, as `lib.rs` lists them.
fn floor_lists() -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut lists: Vec<Vec<String>> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("// Floor ") {
            let number: usize = rest[..1].parse().unwrap();
            assert!(number >= lists.len(), "floors are listed from the ground up");
            lists.resize_with(number + 1, Vec::new);
        } else if let Some(module) = line.strip_prefix("pub mod ") {
            lists.last_mut().expect("a floor comes first").push(module.trim_end_matches(';').to_owned());
        }
    }
    lists
}

/// Position of each module in the order of `lib.rs`.
fn floors() -> BTreeMap<String, usize> {
    floor_lists().into_iter().flatten().enumerate().map(|(position, module)| (module, position)).collect()
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut waiting = vec![root().join("src")];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let relative = path.strip_prefix(root().join("src")).unwrap();
                let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
                let module = first.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).unwrap();
                sources.push(Source { path, module, text });
            }
        }
    }
    assert!(sources.len() > 20, "the sources are not where they should be");
    sources
}

/// A file without its tests; nothing of a file that is all tests.
fn code(source: &Source) -> String {
    let parts: Vec<_> = source.path.components().map(|part| part.as_os_str().to_owned()).collect();
    if source.path.ends_with("tests.rs") || parts.iter().rev().skip(1).take(2).any(|part| part == "tests") {
        return String::new();
    }
    // Tests in a file stand at its end; a module of tests elsewhere is one line.
    let code = source.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.replace("#[cfg(test)]\nmod tests;", "")
}

fn crate_paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, pattern) in text.match_indices("crate::") {
        if text[..at].ends_with('$') {
            continue;
        }
        let rest = &text[at + pattern.len()..];
        // `use crate::{one::X, two};` names several modules.
        let names = rest.strip_prefix('{').map_or_else(|| vec![rest], top_level_names);
        for name in names {
            let name: String = name
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect();
            if name.chars().next().is_some_and(char::is_lowercase) {
                found.push(name);
            }
        }
    }
    found
}

/// The items of a brace group, nested groups left out.
fn top_level_names(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(group[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
