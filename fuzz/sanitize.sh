#!/bin/sh
# The engines and all of `crypto` where memory is watched:
#   fuzz/sanitize.sh address    AddressSanitizer, lanes included where the processor has them, leaks too
#   fuzz/sanitize.sh memcheck   valgrind, which knows no AVX-512 and so watches what every processor runs
# Both with overflow checks and debug assertions, in which the bounds of the engines are stated. Without an argument, one after the other.
set -eu
cd "$(dirname "$0")/.."

# Sanitizers on a stable compiler; `--target` keeps them out of build scripts. Cedar runs here not at all and need not be quick.
address() {
    host=$(rustc -vV | sed -n 's/^host: //p')
    cargo='cargo test --locked --target-dir target/sanitized --config profile.dev.package.cedar-policy.opt-level=0
        --config profile.dev.package.cedar-policy-core.opt-level=0'
    export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_stack_use_after_return=1
    $cargo --target "$host" --lib crypto::
    $cargo --target "$host" --test sm2_agreement
}

memcheck() {
    watch='valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite'
    # Fifty times as slow: a few random cases a property, and one thread, since valgrind runs no more at once.
    host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export PROPTEST_CASES=8 "CARGO_TARGET_${host}_RUNNER=$watch"
    cargo test --locked --lib -- --test-threads=1 crypto::
    cargo test --locked --test without_avx512 -- --exact --nocapture engines_agree_with_rustcrypto
}

case ${1:-both} in
    address) address ;;
    memcheck) memcheck ;;
    both)
        (address)
        memcheck
        ;;
    *) sed -n '2,4s/^# //p' fuzz/sanitize.sh >&2; exit 64 ;;
esac
