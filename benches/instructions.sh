#!/bin/sh
# Instructions of the hot functions under callgrind, as benches/figures/instructions.tsv keeps them:
#   benches/instructions.sh > benches/figures/instructions.tsv
# Takes the benchmark's executable as an argument, or builds it.
set -eu
cd "$(dirname "$0")/.."
program=${1:-$(cargo bench --no-run --bench instructions 2>&1 | sed -n 's/.*(\(target.*\))/\1/p')}
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
        sed -n 's/.*I *refs: *//p' | tr -d ,
}
printf 'what\tinstructions\n'
for what in document_at_once document_drafted sm2_unknown sm2_known sm3_4096 certificate; do
    many=$(count "$what" 21)
    once=$(count "$what" 1)
    # To the nearest hundred: where memory lies changes some tens.
    printf '%s\t%d\n' "$what" $(((${many:?} - ${once:?} + 1000) / 2000 * 100))
done
