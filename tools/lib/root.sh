# Root's rights for a single command, whether the script runs as root or as a user with sudo.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "root's rights are needed for: $*" "Run this as root, or install sudo."
    fi
}

# May as_root work? sudo says itself why not, and asks for the password here.
can_be_root() {
    [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo true; }
}
