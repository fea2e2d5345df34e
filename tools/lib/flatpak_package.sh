# flatpak 1.16.1 or later, the first that shows certificates of /etc/containers/certs.d. Where this
# release of Debian has an older one, it comes from the release's backports, by lists of our own as in
# test_nginx_package.sh: this machine's sources stay as they are.

install_flatpak() {
    local needed=1.16.1 have
    have=$(installed_version flatpak || apt-cache madison flatpak 2>/dev/null | awk '{ print $3; exit }')
    if dpkg --compare-versions "${have:-0}" ge "$needed"; then
        install_missing flatpak dbus-daemon
        return
    fi
    ! installed_version flatpak >/dev/null || fail "the flatpak of this machine is $have." \
        "It shows no certificates: upgrade it to $needed or later, from backports for instance."

    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror release work
    refresh_package_lists
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    mirror=$(debian_mirror)
    [ -n "$mirror" ] && [ -n "$release" ] && [ -f "$keyring" ] || fail \
        "apt knows no Debian mirror, or debian-archive-keyring is not installed." \
        "flatpak $needed or later has to be installed by hand."
    install_missing dbus-daemon
    work=$(mktemp -d)
    chmod 755 "$work" # apt reads it as the user _apt
    mkdir -p "$work"/{lists,cache/archives}/partial
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$release" \
        "$keyring" "$mirror" "$release-backports" >"$work/sources.list"
    local private=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
        -o Acquire::Languages=none -o APT::Get::List-Cleanup=false)
    say "Installing flatpak from $release-backports"
    (as_root apt-get "${private[@]}" update &&
        with_quiet_services apt-get "${private[@]}" -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends --no-remove -t "$release-backports" flatpak </dev/null) ||
        fail "flatpak could not be installed from $release-backports." "apt's own words are above."
    as_root rm -rf "$work"
}
