# Test::Nginx. Debian packages it in unstable only: that one package, which is the same for every
# release, is fetched from the mirror that this machine's apt is configured with. apt checks its
# signature with Debian's keyring; its lists and its cache are a private directory, so this machine's
# sources, lists and other packages stay as they are. Its dependencies come from this release.

install_test_nginx() {
    ! installed_version libtest-nginx-perl >/dev/null || return 0
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror work package
    refresh_package_lists
    mirror=$(debian_mirror)
    [ -n "$mirror" ] && [ -f "$keyring" ] || fail \
        "apt knows no Debian mirror, or debian-archive-keyring is not installed." \
        "Test::Nginx (the package libtest-nginx-perl of unstable) has to be installed by hand."

    say "Fetching libtest-nginx-perl"
    work=$(mktemp -d)
    chmod 755 "$work" # apt reads it as the user _apt
    mkdir -p "$work"/{lists,cache/archives}/partial "$work/deb"
    chmod 777 "$work/deb"
    echo "deb [signed-by=$keyring] $mirror sid main" >"$work/sources.list"
    local private=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
        -o Acquire::Languages=none -o APT::Get::List-Cleanup=false
        # The package hardly ever changes: a mirror that lags weeks behind has the right one.
        -o Acquire::Check-Valid-Until=false)
    (apt-get "${private[@]}" update && cd "$work/deb" &&
        apt-get "${private[@]}" download libtest-nginx-perl) ||
        fail "libtest-nginx-perl could not be fetched from the Debian mirror of this machine." \
            "apt's own words are above. It comes from the suite sid; is that mirrored there?"
    package=$(echo "$work"/deb/libtest-nginx-perl_*_all.deb)
    apt_install "$package"
    rm -rf "$work"
}
