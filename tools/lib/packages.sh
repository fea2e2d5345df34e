# Installs the Debian packages that are missing, and nothing else.

build_packages=(g++ make cmake nginx nginx-dev libcli11-dev libcurl4-openssl-dev libsimdjson-dev libssl-dev libyaml-cpp-dev zlib1g-dev)
demo_packages=(curl openssl)
test_packages=(catch2 curl openssl libio-socket-ssl-perl docker-registry podman skopeo acl busybox ruby shellcheck
    prometheus jq libjson-validator-perl)
clang_packages=(clang-14 clang-format-14 libclang-rt-14-dev)
packaging_packages=(build-essential debhelper)
packaging_test_packages=(iproute2 lintian logrotate man-db mandoc rpm rpmlint systemd)

# Brought for their programs, not for servers on this machine at its next boot.
packages_with_services=(nginx-common docker-registry podman prometheus logrotate man-db)

# install_missing PACKAGE ... ; a machine that has them all is left alone and needs no network.
install_missing() {
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "this machine has no apt-get." \
        "These Debian packages, or what they are called here, must be installed: ${missing[*]}"
    can_be_root || fail "packages are missing, and installing them takes root's rights." \
        "Run this as root, or as a user who may use sudo; or let somebody who may install them:" \
        "apt-get install --no-install-recommends ${missing[*]}"
    say "Installing ${missing[*]}"
    refresh_package_lists
    apt_install "${missing[@]}"
}

missing_packages() {
    local package
    for package in "$@"; do
        installed_version "$package" >/dev/null || echo "$package"
    done
}

# Prints the version; fails when the package is not installed.
installed_version() {
    command -v dpkg-query >/dev/null || return 1
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] || return 1
    dpkg-query -W -f '${Version}\n' "$1"
}

package_lists_are_fresh=no
refresh_package_lists() {
    [ "$package_lists_are_fresh" = no ] || return 0
    as_root apt-get -qq update || warn "apt-get update failed; trying with the lists that are here."
    package_lists_are_fresh=yes
}

apt_install() {
    local had_nginx wanted=("$@") package new_services=()
    had_nginx=$(installed_version nginx || true)
    mapfile -t new_services < <(missing_packages "${packages_with_services[@]}")
    if [ -n "$had_nginx" ]; then
        # nginx-dev belongs to one build of nginx; without a version apt would upgrade the machine's.
        wanted=("${wanted[@]/%nginx-dev/nginx-dev=$had_nginx}")
    fi
    refuse_to_change_nginx "$had_nginx" "${wanted[@]}"
    # Line by line: apt's progress bars are no use in a log.
    local install=(apt-get -y -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300
        install --no-install-recommends --no-remove)
    # The download is a step of its own because Ctrl-C may end it, unlike the installation.
    { as_root "${install[@]}" --download-only "${wanted[@]}" </dev/null &&
        with_quiet_services "${install[@]}" "${wanted[@]}" </dev/null; } ||
        fail "apt-get could not install: ${wanted[*]}" "Its own words are above."
    for package in "${new_services[@]}"; do
        if installed_version "$package" >/dev/null; then
            leave_services_disabled "$package"
        fi
    done
}

# A running nginx of this machine must stay what it is.
refuse_to_change_nginx() {
    local had_nginx=$1 plan
    shift
    [ -n "$had_nginx" ] || return 0
    plan=$(LC_ALL=C apt-get -s install --no-install-recommends --no-remove "$@" 2>&1) ||
        fail "apt-get can't install: $*" "$(grep -E '^(E:| )' <<<"$plan" | head -n 8)" \
            "The nginx of this machine is $had_nginx. Where nginx-dev is not to be had in just that" \
            "version, upgrade nginx first: apt-get install nginx"
    if grep -qE '^Inst nginx[^ ]* \[' <<<"$plan"; then
        fail "installing $* would change the nginx of this machine ($had_nginx)." \
            "Upgrade it yourself when it suits you: apt-get install nginx"
    fi
}

leave_services_disabled() {
    local unit
    for unit in $(dpkg -L "$1" | sed -nE 's|^(/usr)?/lib/systemd/system/([^/@]+)$|\2|p'); do
        # The helper works for a package's own scripts only.
        as_root env DPKG_MAINTSCRIPT_PACKAGE="$1" deb-systemd-helper disable "$unit" >/dev/null 2>&1 || true
    done
    for unit in $(dpkg -L "$1" | sed -n 's|^/etc/init.d/||p'); do
        as_root update-rc.d "$unit" disable >/dev/null 2>&1 || true
    done
    say "The services of $1 are not enabled; systemctl enable does that."
}

# The mirror that apt takes Debian from on this machine; nothing where it knows none.
debian_mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
        head -n 1
}
