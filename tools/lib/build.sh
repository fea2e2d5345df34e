# Builds with CMake, and runs the tests of a build directory.

# build DIRECTORY CMAKE-OPTION ... [-- TARGET ...]; without a target, everything.
build() {
    local directory=$1 options=() targets=() made_for
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    if [ $# -gt 1 ]; then
        targets=(--target "${@:2}")
    fi
    if [ -e "$directory" ] && [ ! -w "$directory" ]; then
        fail "$directory belongs to $(stat -c %U "$directory"), not to you." \
            "An earlier run as another user made it: remove it (sudo rm -rf $directory) and try again."
    fi
    made_for=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$directory/CMakeCache.txt" 2>/dev/null || true)
    if [ -n "$made_for" ] && [ ! "$made_for" -ef . ]; then
        fail "$directory was made in $made_for, and the tree has been moved or copied since." \
            "Remove it (rm -rf $directory) and try again."
    fi
    cmake -S . -B "$directory" "${options[@]}" &&
        cmake --build "$directory" -j "$(nproc)" "${targets[@]}"
}

unit_tests() {
    ctest --test-dir "$1" -V --no-tests=error
}

# prove_with BUILD-DIRECTORY [NAME=VALUE ...]: the integration tests, two files at a time.
prove_with() {
    local directory=$1
    shift
    env CERTGUARD_BUILD="$directory" "$@" prove -j 2 --timer -r t/*.t
}
