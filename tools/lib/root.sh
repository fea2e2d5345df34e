# Root's rights for a single command, whether the script runs as root or as a user with sudo.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@" || {
            local status=$?
            # With use_pty, as in Debian's sudoers, the command has Ctrl-C, and this script has not.
            [ "$status" -ne 130 ] || kill -INT $$
            return "$status"
        }
    else
        fail "root's rights are needed for: $*" "Run this as root, or install sudo."
    fi
}

# May as_root work? sudo says itself why not, and asks for the password here.
can_be_root() {
    [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo true; }
}
