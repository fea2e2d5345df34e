# Builds with CMake.

# build DIRECTORY CMAKE-OPTION ...
build() {
    local directory=$1
    shift
    if [ -e "$directory" ] && [ ! -w "$directory" ]; then
        fail "$directory belongs to $(stat -c %U "$directory"), not to you." \
            "An earlier run as another user made it: remove it (sudo rm -rf $directory) and try again."
    fi
    cmake -S . -B "$directory" "$@"
    cmake --build "$directory" -j "$(nproc)"
}
