//! Writes the forge's seeds to `corpus/TARGET/` for every target; run once before fuzzing.

#[path = "../../tests/support/seeds.rs"]
#[allow(dead_code, reason = "mutations are libFuzzer's work here")]
mod seeds;

fn main() {
    for name in ["zip", "xml", "ofd", "ses", "cms", "pdf", "certificate", "timestamp", "manifest", "sm2"] {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        std::fs::create_dir_all(&directory).unwrap();
        for (number, seed) in seeds::seeds(name).iter().enumerate() {
            std::fs::write(directory.join(format!("seed-{number}")), seed).unwrap();
        }
    }
}
