//! Writes the forge's seeds to `corpus/TARGET/` for every target; run once before fuzzing.

#[path = "../../tests/support/bodies.rs"]
#[allow(dead_code, reason = "only the names are used")]
mod bodies;
#[path = "../../tests/support/seeds.rs"]
#[allow(dead_code, reason = "mutations are libFuzzer's work here")]
mod seeds;

fn main() {
    for (name, _) in bodies::TARGETS {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        std::fs::create_dir_all(&directory).unwrap();
        for (number, seed) in seeds::seeds(name).iter().enumerate() {
            std::fs::write(directory.join(format!("seed-{number}")), seed).unwrap();
        }
    }
}
