//! The program and its engines on processors without AVX-512, which an emulator plays (`qemu-x86_64` of qemu-user): detection itself
//! says no there, an instruction that the processor lacks would end the program, and every answer is the same.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/lab.rs"]
#[allow(dead_code, reason = "only some of the lab is needed")]
mod lab;
#[path = "support/libcrypto.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with a benchmark; an emulated processor is too slow for it"
)]
mod libcrypto;
#[path = "support/programs.rs"]
mod programs;
#[path = "support/rules.rs"]
mod rules;
#[path = "support/sm2_agreement.rs"]
#[allow(unreachable_pub, reason = "shared with a benchmark")]
mod sm2_agreement;
#[path = "support/sm2_cases.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with a benchmark and the fuzzer")]
mod sm2_cases;

use std::path::Path;
use std::process::{Command, Output};

use lab::Lab;
use programs::available;
use rules::put_anchor;
use sm3::Digest as _;
use tongban::crypto::{DigestAlgorithm, Engine};
use tongban::demo::forge::{Layout, Package};

const EMULATOR: &str = "qemu-x86_64";

/// What every x86-64 processor has, and all that the emulator knows but AVX-512, AVX2 among it.
const PROCESSORS: [&str; 2] = ["qemu64", "max,-avx512f"];

/// Enough for every kind of case; more would take minutes on an emulated processor.
const CASES: usize = 64;

/// What the engines say of themselves, where output is not captured.
const NO_LANES: &str = "lanes: HasLanes { sm2: false, sm3: false }";

/// The engines' part, which runs here with whatever this processor has, and again on emulated ones.
#[test]
fn engines_agree_with_rustcrypto() {
    println!("lanes: {:?}", Engine::detect().has_lanes());
    let report = sm2_agreement::run(CASES, 20_261_123, 4, None);
    assert_eq!(report.kinds.values().sum::<usize>(), CASES);
    assert!(report.kinds.keys().any(|(_, holds)| *holds) && report.kinds.keys().any(|(_, holds)| !holds));
    let messages: Vec<Vec<u8>> = (0..40_usize).map(|at| vec![at as u8; at * 29]).collect();
    let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let digests = Engine::detect().digest_many(DigestAlgorithm::Sm3, &slices);
    for (message, digest) in messages.iter().zip(digests) {
        assert_eq!(digest.as_ref(), sm3::Sm3::digest(message).as_slice());
    }
}

#[test]
fn engines_agree_with_rustcrypto_on_processors_without_lanes() {
    if !available(EMULATOR, "--version") {
        return;
    }
    for processor in PROCESSORS {
        let output = emulated(processor, &std::env::current_exe().unwrap())
            .args(["--exact", "engines_agree_with_rustcrypto", "--nocapture"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{processor}: {said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(NO_LANES) && said.contains("1 passed"), "{processor}: {said}");
    }
}

/// Sound and forged licenses, judged by the built program here and there: every verdict and reason is the same to the byte.
#[test]
fn the_program_says_the_same_on_processors_without_lanes() {
    if !available(EMULATOR, "--version") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let files = directory.path().join("files");
    std::fs::create_dir(&files).unwrap();
    for layout in Layout::ALL {
        forge(&files, &format!("{layout:?}"), &Lab::with(layout).sealed());
    }
    let anchors = directory.path().join("anchors");
    put_anchor(&anchors, "root", Lab::new().hierarchy.root.certificate());
    let verify = |mut command: Command| -> Output {
        command.args(["verify", "--json", "--at", "2026-11-21T08:00:00Z", "--anchors"]);
        command.arg(&anchors).arg(&files).output().unwrap()
    };
    let program = Path::new(env!("CARGO_BIN_EXE_tongban"));
    let here = verify(Command::new(program));
    let said = String::from_utf8(here.stdout).unwrap();
    for verdict in ["genuine", "not_genuine"] {
        assert!(said.contains(&format!("\"verdict\":\"{verdict}\"")), "{said}");
    }
    for processor in PROCESSORS {
        let there = verify(emulated(processor, program));
        assert_eq!(there.status.code(), here.status.code(), "{processor}: {there:?}");
        assert_eq!(String::from_utf8(there.stdout).unwrap(), said, "{processor}");
    }
}

fn emulated(processor: &str, program: &Path) -> Command {
    let mut command = Command::new(EMULATOR);
    command.args(["-cpu", processor]).arg(program);
    command
}

/// The package as it is, with a page changed, and with the last bit of the signature changed.
fn forge(at: &Path, name: &str, package: &Package) {
    let write = |what: &str, package: &Package| {
        std::fs::write(at.join(format!("{name}-{what}.ofd")), package.to_zip().unwrap()).unwrap();
    };
    write("sound", package);
    for (what, entry) in
        [("page", "Doc_0/Pages/Page_0/Content.xml"), ("signature", "Doc_0/Signs/Sign_0/SignedValue.dat")]
    {
        let mut changed = package.clone();
        let flip = |content: &mut Vec<u8>| *content.last_mut().unwrap() ^= 1;
        changed.edit(entry, flip).unwrap();
        write(what, &changed);
    }
}
