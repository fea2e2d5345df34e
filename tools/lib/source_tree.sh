# Copies of the tree's own files, without what was built.

# copy_source_tree DIRECTORY: the files that git tracks, as they are now; all but build directories where
# this is no git repository.
copy_source_tree() {
    mkdir -p "$1"
    source_files | tar -c --null --no-recursion -T - | tar -x -C "$1" --no-same-owner
}

# The names, each ended by NUL. A file that is tracked and not there has been removed.
source_files() {
    local name
    if [ -e .git ] && git -c safe.directory="$PWD" rev-parse >/dev/null 2>&1; then
        git -c safe.directory="$PWD" ls-files -z
    else
        find . \( -path ./.git -o -path './build*' \) -prune -o -type f -print0
    fi | while IFS= read -r -d '' name; do
        if [ -e "$name" ]; then
            printf '%s\0' "$name"
        fi
    done
}
