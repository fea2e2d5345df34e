# Words for the person in front of the screen.

# Each argument is a line.
say() { printf '%s\n' "$@"; }

warn() { printf 'warning: %s\n' "$*" >&2; }

# Ends the script. The first argument is what went wrong; each further one is a line of advice.
fail() {
    printf '\nerror: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}
