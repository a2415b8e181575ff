#!/bin/sh
# Builds the fuzz targets as OSS-Fuzz wants them: with its compilers, flags and engine, into $OUT, each with its corpus, and
# with the libraries that its runner has not. Runs at the top of the sources.
# Elsewhere: CC=clang CXX=clang++ CFLAGS='-g -O1 -fsanitize=address,fuzzer-no-link' LIB_FUZZING_ENGINE=-fsanitize=fuzzer OUT=FOLDER
set -eu

make -j"$(nproc)" BUILD="$OUT/build" CC="$CC" CFLAGS="$CFLAGS" HARDEN= FUZZ_LINKER="$CXX ${CXXFLAGS:-}" FUZZ_ENGINE="$LIB_FUZZING_ENGINE" \
    LDFLAGS="${LDFLAGS:-} -Wl,-rpath,'\$\$ORIGIN/lib'" unit-fuzz
mkdir -p "$OUT/lib"
for target in "$OUT"/build/fuzz/*/fuzz-*; do
    case $target in *.d | *.o) continue ;; esac
    name=$(basename "$target")
    cp "$target" "$OUT/$name"
    (cd "tests/fuzz/corpus/${name#fuzz-}" && python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" ./*)
    ldd "$target" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | grep -v '/lib\(c\|m\|dl\|rt\|pthread\|resolv\|gcc_s\)\.so' |
        xargs -r cp -n -t "$OUT/lib"
done
rm -rf "$OUT/build"
